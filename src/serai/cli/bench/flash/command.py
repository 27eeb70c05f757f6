"""Runs the parts one after the other, each on a ground of its own, and tells the figures."""

import os
from collections.abc import Iterator
from time import perf_counter

from rich.console import Console
from rich.table import Table

from serai.cli.bench.flash.catalogue import bench_catalogue
from serai.cli.bench.flash.figures import (
    Answers,
    CatalogueFigures,
    FlashBench,
    HoldsFigures,
    SaleFigures,
)
from serai.cli.bench.flash.holds import bench_holds
from serai.cli.bench.flash.sale import bench_sale
from serai.cli.bench.machine import peak_rss_mb, this_machine

SEED = 2026


async def bench_flash(
    buyers: int, admissions: int, holds: int, slots: int, seconds: float, console: Console
) -> FlashBench:
    """Hold the sale, let the holds run out, archive the catalogue; 0 leaves one of the last two
    out. What goes on beside them is watched for so many seconds before."""
    machine, began = this_machine(), perf_counter()
    sale = await bench_sale(buyers, admissions, console, SEED)
    ended = await bench_holds(holds, seconds, console) if holds else None
    catalogue = await bench_catalogue(slots, seconds, console, SEED) if slots else None
    return FlashBench(
        machine, sale, ended, catalogue, round(perf_counter() - began, 1),
        peak_rss_mb([os.getpid()]),
    )  # fmt: skip


def is_sound(bench: FlashBench) -> bool:
    """Whether everything was sold, and each number once."""
    sale = bench.sale
    return sale.sold_out and not (sale.oversold or sale.stranded or sale.disputed)


def print_flash(bench: FlashBench, console: Console) -> None:
    """A line for each figure, the parts below each other."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, told in _lines(bench):
        table.add_row(name, told)
    console.print(table)
    console.print("The books are whole after every part.")


def _lines(bench: FlashBench) -> Iterator[tuple[str, str]]:
    yield from _of_sale(bench.sale)
    if bench.holds:
        yield from _of_holds(bench.holds)
    if bench.catalogue:
        yield from _of_catalogue(bench.catalogue)
    yield "seconds in all", f"{bench.seconds:,}"
    yield "most memory MB", f"{bench.max_rss_mb:,}"


def _of_sale(sale: SaleFigures) -> Iterator[tuple[str, str]]:
    yield "a sale: buyers, admissions", f"{sale.buyers:,}, {sale.admissions:,}"
    yield "  sold out", "yes" if sale.sold_out else "no"
    yield (
        "  oversold, stranded, disputed",
        f"{sale.oversold:,}, {sale.stranded:,}, {sale.disputed:,}",
    )
    yield "  orders", f"{sale.orders:,}"
    yield "  walked away, too late", f"{sale.walked_away:,}, {sale.too_late:,}"
    yield "  attempts, of which refused", f"{sale.attempts:,}, {sale.refused:,}"
    yield "  seconds", f"{sale.seconds}"
    yield "  attempts/s", f"{sale.attempts_per_second:,}"
    yield "  answers: p50, p99, most ms", _told(sale.answers)


def _of_holds(holds: HoldsFigures) -> Iterator[tuple[str, str]]:
    yield "holds that run out", f"{holds.holds:,}"
    yield "  placed/s", f"{holds.placed_per_second:,}"
    yield "  ended/s", f"{holds.expired_per_second:,}"
    yield "  COPY rows/s", f"{holds.copy_rows_per_second:,}"
    yield "  ratio to COPY", f"{holds.ratio_to_copy:.1%}"
    yield "  seconds, commits", f"{holds.seconds}, {holds.commits:,}"
    yield "  orders before: p50, p99, most ms", _told(holds.orders_before)
    yield "  orders meanwhile", _told(holds.orders_meanwhile)


def _of_catalogue(catalogue: CatalogueFigures) -> Iterator[tuple[str, str]]:
    before, after = catalogue.before, catalogue.after
    yield "slots touched once", f"{catalogue.slots:,}"
    yield "  laid down in s", f"{catalogue.filled_seconds}"
    yield "  archived", f"{catalogue.archived:,}"
    yield "  archived/s", f"{catalogue.archived_per_second:,}"
    yield "  accounts in use, before and after", f"{before.accounts:,}, {after.accounts:,}"
    yield (
        "  table and indexes GB",
        f"{before.table_gb + before.indexes_gb:.2f}, {after.table_gb + after.indexes_gb:.2f}",
    )
    yield "  the same, packed", f"{catalogue.packed_gb:.2f}"
    yield "  the archive GB", f"{catalogue.archive_gb:.2f}"
    yield "  look-up of 1,000 ms", f"{before.look_up_ms}, {after.look_up_ms}"
    yield "  orders/s", f"{before.orders_per_second:,}, {after.orders_per_second:,}"
    yield "  orders before: p50, p99, most ms", _told(catalogue.orders_before)
    yield "  orders while archiving", _told(catalogue.orders_meanwhile)
    yield "  an order in an archived slot ms", f"{catalogue.late_touch_ms}"
    yield "  audited in s", f"{catalogue.audited_seconds}"


def _told(answers: Answers) -> str:
    return f"{answers.p50_ms}, {answers.p99_ms}, {answers.most_ms}"
