"""Runs the ledger and COPY in turns, audits the books, and tells the figures."""

import asyncio
import os
from collections.abc import Iterator
from itertools import chain
from statistics import median
from time import perf_counter

from msgspec import Struct, structs
from rich.console import Console
from rich.table import Table

from serai.cli.bench.books.copying import Copied, Copies
from serai.cli.bench.books.market import LINES, Market, Shape
from serai.cli.bench.database import audit, own_database
from serai.cli.bench.machine import Machine, peak_rss_mb, this_machine
from serai.core import DatabaseUrls, PostgresError
from serai.flows import TABLES
from serai.ledger import MOST_STEPS, Committed, Writer, open_writer

ROUNDS = 5
BATCHES = (40, 200, 1365)
LARGE_BATCH = 1365
FILL_SECONDS = 10.0
ROWS_OF_ORDER = 23
"""12 transfers, 6 endings, 2 keys, 2 events, 1 order."""


class Round(Struct, frozen=True):
    """One stretch of the ledger's work."""

    orders: int
    transfers: int
    rows: int
    commits: int
    seconds: float
    cpu_seconds: float
    answers_ms: list[float]


class BooksSpeed(Struct, frozen=True):
    """Medians over the rounds, at one size of batch (in chains); times from asking to answer.

    `journal_transfers` were in the journal when the measurement began.

    `cpu_us_per_transfer` is this process's own time: deciding, encoding, and the orders' making.
    """

    batch: int
    journal_transfers: int
    transfers_per_second: int
    least_transfers_per_second: int
    most_transfers_per_second: int
    orders_per_second: int
    rows_per_second: int
    copy_rows_per_second: int
    ratio_to_copy: float
    p50_ms: float
    p99_ms: float
    chains_per_commit: float
    cpu_us_per_transfer: float
    transfers: int
    audited_seconds: float
    max_rss_mb: float


class BooksBench(Struct, frozen=True, kw_only=True):
    """What `serai bench books --json` prints; the figures at the top are those of the best size."""

    transfers_per_second: int
    orders_per_second: int
    rows_per_second: int
    copy_rows_per_second: int
    ratio_to_copy: float
    p50_ms: float
    p99_ms: float
    max_rss_mb: float
    shape: Shape
    seconds: float
    rounds: int
    machine: Machine
    sizes: tuple[BooksSpeed, ...]


async def bench_books(
    shape: Shape,
    batches: tuple[int, ...],
    journals: tuple[int, ...],
    seconds: float,
    console: Console,
) -> BooksBench:
    """Measure each size of batch for `seconds`, in a data folder of its own, and audit it.

    With `journals` each size is measured once for each of them: as soon as so many transfers are
    in the journal.
    """
    machine = this_machine()
    sizes: list[BooksSpeed] = []
    for batch in batches:
        async with own_database() as urls:
            bench = _Bench(urls, Market(shape), batch, seconds, console)
            sizes += await bench.run(sorted(journals) or [0])
    best = max(sizes, key=lambda size: size.transfers_per_second)
    return BooksBench(
        transfers_per_second=best.transfers_per_second,
        orders_per_second=best.orders_per_second,
        rows_per_second=best.rows_per_second,
        copy_rows_per_second=best.copy_rows_per_second,
        ratio_to_copy=best.ratio_to_copy,
        p50_ms=best.p50_ms,
        p99_ms=best.p99_ms,
        max_rss_mb=best.max_rss_mb,
        shape=shape,
        seconds=seconds,
        rounds=ROUNDS,
        machine=machine,
        sizes=tuple(sizes),
    )


class _Bench:
    """One size of batch, in one data folder."""

    def __init__(
        self, urls: DatabaseUrls, market: Market, batch: int, seconds: float, console: Console
    ) -> None:
        self._urls = urls
        self._market = market
        self._batch = batch
        self._seconds = seconds
        self._console = console

    async def run(self, journals: list[int]) -> list[BooksSpeed]:
        """The figures at each size of the journal; the books are audited at the end."""
        found = []
        async with open_writer(self._urls.writer, TABLES, most_in_batch=self._batch) as writer:
            for proposal in self._market.funding(MOST_STEPS):
                await writer.propose(proposal)
            for journal in journals:
                await self._fill(writer, journal)
                found.append(await self._measure(writer))
        began = perf_counter()
        await audit(self._urls)
        audited = round(perf_counter() - began, 1)
        return [structs.replace(one, audited_seconds=audited) for one in found]

    async def _fill(self, writer: Writer, journal: int) -> None:
        """Write orders until the journal holds so many transfers."""
        while writer.transfers < journal:
            await _round(writer, self._market, LARGE_BATCH, FILL_SECONDS)
            self._tell(f"{writer.transfers:,} of {journal:,} transfers are in the journal")

    async def _measure(self, writer: Writer) -> BooksSpeed:
        each = self._seconds / ROUNDS
        await _round(writer, self._market, self._batch, each / 4)  # to warm up
        rounds: list[Round] = []
        copies: list[Copied] = []
        begun = writer.transfers
        twins = await asyncio.to_thread(Copies, self._urls.owner)
        for number in range(ROUNDS):
            done = await _round(writer, self._market, self._batch, each)
            copied = await asyncio.to_thread(twins.copy, done.commits)
            rounds.append(done)
            copies.append(copied)
            self._tell(
                f"batches of {self._batch}, round {number + 1} of {ROUNDS}: "
                f"{done.transfers / done.seconds:,.0f} transfers/s, "
                f"COPY {copied.rows / copied.seconds:,.0f} rows/s"
            )
        await asyncio.to_thread(twins.close)
        return _summary(self._batch, begun, rounds, copies)

    def _tell(self, words: str) -> None:
        self._console.print(words, highlight=False)


