"""Founds the demo group: its nodes, its customers, and 7,000 stores with what they sell.

Every step has a key and finds what an earlier start has entered, so that a start after a kill
goes on where it was.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from serai.cli.demo.counter import Counter
from serai.cli.demo.group import GROUP_CODE, Nodes, nodes
from serai.cli.demo.people import FIRST_CUSTOMER, customers, details
from serai.cli.demo.scale import Scale
from serai.cli.demo.shelves import fill
from serai.cli.demo.stores import Plot, open_store, plots
from serai.cloud import Actor, Organisation, read_organisation
from serai.core import ConfigurationError, Refusal
from serai.customers import find_customers, seal_details
from serai.flows import By, House, enter
from serai.information import ExternalReference, references_of

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it, and of how much."""

DEMO_ACTOR = Actor("demo")
SYSTEM = "demo"
STORES_A_STEP = 250
IDS_A_STORE = 64
IDS_OF_NODES = 1_500


class AnotherDemo(ConfigurationError):
    """The data folder holds a demo that was made from another seed."""


class Founding(Struct, frozen=True):
    """A demo group that stands: `anchor` is when it was founded, and its past ends there."""

    seed: int
    anchor: datetime
    group_id: int


async def found(house: House, seed: int, scale: Scale, progress: Progress) -> Founding:
    """Found the demo group, or find it as it stands."""
    founding = await _nodes(house, seed, scale)
    if not await find_customers(house.database, [FIRST_CUSTOMER]):
        ids = await house.ids.take(scale.people + scale.companies + scale.agents)
        known = tuple(customers(scale, ids, seed))
        sealed = (
            seal_details(house.ring, one.id, details(place, one)) for place, one in enumerate(known)
        )
        await _enter(house, seed, "customers", (*known, *sealed))
    await _stores(house, founding, scale, progress)
    house.forget_organisation()
    return founding


async def find_founding(house: House) -> Founding | None:
    """The demo group that stands here, or None."""
    organisation = await read_organisation(house.database)
    if organisation is None or organisation.group.code != GROUP_CODE:
        return None
    group_id = organisation.group.id
    noted = {
        one.kind: one.external_id
        for one in await references_of(house.database, group_id)
        if one.system == SYSTEM
    }
    return Founding(int(noted["seed"]), datetime.fromisoformat(noted["anchor"]), group_id)


async def _nodes(house: House, seed: int, scale: Scale) -> Founding:
    known = await find_founding(house)
    if known is None:
        ids = await house.ids.take(IDS_OF_NODES)
        group, others = nodes(scale, ids)
        anchor = house.clock().astimezone(UTC).replace(second=0, microsecond=0)
        notes = (("seed", str(seed)), ("anchor", anchor.isoformat()))
        references = tuple(
            ExternalReference(
                id=next(ids), system=SYSTEM, kind=kind, external_id=value,
                internal_id=group.id,
            )
            for kind, value in notes
        )  # fmt: skip
        await _enter(house, seed, "nodes", (group, *others, *references))
        known = await find_founding(house)
    if known is None:
        raise RuntimeError("the demo group was entered and cannot be read")
    if known.seed != seed:
        raise AnotherDemo(
            f"This data folder holds the demo of seed {known.seed}. Start it with --seed "
            f"{known.seed}, or give SERAI_HOME another folder."
        )
    return known


async def _stores(house: House, founding: Founding, scale: Scale, progress: Progress) -> None:
    organisation = await house.organisation()
    above = nodes_of(organisation)
    known = {store.code for store in organisation.stores.values()}
    planned = plots(scale, founding.seed)
    progress("stores", len(known), len(planned))
    for first in range(0, len(planned), STORES_A_STEP):
        part = planned[first : first + STORES_A_STEP]
        if part[0].code not in known:
            ids = await house.ids.take(IDS_A_STORE * len(part))
            records = tuple(_records(part, above, ids, founding))
            await _enter(house, founding.seed, f"stores:{first}", records)
            progress("stores", first + len(part), len(planned))


def nodes_of(organisation: Organisation) -> Nodes:
    """The nodes that stand, by code."""
    return Nodes(
        {one.code: one.id for one in organisation.brands.values()},
        {one.code: one.id for one in organisation.entities.values()},
        {one.code: one.id for one in organisation.operators.values()},
        {one.code: one.id for one in organisation.cities.values()},
    )


def _records(
    part: Sequence[Plot], above: Nodes, ids: Iterator[int], founding: Founding
) -> Iterator[Struct]:
    for plot in part:
        store, others = open_store(plot, above, ids, founding.seed)
        yield store
        yield from others
        counter = Counter(plot, store.id, ids, founding.anchor.date(), founding.seed)
        fill(counter)
        yield from counter.records


async def _enter(house: House, seed: int, what: str, records: tuple[Struct, ...]) -> None:
    by = By(DEMO_ACTOR, f"{seed}:{what}")
    entered = await enter(house, by, records, told="demo.founded")
    if isinstance(entered, Refusal):
        raise RuntimeError(f"{what} could not be entered: {entered.name} {entered.says}")
