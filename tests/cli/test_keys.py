"""`serai key` on a running platform: what its keeper types, and what the keys open."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from msgspec import Struct

from serai.cli.bench.server import PROGRAM, Server, own_server
from serai.cli.running import join_house
from tests.cli.alone import alone_in
from tests.worlds import found_lantern_group


class Said(Struct):
    """What a command printed, and how it ended."""

    code: int
    out: str
    error: str


class Keeper:
    """Somebody at the terminal of the platform's machine, and a program elsewhere."""

    def __init__(self, server: Server, client: httpx.AsyncClient) -> None:
        self._server = server
        self._client = client

    async def types(self, *words: str) -> Said:
        """Run `serai key` with these words."""
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, "key", *words,
            env=alone_in(self._server.settings.home),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, error = await running.communicate()
        return Said(running.returncode or 0, out.decode(), " ".join(error.decode().split()))

    async def opens(self, key: str, path: str = "/v1/stores") -> int:
        """The status of what a key is answered."""
        answer = await self._client.get(path, headers={"Authorization": f"Bearer {key}"})
        return answer.status_code


@pytest_asyncio.fixture(scope="module")
async def keeper() -> AsyncIterator[Keeper]:
    async with own_server() as server:
        async with join_house(server.settings) as house:
            await found_lantern_group(house)
        async with httpx.AsyncClient(base_url=server.address) as client:
            yield Keeper(server, client)


async def test_a_key_is_made_shown_changed_and_ended(keeper: Keeper) -> None:
    made = await keeper.types("create", "--name", "Shop 1", "--scope", "catalogue", "--json")
    told = json.loads(made.out)
    assert (made.code, told["name"], told["client_id"]) == (0, "Shop 1", "Shop 1")
    key = told["key"]
    assert await keeper.opens(key) == 200
    assert await keeper.opens(key, "/v1/orders") == 403
    changed = await keeper.types("rotate", "Shop 1", "--overlap-hours", "0")
    other = changed.out.strip()
    assert "never again" in changed.error
    assert [await keeper.opens(one) for one in (key, other)] == [401, 200]
    (listed,) = json.loads((await keeper.types("list", "--json")).out)
    assert listed["scopes"] == ["catalogue.read"]
    assert [one["good"] for one in listed["keys"]] == [False, True]
    assert other not in json.dumps(listed)
    assert (await keeper.types("end", "Shop 1")).code == 0
    assert await keeper.opens(other) == 401


async def test_a_key_may_be_at_home_on_a_node(keeper: Keeper) -> None:
    words = ("create", "--name", "node", "--scope", "orders:read", "--node", "brand:B0", "--json")
    assert (await keeper.types(*words)).code == 0
    listed = json.loads((await keeper.types("list", "--json")).out)
    assert "brand:B0" in {one["node"] for one in listed}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("create", "--name", "a", "--scope", "everything"), "'everything' is no scope."),
        (("create", "--name", "a", "--scope", " "), "without scopes may do nothing"),
        (("create", "--name", "a\nb", "--scope", "all"), "1 to 63 letters"),
        (("create", "--name", "a", "--scope", "all", "--node", "moon"), "'moon' is no node."),
        (
            ("create", "--name", "a", "--scope", "all", "--node", "brand:x"),
            "no brand with the code",
        ),
        (("rotate", "nobody"), "There is no program nobody"),
        (("end", "nobody"), "There is no program nobody"),
    ],
)
async def test_what_is_wrong_is_said(keeper: Keeper, words: tuple[str, ...], says: str) -> None:
    said = await keeper.types(*words)
    assert (said.code, said.out) == (1, "")
    assert says in said.error
    assert "Traceback" not in said.error


async def test_a_name_is_given_once(keeper: Keeper) -> None:
    words = ("create", "--name", "twice", "--scope", "all")
    assert (await keeper.types(*words)).code == 0
    said = await keeper.types(*words)
    assert (said.code, said.out) == (1, "")
    assert "There is a program twice already" in said.error
