"""What is done to a customer, each deed interrupted by another one after each of its reads: as if
one had come after the other."""

from collections.abc import Awaitable, Callable
from itertools import count

import pytest
from msgspec import Struct, structs

from serai.cloud import PLATFORM, Actor, Holding, Node
from serai.core import Database, Refusal
from serai.customers import Customer, Details, DetailsChange, Email, Phone, introduced_on
from serai.flows import (
    By,
    House,
    Person,
    change_details,
    forget_details,
    masked_details,
    recognise,
    register,
)
from tests.interrupted import ask_both
from tests.pairs import Pairs
from tests.worlds import DUCK_BRAND

NUMBERS = count(1)
PHONE, EMAIL = Phone("+8613812345678"), Email("wang.min@example.com")
WRITING = Holding(Node("brand", DUCK_BRAND), frozenset({"customers.read", "customers.write"}))


class Found(Struct, frozen=True):
    """What two deeds were told, and what has come of them."""

    told: frozenset[str]
    is_so: tuple[object, ...]


Scene = Callable[[House], Awaitable[int]]
Act = Callable[[House, int], Awaitable[object]]


def by(actor: Actor = PLATFORM) -> By:
    return By(actor, f"between:{next(NUMBERS)}")


def desk() -> Actor:
    """A desk of the ducks, another one each time."""
    number = next(NUMBERS)
    return Actor(f"program:{number}", id=number, holdings=(WRITING,))


async def nothing_is_known(house: House) -> int:
    return await _registered(house, Details())


async def a_phone_is_known(house: House) -> int:
    return await _registered(house, Details(phone=PHONE))


async def _registered(house: House, details: Details) -> int:
    made = await register(house, by(), Person(kind="person", name="王敏", details=details))
    assert isinstance(made, Customer)
    return made.id


async def phone_is_written(house: House, id: int) -> object:
    return await change_details(house, by(), id, DetailsChange(phone=PHONE))


async def email_is_written(house: House, id: int) -> object:
    return await change_details(house, by(), id, DetailsChange(email=EMAIL))


async def is_forgotten(house: House, id: int) -> object:
    return await forget_details(house, by(), id)


async def is_recognised(house: House, id: int) -> object:
    return await recognise(house, by(desk()), id, PHONE)


async def another_takes_the_code(house: House, id: int) -> object:
    person = Person(kind="person", name="王敏", code=f"K{id}")
    return await register(house, by(), person)


EVERY = (phone_is_written, email_is_written, is_forgotten, is_recognised)
SCENES: dict[Scene, tuple[Act, ...]] = {
    nothing_is_known: (*EVERY[:3], another_takes_the_code),
    a_phone_is_known: EVERY[1:],
}


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__.replace("_", "-"))
async def test_it_is_as_if_one_had_come_after_the_other(
    house: House, scene: Scene, record_property: Callable[[str, object], None]
) -> None:
    async def tried(one: Act, other: Act, after: int) -> tuple[Found, int]:
        return await _tried(house, await scene(house), one, other, after)

    pairs = await Pairs().of(SCENES[scene], SCENES[scene], tried)
    record_property("tried", f"{scene.__name__}: {pairs}")
    assert not pairs.wrong, "\n".join(pairs.wrong)


async def _tried(house: House, id: int, one: Act, other: Act, after: int) -> tuple[Found, int]:
    async def first(database: Database) -> str:
        return told(await one(structs.replace(house, database=database), id))

    async def second() -> str:
        return f"other {told(await other(house, id))}"

    *answers, reads = await ask_both(house.database, first, second, after)
    known = await masked_details(house, id)
    where = sorted(await introduced_on(house.database, id))
    return Found(frozenset(answers), (known, *where)), reads


def told(answer: object) -> str:
    return answer.name if isinstance(answer, Refusal) else type(answer).__name__
