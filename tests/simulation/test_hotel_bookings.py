"""The whole real file through the command: killed in the middle, taken up again, audited."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from serai.core import (
    DatabaseUrls,
    Settings,
    open_database,
    outside_postgres,
    running_postgres,
)
from tests.bookings_by_hand import Totals, real_file, reasons, totals
from tests.databases import short_folder

SERAI = (sys.executable, "-c", "from serai.cli import main; main()")
STATUSES = ("Check-Out", "Canceled", "No-Show")
ENOUGH = 20_000
"""Bookings in the books by the time the import is killed."""


@pytest.fixture
def settings(urls: DatabaseUrls) -> Iterator[Settings]:
    """A data folder of its own, on the clean outside database if the tests run on one."""
    with short_folder() as folder:
        yield Settings(
            home=folder / "home", database_url=os.environ.get("SERAI_DATABASE_URL") or None
        )


def environment(settings: Settings) -> dict[str, str]:
    rest = {name: value for name, value in os.environ.items() if not name.startswith("SERAI_")}
    rest["SERAI_HOME"] = str(settings.home)
    if settings.database_url is not None:
        rest["SERAI_DATABASE_URL"] = settings.database_url
    return rest


def serai(settings: Settings, *arguments: str) -> Any:
    """What a command prints as JSON."""
    done = subprocess.run(
        (*SERAI, *arguments, "--json"), env=environment(settings), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


async def database_of(settings: Settings) -> DatabaseUrls | None:
    if settings.database_url is not None:
        return await outside_postgres(settings.database_url)
    return await running_postgres(settings)


async def killed_in_the_middle(settings: Settings, path: Path) -> None:
    """Start an import, and kill it once it has done a good part."""
    started = subprocess.Popen(
        (*SERAI, "import", "hotel-bookings", str(path)), env=environment(settings)
    )
    try:
        while started.poll() is None:
            await asyncio.sleep(0.2)
            urls = await database_of(settings)
            if urls is None:
                continue
            async with open_database(urls.platform) as database:
                if await database.value("SELECT to_regclass('bookings') IS NULL"):
                    continue
                if await database.value("SELECT count(*) FROM bookings") > ENOUGH:
                    break
        assert started.poll() is None, "the import ended before it could be killed"
    finally:
        started.send_signal(signal.SIGKILL)
        started.wait()


def of_all_hotels(found: dict[tuple[str, str], Totals], status: str) -> dict[str, int]:
    rows = [own for (_, one), own in found.items() if one == status]
    return {
        "bookings": sum(row.bookings for row in rows),
        "nights": sum(row.nights for row in rows),
        "amount_minor": int(sum((row.amount for row in rows), Decimal(0)) * 100),
    }


async def test_the_real_file_survives_a_kill_and_is_right_to_the_cent(
    settings: Settings,
) -> None:
    path = real_file()
    own = totals(path)
    sound = sum(one.bookings for one in own.values())
    refused = sum(reasons(path).values())
    await killed_in_the_middle(settings, path)

    first = serai(settings, "import", "hotel-bookings", str(path))
    assert list(first) == [
        "feed", "read", "accepted", "rejected", "already_known", "by_status", "fees_minor",
        "seconds",
    ]  # fmt: skip
    assert (first["feed"], first["read"]) == ("hotel-bookings", sound + refused)
    assert first["rejected"] == refused
    assert first["accepted"] + first["already_known"] == sound
    assert first["already_known"] > ENOUGH
    assert first["by_status"] == {status: of_all_hotels(own, status) for status in STATUSES}
    fees = sum((one.fees for one in own.values()), Decimal(0))
    assert first["fees_minor"] == int(fees * 100)

    again = serai(settings, "import", "hotel-bookings", str(path))
    assert (again["accepted"], again["already_known"]) == (0, sound)
    assert again["by_status"] == first["by_status"]
    assert serai(settings, "audit")["passed"]


def test_what_cannot_be_imported_is_told_in_a_sentence(settings: Settings, tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_text("hotel,rooms\nCity Hotel,3\n")
    for arguments, says in (
        (("hotel-bookings", str(broken)), "has other columns than this feed"),
        (("hotel-bookings", str(tmp_path / "none.csv")), "cannot be read"),
        (("train-bookings", str(broken)), "There is no feed 'train-bookings'"),
    ):
        done = subprocess.run(
            (*SERAI, "import", *arguments),
            env=environment(settings),
            capture_output=True,
            check=False,
        )
        told = done.stderr.decode()
        assert done.returncode == 1
        assert says in told
        assert "Traceback" not in told
        assert done.stdout == b""
