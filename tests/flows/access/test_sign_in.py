"""Signing in and out: what opens a session, what does not, and what it looks like from outside."""

import asyncio
import time
from datetime import timedelta
from itertools import count

import pyotp
import pytest
from argon2 import PasswordHasher

from serai.cloud import (
    Origin,
    Person,
    actor_of_person,
    is_outdated,
    one_time_codes_of,
    open_sessions,
    password_of,
    session_of,
    token_hash,
)
from serai.core import Refusal
from serai.flows import (
    By,
    House,
    Opened,
    RecoveryCodes,
    Visit,
    begin_enrolment,
    change_password,
    confirm_enrolment,
    enter_code,
    give_password,
    remove_authenticator,
    sign_in,
    sign_out,
    switch_person,
    who_is,
)
from serai.ledger import Change, Key, Proposal
from tests.flows.clock import SetClock
from tests.people import PASSWORD, by_platform, let_in, role_on

DESK = Visit(Origin("192.0.2.10", "r1"))
KEYS = count()
STRANGER = Visit(Origin("203.0.113.66", "r2"))


@pytest.fixture
async def lin(house: House) -> Person:
    return await let_in(house, "lin", role_on("brand_manager"))


def name_of(answer: object) -> str:
    return answer.name if isinstance(answer, Refusal) else type(answer).__name__


async def opened(house: House, visit: Visit = DESK, name: str = "lin") -> Opened:
    made = await sign_in(house, visit, name, PASSWORD)
    assert isinstance(made, Opened), made
    return made


async def enrolled(house: House, person: Person) -> tuple[str, tuple[str, ...]]:
    """The secret of an authenticator that the person uses from now on, and the other codes."""
    by = By(actor_of_person(person, ()), f"enrol:{next(KEYS)}")
    enrolment = await begin_enrolment(house, by, person)
    assert not isinstance(enrolment, Refusal)
    code = pyotp.TOTP(enrolment.secret).at(house.clock())
    codes = await confirm_enrolment(house, By(by.actor, f"confirm:{next(KEYS)}"), person, code)
    assert isinstance(codes, RecoveryCodes)
    return enrolment.secret, codes.codes


async def test_a_session_begins_with_the_password_and_ends_for_good(
    house: House, lin: Person
) -> None:
    made = await opened(house)
    signed_in = await who_is(house, made.token)
    assert signed_in is not None
    assert (signed_in.person.id, signed_in.session.passed) == (lin.id, True)
    assert actor_of_person(signed_in.person, signed_in.grants).may("orders.write")
    assert await who_is(house, made.token + "x") is None
    await sign_out(house, signed_in, DESK.origin)
    assert await who_is(house, made.token) is None
    assert await open_sessions(house.database, lin.id) == []


async def test_a_hash_of_less_effort_is_made_anew_when_its_password_is_known(
    house: House, lin: Person
) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8192).hash(PASSWORD)
    await keep_hash(house, lin, weak)
    assert name_of(await sign_in(house, DESK, "lin", "four calm river stone")) == "sign_in_wrong"
    kept = await password_of(house.database, lin.id)
    assert kept is not None
    assert kept.password_hash == weak
    first = await opened(house)
    kept = await password_of(house.database, lin.id)
    assert kept is not None
    assert not is_outdated(kept.password_hash)
    await opened(house)
    again = await password_of(house.database, lin.id)
    assert again is not None
    assert again.password_hash == kept.password_hash
    assert await who_is(house, first.token) is not None


async def keep_hash(house: House, person: Person, password_hash: str) -> None:
    kept = await password_of(house.database, person.id)
    assert kept is not None
    change = Change("credentials", person.id, kept.version, {"password_hash": password_hash})
    now = house.clock()
    await house.books.propose(
        Proposal(
            key=Key("tests", "keep_hash", str(person.id)),
            effective=now, business_date=now.date(), changes=(change,),
        )
    )  # fmt: skip


async def test_a_name_is_typed_as_one_likes(house: House, lin: Person) -> None:
    assert (await opened(house, name="  LIN ")).person == lin


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("lin", "four calm river stone"),
        ("nobody", PASSWORD),
        ("", ""),
        ("lin'; DROP TABLE people --", PASSWORD),
        ("lin\0", PASSWORD),
        ("\ud800", "\ud800"),
        ("x" * 100_000, "x" * 100_000),
    ],
)
async def test_all_that_is_wrong_is_refused_alike(
    house: House, lin: Person, name: str, password: str
) -> None:
    answer = await sign_in(house, DESK, name, password)
    assert name_of(answer) == "sign_in_wrong"


