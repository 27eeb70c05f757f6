"""Hands: who can have done what an account did. What takes two people takes two pairs of hands,
not two accounts in one.
"""

from collections.abc import AsyncIterator
from datetime import timedelta

from serai.cloud import DeedsWanted, every_deed, program_of
from serai.flows.house import House

TAKEN_OVER = timedelta(days=7)
"""Whoever has given somebody a password, or taken off their authenticator, could have signed
in as them: for so long the two count as one."""

_MAKE_KEYS: tuple[str, ...] = ("admit_program", "rotate_key")
_TAKE_OVER: tuple[str, ...] = ("invite", "set_password", "remove_authenticator")


async def are_two(house: House, first: int, second: int) -> bool:
    """Whether nobody is behind both of these people or programs."""
    return (await hands_of(house, first)).isdisjoint(await hands_of(house, second))


async def hands_of(house: House, id: int) -> frozenset[int]:
    """Whoever may be behind a person or a program: they themselves, those who have had a key of
    the program, or lately the person's account, and whoever may be behind those in turn. The audit
    trail tells of them; the platform's own hands are not counted."""
    found, to_look_at = {id}, [id]
    while to_look_at:
        async for keeper in _keepers(house, to_look_at.pop()):
            if keeper and keeper not in found:
                found.add(keeper)
                to_look_at.append(keeper)
    return frozenset(found)


async def _keepers(house: House, id: int) -> AsyncIterator[int]:
    if not id:
        return
    if await program_of(house.database, id) is not None:
        thing, operations, since = "program", _MAKE_KEYS, None
    else:
        thing, operations, since = "person", _TAKE_OVER, house.clock() - TAKEN_OVER
    for operation in operations:
        wanted = DeedsWanted(
            operation=operation, thing=thing, thing_id=id, since=since, refused=False
        )
        async for deed in every_deed(house.database, wanted):
            yield deed.actor_id
