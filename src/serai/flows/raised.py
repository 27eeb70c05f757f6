"""Raised: whoever says that one person may pay back more is not that person for some days.

The audit trail tells who has said what; it is asked of no other record.
"""

from collections.abc import AsyncIterator
from datetime import datetime

from msgspec import structs

from serai.cloud import (
    DeedsWanted,
    KeptDeed,
    LegalEntity,
    every_deed,
    sheet_imports_since,
)
from serai.flows.hands import TAKEN_OVER, hands_of
from serai.flows.house import House

FIGURES = ("refunds_alone_minor", "refunds_day_minor")


async def as_before(
    house: House, hands: frozenset[int], entity: LegalEntity, moment: datetime
) -> LegalEntity:
    """The company with the figures that hold for these hands: the lowest from which they have
    raised them lately, or else those of today."""
    lowest = {name: getattr(entity, name) for name in FIGURES}
    async for deed in _said(house, entity.id, moment - TAKEN_OVER):
        was = _figures_before(deed, entity.id)
        if was and not hands.isdisjoint(await hands_of(house, deed.actor_id)):
            lowest = {name: min(lowest[name], was.get(name, lowest[name])) for name in FIGURES}
    return structs.replace(entity, **lowest)


async def _said(house: House, entity_id: int, since: datetime) -> AsyncIterator[KeptDeed]:
    """What was done to the figures of a company, on its page or by a sheet."""
    things = [("entity", entity_id)]
    imports = await sheet_imports_since(house.database, since)
    things += (("sheet_import", one) for one in imports)
    for thing, id in things:
        wanted = DeedsWanted(thing=thing, thing_id=id, since=since, refused=False)
        async for deed in every_deed(house.database, wanted):
            yield deed


def _figures_before(deed: KeptDeed, entity_id: int) -> dict[str, int]:
    """The figures that a deed has changed, as they were. Of a sheet that changed more companies
    than the trail tells of, nobody knows: with 0 the others wait."""
    told = deed.before.get("entities", {})
    if str(entity_id) in told:
        return {name: value for name, value in told[str(entity_id)].items() if name in FIGURES}
    return dict.fromkeys(FIGURES, 0) if "more" in told else {}
