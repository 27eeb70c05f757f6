"""What is known of people besides their names: sealed, found by hash, and brought to new keys."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import psycopg
import pyotp
import pytest
from msgspec.structs import replace

from serai.cloud import (
    EmailAddress,
    Node,
    Origin,
    Person,
    directories,
    emails_of,
    person_named,
)
from serai.core import KeyRing, Refusal, SealingKey, Unopened
from serai.core.postgres import DatabaseUrls
from serai.flows import (
    By,
    Enrolment,
    House,
    NewPerson,
    Opened,
    Outsider,
    PersonTold,
    RecoveryCodes,
    Visit,
    begin_enrolment,
    confirm_enrolment,
    enter_code,
    invite,
    missing_keys,
    provision_person,
    remove_authenticator,
    reseal,
    seal_what_is_clear,
    sign_in,
    sign_in_outsider,
    tell_of_person,
    uses_of_keys,
)
from tests.flows.clock import SetClock
from tests.flows.test_customer_details import everything
from tests.houses import ring_of_tests
from tests.people import PASSWORD, by_platform, let_in, role_on
from tests.worlds import GROUP

HERE = Visit(Origin("192.0.2.7", "1f2e"))
WHOLE_GROUP = directories.Directory(Node("group", GROUP), None)
BABS = directories.PersonSaid(
    user_name="bjensen",
    display_name="Babs",
    emails=(
        EmailAddress("Babs@Example.com", "home"),
        EmailAddress("bjensen@example.com", "work", True),
    ),
)
PLAIN = ("lin.secret@example.com", "Babs@", "bjensen@", "guest.secret@")
_times = count(1)


@pytest.fixture
def owner(urls: DatabaseUrls) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        yield connection


async def lin_comes_in(house: House) -> Person:
    wanted = NewPerson(
        name="lin", display_name="Lin", email="lin.secret@example.com",
        roles=(role_on("brand_analyst"),),
    )  # fmt: skip
    asked = replace(by_platform(), origin=HERE.origin)
    invited = await invite(house, asked, wanted, PASSWORD, must_change=False)
    assert not isinstance(invited, Refusal), invited
    return await named(house, "lin")


async def named(house: House, name: str) -> Person:
    person = await person_named(house.database, name)
    assert person is not None
    return person


async def enrolled(house: House, clock: SetClock, person: Person) -> str:
    """The secret of an authenticator in use."""
    begun = await begin_enrolment(house, by_platform(), person)
    assert isinstance(begun, Enrolment), begun
    code = pyotp.TOTP(begun.secret).at(clock())
    confirmed = await confirm_enrolment(house, by_platform(), person, code)
    assert isinstance(confirmed, RecoveryCodes), confirmed
    return begun.secret


async def comes_in_with_code(house: House, clock: SetClock, name: str, secret: str) -> bool:
    clock.forward(seconds=60)
    half = await sign_in(house, HERE, name, PASSWORD)
    assert isinstance(half, Opened), half
    assert half.needs_code
    code = pyotp.TOTP(secret).at(clock())
    return isinstance(await enter_code(house, HERE, half.token, code), Opened)


async def told_of_babs(house: House) -> Person:
    asked = By(by_platform().actor, f"scim:{next(_times)}", b"POST", HERE.origin)
    told = await provision_person(house, asked, WHOLE_GROUP, BABS)
    assert isinstance(told, PersonTold), told
    return await named(house, "bjensen")


async def found(house: House, condition: directories.Condition) -> list[str]:
    page = directories.Page(sorted_by="userName")
    users = await directories.find_users(house.database, house.ring, WHOLE_GROUP, condition, page)
    return [user.name for user in users.users]


def address(value: str) -> directories.Test:
    return directories.Test("emails.value", "eq", value)


async def test_nothing_of_it_is_in_the_open_anywhere(
    house: House, clock: SetClock, owner: psycopg.Connection[Any]
) -> None:
    lin, babs = await lin_comes_in(house), await told_of_babs(house)
    outsider = Outsider(
        subject="sub-7", name="guest", display_name="Guest", email="guest.secret@example.com"
    )
    assert isinstance(await sign_in_outsider(house, HERE, outsider, ()), Opened)
    secret = await enrolled(house, clock, lin)
    guest = await named(house, "guest")
    known = await emails_of(house.database, house.ring, [lin.id, babs.id, guest.id])
    assert [one.value for one in known[lin.id]] == ["lin.secret@example.com"]
    assert known[babs.id] == BABS.emails
    assert [one.value for one in known[guest.id]] == ["guest.secret@example.com"]
    kept = everything(owner)
    assert "bjensen" in kept
    assert not [plain for plain in (*PLAIN, secret) if plain.lower() in kept.lower()]
    shown = f"{known} {BABS} {outsider}"
    assert not [plain for plain in PLAIN if plain in shown]


async def test_what_directories_say_is_kept_and_changed(house: House) -> None:
    babs = await told_of_babs(house)
    moved = (EmailAddress("b@example.org", "work", True),)

    async def tell(emails: tuple[EmailAddress, ...]) -> None:
        told = await tell_of_person(
            house, by_platform(), WHOLE_GROUP, babs.id, lambda said: replace(said, emails=emails)
        )
        assert isinstance(told, PersonTold), told

    await tell(moved)
    assert await emails_of(house.database, house.ring, [babs.id]) == {babs.id: moved}
    assert await found(house, address("bjensen@example.com")) == []
    assert await found(house, address("B@EXAMPLE.ORG")) == ["bjensen"]
    await tell(())
    assert await emails_of(house.database, house.ring, [babs.id]) == {}
    await tell(moved)
    assert await emails_of(house.database, house.ring, [babs.id]) == {babs.id: moved}


async def test_people_are_found_by_their_addresses(house: House) -> None:
    await lin_comes_in(house)
    await told_of_babs(house)
    await let_in(house, "nomail", role_on("brand_analyst"))
    test, one_of = directories.Test, directories.OneOf
    for condition, names in (
        (address("LIN.secret@example.com"), ["lin"]),
        (address("lin.secret@example.co"), []),
        (directories.Never(address("lin.secret@example.com")), ["bjensen", "nomail"]),
        (test("emails", "pr"), ["bjensen", "lin"]),
        (test("emails", "co", "@EXAMPLE"), ["bjensen", "lin"]),
        (test("emails.value", "sw", "babs"), ["bjensen"]),
        (test("emails.value", "ew", ".com"), ["bjensen", "lin"]),
        (test("emails.value", "gt", "c"), ["lin"]),
        (test("emails.type", "eq", "HOME"), ["bjensen"]),
        (test("emails.primary", "eq", True), ["bjensen", "lin"]),
        (one_of("emails", directories.Every((
            test("type", "eq", "home"), test("value", "eq", "bjensen@example.com")))), []),
        (one_of("emails", directories.Some((
            test("type", "eq", "home"), test("value", "co", "lin")))), ["bjensen", "lin"]),
        (directories.Every((test("userName", "eq", "lin"), test("emails", "pr"))), ["lin"]),
    ):  # fmt: skip
        assert await found(house, condition) == names, condition
    with pytest.raises(directories.UnknownAttribute):
        await found(house, test("emails.nope", "eq", "x"))


async def test_lists_are_sorted_by_addresses(house: House) -> None:
    await lin_comes_in(house)
    await told_of_babs(house)
    await let_in(house, "nomail", role_on("brand_analyst"))
    for descending, names in (
        (False, ["bjensen", "lin", "nomail"]),
        (True, ["nomail", "lin", "bjensen"]),
    ):
        page = directories.Page(sorted_by="emails.value", descending=descending)
        users = await directories.find_users(house.database, house.ring, WHOLE_GROUP, None, page)
        assert ([user.name for user in users.users], users.total) == (names, 3)
        page = replace(page, offset=1, limit=1)
        users = await directories.find_users(house.database, house.ring, WHOLE_GROUP, None, page)
        assert ([user.name for user in users.users], users.total) == (names[1:2], 3)


async def test_what_an_earlier_release_left_in_the_clear_is_used_and_then_sealed(
    house: House, clock: SetClock, owner: psycopg.Connection[Any]
) -> None:
    lin, babs = await let_in(house, "lin", role_on("brand_analyst")), await told_of_babs(house)
    secret = await enrolled(house, clock, lin)
    owner.execute("DELETE FROM person_emails")
    owner.execute("UPDATE people SET email = 'lin.secret@example.com' WHERE id = %s", [lin.id])
    owner.execute("UPDATE people SET email = 'bjensen@example.com' WHERE id = %s", [babs.id])
    owner.execute(
        "UPDATE directory_people SET said = said || %s::jsonb",
        ['{"emails": [{"value": "Babs@Example.com", "type": "home"},'
         ' {"value": "bjensen@example.com", "type": "work", "primary": true}]}'],
    )  # fmt: skip
    owner.execute("UPDATE one_time_codes SET secret = %s, sealed = NULL, key_id = NULL", [secret])

    async def is_whole() -> None:
        known = await emails_of(house.database, house.ring, [lin.id, babs.id])
        assert known[lin.id] == (EmailAddress("lin.secret@example.com", "work", True),)
        assert await found(house, address("babs@example.com")) == ["bjensen"]
        assert await found(house, address("lin.secret@example.com")) == ["lin"]
        assert await comes_in_with_code(house, clock, "lin", secret)

    await is_whole()
    assert await seal_what_is_clear(house) == 3
    kept = everything(owner)
    assert not [plain for plain in (*PLAIN, secret) if plain.lower() in kept.lower()]
    assert (await emails_of(house.database, house.ring, [babs.id]))[babs.id] == BABS.emails
    await is_whole()
    kept = everything(owner)
    assert await seal_what_is_clear(house) == 0
    assert everything(owner) == kept, "a round that finds nothing writes nothing"


async def test_a_directory_that_tells_again_seals_what_was_in_the_clear(
    house: House, owner: psycopg.Connection[Any]
) -> None:
    lin = await let_in(house, "lin", role_on("brand_analyst"))
    owner.execute("UPDATE people SET email = 'lin.secret@example.com' WHERE id = %s", [lin.id])
    told = await tell_of_person(
        house, by_platform(), WHOLE_GROUP, lin.id,
        lambda said: replace(said, display_name="Lin Two"),
    )  # fmt: skip
    assert isinstance(told, PersonTold), told
    known = await emails_of(house.database, house.ring, [lin.id])
    assert [one.value for one in known[lin.id]] == ["lin.secret@example.com"]
    assert "lin.secret" not in everything(owner)


async def test_a_rotation_takes_people_along(house: House, clock: SetClock) -> None:
    keys = [SealingKey(b"1" * 32)]
    house = replace(house, ring=KeyRing(lambda: tuple(keys), lambda: len(keys), b"pepper"))
    lin = await lin_comes_in(house)
    await told_of_babs(house)
    secret = await enrolled(house, clock, lin)
    keys.insert(0, SealingKey(b"2" * 32))
    assert await found(house, address("lin.secret@example.com")) == ["lin"]
    assert [one.people for one in (await uses_of_keys(house.database, house.ring)).values()] == [
        0, 3,
    ]  # fmt: skip
    resealed = await reseal(house, lambda _: None, rows_a_step=1)
    assert (resealed.rows, resealed.unopened) == (3, ())
    keys.pop()
    assert await missing_keys(house) == []
    assert await found(house, address("lin.secret@example.com")) == ["lin"]
    assert await comes_in_with_code(house, clock, "lin", secret)


async def test_a_missing_key_is_named(house: House, clock: SetClock) -> None:
    lin = await let_in(house, "lin", role_on("brand_analyst"))
    await enrolled(house, clock, lin)
    other = replace(house, ring=ring_of_tests(b"the key that will seal from now."))
    assert await missing_keys(other) == [house.ring.sealing.id]


async def test_secrets_and_addresses_of_others_do_not_open(
    house: House, clock: SetClock, owner: psycopg.Connection[Any]
) -> None:
    lin, babs = await lin_comes_in(house), await told_of_babs(house)
    secret = await enrolled(house, clock, lin)
    owner.execute(
        "UPDATE person_emails AS e SET emails = o.emails FROM person_emails AS o "
        "WHERE e.id = %s AND o.id = %s",
        [lin.id, babs.id],
    )
    with pytest.raises(Unopened, match=f"the emails of person_emails {lin.id}"):
        await emails_of(house.database, house.ring, [lin.id])
    owner.execute("UPDATE one_time_codes SET sealed = sealed || '\\x00'::bytea")
    with pytest.raises(Unopened, match=f"the secret of one_time_codes {lin.id}") as error:
        await comes_in_with_code(house, clock, "lin", secret)
    assert secret not in str(error.value)


async def test_an_authenticator_that_was_taken_off_leaves_nothing(
    house: House, clock: SetClock, owner: psycopg.Connection[Any]
) -> None:
    lin = await lin_comes_in(house)
    first = await enrolled(house, clock, lin)
    clock.forward(seconds=60)
    removed = await remove_authenticator(house, by_platform(), HERE, lin.id)
    assert not isinstance(removed, Refusal), removed
    assert owner.execute("SELECT secret, sealed FROM one_time_codes").fetchall() == [("", None)]
    assert isinstance(await sign_in(house, HERE, "lin", PASSWORD), Opened)
    second = await enrolled(house, clock, lin)
    assert second != first
    assert await comes_in_with_code(house, clock, "lin", second)
