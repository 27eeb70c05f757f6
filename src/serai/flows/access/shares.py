"""Shares: files that are taken out, and what is written down so that a restart forgets nothing."""

from datetime import timedelta

from msgspec import Struct

from serai.cloud import (
    PLATFORM,
    Actor,
    KeptShare,
    Origin,
    Right,
    Standing,
    below_group,
    exports_of,
    kept_shares,
    kept_shares_of,
)
from serai.core import Refusal
from serai.flows.deeds import note_export
from serai.flows.house import House
from serai.flows.step import By, Draft, take
from serai.ledger import Change, Insert

LONGEST_WINDOW = timedelta(days=1)


class SharesKept(Struct, frozen=True):
    """How many shares were written down."""

    shares: int


def take_export(house: House, actor: Actor, right: Right) -> list[Standing]:
    """Count a file that somebody takes out by a right, where every share has room for it."""
    return house.shares.take_each(exports_of(actor.id, actor.nodes(right)))


async def tell_export(house: House, actor: Actor, origin: Origin, right: Right, what: str) -> None:
    """Put into the trail that somebody takes a file out, before they get it; whoever holds the
    right to the trail on the nodes that it is of sees it."""
    await note_export(house, actor, origin, what, below_group(actor.nodes(right)))


async def keep_shares(house: House) -> SharesKept | Refusal:
    """Write down what was used of the shares that outlive the process, as far as it changed; what
    cannot be written at the moment is written the next time."""
    used = house.shares.collect()
    moment = house.clock()

    async def draft() -> Draft | Refusal:
        known = await kept_shares_of(
            house.database, [one.name for one in used], [one.whose for one in used]
        )
        new = [one for one in used if (one.name, one.whose) not in known]
        ids = await house.ids.take(max(1, len(new)))
        rows = tuple(
            KeptShare(id=next(ids), name=one.name, whose=one.whose, used=one.used, at=moment)
            for one in new
        )
        changes = tuple(
            Change("kept_shares", row.id, row.version, {"used": one.used, "at": moment})
            for one in used
            if (row := known.get((one.name, one.whose))) is not None
        )
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=SharesKept(len(used)),
            inserts=(Insert("kept_shares", rows),) if rows else (),
            changes=changes,
        )

    if not used:
        return SharesKept(0)
    by, kept = By(PLATFORM, moment.isoformat()), None
    try:
        kept = await take(house, by, "keep_shares", SharesKept, draft, keep_refusals=False)
    finally:
        if not isinstance(kept, SharesKept):
            house.shares.collect_again()
    return kept


async def recall_shares(house: House) -> None:
    """Go on with the shares as they were written down, by this process or another before it."""
    moment = house.clock()
    house.shares.recall(await kept_shares(house.database, moment - LONGEST_WINDOW), moment)
