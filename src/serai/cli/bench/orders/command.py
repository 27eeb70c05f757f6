"""`serai bench orders`: orders over HTTP, in closed and open loop, and what became of them."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import msgspec
from msgspec import Struct, structs
from rich.console import Console
from rich.table import Table

from serai.cli.auditing import audit
from serai.cli.bench.keys import bench_key
from serai.cli.bench.machine import Machine, peak_rss_mb, this_machine
from serai.cli.bench.orders import processes
from serai.cli.bench.orders.load import Load, Taken, read_ids, write_bodies
from serai.cli.bench.orders.wishes import read_wishes
from serai.cli.bench.orders.world import found_stores
from serai.cli.bench.server import Server, own_server
from serai.cli.running import find_database, join_house
from serai.core import PostgresError, open_database

CONNECTIONS = (64, 256, 1024)
BODIES = 20_000
"""So many different orders are drawn; they come again, under other keys."""
WARM_UP_SECONDS = 5.0
WARM_UP_CONNECTIONS = 64
OPEN_LOOP_CONNECTIONS = 256
MOST_FAILURES = 3
LOAD = "serai.cli.bench.orders.load"

ALL_ORDERS = "SELECT id FROM orders"
WEIGHT = """
SELECT (SELECT count(*) FROM transfers) AS transfers,
    (SELECT count(*) FROM orders) + (SELECT count(*) FROM bookings)
        + (SELECT count(*) FROM lines) + (SELECT count(*) FROM charges) AS records
"""


class Step(Struct, frozen=True):
    """One closed loop: so many connections, each sending its next order when the last one was
    answered. The times of CPU are microseconds for each order."""

    connections: int
    orders_per_second: float
    p50_ms: float
    p99_ms: float
    server_cpu_us: float | None
    postgres_cpu_us: float | None
    generator_cpu_percent: float


class Weight(Struct, frozen=True):
    """What all orders together have written."""

    transfers: int
    records: int


class Checked(Struct, frozen=True):
    """What the books say of the orders that were acknowledged."""

    in_books: int | None = None
    lost: int | None = None
    audit_passed: bool | None = None
    transfers_per_order: float | None = None
    records_per_order: float | None = None


class OrdersBench(Struct, frozen=True, kw_only=True):
    """What `serai bench orders --json` prints; the figures at the top are those of the best step.

    `half_load_*` are of the open loop at half of the best rate, from when an order was due. The
    last ones are None for a server that is not the bench's own.
    """

    lines: int
    orders_per_second: float
    p50_ms: float
    p99_ms: float
    half_load_rate: float
    half_load_p50_ms: float
    half_load_p99_ms: float
    half_load_most_ms: float
    refused: int
    failed: int
    max_rss_mb: float | None
    steps: tuple[Step, ...]
    acknowledged: int
    in_books: int | None
    lost: int | None
    audit_passed: bool | None
    transfers_per_order: float | None
    records_per_order: float | None
    machine: Machine

    @property
    def holds(self) -> bool:
        """Whether every order that was acknowledged is in the books, and the books are right."""
        return not self.lost and self.in_books in (None, self.acknowledged) and (
            self.audit_passed is not False
        )  # fmt: skip


async def bench_orders(
    url: str | None,
    key: str,
    lines: int,
    seconds: float,
    connections: Sequence[int],
    console: Console,
) -> OrdersBench:
    """Measure the platform at `url`, which opens to `key`, or one of the bench's own."""
    machine = this_machine()
    with tempfile.TemporaryDirectory(prefix="serai-bench-") as folder:
        async with _target(url, key, console) as target:
            console.print(f"Drawing {BODIES:,} orders of {lines} lines")
            bench = _Bench(target, Path(folder), seconds, console)
            await bench.draw(lines)
            return await bench.run(lines, connections, machine)


@asynccontextmanager
async def _target(url: str | None, key: str, console: Console) -> AsyncIterator["_Target"]:
    if url is not None:
        yield _Target(urlsplit(url if "//" in url else f"http://{url}"), key, None)
        return
    console.print("Starting a platform with 300 stores")
    async with own_server() as server:
        async with join_house(server.settings) as house:
            await found_stores(house)
            key = await bench_key(house)
        yield _Target(urlsplit(server.address), key, server)


class _Target(Struct, frozen=True):
    url: SplitResult
    key: str
    server: Server | None


