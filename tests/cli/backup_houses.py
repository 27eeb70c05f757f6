"""A platform that takes orders while it is backed up, and what was in its books at a moment."""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from msgspec import Struct

from serai.cli.backup.restoring import Restored, Told, Wanted, restore
from serai.cli.backup.taking import Taken, take_backup
from serai.cli.bench.server import PROGRAM, Server, free_port
from serai.cli.running import join_house
from serai.core import Settings
from serai.core.postgres import read_reach, running_cluster
from serai.core.postgres.cluster import SUPERVISOR
from tests.api.keys import key_for
from tests.worlds import ADMISSION, DINNER, WANG, found_lantern_group

PATIENCE_SECONDS = 30
BUYERS = 4
PAUSE_SECONDS = 0.05
"""Between two orders of a buyer: these tests want orders all the time, not as many as can be."""

FIRST_DAY = datetime.now(UTC).date() + timedelta(days=5)

AT = """
SELECT count(*), coalesce(sum(amount), 0)::bigint, coalesce(max(id), 0)
FROM transfers WHERE recorded <= %s
"""
WITH_BATCH = """
SELECT count(*), coalesce(sum(amount), 0)::bigint, coalesce(max(id), 0) FROM transfers
WHERE recorded <= (SELECT recorded FROM transfers WHERE id = %s)
"""
ORDERS = "SELECT id FROM orders"


class Sums(Struct, frozen=True):
    """What stands in the journal: how many transfers, their amounts, the last one's number."""

    transfers: int
    amounts: int
    last: int


class Shop:
    """A running platform, and those who order from it; `sold` are the orders acknowledged."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.settings = server.settings
        self.sold: list[int] = []
        self.failed = 0
        self.key = ""
        self.refused: Counter[str] = Counter()
        self._keys = (f"order-{number}" for number in count(1))

    async def open(self) -> None:
        """Put goods on the shelves."""
        async with join_house(self.settings) as house:
            await found_lantern_group(house)
            self.key = await key_for(house, "buyers", "all")

    @asynccontextmanager
    async def buyers(self) -> AsyncIterator[None]:
        """Orders come in, one after the other from each buyer, until the end of the block."""
        async with httpx.AsyncClient(
            base_url=self.server.address,
            timeout=30,
            headers={"Authorization": f"Bearer {self.key}"},
        ) as client:
            buying = [asyncio.create_task(self._buy(client, buyer)) for buyer in range(BUYERS)]
            try:
                yield
            finally:
                for one in buying:
                    one.cancel()
                await asyncio.gather(*buying, return_exceptions=True)

    async def sell(self, more: int) -> None:
        """Wait until so many more orders were acknowledged."""
        wanted = len(self.sold) + more
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(self.sold) < wanted:
            assert time.monotonic() < deadline, (len(self.sold), self.failed, self.refused)
            await asyncio.sleep(0.02)

    async def archived(self, folder: Path) -> datetime:
        """Wait until the archive reaches beyond this moment; the moment."""
        now = datetime.now(UTC)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (reach := read_reach(folder)) is None or reach.until < now:
                await asyncio.sleep(0.05)
        return now

    def ask(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the running database, as whoever may do everything there."""
        cluster = running_cluster(self.settings)
        assert cluster is not None
        url = cluster.url(SUPERVISOR, "serai")
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(question.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def sums(self, question: str, value: object) -> Sums:
        return Sums(*self.ask(question, value)[0])

    async def _buy(self, client: httpx.AsyncClient, buyer: int) -> None:
        for number in count(1):
            day = FIRST_DAY + timedelta(days=(number * BUYERS + buyer) % 3000)
            lines = [
                {"offer_id": offer, "first_day": day.isoformat(), "minute": minute}
                for offer, minute in ((DINNER, 1110), (ADMISSION, 600))
            ]
            headers = {"Idempotency-Key": next(self._keys)}
            try:
                answer = await client.post(
                    "/v1/orders", json={"customer_id": WANG, "lines": lines}, headers=headers
                )
            except httpx.HTTPError:
                self.failed += 1
            else:
                if answer.status_code == 201:
                    self.sold.append(int(answer.json()["id"]))
                else:
                    self.refused[answer.json().get("refusal", "")] += 1
                    self.failed += answer.status_code >= 500
            await asyncio.sleep(PAUSE_SECONDS)


async def back_up(settings: Settings, folder: Path | None, keep: int | None = None) -> Taken:
    return await take_backup(settings, folder, keep, lambda said: None)


async def bring_back(source: Path, home: Path, wanted: Wanted | None = None) -> Restored:
    told = Told(lambda done, total: None, lambda name: None)
    return await restore(source, Settings(home=home), wanted or Wanted(), told)


def sums_of(restored: Restored) -> Sums:
    assert restored.audit.passed, restored.audit.findings
    return Sums(
        restored.figures.transfers,
        int(restored.figures.amounts),
        restored.fence.next_transfer - 1,
    )


def serai(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as an administrator does."""
    environment = {name: value for name, value in os.environ.items() if "SERAI" not in name}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        env=environment
        | {"SERAI_HOME": str(home), "SERAI_PORT": str(free_port()), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def switch_segments(shop: Shop, times: int) -> None:
    """Begin so many new segments of the log."""
    for _ in range(times):
        shop.ask("SELECT pg_logical_emit_message(false, 'tests', repeat('x', 100))")
        shop.ask("SELECT pg_switch_wal()")


async def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.05)


def linked(source: Path, target: Path) -> None:
    """A copy of a folder whose files are those of the original; see `spoil`."""
    shutil.copytree(source, target, copy_function=os.link)


def spoil(file: Path, at: int) -> None:
    """Change one byte of a file; of this name only, not of others that it has."""
    content = bytearray(file.read_bytes())
    content[at] ^= 0xFF
    file.unlink()
    file.write_bytes(content)


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[Path]:
    """A disk of its own for a backup folder; tests that need it are skipped where none can be."""
    place.mkdir()
    size = f"size={megabytes}m,mode=0700"
    command = ["mount", "-t", "tmpfs", "-o", size, "serai", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("no small disk can be mounted here (that needs root)")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=False, capture_output=True)
