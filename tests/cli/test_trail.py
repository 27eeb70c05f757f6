"""`serai trail` on a running platform: what it writes, and what it says of the chain."""

import asyncio
import csv
import io
import json
import sys
from collections.abc import AsyncIterator

import psycopg
import pytest_asyncio

from serai.cli.bench.server import PROGRAM, Server, own_server
from serai.cli.running import find_database, join_house
from tests.cli.alone import alone_in
from tests.worlds import found_lantern_group


async def typed(server: Server, *words: str) -> tuple[int, str]:
    """How `serai` with these words ends, and what it prints."""
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, *words,
        env=alone_in(server.settings.home),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    out, _ = await running.communicate()
    return running.returncode or 0, out.decode()


@pytest_asyncio.fixture(scope="module")
async def server() -> AsyncIterator[Server]:
    async with own_server() as server:
        async with join_house(server.settings) as house:
            await found_lantern_group(house)
        yield server


async def test_the_trail_is_written_verified_and_held_against_what_was_known(
    server: Server,
) -> None:
    code, out = await typed(server, "key", "create", "--name", "Shop", "--scope", "catalogue",
                            "--json")  # fmt: skip
    assert code == 0
    secret = json.loads(out)["key"]
    code, out = await typed(server, "trail", "export", "--operation", "admit_program", "--json")
    (deed,) = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert (deed["actor"], deed["address"], deed["thing"]) == (
        "operator",
        "command line",
        "program",
    )
    (program,) = deed["after"]["programs"].values()
    assert program["name"] == "Shop"
    assert secret not in out
    code, out = await typed(server, "trail", "export", "--since", "2020-01-01")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert [row["number"] for row in rows if row["operation"] == "admit_program"] == [
        str(deed["number"])
    ]
    code, out = await typed(server, "trail", "verify", "--json")
    verdict = json.loads(out)
    assert (code, verdict["whole"], verdict["deeds"]) == (0, True, len(rows))
    anchor = f"{verdict['last']}:{verdict['hash']}"
    assert (await typed(server, "trail", "verify", "--against", anchor))[0] == 0
    other = f"{verdict['last']}:{'0' * 64}"
    code, out = await typed(server, "trail", "verify", "--against", other, "--json")
    assert (code, json.loads(out)["whole"]) == (1, False)
    assert (await typed(server, "trail", "verify", "--against", "nonsense"))[0] == 1
    async with (
        find_database(server.settings) as urls,
        await psycopg.AsyncConnection.connect(urls.owner, autocommit=True) as owner,
    ):
        await owner.execute(b"ALTER TABLE trail DISABLE TRIGGER keep_trail")
        await owner.execute(b"UPDATE trail SET actor = 'nobody' WHERE number = 1")
        await owner.execute(b"ALTER TABLE trail ENABLE TRIGGER keep_trail")
    code, out = await typed(server, "trail", "verify", "--json")
    assert code == 1
    assert json.loads(out)["failures"] == [
        "deed 1 is not as it was written, or the one before it is not"
    ]