class _Bench:
    """One measurement: the load's processes, one after the other, and what they bring back."""

    def __init__(
        self,
        target: _Target,
        folder: Path,
        seconds: float,
        console: Console,
    ) -> None:
        self._url = target.url
        self._key = target.key
        self._server = target.server
        self._folder = folder
        self._seconds = seconds
        self._console = console
        self._run = f"bench-{datetime.now(UTC).timestamp()}"
        self._ids: list[int] = []
        self._taken: list[Taken] = []

    async def draw(self, lines: int) -> None:
        """Draw the orders that will be sent."""
        wishes = await asyncio.to_thread(read_wishes, self._url, self._key)
        write_bodies(self._folder / "bodies", wishes.bodies(BODIES, lines))

    async def run(self, lines: int, connections: Sequence[int], machine: Machine) -> OrdersBench:
        """Every closed loop, and the open one at half of the best rate."""
        await self._send(WARM_UP_CONNECTIONS, WARM_UP_SECONDS)
        steps = [await self._step(count) for count in connections]
        best = max(steps, key=lambda step: step.orders_per_second)
        rate = best.orders_per_second / 2
        half = await self._send(OPEN_LOOP_CONNECTIONS, self._seconds, rate)
        checked = await self._check()
        return OrdersBench(
            lines=lines,
            orders_per_second=best.orders_per_second,
            p50_ms=best.p50_ms,
            p99_ms=best.p99_ms,
            half_load_rate=round(rate, 1),
            half_load_p50_ms=half.p50_ms,
            half_load_p99_ms=half.p99_ms,
            half_load_most_ms=half.most_ms,
            refused=sum(taken.refused for taken in self._taken),
            failed=sum(taken.failed + taken.unanswered for taken in self._taken),
            max_rss_mb=peak_rss_mb([self._server.process.pid]) if self._server else None,
            steps=tuple(steps),
            acknowledged=len(self._ids),
            **structs.asdict(checked),
            machine=machine,
        )

    async def _step(self, connections: int) -> Step:
        before = self._cpu()
        taken = await self._send(connections, self._seconds)
        used = self._cpu() - before
        orders = max(taken.acknowledged, 1)
        return Step(
            connections=connections,
            orders_per_second=round(taken.orders / taken.seconds, 1),
            p50_ms=taken.p50_ms,
            p99_ms=taken.p99_ms,
            server_cpu_us=round(1e6 * used.server / orders, 1) if self._server else None,
            postgres_cpu_us=round(1e6 * used.postgres / orders, 1) if self._server else None,
            generator_cpu_percent=taken.cpu_percent,
        )

    def _cpu(self) -> processes.Used:
        if self._server is None:
            return processes.Used(0.0, 0.0)
        return processes.used(self._server.process.pid, self._server.postmaster)

    async def _send(self, connections: int, seconds: float, rate: float = 0.0) -> Taken:
        load = Load(
            host=self._url.hostname or "127.0.0.1",
            port=self._url.port or 80,
            run=f"{self._run}-{len(self._taken)}",
            bodies=str(self._folder / "bodies"),
            ids=str(self._folder / "ids"),
            connections=connections,
            seconds=seconds,
            rate=rate,
            key=self._key,
        )
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", LOAD,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        said, _ = await process.communicate(msgspec.json.encode(load))
        if process.returncode:
            raise PostgresError("The load could not be sent; the reason stands above.")
        taken = msgspec.json.decode(said, type=Taken)
        self._taken.append(taken)
        self._ids += read_ids(Path(load.ids))
        how = f"at {rate:,.0f} orders/s" if rate else f"{connections:,} connections"
        self._console.print(
            f"{how}: {taken.orders / taken.seconds:,.0f} orders/s, "
            f"p50 {taken.p50_ms} ms, p99 {taken.p99_ms} ms"
        )
        if taken.example:
            self._console.print(f"Not all were taken: {taken.example}", markup=False)
        return taken

    async def _check(self) -> Checked:
        """Compare what was acknowledged with the books, and audit them."""
        if self._server is None:
            return Checked()
        self._console.print(f"Auditing {len(self._ids):,} orders")
        settings = self._server.settings
        async with find_database(settings) as urls, open_database(urls.platform) as database:
            there = set(await database.column(ALL_ORDERS))
            weight = await database.one(Weight, WEIGHT) or Weight(0, 0)
        report = await audit(settings)
        for finding in report.findings:
            for failure in finding.failures[:MOST_FAILURES]:
                self._console.print(f"{finding.invariant}: {failure}", markup=False)
        orders = max(len(there), 1)
        return Checked(
            in_books=len(there),
            lost=len(set(self._ids) - there),
            audit_passed=report.passed,
            transfers_per_order=round(weight.transfers / orders, 1),
            records_per_order=round(weight.records / orders, 1),
        )


def print_orders(bench: OrdersBench, console: Console) -> None:
    """The steps, and the figures of the whole."""
    table = Table(box=None, pad_edge=False)
    for heading in ("connections", "orders/s", "p50 ms", "p99 ms", "server µs", "postgres µs"):
        table.add_column(heading, justify="right")
    for step in bench.steps:
        used = (step.server_cpu_us, step.postgres_cpu_us)
        table.add_row(
            f"{step.connections:,}", f"{step.orders_per_second:,.0f}",
            f"{step.p50_ms}", f"{step.p99_ms}",
            *("" if us is None else f"{us:,.0f}" for us in used),
        )  # fmt: skip
    console.print(table)
    console.print(
        f"Half load, {bench.half_load_rate:,.0f} orders/s: "
        f"p50 {bench.half_load_p50_ms} ms, p99 {bench.half_load_p99_ms} ms"
    )
    console.print(
        f"{bench.acknowledged:,} acknowledged, {bench.refused:,} refused, {bench.failed:,} failed"
    )
    if bench.in_books is not None:
        verdict = "the audit passes" if bench.audit_passed else "THE AUDIT FAILS"
        console.print(
            f"{bench.in_books:,} in the books, {bench.lost:,} lost; {verdict}. "
            f"{bench.transfers_per_order} transfers and {bench.records_per_order} records an order"
        )