async def test_somebody_sent_away_is_refused_like_nobody(house: House, lin: Person) -> None:
    made = await opened(house)
    await switch_person(house, by_platform(), lin.id, active=False)
    assert await who_is(house, made.token) is None
    assert await sign_in(house, DESK, "lin", PASSWORD) == await sign_in(
        house, DESK, "nobody", PASSWORD
    )
    await switch_person(house, by_platform(), lin.id, active=True)
    assert await who_is(house, made.token) is None  # it had ended
    assert name_of(await sign_in(house, DESK, "lin", PASSWORD)) == "Opened"


async def test_a_name_that_nobody_has_costs_the_same_work(house: House, lin: Person) -> None:
    """As a share, not in seconds: without the comparison it would be a fiftieth."""
    await sign_in(house, DESK, "warm-up", "wrong password of all")
    taken = []
    for name in ("lin", "nobody"):
        began = time.perf_counter()
        for _ in range(3):
            await sign_in(house, Visit(Origin(f"192.0.2.{name}")), name, "wrong password")
        taken.append(time.perf_counter() - began)
    assert min(taken) > max(taken) / 4


async def test_a_stranger_waits_and_the_person_does_not(
    house: House, lin: Person, clock: SetClock
) -> None:
    desk = Visit(DESK.origin, (await opened(house)).device)
    for _ in range(5):
        assert name_of(await sign_in(house, STRANGER, "lin", "guess")) == "sign_in_wrong"
    assert name_of(await sign_in(house, STRANGER, "lin", PASSWORD)) == "too_many_tries"
    # Not at another address, and not at the same one in the browser that they use.
    assert name_of(await sign_in(house, DESK, "lin", PASSWORD)) == "Opened"
    same_roof = Visit(STRANGER.origin, desk.device)
    assert name_of(await sign_in(house, same_roof, "lin", PASSWORD)) == "Opened"
    # A browser that was never theirs does not help.
    forged = Visit(STRANGER.origin, "a device of my own")
    assert name_of(await sign_in(house, forged, "lin", PASSWORD)) == "too_many_tries"
    clock.now += timedelta(seconds=3)
    assert name_of(await sign_in(house, STRANGER, "lin", "guess")) == "sign_in_wrong"
    clock.now += timedelta(seconds=3)
    assert name_of(await sign_in(house, STRANGER, "lin", PASSWORD)) == "too_many_tries"
    clock.now += timedelta(minutes=16)
    assert name_of(await sign_in(house, STRANGER, "lin", PASSWORD)) == "Opened"


async def test_names_that_nobody_has_wait_alike(house: House, lin: Person) -> None:
    for name in ("lin", "nobody"):
        answers = [name_of(await sign_in(house, STRANGER, name, "guess")) for _ in range(6)]
        assert answers == ["sign_in_wrong"] * 5 + ["too_many_tries"]


async def test_many_at_once_are_not_each_the_first(house: House, lin: Person) -> None:
    tries = [sign_in(house, STRANGER, "lin", f"guess {n}") for n in range(30)]
    answers = [name_of(one) for one in await asyncio.gather(*tries)]
    assert answers.count("sign_in_wrong") <= 5


async def test_the_other_step(house: House, lin: Person, clock: SetClock) -> None:
    secret, _ = await enrolled(house, lin)
    clock.now += timedelta(minutes=1)
    half = await opened(house)
    assert half.needs_code
    signed_in = await who_is(house, half.token)
    assert signed_in is not None
    assert not signed_in.session.passed
    assert name_of(await enter_code(house, DESK, half.token, "000000")) == "code_wrong"
    code = pyotp.TOTP(secret).at(clock.now)
    whole = await enter_code(house, DESK, half.token, code)
    assert isinstance(whole, Opened)
    assert await who_is(house, half.token) is None
    signed_in = await who_is(house, whole.token)
    assert signed_in is not None
    assert signed_in.session.passed


async def test_a_code_is_accepted_once(house: House, lin: Person, clock: SetClock) -> None:
    secret, _ = await enrolled(house, lin)
    used = pyotp.TOTP(secret).at(clock.now)
    half = await opened(house)
    assert name_of(await enter_code(house, DESK, half.token, used)) == "code_wrong"  # by enrolling
    clock.now += timedelta(seconds=30)
    code = pyotp.TOTP(secret).at(clock.now)
    other = await opened(house)
    answers = await asyncio.gather(
        *(enter_code(house, DESK, one.token, code) for one in (half, other))
    )
    assert sorted(map(name_of, answers)) == ["Opened", "code_wrong"]