async def _round(writer: Writer, market: Market, batch: int, seconds: float) -> Round:
    """Keep the writer busy for `seconds`: while one batch is committed, the next one gathers."""
    answers: list[float] = []
    counts = [0, 0]
    end = perf_counter() + seconds

    async def buyer() -> None:
        while True:
            began = perf_counter()
            if began >= end:
                return
            number, hold = market.order()
            held = await writer.propose(hold)
            asked = perf_counter()
            if not isinstance(held, Committed):
                raise PostgresError(f"A hold was refused: {held}")
            ended = await writer.propose(market.ending(number, hold, held.transfers))
            if not isinstance(ended, Committed):
                raise PostgresError(f"The end of a hold was refused: {ended}")
            answers.append(asked - began)
            answers.append(perf_counter() - asked)
            counts[0] += 1
            counts[1] += len(held.transfers) + len(ended.transfers)

    commits, began, cpu = writer.commits, perf_counter(), _cpu_seconds()
    await asyncio.gather(*(buyer() for _ in range(2 * batch)))
    taken = perf_counter() - began
    orders, transfers = counts
    opened = transfers - 2 * LINES * orders
    return Round(
        orders=orders,
        transfers=transfers,
        rows=ROWS_OF_ORDER * orders + 2 * opened,
        commits=writer.commits - commits,
        seconds=taken,
        cpu_seconds=_cpu_seconds() - cpu,
        answers_ms=sorted(1000 * answer for answer in answers),
    )


def _cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system


def _summary(batch: int, journal: int, rounds: list[Round], copies: list[Copied]) -> BooksSpeed:
    transfers = [one.transfers / one.seconds for one in rounds]
    rows = [one.rows / one.seconds for one in rounds]
    copied = [one.rows / one.seconds for one in copies]
    answers = sorted(chain.from_iterable(one.answers_ms for one in rounds))
    return BooksSpeed(
        batch=batch,
        journal_transfers=journal,
        transfers_per_second=round(median(transfers)),
        least_transfers_per_second=round(min(transfers)),
        most_transfers_per_second=round(max(transfers)),
        orders_per_second=round(median(one.orders / one.seconds for one in rounds)),
        rows_per_second=round(median(rows)),
        copy_rows_per_second=round(median(copied)),
        ratio_to_copy=round(median(r / c for r, c in zip(rows, copied, strict=True)), 3),
        p50_ms=round(median(answers), 1),
        p99_ms=round(answers[int(0.99 * len(answers))], 1),
        chains_per_commit=round(median(2 * one.orders / one.commits for one in rounds), 1),
        cpu_us_per_transfer=round(
            1e6 * median(one.cpu_seconds / one.transfers for one in rounds), 2
        ),
        transfers=sum(one.transfers for one in rounds),
        audited_seconds=0.0,
        max_rss_mb=peak_rss_mb([os.getpid()]),
    )


def print_books(bench: BooksBench, console: Console) -> None:
    """A column for each size of batch."""
    table = Table(box=None, pad_edge=False)
    table.add_column("batches of")
    for one in bench.sizes:
        table.add_column(f"{one.batch:,}", justify="right")
    for name, told in _lines(bench.sizes):
        table.add_row(name, *told)
    console.print(table)
    console.print("The books are whole after every run.")


def _lines(sizes: tuple[BooksSpeed, ...]) -> Iterator[tuple[str, list[str]]]:
    yield "transfers/s", [f"{one.transfers_per_second:,}" for one in sizes]
    yield (
        "  least to most",
        [f"{s.least_transfers_per_second:,} to {s.most_transfers_per_second:,}" for s in sizes],
    )
    yield "orders/s", [f"{one.orders_per_second:,}" for one in sizes]
    yield "rows/s", [f"{one.rows_per_second:,}" for one in sizes]
    yield "COPY rows/s", [f"{one.copy_rows_per_second:,}" for one in sizes]
    yield "ratio to COPY", [f"{one.ratio_to_copy:.1%}" for one in sizes]
    yield "p50 ms", [f"{one.p50_ms}" for one in sizes]
    yield "p99 ms", [f"{one.p99_ms}" for one in sizes]
    yield "chains a commit", [f"{one.chains_per_commit:,}" for one in sizes]
    yield "CPU us a transfer", [f"{one.cpu_us_per_transfer}" for one in sizes]
    yield "journal at first", [f"{one.journal_transfers:,}" for one in sizes]
    yield "audited in s", [f"{one.audited_seconds}" for one in sizes]
    yield "most memory MB", [f"{one.max_rss_mb:,}" for one in sizes]
