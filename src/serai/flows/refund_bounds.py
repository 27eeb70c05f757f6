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
    """What one person may pay back alone for a company from now on, in its currency: of an order,
    and in a day where that was said, too."""

    entity_id: int
    alone_minor: int
    day_minor: int | None = None


async def set_refund_bound(
    house: House, by: By, entity_id: int, alone_minor: int, day_minor: int | None = None
) -> BoundSet | Refusal:
    """Say what one person may pay back alone; with 0 every refund waits for a second one. What it
    may come to in a day stays as it is where that is not said.

    What waits already goes on waiting, and what was asked of a provider is not called back.
    """

    async def draft() -> Draft | Refusal:
        house.forget_organisation()  # its version may have moved on
        entity = (await house.organisation()).entities.get(entity_id)
        if entity is None or not may_write_whole(by.actor):
            return unknown("entity", "entity_id")
        said = {"alone": alone_minor} if day_minor is None else {
            "alone": alone_minor, "day": day_minor,
        }  # fmt: skip
        for field, minor in said.items():
            if not 0 <= minor <= MOST_ALONE_MINOR:
                return Refusal(
                    name="bound_out_of_range",
                    says=f"What one person may pay back alone is from 0 to {MOST_ALONE_MINOR:,}.",
                    advice="Choose an amount in between; with 0 every refund waits.",
                    field=field,
                )
        moment = house.clock()
        values: dict[str, object] = {f"refunds_{name}_minor": said[name] for name in said}
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=BoundSet(entity_id, alone_minor, day_minor),
            changes=(Change("entities", entity_id, entity.version, values),),
            events=(Event(type="organisation.changed"),),
        )

    asked = (entity_id, alone_minor) if day_minor is None else (entity_id, alone_minor, day_minor)
    answer = await take(house, by, "set_refund_bound", BoundSet, draft, of=asked)
    house.forget_organisation()
    return answer