async def test_a_recovery_code_is_accepted_once(house: House, lin: Person) -> None:
    _, codes = await enrolled(house, lin)
    first, second = await opened(house), await opened(house)
    assert name_of(await enter_code(house, DESK, first.token, codes[0].lower())) == "Opened"
    assert name_of(await enter_code(house, DESK, second.token, codes[0])) == "code_wrong"
    kept = await one_time_codes_of(house.database, lin.id)
    assert kept is not None
    assert len(kept.recovery) == 9
    assert not set(codes) & set(kept.recovery)


async def test_codes_cannot_be_guessed_through(house: House, lin: Person, clock: SetClock) -> None:
    await enrolled(house, lin)
    half = await opened(house, STRANGER)
    answers = [name_of(await enter_code(house, STRANGER, half.token, "000000")) for _ in range(8)]
    assert answers[-1] == "too_many_tries"
    # The password alone forgives nothing.
    assert name_of(await sign_in(house, STRANGER, "lin", PASSWORD)) == "too_many_tries"
    clock.now += timedelta(minutes=5)
    assert name_of(await enter_code(house, STRANGER, half.token, "000000")) == "session_over"


async def test_half_a_session_is_none(house: House, lin: Person) -> None:
    made = await opened(house)
    assert name_of(await enter_code(house, DESK, made.token, "000000")) == "session_over"
    assert name_of(await enter_code(house, DESK, "made up", "000000")) == "session_over"


async def test_an_authenticator_is_taken_off_with_a_code(
    house: House, lin: Person, clock: SetClock
) -> None:
    _, codes = await enrolled(house, lin)
    by = By(actor_of_person(lin, ()), "off")
    assert name_of(await remove_authenticator(house, by, DESK, lin.id, "000000")) == "code_wrong"
    assert name_of(await remove_authenticator(house, by, DESK, lin.id, codes[3])) == "Enrolled"
    assert not (await opened(house)).needs_code
    await enrolled(house, lin)  # and on again
    assert (await opened(house)).needs_code


async def test_a_new_password_ends_every_session(house: House, lin: Person) -> None:
    first, second = await opened(house), await opened(house)
    new = "three brave paper boats"
    by = By(actor_of_person(lin, ()), "new")
    wrong = await change_password(house, by, DESK, lin, "not mine at all", new)
    assert name_of(wrong) == "password_wrong"
    assert name_of(await change_password(house, by, DESK, lin, PASSWORD, "short")) == (
        "password_weak"
    )
    made = await change_password(house, by, DESK, lin, PASSWORD, new)
    assert isinstance(made, Opened)
    assert [await who_is(house, one.token) for one in (first, second)] == [None, None]
    assert await who_is(house, made.token) is not None
    assert name_of(await sign_in(house, DESK, "lin", PASSWORD)) == "sign_in_wrong"
    assert name_of(await sign_in(house, DESK, "lin", new)) == "Opened"


async def test_a_password_that_was_given_must_be_changed(house: House, lin: Person) -> None:
    before = await opened(house)
    given = await give_password(house, by_platform(), lin.id)
    assert not isinstance(given, Refusal)
    assert await who_is(house, before.token) is None
    made = await sign_in(house, DESK, "lin", given.password)
    assert isinstance(made, Opened)
    signed_in = await who_is(house, made.token)
    assert signed_in is not None
    assert signed_in.must_change


async def test_a_session_ends_when_nobody_uses_it(
    house: House, lin: Person, clock: SetClock
) -> None:
    made = await opened(house)
    for _ in range(17):
        clock.now += timedelta(hours=11)
        if await who_is(house, made.token) is None:
            break
    began = await open_sessions(house.database, lin.id)
    assert clock.now - began[0].created_at >= timedelta(days=7)  # in use, but a week is enough
    other = await opened(house)
    clock.now += timedelta(hours=12)
    assert await who_is(house, other.token) is None


async def test_no_secret_is_a_column_of_the_application(house: House, lin: Person) -> None:
    await opened(house)
    for secret in (
        "SELECT password_hash FROM credentials",
        "SELECT secret FROM one_time_codes",
        "SELECT token_hash FROM sessions",
        "SELECT device_hash FROM sessions",
        "UPDATE people SET active = true",
    ):
        with pytest.raises(Exception, match="permission denied"):
            await house.database.value(secret)
    assert await session_of(house.database, token_hash("made up")) is None


async def test_who_was_not_let_in_is_in_the_trail(house: House, lin: Person) -> None:
    await sign_in(house, STRANGER, "lin", "guess")
    await sign_in(house, STRANGER, "nobody", "my password in the wrong field")
    told = await house.database.column("SELECT d::text FROM trail AS d WHERE operation = 'sign_in'")
    assert len(told) == 2
    assert all("sign_in_wrong" in one and "203.0.113.66" in one for one in told)
    assert str(lin.id) in told[0]
    assert not any("guess" in one or "wrong field" in one for one in told)
