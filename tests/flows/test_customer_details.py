"""Customers' personal details: sealed in their row, found by hash, changed, forgotten, shown."""

import asyncio
from collections.abc import Iterator
from itertools import count
from typing import Any

import psycopg
import pytest
from msgspec.structs import replace
from psycopg import sql

from serai.cloud import PLATFORM, Origin
from serai.core import KeyRing, Refusal, SealingKey, Unopened
from serai.core.postgres import DatabaseUrls
from serai.customers import (
    Customer,
    Details,
    DetailsChange,
    Document,
    Email,
    Phone,
    read_details,
    sealed_details,
)
from serai.flows import (
    By,
    DetailsKept,
    House,
    Person,
    change_details,
    find_customers_with,
    forget_details,
    masked_details,
    missing_keys,
    register,
    reseal,
    show_details,
    uses_of_keys,
)
from tests.houses import ring_of_tests
from tests.worlds import WANG

PHONE, EMAIL = Phone("+8613812345678"), Email("wang.min@example.com")
PASSPORT = Document("passport", "CN", "E12345678")
WHOLE = Details(phone=PHONE, email=EMAIL, document=PASSPORT)
PLAIN = ("13812345678", "wang.min", "E12345678")
NEW_SECRET = b"the key that will seal from now."
ALL_TABLES = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
"""

_numbers = count(1)


def by(request: bytes = b"") -> By:
    return By(PLATFORM, f"details-{next(_numbers)}", request)


def person(details: Details = WHOLE) -> Person:
    return Person(kind="person", name="王敏", country="CN", details=details)


@pytest.fixture
def owner(urls: DatabaseUrls) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        yield connection


def everything(owner: psycopg.Connection[Any]) -> str:
    """All that the database holds, as text; bytes as text too, where they are any."""
    rows = []
    for (table,) in owner.execute(ALL_TABLES).fetchall():
        query = sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))
        rows += [cell for row in owner.execute(query).fetchall() for cell in row]
    return "\n".join(
        cell.decode(errors="replace") if isinstance(cell, bytes) else str(cell) for cell in rows
    )


async def registered_person(house: House, details: Details = WHOLE) -> Customer:
    customer = await register(house, by(), person(details))
    assert isinstance(customer, Customer), customer
    return customer


async def test_details_are_kept_and_nowhere_in_the_open(
    house: House, owner: psycopg.Connection[Any]
) -> None:
    customer = await registered_person(house)
    assert await read_details(house.database, house.ring, customer.id) == WHOLE
    kept = everything(owner)
    assert customer.name in kept
    assert not [plain for plain in PLAIN if plain in kept]


async def test_a_customer_without_details_has_no_row_of_them(house: House) -> None:
    customer = await registered_person(house, Details())
    assert await sealed_details(house.database, [customer.id]) == {}
    assert await read_details(house.database, house.ring, customer.id) == Details()


async def test_a_registration_that_comes_again_registers_once(house: House) -> None:
    asked = by(b"POST /v1/customers")
    first = await register(house, asked, person())
    assert await register(house, asked, person()) == first
    other = await register(house, asked, person(replace(WHOLE, phone=Phone("+8613987654321"))))
    assert isinstance(other, Refusal)
    assert other.name == "key_reused"


async def test_a_repeated_request_is_known_after_the_keys_were_changed(house: House) -> None:
    asked = by(b"POST /v1/customers")
    first = await register(house, asked, person())
    later = replace(house, ring=ring_of_tests(NEW_SECRET))
    assert await register(later, asked, person()) == first


async def test_what_a_request_said_cannot_be_found_by_trying(
    house: House, owner: psycopg.Connection[Any]
) -> None:
    asked = by(b"POST /v1/customers")
    await register(house, asked, person())
    guessed = asked.for_step("register", None)
    stored = {row[0] for row in owner.execute("SELECT request FROM keys").fetchall()}
    assert guessed.request_digest() not in stored
    assert replace(guessed, request=asked.request).request_digest() not in stored


async def test_details_are_changed_one_by_one(house: House) -> None:
    phone = Phone("+8613987654321")
    for change, expected in (
        (DetailsChange(email=EMAIL), Details(email=EMAIL)),
        (DetailsChange(phone=PHONE), Details(phone=PHONE, email=EMAIL)),
        (DetailsChange(phone=phone, document=PASSPORT),
         Details(phone=phone, email=EMAIL, document=PASSPORT)),
        (DetailsChange(email=None), Details(phone=phone, document=PASSPORT)),
    ):  # fmt: skip
        assert await change_details(house, by(), WANG, change) == DetailsKept(WANG)
        assert await read_details(house.database, house.ring, WANG) == expected


async def test_first_details_that_come_at_once_are_all_kept(house: House) -> None:
    changes = (
        DetailsChange(phone=PHONE), DetailsChange(email=EMAIL), DetailsChange(document=PASSPORT),
    )  # fmt: skip
    answers = await asyncio.gather(
        *(change_details(house, by(), WANG, change) for change in changes)
    )
    assert answers == [DetailsKept(WANG)] * 3
    assert await read_details(house.database, house.ring, WANG) == WHOLE


async def test_a_change_that_comes_again_changes_nothing(house: House) -> None:
    asked = by(b"PATCH")
    await change_details(house, asked, WANG, DetailsChange(phone=PHONE))
    await change_details(house, by(), WANG, DetailsChange(phone=None))
    again = await change_details(house, asked, WANG, DetailsChange(phone=PHONE))
    assert again == DetailsKept(WANG)
    assert await read_details(house.database, house.ring, WANG) == Details()


async def test_details_of_nobody_are_refused(house: House) -> None:
    answers = [
        await change_details(house, by(), 999_999, DetailsChange(phone=PHONE)),
        await forget_details(house, by(), 999_999),
        await show_details(house, by(), 999_999),
    ]
    assert [answer.name for answer in answers if isinstance(answer, Refusal)] == [
        "customer_not_found"
    ] * 3


async def test_details_are_forgotten_and_the_row_stays(
    house: House, owner: psycopg.Connection[Any]
) -> None:
    customer = await registered_person(house)
    before = (await sealed_details(house.database, [customer.id]))[customer.id]
    assert await forget_details(house, by(), customer.id) == DetailsKept(customer.id)
    after = (await sealed_details(house.database, [customer.id]))[customer.id]
    assert await read_details(house.database, house.ring, customer.id) == Details()
    assert await find_customers_with(house, PHONE) == []
    assert (after.phone, after.phone_hash, after.version) == (None, None, before.version + 1)
    kept = owner.execute("SELECT count(*) FROM personal_details").fetchall()
    assert kept == [(1,)]
    assert await forget_details(house, by(), WANG) == DetailsKept(WANG)


async def test_customers_are_found_by_exactly_what_is_known_of_them(house: House) -> None:
    wang = await registered_person(house)
    wife = await registered_person(house, Details(phone=PHONE))
    assert [one.id for one in await find_customers_with(house, PHONE)] == [wang.id, wife.id]
    assert [one.id for one in await find_customers_with(house, EMAIL)] == [wang.id]
    assert [one.id for one in await find_customers_with(house, PASSPORT)] == [wang.id]
    for other in (Phone("+861381234567"), Email("wang@example.com"),
                  Document("passport", "DE", "E12345678")):  # fmt: skip
        assert await find_customers_with(house, other) == []


async def test_who_saw_details_in_full_is_noted_first(
    house: House, owner: psycopg.Connection[Any]
) -> None:
    asked = replace(by(), origin=Origin("192.0.2.7", "1f2e"))
    customer = await registered_person(house)
    masked = await masked_details(house, customer.id)
    assert (masked.masked, masked.phone) == (True, "138****5678")
    full = await show_details(house, asked, customer.id)
    assert not isinstance(full, Refusal)
    assert (full.masked, full.phone, full.email) == (False, PHONE.number, EMAIL.address)
    noted = asked.for_step("show_details", customer.id).digest()
    (answer,) = owner.execute("SELECT answer FROM keys WHERE digest = %s", [noted]).fetchall()
    assert answer == (f'{{"customer_id":{customer.id}}}'.encode(),)
    told = owner.execute(
        "SELECT actor, operation, thing, thing_id, address, request_id FROM trail"
    ).fetchall()
    assert told == [("platform", "show_details", "customer", customer.id, "192.0.2.7", "1f2e")]


@pytest.mark.parametrize("column", ["phone", "email", "document"])
async def test_values_that_were_swapped_between_rows_do_not_open(
    house: House, owner: psycopg.Connection[Any], column: str
) -> None:
    wang = await registered_person(house)
    other = await registered_person(
        house,
        Details(phone=Phone("+8613987654321"), email=Email("li@example.com"),
                document=Document("passport", "CN", "G1234567")),
    )  # fmt: skip
    name = sql.Identifier(column)
    owner.execute(
        sql.SQL("UPDATE personal_details AS d SET {0} = o.{0} FROM personal_details AS o "
                "WHERE d.id = %s AND o.id = %s").format(name),
        [wang.id, other.id],
    )  # fmt: skip
    with pytest.raises(Unopened, match=rf"the {column} of personal_details {wang.id}"):
        await read_details(house.database, house.ring, wang.id)


@pytest.mark.parametrize(
    "damage",
    ["substring(phone FROM 1 FOR length(phone) - 1)", "substring(phone FROM 1 FOR 20)", "''",
     "set_byte(phone, 15, 255 - get_byte(phone, 15))", "email"],
)  # fmt: skip
async def test_values_that_were_damaged_do_not_open_and_say_nothing(
    house: House, owner: psycopg.Connection[Any], damage: str
) -> None:
    customer = await registered_person(house)
    owner.execute(f"UPDATE personal_details SET phone = {damage}".encode())
    with pytest.raises(Unopened, match="the phone of personal_details") as error:
        await read_details(house.database, house.ring, customer.id)
    assert not [plain for plain in PLAIN if plain in str(error.value)]
    assert await forget_details(house, by(), customer.id) == DetailsKept(customer.id)


async def test_with_other_keys_nothing_opens_and_the_missing_one_is_named(house: House) -> None:
    customer = await registered_person(house)
    other = replace(house, ring=ring_of_tests(NEW_SECRET))
    assert await missing_keys(house) == []
    assert await missing_keys(other) == [house.ring.sealing.id]
    with pytest.raises(Unopened, match=f"the key {house.ring.sealing.id} is missing"):
        await read_details(other.database, other.ring, customer.id)


async def test_the_application_sees_details_of_those_customers_alone_that_its_settings_show(
    house: House,
) -> None:
    one, other = await registered_person(house), await registered_person(house)
    wanted = [one.id, other.id]
    assert set(await sealed_details(house.database, wanted)) == {one.id, other.id}
    for settings, seen in (
        ({}, set[int]()),
        ({"serai.customers": ""}, set()),
        ({"serai.customers": "{}"}, set()),
        ({"serai.customers": f"{{{one.id}}}"}, {one.id}),
    ):
        database = house.database.within(settings)
        assert set(await sealed_details(database, wanted)) == seen


# ------------------------------------------------------------ keys that are changed


class Rotating:
    """A ring whose keys are changed while the house runs."""

    def __init__(self) -> None:
        self.keys = [SealingKey(b"1" * 32)]
        self.ring = KeyRing(lambda: tuple(self.keys), lambda: len(self.keys), b"pepper")

    def rotate(self) -> None:
        self.keys.insert(0, SealingKey(b"2" * 32))


async def rows_of_keys(house: House) -> list[int]:
    return [one.rows for one in (await uses_of_keys(house.database, house.ring)).values()]


async def test_after_a_rotation_all_is_found_and_new_details_have_the_new_key(
    house: House,
) -> None:
    rotating = Rotating()
    house = replace(house, ring=rotating.ring)
    old = await registered_person(house)
    rotating.rotate()
    new = await registered_person(house)
    found = [one.id for one in await find_customers_with(house, PHONE)]
    assert found == [old.id, new.id]
    assert await rows_of_keys(house) == [1, 1]
    kept = await sealed_details(house.database, [old.id, new.id])
    assert [kept[one.id].key_id for one in (old, new)] == [rotating.keys[1].id, rotating.keys[0].id]


async def test_details_are_sealed_anew_while_they_are_used_and_after_an_interruption(
    house: House,
) -> None:
    rotating = Rotating()
    house = replace(house, ring=rotating.ring)
    people = [
        await registered_person(house, Details(phone=Phone(f"+86138{n:08}"), email=EMAIL))
        for n in range(60)
    ]
    rotating.rotate()

    class Killed(Exception):
        pass

    def kill(rows: int) -> None:
        if rows >= 20:
            raise Killed

    with pytest.raises(Killed):
        await reseal(house, kill, rows_a_step=10)
    assert await rows_of_keys(house) == [20, 40]

    moved = Phone("+8613000000000")
    changing = asyncio.gather(
        *(change_details(house, by(), one.id, DetailsChange(phone=moved)) for one in people[30:40])
    )
    finding = asyncio.gather(
        *(find_customers_with(house, Phone(f"+86138{n:08}")) for n in range(30))
    )
    resealed = await reseal(house, lambda _: None, rows_a_step=10)
    assert await changing == [DetailsKept(one.id) for one in people[30:40]]
    assert [[one.id for one in each] for each in await finding] == [[one.id] for one in people[:30]]
    assert resealed.unopened == ()
    assert await rows_of_keys(house) == [60, 0]

    rotating.keys.pop()
    assert await missing_keys(house) == []
    for n, one in enumerate(people):
        details = await read_details(house.database, house.ring, one.id)
        expected = moved if 30 <= n < 40 else Phone(f"+86138{n:08}")
        assert details == Details(phone=expected, email=EMAIL)


async def test_what_cannot_be_opened_is_named_and_the_rest_is_sealed_anew(
    house: House, owner: psycopg.Connection[Any]
) -> None:
    rotating = Rotating()
    house = replace(house, ring=rotating.ring)
    people = [await registered_person(house) for _ in range(5)]
    owner.execute("UPDATE personal_details SET phone = 'x' WHERE id = %s", [people[2].id])
    rotating.rotate()
    resealed = await reseal(house, lambda _: None, rows_a_step=2)
    assert (resealed.rows, resealed.unopened) == (4, (people[2].id,))
    assert await rows_of_keys(house) == [4, 1]
