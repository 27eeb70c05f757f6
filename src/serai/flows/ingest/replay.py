"""Replay: every step of a file's bookings in the order of its days, many in flight at once.

Steps are proposed in one fixed order and the writer takes them in that order, so the same file
leaves the same books. A step that is refused all the same (somebody else took a room, or imports
the same rows) is taken again by itself, once those in flight have been answered.
"""

import asyncio
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence

import msgspec
from msgspec import Struct

from serai.flows.house import House
from serai.flows.ingest.catalogue import Catalogue
from serai.flows.ingest.rooms import Rooms, read_rooms
from serai.flows.ingest.steps import (
    STATUS_AT,
    Remembered,
    booked,
    booked_key,
    ended,
    ended_key,
    ids_wanted,
)
from serai.flows.step import record_fact
from serai.information import hotel_bookings
from serai.ledger import (
    Change,
    Committed,
    Deed,
    Outcome,
    Proposal,
    Refused,
    known_keys,
    stored_answers,
)
from serai.merchants import OrderFile, read_orders

WINDOW = 1_000
"""Steps that are proposed together."""
MOST_IN_FLIGHT = 2
"""Windows that wait for their answers while the next one is made."""
KEYS_AT_ONCE = 10_000

Watch = Callable[[int, int], None]
"""Told how many steps are done, and of how many."""


class Entry(Struct, frozen=True, gc=False):
    """A row of the file that its schema accepts."""

    booking: hotel_bookings.HotelBooking
    fingerprint: str


class Known(Struct, frozen=True):
    """What the books have of each row already: the order it became, and whether that has ended."""

    orders: "array[int]"
    ended: bytearray

    def is_known(self, row: int) -> bool:
        """Whether the row's booking is in the books."""
        return self.orders[row] != 0


class BrokenReplay(Exception):
    """A fact was refused for a reason that no fact should have."""


async def look_up(house: House, fingerprints: Sequence[str]) -> Known:
    """What the books have of these rows."""
    known = Known(array("q", bytes(8 * len(fingerprints))), bytearray(len(fingerprints)))
    for first in range(0, len(fingerprints), KEYS_AT_ONCE):
        part = fingerprints[first : first + KEYS_AT_ONCE]
        digests = [booked_key(one).digest() for one in part]
        answers = await stored_answers(house.database, digests)
        for place, digest in enumerate(digests):
            if digest in answers:
                remembered = msgspec.json.decode(answers[digest], type=Remembered)
                known.orders[first + place] = remembered.order_id
        if answers:
            digests = [ended_key(one).digest() for one in part]
            over = await known_keys(house.database, digests)
            for place, digest in enumerate(digests):
                known.ended[first + place] = digest in over
    return known


async def replay(
    house: House,
    catalogue: Catalogue,
    rooms: Rooms,
    entries: Sequence[Entry],
    known: Known,
    watch: Watch,
) -> int:
    """Take every step of the entries that the books do not have; how many bookings that brought
    in, without those that somebody else brought in meanwhile."""
    return await _Replay(house, catalogue, rooms, entries, known, watch).run()


class _Sent(Struct, frozen=True):
    """A step that waits for its answer."""

    step: int
    outcome: asyncio.Future[Outcome]


