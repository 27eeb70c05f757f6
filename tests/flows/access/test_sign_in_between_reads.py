"""Signing in, passwords and authenticators, each interrupted by another deed after each of its
reads: as if one had come after the other."""

from collections.abc import Callable

import pytest
from msgspec import structs
from pyotp import TOTP

from serai.cloud import (
    person_of,
)
from serai.core import ClaimRule, Refusal
from serai.flows import (
    Enrolment,
    House,
    Opened,
    Outsider,
    begin_enrolment,
    change_password,
    confirm_enrolment,
    enter_code,
    give_password,
    remove_authenticator,
    sign_in,
    sign_in_outsider,
    switch_person,
    who_is,
)
from tests.flows.access.stage import (
    ANALYST,
    CHIEF,
    Act,
    Scene,
    Stage,
    done,
    try_scene,
)
from tests.flows.clock import SetClock
from tests.interrupted import Interrupted, Interruption
from tests.people import PASSWORD

AFTER_THE_PERSON = 1
"""How many reads of a sign-in it takes until it is known who it is, and that they are active."""
OTHER_PASSWORD = "five slow mountain roads"


# Somebody signs in.


async def a_person_with_a_password(stage: Stage) -> None:
    await stage.person("chief", *CHIEF)
    await stage.person("clerk", ANALYST, password=PASSWORD)
    await stage.stand()


async def signs_in(house: House, stage: Stage) -> object:
    return await sign_in(house, stage.desk, stage.named("clerk"), PASSWORD)


async def changes_password(house: House, stage: Stage) -> object:
    by = await stage.by(house, "clerk")
    person = await person_of(house.database, stage.people["clerk"])
    assert person is not None
    answer = await change_password(house, by, stage.desk, person, PASSWORD, OTHER_PASSWORD)
    # Theirs was kept, and another one given before their session had begun anew: none begins, and
    # the one that had begun would have ended by it.
    none_begins = isinstance(answer, Refusal) and answer.name == "sign_in_wrong"
    return Opened.__name__ if none_begins else answer


async def gets_a_password(house: House, stage: Stage) -> object:
    return await give_password(house, await stage.by(house, "chief"), stage.people["clerk"])


async def is_sent_away(house: House, stage: Stage) -> object:
    by = await stage.by(house, "chief")
    return await switch_person(house, by, stage.people["clerk"], active=False)


async def somebody_sent_away(stage: Stage) -> None:
    await a_person_with_a_password(stage)
    done(await is_sent_away(stage.house, stage))


async def comes_back(house: House, stage: Stage) -> object:
    by = await stage.by(house, "chief")
    return await switch_person(house, by, stage.people["clerk"], active=True)


# Somebody with an authenticator, whose password was right; their code is still asked for.


async def a_code_is_asked_for(stage: Stage) -> None:
    await a_person_with_a_password(stage)
    house, person = stage.house, await person_of(stage.house.database, stage.people["clerk"])
    assert person is not None
    enrolment = await begin_enrolment(house, await stage.by(house, "clerk"), person)
    assert isinstance(enrolment, Enrolment)
    stage.secret = enrolment.secret
    done(await _confirms(house, stage))
    stage.clock.forward(minutes=2)
    half = await signs_in(house, stage)
    assert isinstance(half, Opened)
    stage.half = half.token


async def _confirms(house: House, stage: Stage) -> object:
    person = await person_of(house.database, stage.people["clerk"])
    assert person is not None
    code = TOTP(stage.secret).at(stage.clock())
    return await confirm_enrolment(house, await stage.by(house, "clerk"), person, code)


async def enters_the_code(house: House, stage: Stage) -> object:
    return await enter_code(house, stage.desk, stage.half, TOTP(stage.secret).at(stage.clock()))


async def authenticator_is_taken_off(house: House, stage: Stage) -> object:
    by, whom = await stage.by(house, "chief"), stage.people["clerk"]
    return await remove_authenticator(house, by, stage.desk, whom)


# Two pages on which an authenticator is set up.


async def an_authenticator_is_set_up(stage: Stage) -> None:
    await a_code_is_asked_for(stage)
    done(await authenticator_is_taken_off(stage.house, stage))
    stage.clock.forward(minutes=2)


async def is_shown_a_secret(house: House, stage: Stage) -> object:
    person = await person_of(house.database, stage.people["clerk"])
    assert person is not None
    return await begin_enrolment(house, await stage.by(house, "clerk"), person)


async def is_shown_and_confirms(house: House, stage: Stage) -> object:
    enrolment = await is_shown_a_secret(house, stage)
    if not isinstance(enrolment, Enrolment):
        return enrolment
    stage.secret = enrolment.secret
    return await _confirms(house, stage)


# Somebody whom a provider vouches for comes for the first time, in two windows.


async def a_newcomer(stage: Stage) -> None:
    """The claims of a provider give them a role."""


async def comes_in(house: House, stage: Stage) -> object:
    outsider = Outsider(
        subject=stage.named("subject"), name=stage.named("new"), display_name="New",
        values=frozenset({"analysts"}),
    )  # fmt: skip
    rule = ClaimRule(value="analysts", role="brand_analyst", code="B0")
    opened = await sign_in_outsider(house, stage.desk, outsider, [rule])
    if isinstance(opened, Opened):
        stage.people["new"] = opened.person.id
    return opened


CODING = (enters_the_code, authenticator_is_taken_off)
ENROLLING = (is_shown_a_secret, is_shown_and_confirms)
SIGNING = (signs_in, changes_password, gets_a_password)
TRIED: dict[str, tuple[Scene, tuple[Act, ...], tuple[Act, ...]]] = {
    "password": (a_person_with_a_password, SIGNING, (*SIGNING[1:], is_sent_away)),
    "code": (a_code_is_asked_for, CODING, (*CODING, gets_a_password)),
    "authenticator": (an_authenticator_is_set_up, ENROLLING, ENROLLING),
    "newcomer": (a_newcomer, (comes_in,), (comes_in,)),
    "coming back": (somebody_sent_away, (signs_in, comes_back), (signs_in, comes_back)),
}


@pytest.mark.usefixtures("quick_hashing")
@pytest.mark.parametrize("what", TRIED)
async def test_it_is_as_if_one_had_come_after_the_other(
    house: House, clock: SetClock, what: str, record_property: Callable[[str, object], None]
) -> None:
    pairs = await try_scene(house, clock, *TRIED[what])
    record_property("tried", f"{what}: {pairs}")
    assert not pairs.wrong, "\n".join(pairs.wrong)


@pytest.mark.usefixtures("quick_hashing")
async def test_a_session_that_began_while_its_person_was_sent_away_opens_nothing_when_they_are_back(
    house: House, clock: SetClock
) -> None:
    stage = Stage(house, clock)
    await a_person_with_a_password(stage)

    async def happens() -> None:
        done(await is_sent_away(house, stage))

    sends_away = Interruption(AFTER_THE_PERSON, happens)
    interrupted = structs.replace(house, database=Interrupted(house.database, sends_away))
    opened = await signs_in(interrupted, stage)
    assert isinstance(opened, Opened)
    assert await who_is(house, opened.token) is None
    done(await comes_back(house, stage))
    assert await who_is(house, opened.token) is None
