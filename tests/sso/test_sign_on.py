"""Single sign-on against a real provider: there and back, roles by claims, and what is refused."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx

from serai.cloud import AskedGrant, grants_of, person_outside
from serai.flows import House, grant_role, switch_person
from tests.people import by_platform, let_in, role_on
from tests.sso.conftest import CALLBACK, open_door
from tests.worlds import DUCK_BRAND

ACTION = re.compile(r'<form[^>]*action="([^"]+)"')
PROMPT = re.compile(r'name="prompt" value="(\w+)"')


async def at_the_provider(address: str, name: str) -> str:
    """What the provider sends a browser back with, when somebody signs in there as `name`."""
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(address)
        for _ in range(12):
            if answer.is_redirect:
                onward = str(answer.url.join(answer.headers["location"]))
                if onward.startswith(CALLBACK):
                    return onward
                answer = await browser.get(onward)
                continue
            action, prompt = ACTION.search(answer.text), PROMPT.search(answer.text)
            assert action, answer.text
            assert prompt, answer.text
            form = {"prompt": prompt.group(1), "login": name, "password": "any"}
            answer = await browser.post(str(answer.url.join(action.group(1))), data=form)
    raise AssertionError("the provider never sent anybody back")


async def sign_on(door: httpx.AsyncClient, name: str, onward: str = "/group") -> httpx.Response:
    left = await door.get("/sign-in/sso", params={"next": onward})
    assert left.status_code == 303, left.text
    return await door.get(await at_the_provider(left.headers["location"], name))


async def roles_of(house: House, name: str) -> set[tuple[str, int]]:
    person = await person_outside(house.database, name)
    assert person is not None
    return {(one.role, one.node_id) for one in await grants_of(house.database, [person.id])}


async def test_there_and_back(door: httpx.AsyncClient, house: House) -> None:
    assert "Sign in with Lantern ID" in (await door.get("/sign-in")).text
    left = await door.get("/sign-in/sso")
    asked = parse_qs(urlsplit(left.headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["state"][0]) >= 30
    assert len(asked["nonce"][0]) >= 30
    back = await sign_on(door, "mei", "/group/orders")
    assert back.status_code == 303, back.text
    assert back.headers["location"] == "/group/orders"
    page = await door.get("/account")
    assert "&lt;i&gt;mei&lt;/i&gt;" in page.text
    assert await roles_of(house, "mei") == {("brand_manager", 30), ("group_analyst", 1)}
    assert "New password" not in page.text  # they have none here


async def test_what_the_claims_gave_the_claims_take(door: httpx.AsyncClient, house: House) -> None:
    await sign_on(door, "mei")
    person = await person_outside(house.database, "mei")
    assert person is not None
    before = len(await grants_of(house.database, [person.id]))
    await sign_on(door, "mei")
    assert len(await grants_of(house.database, [person.id])) == before
    await sign_on(door, "ning")
    assert await roles_of(house, "ning") == {("group_analyst", 1)}


async def test_a_name_of_somebody_here_is_not_taken_over(
    door: httpx.AsyncClient, house: House
) -> None:
    await let_in(house, "chief", role_on("group_controller"), role_on("group_it"))
    answer = await sign_on(door, "chief")
    assert answer.status_code == 401
    assert "this house does not" in answer.text
    assert (await door.get("/account")).status_code == 303


async def test_whoever_was_sent_away_stays_out(door: httpx.AsyncClient, house: House) -> None:
    await sign_on(door, "mei")
    person = await person_outside(house.database, "mei")
    assert person is not None
    await switch_person(house, by_platform(), person.id, active=False)
    assert (await door.get("/account")).status_code == 303
    assert (await sign_on(door, "mei")).status_code == 401


async def test_a_return_is_used_once_by_who_left(
    door: httpx.AsyncClient, house: House, tmp_path: Path, issuer: str
) -> None:
    left = await door.get("/sign-in/sso")
    back = await at_the_provider(left.headers["location"], "mei")
    async with open_door(house, tmp_path, issuer) as stranger:
        assert (await stranger.get(back)).status_code == 401  # they did not leave
        await stranger.get("/sign-in/sso")
        assert (await stranger.get(back)).status_code == 401  # with another state
        mine = dict(door.cookies)
        assert (await door.get(back)).status_code == 303
        stranger.cookies.update(mine)
        assert (await stranger.get(back)).status_code == 401  # the code was used
    forged = back.replace("state=", "state=x")
    await door.get("/sign-in/sso")
    assert (await door.get(forged)).status_code == 401
    assert (await door.get(f"{back}&iss=http://evil.example")).status_code == 401
    assert (await door.get("/sign-in/sso/callback?error=access_denied")).status_code == 401


async def test_nobody_is_led_elsewhere(door: httpx.AsyncClient) -> None:
    back = await sign_on(door, "mei", "https://evil.example")
    assert back.headers["location"] == "/"


async def test_roles_of_other_hands_stay(door: httpx.AsyncClient, house: House) -> None:
    await sign_on(door, "ning")
    person = await person_outside(house.database, "ning")
    assert person is not None
    asked = AskedGrant(holder_id=person.id, role="brand_analyst", level="brand", node_id=DUCK_BRAND)
    await grant_role(house, by_platform(), asked)
    await sign_on(door, "ning")
    assert ("brand_analyst", DUCK_BRAND) in await roles_of(house, "ning")
