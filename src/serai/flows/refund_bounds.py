"""Bounds: what one person may pay back alone of the money that a company has collected."""

from msgspec import Struct

from serai.cloud import MOST_ALONE_MINOR
from serai.core import Refusal
from serai.flows.house import House
from serai.flows.organisation import may_write_whole
from serai.flows.refusals import unknown
from serai.flows.step import By, Draft, take
from serai.ledger import Change, Event


class BoundSet(Struct, frozen=True):
    """What one person may pay back alone for a company from now on, in its currency."""

    entity_id: int
    alone_minor: int


async def set_refund_bound(
    house: House, by: By, entity_id: int, alone_minor: int
) -> BoundSet | Refusal:
    """Say what one person may pay back alone; with 0 every refund waits for a second one.

    What waits already goes on waiting, and what was asked of a provider is not called back.
    """

    async def draft() -> Draft | Refusal:
        house.forget_organisation()  # its version may have moved on
        entity = (await house.organisation()).entities.get(entity_id)
        if entity is None or not may_write_whole(by.actor):
            return unknown("entity", "entity_id")
        if not 0 <= alone_minor <= MOST_ALONE_MINOR:
            return Refusal(
                name="bound_out_of_range",
                says=f"What one person may pay back alone is from 0 to {MOST_ALONE_MINOR:,}.",
                advice="Choose an amount in between; with 0 every refund waits.",
                field="alone",
            )
        moment = house.clock()
        values: dict[str, object] = {"refunds_alone_minor": alone_minor}
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=BoundSet(entity_id, alone_minor),
            changes=(Change("entities", entity_id, entity.version, values),),
            events=(Event(type="organisation.changed"),),
        )

    answer = await take(house, by, "set_refund_bound", BoundSet, draft, of=(entity_id, alone_minor))
    house.forget_organisation()
    return answer
