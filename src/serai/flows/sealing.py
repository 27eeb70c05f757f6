"""Sealing anew: personal details go from older keys to the one that seals, a part at a time."""

import secrets
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from serai.cloud import PLATFORM
from serai.core import Refusal, Unopened
from serai.customers import (
    SealedDetails,
    keys_in_use,
    open_details,
    rows_by_key,
    seal_details,
    sealed_by,
)
from serai.flows.house import House
from serai.flows.step import By, Draft, take
from serai.ledger import Change, Deed, Proposal

ROWS_A_STEP = 250
"""Few enough that nobody's request waits for the step."""


class Resealed(Struct, frozen=True):
    """How many customers' details are sealed by another key now, and whose could not be opened."""

    rows: int
    unopened: tuple[int, ...]


class _Step(Struct, frozen=True):
    """The answer of a step: how far it has come among the customers that a key seals."""

    last: int
    rows: int
    unopened: tuple[int, ...]


async def reseal(
    house: House, told: Callable[[int], None], *, rows_a_step: int = ROWS_A_STEP
) -> Resealed:
    """Seal anew whatever an older key seals; `told` hears how much is done.

    Ended in the middle, it goes on where it was the next time.
    """
    rows = 0
    unopened: list[int] = []
    for key_id in await keys_in_use(house.database):
        last = 0
        while key_id != house.ring.sealing.id:
            step = await _take_step(house, key_id, last, rows_a_step)
            if step.last == last:
                break
            last, rows = step.last, rows + step.rows
            unopened += step.unopened
            told(rows)
    return Resealed(rows, tuple(unopened))


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
    return [one for one in await keys_in_use(house.database) if one not in house.ring.ids]


async def uses_of_keys(house: House) -> dict[str, int]:
    """How many customers' details each key seals; 0 for a key that nothing needs."""
    found = {one.key_id: one.rows for one in await rows_by_key(house.database)}
    return {**dict.fromkeys(house.ring.ids, 0), **found}


async def _take_step(house: House, key_id: str, after: int, most: int) -> _Step:
    async def draft() -> Draft:
        found = await sealed_by(house.database, key_id, after, most)
        changes = [_sealed_anew(house, one) for one in found]
        done = tuple(change for change in changes if isinstance(change, Change))
        moment = house.clock()
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=_Step(
                last=found[-1].id if found else after,
                rows=len(done),
                unopened=tuple(change for change in changes if isinstance(change, int)),
            ),
            changes=done,
        )

    by = By(PLATFORM, secrets.token_hex(16))
    step = await take(house, by, "reseal", _Step, draft, keep_refusals=False)
    if isinstance(step, Refusal):  # customers of this part were changed again and again meanwhile
        return await _take_step(house, key_id, after, most)
    return step


def _sealed_anew(house: House, sealed: SealedDetails) -> Change | int:
    """The change that seals a customer's details anew, or whose cannot be opened."""
    try:
        fresh = seal_details(house.ring, sealed.id, open_details(house.ring, sealed))
    except Unopened:
        return sealed.id
    return Change("personal_details", sealed.id, sealed.version, fresh.values())
