"""`serai scim` on a running platform: groups are shown, bound to roles, and freed again."""

import asyncio
import json
import sys
from typing import Any

import httpx
from msgspec import Struct

from serai.cli.bench.server import PROGRAM, Server, own_server
from serai.cli.running import join_house
from tests.cli.alone import alone_in
from tests.worlds import found_lantern_group

SCHEMAS = "urn:ietf:params:scim:schemas:core:2.0"


class Said(Struct):
    """What a command printed, and how it ended."""

    code: int
    out: str
    error: str


async def typed(server: Server, *words: str) -> Said:
    """Run `serai` with these words."""
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, *words,
        env=alone_in(server.settings.home),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, error = await running.communicate()
    return Said(running.returncode or 0, out.decode(), " ".join(error.decode().split()))


async def made(client: httpx.AsyncClient, kind: str, **said: Any) -> str:
    body = {"schemas": [f"{SCHEMAS}:{kind}"], **said}
    answer = await client.post(f"/scim/v2/{kind}s", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_a_group_is_bound_and_freed_at_the_terminal() -> None:
    async with own_server() as server:
        async with join_house(server.settings) as house:
            await found_lantern_group(house)
        key = await typed(server, "key", "create", "--name", "entra", "--scope", "access", "--json")
        headers = {"Authorization": f"Bearer {json.loads(key.out)['key']}"}
        async with httpx.AsyncClient(base_url=server.address, headers=headers) as client:
            carol = await made(client, "User", userName="carol")
            members = [{"value": carol}]
            group = await made(client, "Group", displayName="Inns", members=members)
        words = ("--role", "brand_analyst", "--node", "B0", "--json")
        bound = await typed(server, "scim", "bind", "Inns", *words)
        assert bound.code == 0, bound.error
        told = json.loads(bound.out)
        assert (told["group_id"], told["members"]) == (int(group), 1)
        (listed,) = json.loads((await typed(server, "scim", "groups", "--json")).out)
        assert listed["bound_to"] == [f"brand_analyst@{told['node']}"]
        (user,) = json.loads((await typed(server, "user", "list", "--json")).out)
        assert [role.partition("@")[0] for role in user["roles"]] == ["brand_analyst"]
        again = await typed(server, "scim", "bind", group, *words)
        assert (again.code, "bound to this role there already" in again.error) == (1, True)
        for wrong, says in (
            (("bind", "Nobody", *words), "There is no group Nobody."),
            (("bind", "Inns", "--role", "king"), "There is no role king."),
            (("bind", "Inns", "--role", "brand_analyst"), "there is no brand with the code"),
        ):
            refused = await typed(server, "scim", *wrong)
            assert (refused.code, says in refused.error) == (1, True), refused.error
        freed = await typed(server, "scim", "unbind", "Inns", *words)
        assert freed.code == 0, freed.error
        (user,) = json.loads((await typed(server, "user", "list", "--json")).out)
        assert user["roles"] == []
