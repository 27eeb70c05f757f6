"""What a file of hotel bookings amounts to, computed from the file alone with other means."""

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pytest

REAL_FILE = (
    Path(__file__).parents[2]
    / "shared"
    / "data"
    / "hotel_bookings"
    / "hotel_bookings_2015_2016.csv.gz"
)


class Totals(NamedTuple):
    bookings: int
    nights: int
    amount: Decimal
    fees: Decimal


def real_file() -> Path:
    """The real file; a test that asks for it is skipped where it is not."""
    if not REAL_FILE.exists():
        pytest.skip("there is no ../shared/data/hotel_bookings beside the project")
    return REAL_FILE


def first_rows(count: int, folder: Path) -> Path:
    """A file of the first rows of the real one."""
    path = folder / f"first_{count}.csv"
    with gzip.open(real_file(), "rt", encoding="utf-8", newline="") as source:
        path.write_text("".join(islice(source, count + 1)), encoding="utf-8", newline="")
    return path


def totals(path: Path) -> dict[tuple[str, str], Totals]:
    """Bookings, nights, agreed value and fees by hotel and status, of the rows that are sound."""
    found: dict[tuple[str, str], list[Totals]] = defaultdict(list)
    for row in _sound(path):
        nights = _nights(row)
        amount = (Decimal(row["adr"]) * nights).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
        kept = row["deposit_type"] == "Non Refund" and row["reservation_status"] != "Check-Out"
        found[row["hotel"], row["reservation_status"]].append(
            Totals(1, nights, amount, amount if kept else Decimal(0))
        )
    return {
        key: Totals(
            len(rows),
            sum(row.nights for row in rows),
            sum((row.amount for row in rows), Decimal(0)),
            sum((row.fees for row in rows), Decimal(0)),
        )
        for key, rows in found.items()
    }


def reasons(path: Path) -> Counter[tuple[str, ...]]:
    """How many rows fail, by the issue's own reasons."""
    return Counter(failed for row in _rows(path) if (failed := _failed(row)))


def most_in_house(path: Path) -> dict[tuple[str, str], int]:
    """The most rooms of a type taken by guests who stayed, on any night."""
    taken: Counter[tuple[str, str, date]] = Counter()
    for row in _sound(path):
        if row["reservation_status"] == "Check-Out":
            for night in range(_nights(row)):
                day = _arrival(row) + timedelta(days=night)
                taken[row["hotel"], row["reserved_room_type"], day] += 1
    most: dict[tuple[str, str], int] = {}
    for (hotel, room, _), count in taken.items():
        most[hotel, room] = max(most.get((hotel, room), 0), count)
    return most


def _rows(path: Path) -> Iterator[dict[str, str]]:
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    yield from csv.DictReader(text.splitlines())


def _sound(path: Path) -> Iterator[dict[str, str]]:
    return (row for row in _rows(path) if not _failed(row))


def _failed(row: dict[str, str]) -> tuple[str, ...]:
    guests = sum(
        int(row[column]) for column in ("adults", "children", "babies") if row[column] != "NA"
    )
    failed = []
    if _nights(row) == 0:
        failed.append("no_nights")
    if guests == 0:
        failed.append("no_guests")
    if not Decimal(0) <= Decimal(row["adr"]) <= Decimal(5000):
        failed.append("rate_implausible")
    return tuple(failed)


def _nights(row: dict[str, str]) -> int:
    return int(row["stays_in_weekend_nights"]) + int(row["stays_in_week_nights"])


def _arrival(row: dict[str, str]) -> date:
    text = "{arrival_date_day_of_month} {arrival_date_month} {arrival_date_year}".format(**row)
    return datetime.strptime(text, "%d %B %Y").date()
