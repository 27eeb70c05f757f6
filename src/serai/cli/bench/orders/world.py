"""What the bench orders from: some hundred of the demo's stores, with room for everybody."""

from msgspec import structs

from serai.cli.demo.founding import found
from serai.cli.demo.scale import Scale
from serai.core import PostgresError
from serai.flows import House
from serai.ledger import Change, Key, Proposal, Refused
from serai.logistics import Resource, resources_of

SEED = 2026
SIZE = Scale(brands=30, stores=300, cities=40, people=2_000, companies=10, agents=10)
ROOM_FOR_EVERYBODY = 50_000_000
"""Of each resource in each slot, so that what is measured are orders and not refusals."""
RESOURCES_A_STEP = 1_000


async def found_stores(house: House) -> None:
    """Brands of all segments, in own and franchised entities, in an empty house."""
    await found(house, SEED, SIZE, lambda *_: None)
    organisation = await house.organisation()
    resources = await resources_of(house.database, sorted(organisation.stores))
    for first in range(0, len(resources), RESOURCES_A_STEP):
        await _widen(house, resources[first : first + RESOURCES_A_STEP])


async def _widen(house: House, resources: list[Resource]) -> None:
    """The same hours and days as before, with more than anybody can order."""

    moment = house.clock()
    outcome = await house.books.propose(
        Proposal(
            key=Key("bench", "widen", str(resources[0].id)),
            effective=moment,
            business_date=moment.date(),
            changes=tuple(_widened(one) for one in resources),
        )
    )
    if isinstance(outcome, Refused):
        raise PostgresError(f"The stores could not be given more room: {outcome.refusal.name}.")


def _widened(resource: Resource) -> Change:
    calendar = tuple(
        structs.replace(rule, quantity=ROOM_FOR_EVERYBODY) for rule in resource.calendar
    )
    return Change("resources", resource.id, resource.version, {"calendar": calendar})
