"""The key of a bench: it asks as any program does, and its share is as large as there is."""

from serai.cloud import MOST_REQUESTS_A_MINUTE, RIGHTS, Actor
from serai.core import PostgresError, Refusal
from serai.flows import By, House, NewProgram, admit_program

OPERATOR = Actor("bench")


async def bench_key(house: House) -> str:
    """A key that opens everything in the house."""
    wanted = NewProgram(
        name=f"bench-{next(await house.ids.take(1))}",
        scopes=RIGHTS,
        requests_a_minute=MOST_REQUESTS_A_MINUTE,
    )
    issued = await admit_program(house, By(OPERATOR, wanted.name), wanted)
    if isinstance(issued, Refusal):
        raise PostgresError(f"The bench was given no key: {issued.says}")
    return issued.written.reveal()
