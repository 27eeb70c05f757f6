"""Import files of hotel bookings: real history, replayed through the flows at its own dates."""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from serai.core import Refusal
from serai.flows.found import enter
from serai.flows.house import House
from serai.flows.ingest.catalogue import complete_catalogue, read_catalogue
from serai.flows.ingest.figures import StatusFigures, feed_figures, together
from serai.flows.ingest.growth import grow
from serai.flows.ingest.organisation import FEED_ACTOR, found_hotels
from serai.flows.ingest.replay import Entry, Known, look_up, replay
from serai.flows.ingest.rooms import most_in_house, read_rooms
from serai.flows.step import By, Draft, take
from serai.information import (
    FeedRun,
    Fingerprints,
    Quarantined,
    Row,
    VerifiedFile,
    hotel_bookings,
    read_rows,
    verify_file,
)
from serai.ledger import Change, Event, Insert, Key, Proposal, Refused

SET_ASIDE_AT_ONCE = 1_000


class ImportProgress(Struct, frozen=True):
    """How far an import has come: steps of bookings that are in the books, of a file."""

    file_name: str
    done: int
    total: int


Watcher = Callable[[ImportProgress], None]


class Imported(Struct, frozen=True, kw_only=True):
    """What the files had, and what the books now hold of the feed.

    `rejected` rows wait in quarantine. `already_known` rows were in the books before. Statuses
    and fees are those of the feed as a whole, read back from the journal.
    """

    feed: str
    read: int
    accepted: int
    rejected: int
    already_known: int
    by_status: dict[hotel_bookings.BookingStatus, StatusFigures]
    fees_minor: int
    seconds: float


class Counts(Struct, frozen=True):
    """What became of the rows of a file."""

    read: int = 0
    accepted: int = 0
    rejected: int = 0
    already_known: int = 0

    def plus(self, other: "Counts") -> "Counts":
        """Both together."""
        return Counts(
            self.read + other.read,
            self.accepted + other.accepted,
            self.rejected + other.rejected,
            self.already_known + other.already_known,
        )


class _Unfit(Struct, frozen=True, gc=False):
    """A row that its schema refused."""

    row: Row
    fingerprint: str
    reasons: tuple[str, ...]


class _Sorted(Struct, frozen=True):
    """The rows of a file: bookings, and those that wait."""

    entries: list[Entry]
    unfit: list[_Unfit]


def _unwatched(_: ImportProgress) -> None:
    """Nobody looks."""


async def import_hotel_bookings(
    house: House, paths: Sequence[Path], watch: Watcher = _unwatched
) -> Imported | Refusal:
    """Bring files of hotel bookings in; a broken file refuses all of them and writes nothing.

    The same rows again change nothing; an import that was cut short goes on where it was.
    """
    began = time.monotonic()
    files = []
    for path in paths:
        verified = await verify_file(path, hotel_bookings.COLUMNS)
        if isinstance(verified, Refusal):
            return verified
        files.append(verified)
    stores = await found_hotels(house)
    counts = Counts()
    for file in files:
        counts = counts.plus(await _import(house, stores, file, watch))
    figures = together(await feed_figures(house, stores))
    return Imported(
        feed=hotel_bookings.FEED,
        read=counts.read,
        accepted=counts.accepted,
        rejected=counts.rejected,
        already_known=counts.already_known,
        by_status=figures.by_status,
        fees_minor=figures.fees_minor,
        seconds=round(time.monotonic() - began, 2),
    )


async def _import(
    house: House,
    stores: dict[str, int],
    file: VerifiedFile,
    watch: Watcher,
) -> Counts:
    run = await _begin(house, file)
    rows = await asyncio.to_thread(_sort, file.path)
    known = await look_up(house, [entry.fingerprint for entry in rows.entries])
    released = await look_up(house, [one.fingerprint for one in rows.unfit])
    waiting = [one for place, one in enumerate(rows.unfit) if not released.is_known(place)]
    await _set_aside(house, run, waiting)
    new = sum(not known.is_known(row) for row in range(len(rows.entries)))
    accepted = 0
    if new or 0 in known.ended:
        accepted = await _replay(house, stores, run, rows.entries, known, watch)
    counts = Counts(file.rows, accepted, len(waiting), file.rows - accepted - len(waiting))
    await _end(house, run, counts)
    return counts


