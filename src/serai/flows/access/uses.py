"""When keys were last used: noted at each request, and written down once a minute."""

from msgspec import Struct

from serai.cloud import PLATFORM
from serai.core import Refusal
from serai.flows.house import House
from serai.flows.step import By, Draft, take
from serai.ledger import Change


class Noted(Struct, frozen=True):
    """How many keys' uses were written down."""

    keys: int


async def note_uses(house: House) -> Noted | Refusal:
    """Write down when keys were last used, as far as it is not written yet."""
    uses = house.uses.collect()
    moment = house.clock()

    async def draft() -> Draft | Refusal:
        callers = await house.catalogue.callers(uses)
        changes = tuple(
            Change("program_keys", id, caller.key.version, {"last_used_at": uses[id]})
            for id, caller in callers.items()
            if caller.key.last_used_at is None or caller.key.last_used_at < uses[id]
        )
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=Noted(len(changes)),
            changes=changes,
        )

    if not uses:
        return Noted(0)
    by = By(PLATFORM, f"{moment.isoformat()}")
    return await take(house, by, "note_uses", Noted, draft, keep_refusals=False)
