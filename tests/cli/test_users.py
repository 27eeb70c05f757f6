"""`serai user` and `serai role` on a running platform: the first person comes in, and signs in."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest_asyncio

from serai.cli.bench.server import PROGRAM, Server, own_server
from serai.cli.running import join_house
from serai.cloud import ROLES, actor_of_person, grants_of, person_named
from serai.flows import check_grant
from tests.cli.alone import alone_in
from tests.people import PASSWORD, role_on
from tests.web.forms import send
from tests.worlds import found_lantern_group

CHIEF = ("--role", "group_controller", "--role", "group_it")


@pytest_asyncio.fixture(scope="module")
async def server() -> AsyncIterator[Server]:
    async with own_server() as server:
        async with join_house(server.settings) as house:
            await found_lantern_group(house)
        yield server


async def types(server: Server, *words: str) -> tuple[int, str, str]:
    """Run `serai` with these words: how it ended, and what it printed."""
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, *words,
        env=alone_in(server.settings.home),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, error = await running.communicate()
    return running.returncode or 0, out.decode(), " ".join(error.decode().split())


async def signs_in(server: Server, name: str, password: str) -> str:
    """Where somebody is led who signs in at the real server; nowhere when they may not."""
    async with httpx.AsyncClient(base_url=server.address) as browser:
        page = (await browser.get("/sign-in")).text
        answer = await send(browser, page, "/sign-in", {"name": name, "password": password})
        if answer.status_code != 303:
            return ""
        landed = await browser.get(answer.headers["location"], follow_redirects=True)
        return landed.url.path


async def test_the_first_person_comes_in(server: Server, tmp_path: Path) -> None:
    async with httpx.AsyncClient(base_url=server.address) as browser:
        assert (
            "Nobody can sign in yet"
            in (await browser.get("/sign-in", headers={"accept-language": "en"})).text
        )
    kept = tmp_path / "password"
    kept.write_text(f"{PASSWORD}\n")
    code, out, error = await types(
        server, "user", "create", "nearly", "--role", "group_it", "--json"
    )
    assert json.loads(out)["advice"] in error
    assert "give one person group_controller and group_it" in error
    await types(server, "user", "grant", "nearly", "--role", "group_controller")
    code, out, error = await types(
        server, "user", "create", "chief", *CHIEF, "--password-file", str(kept), "--json"
    )
    made = json.loads(out)
    assert (code, made["name"], made["password"]) == (0, "chief", None)
    assert error == ""
    assert await signs_in(server, "chief", PASSWORD) == "/group"
    code, out, _ = await types(
        server, "user", "create", "Lin@X.example", "--role", "brand_manager", "--node", "B0",
        "--json",
    )  # fmt: skip
    made = json.loads(out)
    assert await signs_in(server, "lin@x.example", made["password"]) == "/account"  # to change it
    code, out, _ = await types(server, "user", "list", "--json")
    assert {one["name"]: one["roles"] for one in json.loads(out)} == {
        "chief": ["group_controller@G", "group_it@G"],
        "lin@x.example": ["brand_manager@B0"],
        "nearly": ["group_it@G", "group_controller@G"],
    }
    code, out, error = await types(server, "user", "disable", "chief")
    assert (code, error) == (0, "chief is out.")
    assert await signs_in(server, "chief", PASSWORD) == ""
    code, out, _ = await types(server, "user", "password", "chief")
    assert out.startswith("chief has another password.")  # and stays away
    await types(server, "user", "disable", "chief", "--undo")
    code, out, _ = await types(server, "user", "password", "chief", "--json")
    assert await signs_in(server, "chief", PASSWORD) == ""
    assert await signs_in(server, "chief", json.loads(out)["password"]) == "/account"


async def test_the_first_person_can_grant_every_role(tmp_path: Path) -> None:
    """Without a role named they hold what the table of roles says, which is every right."""
    async with own_server() as server:
        async with join_house(server.settings) as house:
            await found_lantern_group(house)
        code, out, error = await types(server, "user", "create", "first", "--json")
        assert (code, error) == (0, "")
        assert json.loads(out)["roles"] == ["group_controller", "group_it"]
        async with join_house(server.settings) as house:
            first = await person_named(house.database, "first")
            assert first is not None
            actor = actor_of_person(first, await grants_of(house.database, [first.id]))
            for role in ROLES:
                node = role_on(role).node
                assert await check_grant(house, actor, role, node) is None, role


async def test_what_is_wrong_is_a_sentence(server: Server, tmp_path: Path) -> None:
    for words, said in (
        (("user", "create", "x y", *CHIEF), "A sign-in name is made of"),
        (("user", "create", "new"), "Name a role with --role."),
        (("user", "grant", "chief", "--role", "group_it"), "holds this role there already"),
        (("user", "create", "new", "--role", "emperor"), "There is no role emperor."),
        (("user", "create", "new", "--role", "brand_manager", "--node", "B99"), "no brand with"),
        (("user", "create", "new", "--role", "brand_manager"), "(none was given)"),
        (("user", "disable", "nobody"), "Nobody signs in as nobody."),
        (("user", "password", "nobody"), "Nobody signs in as nobody."),
        (("user", "create", "new", *CHIEF, "--password-file", str(tmp_path / "no")), "cannot be"),
    ):
        code, _, error = await types(server, *words)
        assert code == 1, words
        assert said in error, error


async def test_roles_are_listed(server: Server) -> None:
    _, out, _ = await types(server, "role", "list", "--json")
    roles = {one["role"]: one for one in json.loads(out)}
    assert roles["city_officer"]["level"] == "city"
    assert "access.write" in roles["group_it"]["rights"]
    _, out, _ = await types(server, "role", "list")
    assert "group_controller" in out
