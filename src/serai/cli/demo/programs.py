"""The demo's programs, let in by people of its own who may: nobody is ever shown their keys.

Whoever wants to be one of them gives it another key, on its page.
"""

from datetime import timedelta

from msgspec import Struct

from serai.cli.demo.guests import CHIEF, guest_actor, shown_nodes
from serai.cloud import Level, Right, find_program
from serai.core import Refusal
from serai.flows import By, House, NewProgram, admit_program


class Known(Struct, frozen=True):
    """A program that somebody lets in, at home on one of the nodes above the shown hotel."""

    name: str
    admitted_by: str
    level: Level
    scopes: tuple[Right, ...]
    days: int
    requests_a_minute: int


PROGRAMS = (
    Known(
        "plum-bridge-channels", "brand.manager", "brand",
        ("catalogue.read", "orders.read", "orders.write"), 365, 1_200,
    ),
    Known(
        "nanjing-open-data", "group.it", "city", ("catalogue.read", "organisation.read"), 180, 60
    ),
    Known(
        "group-warehouse", CHIEF, "group",
        ("organisation.read", "figures.read", "orders.read", "books.read"), 90, 600,
    ),
)  # fmt: skip


async def let_in_programs(house: House) -> None:
    """Let every program of the demo in that has not come yet."""
    nodes = shown_nodes(await house.organisation(), house)
    for known in PROGRAMS:
        if await find_program(house.database, known.name) is None:
            wanted = NewProgram(
                name=known.name,
                scopes=known.scopes,
                level=known.level,
                node_id=nodes[known.level][0].id,
                life=timedelta(days=known.days),
                requests_a_minute=known.requests_a_minute,
            )
            by = By(await guest_actor(house, known.admitted_by), f"demo-program:{known.name}")
            admitted = await admit_program(house, by, wanted)
            if isinstance(admitted, Refusal):
                raise RuntimeError(f"{known.name} could not come in: {admitted.says}")
