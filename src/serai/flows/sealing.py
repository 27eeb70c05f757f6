"""Sealing anew: what older keys have sealed, or nobody has yet, goes to the key that seals; a part
at a time."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct

from serai import customers
from serai.cloud import (
    PLATFORM,
    ClearEmails,
    KeptEmails,
    OneTimeCodes,
    emails_by_key,
    emails_in_the_clear,
    emails_sealed_by,
    one_time_codes_by_key,
    one_time_codes_sealed_by,
    open_emails,
    open_secret,
    seal_emails,
    seal_secret,
)
from serai.core import Database, KeyRing, Refusal, Unopened
from serai.customers import SealedDetails, open_details, seal_details
from serai.flows.house import House
from serai.flows.step import By, Draft, take
from serai.ledger import Change, Deed, Insert, Proposal

ROWS_A_STEP = 250
"""Few enough that nobody's request waits for the step."""

Row = SealedDetails | KeptEmails | OneTimeCodes | ClearEmails
CLEAR = ""
"""The key of what is not sealed yet."""


class Resealed(Struct, frozen=True):
    """How many rows are sealed by another key now, and the ids of those that could not be opened:
    customers and people."""

    rows: int
    unopened: tuple[int, ...]


class UseOfKey(Struct, frozen=True):
    """How much a key seals: the details of customers, and what is known of people."""

    customers: int = 0
    people: int = 0

    @property
    def rows(self) -> int:
        """All of it."""
        return self.customers + self.people


class _Written(Struct, frozen=True):
    """What a row becomes."""

    inserts: tuple[Insert, ...] = ()
    changes: tuple[Change, ...] = ()


class _Sealed(Struct, frozen=True):
    """A kind of what is sealed: how its rows are found by their key, and sealed anew."""

    by_key: Callable[[Database, str, int, int], Awaitable[Sequence[Any]]]
    anew: Callable[[KeyRing, Any], _Written]


class _Step(Struct, frozen=True):
    """The answer of a step: how far it has come among the rows that a key seals."""

    last: int
    rows: int
    unopened: tuple[int, ...]


async def reseal(
    house: House, told: Callable[[int], None], *, rows_a_step: int = ROWS_A_STEP
) -> Resealed:
    """Seal anew whatever an older key seals, and whatever none does; `told` hears how much is done.

    Ended in the middle, it goes on where it was the next time.
    """
    rows = 0
    unopened: list[int] = []
    for sealed, key_id in await _work(house):
        async for step in _steps(house, sealed, key_id, rows_a_step):
            rows += step.rows
            unopened += step.unopened
            told(rows)
    return Resealed(rows, tuple(unopened))


async def seal_what_is_clear(house: House) -> int:
    """Seal what is from before it was sealed; how much that was."""
    rows = 0
    for sealed in _CLEAR:
        async for step in _steps(house, sealed, CLEAR, ROWS_A_STEP):
            rows += step.rows
    return rows


async def note_keys(
    house: House,
    by: By,
    operation: Literal["rotate_personal_keys", "retire_personal_keys"],
    ids: Sequence[str],
) -> None:
    """Tell the audit trail which keys somebody has made or removed."""
    moment = house.clock()
    done = Deed(
        actor=by.actor.name,
        actor_id=by.actor.id,
        operation=operation,
        thing="personal_key",
        after=msgspec.json.encode({"personal_keys": {id: {} for id in ids}}),
        address=by.origin.address,
        request_id=by.origin.request_id,
    )
    await house.books.propose(
        Proposal(
            key=by.for_step(operation, ids),
            effective=moment,
            business_date=moment.date(),
            deeds=(done,),
            keep_refusal=False,
        )
    )


async def missing_keys(house: House) -> list[str]:
    """The keys that what is stored needs, and that are not there."""
    in_use = set(await customers.keys_in_use(house.database)) | set(await _keys_of_people(house))
    return sorted(in_use - set(house.ring.ids))


async def uses_of_keys(database: Database, ring: KeyRing) -> dict[str, UseOfKey]:
    """How much each key seals, the one that seals first; those that are missing come last."""
    of_customers = {one.key_id: one.rows for one in await customers.rows_by_key(database)}
    of_people: dict[str, int] = {}
    for found in (await emails_by_key(database), await one_time_codes_by_key(database)):
        for one in found:
            of_people[one.key_id] = of_people.get(one.key_id, 0) + one.rows
    ids = dict.fromkeys((*ring.ids, *sorted(of_customers.keys() | of_people.keys())))
    return {id: UseOfKey(of_customers.get(id, 0), of_people.get(id, 0)) for id in ids}