async def _replay(
    house: House, stores: dict[str, int], run: FeedRun, entries: Sequence[Entry], known: Known,
    watch: Watcher,
) -> int:  # fmt: skip
    bookings = [entry.booking for entry in entries]
    capacities = most_in_house(bookings)
    catalogue = await complete_catalogue(house, stores, bookings, capacities)
    if await grow(house, catalogue, capacities):
        catalogue = await read_catalogue(house, stores, catalogue.customers)
    rooms = await read_rooms(house.database, catalogue, bookings)

    def tell(done: int, total: int) -> None:
        watch(ImportProgress(run.file_name, done, total))

    return await replay(house, catalogue, rooms, entries, known, tell)


def _sort(path: Path) -> _Sorted:
    """Read every row of a file, and tell bookings from what must wait."""
    sorted_rows = _Sorted([], [])
    fingerprints = Fingerprints()
    for row in read_rows(path, hotel_bookings.COLUMNS):
        mark = fingerprints.of(row.values)
        parsed = hotel_bookings.parse(row)
        if isinstance(parsed, hotel_bookings.Rejected):
            sorted_rows.unfit.append(_Unfit(row, mark, parsed.reasons))
        else:
            sorted_rows.entries.append(Entry(parsed, mark))
    return sorted_rows


async def _begin(house: House, file: VerifiedFile) -> FeedRun:
    run = FeedRun(
        id=next(await house.ids.take(1)),
        feed=hotel_bookings.FEED,
        file_name=file.path.name,
        digest=file.digest,
        started_at=house.clock(),
    )
    entered = await enter(house, By(FEED_ACTOR, f"{run.id}:run"), (run,), told="feed.begun")
    if isinstance(entered, Refusal):
        raise RuntimeError(f"the run could not be entered: {entered.name}")
    return run


async def _set_aside(house: House, run: FeedRun, unfit: Sequence[_Unfit]) -> None:
    """Put rows in quarantine; those that wait there already stay as they are."""
    moment = house.clock()
    ids = await house.ids.take(len(unfit))
    proposals = [
        Proposal(
            key=Key(FEED_ACTOR.name, "feed.quarantined", one.fingerprint),
            effective=moment,
            business_date=moment.date(),
            inserts=(Insert("quarantine", (_quarantined(next(ids), run, one),)),),
        )
        for one in unfit
    ]
    for first in range(0, len(proposals), SET_ASIDE_AT_ONCE):
        part = proposals[first : first + SET_ASIDE_AT_ONCE]
        for outcome in await asyncio.gather(*map(house.books.propose, part)):
            if isinstance(outcome, Refused):
                raise RuntimeError(f"a row could not be set aside: {outcome.refusal.name}")


def _quarantined(id: int, run: FeedRun, unfit: _Unfit) -> Quarantined:
    return Quarantined(
        id=id,
        feed=run.feed,
        run_id=run.id,
        line_number=unfit.row.line_number,
        fingerprint=unfit.fingerprint,
        reasons=unfit.reasons,
        record=hotel_bookings.as_record(unfit.row),
        status="waiting",
        seen_at=run.started_at,
    )


async def _end(house: House, run: FeedRun, counts: Counts) -> None:
    moment = house.clock()

    async def draft() -> Draft:
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=counts,
            changes=(
                Change(
                    "feed_runs",
                    run.id,
                    run.version,
                    {
                        "ended_at": moment,
                        "read": counts.read,
                        "accepted": counts.accepted,
                        "rejected": counts.rejected,
                        "already_known": counts.already_known,
                    },
                ),
            ),
            events=(Event(type="feed.ended"),),
        )

    ended = await take(house, By(FEED_ACTOR, f"{run.id}:ended"), "feed.run", Counts, draft)
    if isinstance(ended, Refusal):
        raise RuntimeError(f"the run could not be ended: {ended.name}")
