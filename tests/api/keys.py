"""Keys for the programs of these tests, made as anybody's are."""

from itertools import count

from serai.cloud import Actor, Level, read_scopes
from serai.core import Refusal
from serai.flows import By, House, IssuedKey, NewProgram, admit_program

OPERATOR = Actor("operator")
_times = count(1)


async def admitted(house: House, name: str, *scopes: str, **more: object) -> IssuedKey:
    """A program with these scopes, let in."""
    rights = read_scopes(scopes)
    assert not isinstance(rights, Refusal), rights
    wanted = NewProgram(name=name, scopes=rights, **more)  # type: ignore[arg-type]  # its fields
    issued = await admit_program(house, By(OPERATOR, f"{name}-{next(_times)}"), wanted)
    assert isinstance(issued, IssuedKey), issued
    return issued


async def key_for(
    house: House, name: str, *scopes: str, level: Level = "group", node_id: int = 0
) -> str:
    """The key of a program that was let in."""
    issued = await admitted(
        house, name, *scopes, level=level, node_id=node_id, requests_a_minute=1_000_000
    )
    return issued.written.reveal()
