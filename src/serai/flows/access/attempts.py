"""Attempts to sign in: whoever fails waits longer each time, and makes nobody else wait.

Failures are counted where they come from: in the browser, when the person has signed in there
before, and otherwise by the network address. So a stranger slows down themselves, and whoever
shares their address, but never a person at their own machine.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from msgspec import Struct

from serai.cloud import (
    PLATFORM,
    Origin,
    SignIn,
    Tries,
    knows_device,
    name_bits,
    network_of,
    new_token,
    token_hash,
    tries_at,
)
from serai.core import Refusal
from serai.flows.house import House
from serai.flows.step import By, Draft, take
from serai.ledger import Insert

WINDOW = timedelta(minutes=15)
"""Failures are forgotten after it."""
FREE_TRIES = 5
"""So often one may mistype before the next try waits: 2 s, then 4 s, 8 s and so on."""
FREE_TRIES_OF_PLACE = 60
"""With all names together, from one browser or address."""
LONGEST_WAIT = timedelta(minutes=15)
DEVICE_KNOWN = timedelta(days=180)

_log = structlog.get_logger()


class Visit(Struct, frozen=True):
    """Where somebody signs in: the address, and what the browser keeps to be known again."""

    origin: Origin
    device: str = ""


class Attempt(Struct, frozen=True):
    """A try that was noted before anything was compared."""

    id: int
    place: str
    name_bits: int
    person_id: int

    def passed(self, id: int, at: datetime) -> SignIn:
        """What is noted when it succeeds; it forgives the failures before."""
        return SignIn(
            id=id,
            at=at,
            place=self.place,
            name_bits=self.name_bits,
            person_id=self.person_id,
            passed=True,
        )


async def begin_attempt(house: House, visit: Visit, name: str, person_id: int) -> Attempt | Refusal:
    """Note a try, unless the place has to wait; `person_id` is 0 where nobody has the name.

    It is noted before the password is compared, and the others are counted after that, so that
    many at once are not each the first.
    """
    now = house.clock()
    place = await _place(house, visit, person_id, now)
    bits = name_bits(name)
    refused = _refusal(await tries_at(house.database, place, bits, now - WINDOW), now)
    if refused is None:
        (id,) = await house.ids.take(1)
        attempt = Attempt(id, place, bits, person_id)
        await _note(house, attempt, now)
        tries = await tries_at(house.database, place, bits, now - WINDOW, own=id)
        refused = _refusal(tries, now)
        if refused is None:
            return attempt
    _log.warning("sign_in_waits", person=person_id, address=visit.origin.address,
                 request=visit.origin.request_id)  # fmt: skip
    return refused


async def _place(house: House, visit: Visit, person_id: int, now: datetime) -> str:
    """The browser where the person is known in it, and else the address; asked for a name that
    nobody has in the same way."""
    device = token_hash(visit.device or new_token())
    if await knows_device(house.database, device, person_id, now - DEVICE_KNOWN):
        return f"browser {device.hex()[:32]}"
    return network_of(visit.origin.address)


async def _note(house: House, attempt: Attempt, now: datetime) -> None:
    row = SignIn(
        id=attempt.id,
        at=now,
        place=attempt.place,
        name_bits=attempt.name_bits,
        person_id=attempt.person_id,
    )

    async def draft() -> Draft | Refusal:
        return Draft(
            effective=now,
            business_date=now.date(),
            answer=row,
            inserts=(Insert("sign_ins", (row,)),),
        )

    await take(house, By(PLATFORM, f"sign-in:{attempt.id}"), "attempt", SignIn, draft)


def _refusal(tries: Tries, now: datetime) -> Refusal | None:
    until = max(
        _until(tries.of_name, FREE_TRIES, tries.of_name_at, _growing),
        _until(tries.of_place, FREE_TRIES_OF_PLACE, tries.of_place_at, _steady),
        key=lambda at: at or datetime.min.replace(tzinfo=now.tzinfo),
    )
    if until is None or until <= now:
        return None
    return Refusal(
        name="too_many_tries",
        says="Too many tries in vain from here.",
        advice="Wait a few minutes, then try again.",
    )


def _until(
    tries: int, free: int, last: datetime | None, wait: Callable[[int], timedelta]
) -> datetime | None:
    return None if last is None or tries < free else last + wait(tries - free)


def _growing(beyond: int) -> timedelta:
    return min(LONGEST_WAIT, timedelta(seconds=2 ** min(beyond + 1, 20)))


def _steady(_beyond: int) -> timedelta:
    return timedelta(seconds=10)
