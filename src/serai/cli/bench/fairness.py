"""`serai bench fairness`: how one brand's desk fares while another brand's program floods.

The desk sends orders at fixed moments, as guests come; the flood sends its next one as soon as the
last was answered, over many connections. Both are programs of the API, each at home on a brand.
"""

import asyncio
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from serai.cli.bench.machine import Machine, this_machine
from serai.cli.bench.orders.command import LOAD
from serai.cli.bench.orders.load import Load, Taken, write_bodies
from serai.cli.bench.orders.wishes import read_wishes
from serai.cli.bench.orders.world import found_stores
from serai.cli.bench.server import Server, own_server
from serai.cli.running import join_house
from serai.cloud import RIGHTS, USUAL_REQUESTS_A_MINUTE, Actor
from serai.core import PostgresError, Refusal
from serai.flows import By, House, NewProgram, admit_program

DESK_RATE = 20.0
DESK_CONNECTIONS = 8
BODIES = 2_000
OPERATOR = Actor("bench")


class FairnessBench(Struct, frozen=True):
    """What `serai bench fairness --json` prints: the desk's orders alone and beside the flood."""

    desk_rate: float
    alone_p50_ms: float
    alone_p99_ms: float
    beside_p50_ms: float
    beside_p99_ms: float
    desk_orders: int
    desk_refused: int
    flood_connections: int
    flood_orders: int
    flood_turned_away: int
    flood_share_a_minute: int
    machine: Machine

    @property
    def is_fair(self) -> bool:
        """Whether nobody at the desk was turned away."""
        return not self.desk_refused


async def bench_fairness(seconds: float, connections: int, console: Console) -> FairnessBench:
    """Measure a platform of the bench's own."""
    console.print("Starting a platform with 300 stores")
    with tempfile.TemporaryDirectory(prefix="serai-bench-") as name:
        async with own_server() as server:
            async with join_house(server.settings) as house:
                await found_stores(house)
                brands = sorted((await house.organisation()).brands)
                desk = await _key(house, "desk", brands[0])
                flood = await _key(house, "flood", brands[1])
            platform = _Platform(server, Path(name))
            await platform.draw("desk", desk, brands[0])
            await platform.draw("flood", flood, brands[1])
            console.print(f"The desk alone, {DESK_RATE:.0f} orders/s")
            alone = await platform.send("desk", desk, seconds, DESK_CONNECTIONS, DESK_RATE)
            console.print(f"The desk beside a flood over {connections} connections")
            beside, flooded = await asyncio.gather(
                platform.send("desk", desk, seconds, DESK_CONNECTIONS, DESK_RATE),
                platform.send("flood", flood, seconds, connections, 0.0),
            )
    return FairnessBench(
        desk_rate=DESK_RATE,
        alone_p50_ms=alone.p50_ms,
        alone_p99_ms=alone.p99_ms,
        beside_p50_ms=beside.p50_ms,
        beside_p99_ms=beside.p99_ms,
        desk_orders=beside.acknowledged,
        desk_refused=beside.refused + beside.failed,
        flood_connections=connections,
        flood_orders=flooded.acknowledged,
        flood_turned_away=flooded.refused,
        flood_share_a_minute=USUAL_REQUESTS_A_MINUTE,
        machine=this_machine(),
    )


class _Platform:
    """The bench's own platform, and the folder of what is sent to it."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._url = urlsplit(server.address)
        self._folder = folder
        self._runs = 0

    async def draw(self, who: str, key: str, brand: int) -> None:
        """Draw what somebody will send, of their own brand."""
        wishes = await asyncio.to_thread(read_wishes, self._url, key, brand)
        write_bodies(self._folder / who, wishes.bodies(BODIES, 1))

    async def send(
        self, who: str, key: str, seconds: float, connections: int, rate: float
    ) -> Taken:
        """Send it, from a process of its own."""
        self._runs += 1
        load = Load(
            host=self._url.hostname or "",
            port=self._url.port or 80,
            run=f"{who}-{self._runs}",
            bodies=str(self._folder / who),
            ids=str(self._folder / f"{who}-ids"),
            connections=connections,
            seconds=seconds,
            rate=rate,
            key=key,
        )
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", LOAD,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        said, _ = await process.communicate(msgspec.json.encode(load))
        if process.returncode:
            raise PostgresError("The load could not be sent; the reason stands above.")
        return msgspec.json.decode(said, type=Taken)


async def _key(house: House, name: str, brand_id: int) -> str:
    wanted = NewProgram(
        name=name, scopes=RIGHTS, level="brand", node_id=brand_id, life=timedelta(days=1)
    )
    issued = await admit_program(house, By(OPERATOR, name), wanted)
    if isinstance(issued, Refusal):
        raise PostgresError(f"The bench was given no key: {issued.says}")
    return issued.written.reveal()


def print_fairness(bench: FairnessBench, console: Console) -> None:
    """The desk's times beside each other, and what became of the flood."""
    table = Table(box=None, pad_edge=False)
    for heading in ("the desk", "p50 ms", "p99 ms"):
        table.add_column(heading, justify="right")
    table.add_row("alone", f"{bench.alone_p50_ms}", f"{bench.alone_p99_ms}")
    table.add_row("beside the flood", f"{bench.beside_p50_ms}", f"{bench.beside_p99_ms}")
    console.print(table)
    console.print(
        f"{bench.desk_orders:,} orders at the desk, {bench.desk_refused:,} turned away. The flood: "
        f"{bench.flood_orders:,} orders, {bench.flood_turned_away:,} turned away "
        f"({bench.flood_share_a_minute:,} requests a minute are its share)"
    )