class _Replay:
    """One run over the steps; `_open` holds the orders that have not ended yet."""

    def __init__(
        self,
        house: House,
        catalogue: Catalogue,
        rooms: Rooms,
        entries: Sequence[Entry],
        known: Known,
        watch: Watch,
    ) -> None:
        self._house = house
        self._catalogue = catalogue
        self._rooms = rooms
        self._entries = entries
        self._known = known
        self._watch = watch
        self._open: dict[int, OrderFile] = {}
        self._in_flight: deque[list[_Sent]] = deque()
        self._accepted = 0

    async def run(self) -> int:
        try:
            await self._take_all(_schedule(self._entries, self._known))
        except BaseException:
            await self._hang_up()
            raise
        return self._accepted

    async def _hang_up(self) -> None:
        """Wait for no more answers; each that fails unheard would be told of by itself."""
        waiting = [sent.outcome for window in self._in_flight for sent in window]
        for outcome in waiting:
            outcome.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    async def _take_all(self, steps: Sequence[int]) -> None:
        for first in range(0, len(steps), WINDOW):
            window = steps[first : first + WINDOW]
            await self._fetch_orders(window)
            ids = await self._house.ids.take(
                sum(ids_wanted(self._entries[step >> 1].booking) for step in window if not step & 1)
            )
            self._in_flight.append([self._send(step, ids) for step in window])
            while len(self._in_flight) > MOST_IN_FLIGHT:
                await self._hear()
            self._watch(first, len(steps))
        while self._in_flight:
            await self._hear()
        self._watch(len(steps), len(steps))

    async def _fetch_orders(self, window: Sequence[int]) -> None:
        """The orders of an earlier run that end in this window."""
        rows = [step >> 1 for step in window if step & 1]
        lacking = {
            self._known.orders[row]: row
            for row in rows
            if self._known.orders[row] and row not in self._open
        }
        if lacking:
            for order_id, file in (await read_orders(self._house.database, [*lacking])).items():
                self._open[lacking[order_id]] = file

    def _send(self, step: int, ids: Iterator[int]) -> _Sent:
        proposal = self._proposal(step, ids)
        return _Sent(step, asyncio.ensure_future(self._house.books.propose(proposal)))

    def _proposal(self, step: int, ids: Iterator[int]) -> Proposal:
        row, entry = step >> 1, self._entries[step >> 1]
        if step & 1:
            proposal = ended(self._catalogue, entry.booking, self._open.pop(row), entry.fingerprint)
            self._rooms.follow(proposal.chain)
            return proposal
        self._open[row], proposal = booked(
            self._catalogue, self._rooms, entry.booking, entry.fingerprint, ids
        )
        return proposal

    async def _hear(self) -> None:
        """Wait for the answers of the oldest window, and see that they are what they should be."""
        unsure = await self._heard()
        if not unsure:
            return
        while self._in_flight:
            unsure += await self._heard()
        self._rooms = await read_rooms(
            self._house.database, self._catalogue, [entry.booking for entry in self._entries]
        )
        for step in unsure:
            await self._take_again(step)

    async def _heard(self) -> list[int]:
        """The steps of the oldest window that this run has not committed, in their order."""
        window = self._in_flight[0]
        unsure = await _unsure(window)
        self._in_flight.popleft()  # only now: until all have answered, there is one to hang up on
        self._accepted += _count_booked([sent.step for sent in window]) - _count_booked(unsure)
        return unsure

    async def _take_again(self, step: int) -> None:
        """Take one step by itself, from what the books have of its row now."""
        row, entry = step >> 1, self._entries[step >> 1]
        if step & 1:
            await take_ended(self._house, self._catalogue, self._rooms, entry)
        else:
            taken = await take_booked(self._house, self._catalogue, self._rooms, entry)
            self._open[row] = taken.file
            self._accepted += taken.is_new


class TakenBooking(Struct, frozen=True):
    """The order that a row has become, and whether it has become it just now."""

    file: OrderFile
    is_new: bool


async def take_booked(
    house: House, catalogue: Catalogue, rooms: Rooms, entry: Entry
) -> TakenBooking:
    """Take the first step of a row, unless the books have it."""
    known = await look_up(house, [entry.fingerprint])
    if not known.is_known(0):
        ids = await house.ids.take(ids_wanted(entry.booking))
        file, proposal = booked(catalogue, rooms, entry.booking, entry.fingerprint, ids)
        if isinstance(await _record(house, proposal), Committed):
            return TakenBooking(file, is_new=True)
        known = await look_up(house, [entry.fingerprint])  # somebody else was quicker
    files = await read_orders(house.database, [known.orders[0]])
    return TakenBooking(files[known.orders[0]], is_new=False)


async def take_ended(
    house: House,
    catalogue: Catalogue,
    rooms: Rooms,
    entry: Entry,
    more: tuple[Change, ...] = (),
    deeds: tuple[Deed, ...] = (),
) -> None:
    """Take the last step of a row that is booked, unless the books have it; `more` goes with it."""
    known = await look_up(house, [entry.fingerprint])
    if known.ended[0]:
        return
    file = (await read_orders(house.database, [known.orders[0]]))[known.orders[0]]
    proposal = ended(catalogue, entry.booking, file, entry.fingerprint, more, deeds)
    await _record(house, proposal)
    rooms.follow(proposal.chain)


async def _record(house: House, proposal: Proposal) -> Outcome:
    outcome = await record_fact(house, proposal)
    if isinstance(outcome, Refused):
        raise BrokenReplay(
            f"{outcome.refusal.name} at {proposal.key.operation} of row {proposal.key.value}"
        )
    return outcome


async def _unsure(window: Sequence[_Sent]) -> list[int]:
    """The steps of a window that were not committed by this run, in their order."""
    outcomes = await asyncio.gather(*(sent.outcome for sent in window))
    return [
        sent.step
        for sent, outcome in zip(window, outcomes, strict=True)
        if not isinstance(outcome, Committed)
    ]


def _count_booked(steps: Sequence[int]) -> int:
    """How many of these steps are first ones, by which a booking comes in."""
    return sum(not step & 1 for step in steps)


def _schedule(entries: Sequence[Entry], known: Known) -> list[int]:
    """The steps still to take, in the order of their moments; a step is 2 x row, plus 1 for the
    end of a booking."""
    timed: list[tuple[int, int, int]] = []
    for row, entry in enumerate(entries):
        booking = entry.booking
        if not known.orders[row]:
            timed.append((booking.booked_on.toordinal(), 0, 2 * row))
        if not known.ended[row]:
            hour = STATUS_AT[booking.status].hour
            timed.append((booking.status_on.toordinal(), hour, 2 * row + 1))
    timed.sort()
    return [step for _, _, step in timed]