async def _work(house: House) -> list[tuple[_Sealed, str]]:
    """What is not sealed by the key that seals: of each kind, by which other."""
    by_people = await _keys_of_people(house)
    keys = [(_DETAILS, await customers.keys_in_use(house.database))]
    keys += [(_EMAILS, by_people), (_CODES, by_people)]
    sealing = house.ring.sealing.id if house.ring.ids else ""
    older = [(sealed, id) for sealed, ids in keys for id in ids if id != sealing]
    return [*((sealed, CLEAR) for sealed in _CLEAR), *older]


async def _keys_of_people(house: House) -> list[str]:
    """The keys that are needed for what is known of people; these are few."""
    emails = await emails_by_key(house.database)
    codes = await one_time_codes_by_key(house.database)
    return sorted({one.key_id for one in (*emails, *codes)})


async def _steps(house: House, sealed: _Sealed, key_id: str, most: int) -> AsyncIterator[_Step]:
    last = 0
    while await sealed.by_key(house.database, key_id, last, 1):  # else nothing is to be committed
        step = await _take_step(house, sealed, key_id, last, most)
        last = step.last
        yield step


async def _take_step(house: House, sealed: _Sealed, key_id: str, after: int, most: int) -> _Step:
    async def draft() -> Draft | Refusal:
        found = await sealed.by_key(house.database, key_id, after, most)
        done = [_sealed_anew(house, sealed, one) for one in found]
        moment = house.clock()
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=_Step(
                last=found[-1].id if found else after,
                rows=sum(isinstance(one, _Written) for one in done),
                unopened=tuple(one for one in done if isinstance(one, int)),
            ),
            inserts=tuple(row for one in done if isinstance(one, _Written) for row in one.inserts),
            changes=tuple(row for one in done if isinstance(one, _Written) for row in one.changes),
        )

    by = By(PLATFORM, secrets.token_hex(16))
    step = await take(house, by, "reseal", _Step, draft, keep_refusals=False)
    if isinstance(step, Refusal):  # rows of this part were changed again and again meanwhile
        return await _take_step(house, sealed, key_id, after, most)
    return step


def _sealed_anew(house: House, sealed: _Sealed, row: Row) -> _Written | int:
    """What seals a row anew, or its id where it cannot be opened."""
    try:
        return sealed.anew(house.ring, row)
    except Unopened:
        return row.id


def _details_anew(ring: KeyRing, row: SealedDetails) -> _Written:
    fresh = seal_details(ring, row.id, open_details(ring, row))
    return _Written(changes=(Change("personal_details", row.id, row.version, fresh.values()),))


def _emails_anew(ring: KeyRing, row: KeptEmails) -> _Written:
    fresh = seal_emails(ring, row.id, open_emails(ring, row.id, row.emails, row.key_id))
    return _Written(changes=(Change("person_emails", row.id, row.version, fresh.values()),))


def _codes_anew(ring: KeyRing, row: OneTimeCodes) -> _Written:
    fresh = seal_secret(ring, row.id, open_secret(ring, row))
    return _Written(changes=(Change("one_time_codes", row.id, row.version, fresh.values()),))


def _clear_emails_sealed(ring: KeyRing, row: ClearEmails) -> _Written:
    sealed = seal_emails(ring, row.id, row.emails)
    changes = [Change("people", row.id, row.person_version, {"email": ""})]
    if row.said is not None:
        said: dict[str, object] = {"said": row.said.kept}
        changes.append(Change("directory_people", row.id, row.said_version, said))
    if row.version:
        changes.append(Change("person_emails", row.id, row.version, sealed.values()))
        return _Written(changes=tuple(changes))
    return _Written(inserts=(Insert("person_emails", (sealed,)),), changes=tuple(changes))


async def _clear_emails(
    database: Database, _key_id: str, after: int, most: int
) -> Sequence[ClearEmails]:
    return await emails_in_the_clear(database, after, most)


async def _clear_codes(
    database: Database, _key_id: str, after: int, most: int
) -> Sequence[OneTimeCodes]:
    return await one_time_codes_sealed_by(database, None, after, most)


_DETAILS = _Sealed(customers.sealed_by, _details_anew)
_EMAILS = _Sealed(emails_sealed_by, _emails_anew)
_CODES = _Sealed(one_time_codes_sealed_by, _codes_anew)
_CLEAR = (
    _Sealed(_clear_emails, _clear_emails_sealed),
    _Sealed(_clear_codes, _codes_anew),
)
