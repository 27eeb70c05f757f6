"""`serai personal-keys`, beside a platform that serves: keys change and nobody notices.

Processes are killed here, and a data folder is backed up and restored.
"""

import asyncio
import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from typer.testing import CliRunner

from serai.cli.backup.restoring import Wanted
from serai.cli.bench.server import Server, own_server, start_server
from serai.cli.personal_keys.rotating import listed
from serai.cli.root import app
from serai.cli.running import join_house
from serai.core import ConfigurationError, Settings, kept_keys
from serai.customers import Customer, Details, Phone, read_details
from serai.flows import By, House, Person, register
from tests.api.keys import OPERATOR, key_for
from tests.cli.backup_houses import back_up, bring_back, serai
from tests.databases import short_folder

KEYS_NOTED = """
SELECT concat_ws(' ', actor, operation,
    (SELECT string_agg(id, ',') FROM json_object_keys(after -> 'personal_keys') AS id))
FROM trail WHERE thing = 'personal_key' ORDER BY number
"""
KNOWN = 1_500
KILLED_AFTER = 500

KILLED_IN_THE_MIDDLE = f"""
import os, signal
from pathlib import Path
from serai.cli import serving
from serai.cli.personal_keys.rotating import reseal_all
from serai.core import Settings

def told(rows):
    if rows >= {KILLED_AFTER}:
        os.kill(os.getpid(), signal.SIGKILL)

serving.run(reseal_all(Settings(home=Path(os.environ["HOME_OF_TEST"])), told, with_new_key=True))
"""


def phone(number: int) -> str:
    return f"+86138{number:08}"


@pytest.fixture
def inn() -> Iterator[Path]:
    """A folder for data folders, at a path that a socket can bear."""
    with short_folder() as folder:
        yield folder


@pytest_asyncio.fixture
async def server(inn: Path) -> AsyncIterator[Server]:
    async with own_server(inn / "home") as server:
        yield server


async def make_known(house: House, numbers: range) -> list[int]:
    """Register customers with these telephones; their ids."""
    found = await asyncio.gather(*(
        register(
            house,
            By(OPERATOR, f"known-{number}"),
            Person(kind="person", name="王敏", details=Details(phone=Phone(phone(number)))),
        )
        for number in numbers
    ))  # fmt: skip
    return [one.id for one in found if isinstance(one, Customer)]


class Desk:
    """A program that registers, changes, finds and reads customers all the while."""

    def __init__(self, client: httpx.AsyncClient, known: list[int]) -> None:
        self.client = client
        self.known = known
        self.statuses: Counter[int] = Counter()
        self.wrong: list[Any] = []
        self._numbers = count(1)

    @asynccontextmanager
    async def busy(self) -> AsyncIterator[None]:
        work = [asyncio.create_task(self._work(place)) for place in range(3)]
        try:
            yield
        finally:
            for one in work:
                one.cancel()
            ended = await asyncio.gather(*work, return_exceptions=True)
            self.wrong += [
                one for one in ended if not isinstance(one, asyncio.CancelledError | None)
            ]

    async def _work(self, place: int) -> None:
        for number in count(place, 3):
            known = number % len(self.known)
            id, theirs = self.known[known], phone(known)
            new = phone(50_000_000 + number)
            made = await self._ask(
                "POST", "/v1/customers", {"kind": "person", "name": "李", "phone": new}
            )
            await self._ask("PATCH", f"/v1/customers/{made['id']}", {"email": "li@example.com"})
            found = await self._ask("POST", "/v1/customers/search", {"phone": theirs})
            if [one["id"] for one in found["items"]] != [id]:
                self.wrong.append((id, found))
            for asked, expected in ((id, theirs), (made["id"], new)):
                told = await self._ask("GET", f"/v1/customers/{asked}")
                if told["phone"] != expected:
                    self.wrong.append(told)

    async def _ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Idempotency-Key": f"desk-{next(self._numbers)}"}
        answer = await self.client.request(method, path, json=body, headers=headers)
        self.statuses[answer.status_code] += 1
        if not answer.is_success:
            self.wrong.append(answer.text)
        return answer.json()


@asynccontextmanager
async def desk_at(server: Server, key: str, known: list[int]) -> AsyncIterator[Desk]:
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=server.address, headers=headers, timeout=30) as client:
        yield Desk(client, known)


def grow_older(settings: Settings) -> None:
    """Let the keys of a data folder have been made an hour ago."""
    for kept in sorted(kept_keys(settings), key=lambda kept: kept.made_at):
        made = kept.made_at - timedelta(hours=1)
        kept.path.rename(kept.path.with_name(f"personal-key-{made:%Y%m%dT%H%M%S%fZ}-{kept.id}"))


def kill_a_rotation(home: Path) -> None:
    """Rotate, and be killed when some customers' details are sealed anew and others are not."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED_IN_THE_MIDDLE],
        env={"HOME_OF_TEST": str(home), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


async def test_keys_change_beside_a_busy_desk_and_after_a_kill(server: Server) -> None:
    home, settings = server.settings.home, server.settings
    async with join_house(settings) as house:
        known = await make_known(house, range(KNOWN))
        key = await key_for(house, "desk", "customers")
    async with desk_at(server, key, known) as desk, desk.busy():
        await asyncio.to_thread(kill_a_rotation, home)
        new, old = await listed(settings)
        assert (new.seals, old.seals) == (True, False)
        assert new.rows >= KILLED_AFTER
        assert old.rows > 0

        early = await asyncio.to_thread(serai, home, "personal-keys", "retire")
        assert early.returncode == 1
        assert "somebody may still be writing by an older one" in early.stderr
        grow_older(settings)
        needed = await asyncio.to_thread(serai, home, "personal-keys", "retire", "--json")
        assert needed.returncode == 1
        assert list(json.loads(needed.stdout)["needed"]) == [old.id]

        resealed = await asyncio.to_thread(serai, home, "personal-keys", "reseal", "--json")
        assert resealed.returncode == 0, resealed.stderr
        assert json.loads(resealed.stdout)["sealing"] == new.id
        retired = await asyncio.to_thread(serai, home, "personal-keys", "retire", "--json")
        assert retired.returncode == 0, retired.stderr
        assert json.loads(retired.stdout) == {"retired": [old.id], "needed": {}}, retired.stderr
        worked = desk.statuses.total()
        async with asyncio.timeout(30):
            while desk.statuses.total() < worked + 30:
                await asyncio.sleep(0.05)
    assert not desk.wrong, desk.wrong[:3]
    assert set(desk.statuses) == {200, 201}
    (only,) = await listed(settings)
    assert (only.id, only.missing) == (new.id, False)
    async with join_house(settings) as house:
        assert await house.database.column(KEYS_NOTED) == [
            f"operator rotate_personal_keys {new.id}",
            f"operator retire_personal_keys {old.id}",
        ]
    assert only.rows >= KNOWN
    for said in (early, needed, resealed, retired):
        assert "138" not in said.stdout + said.stderr


async def test_a_platform_without_its_key_does_not_start_and_says_which(
    server: Server, inn: Path
) -> None:
    settings = server.settings
    async with join_house(settings) as house:
        (customer,) = await make_known(house, range(1))
    await server.stop()
    (kept,) = kept_keys(settings)
    hidden = kept.path.rename(inn / "hidden")

    said = serai(settings.home, "audit", "--json")
    assert said.returncode == 0  # the books need no key
    said = serai(settings.home, "up")
    assert said.returncode == 1
    assert f"sealed by the key {kept.id}, which is not in {settings.home}/secrets" in said.stderr
    assert "Traceback" not in said.stderr
    assert kept_keys(settings) == []  # no other one was made in its place
    missing = serai(settings.home, "personal-keys", "list", "--json")
    assert missing.returncode == 1
    assert (
        json.loads(missing.stdout)[0] | {"id": kept.id, "missing": True, "rows": 1}
        == (json.loads(missing.stdout)[0])
    )

    hidden.rename(kept.path)
    again = await start_server(settings)
    try:
        async with join_house(settings) as house:
            details = await read_details(house.database, house.ring, customer)
    finally:
        await again.stop()
    assert details.phone == Phone(phone(0))


def test_a_wrong_key_is_told_of_at_the_start(inn: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = inn / "keys"
    keys.write_text("deadbeef\n")
    keys.chmod(0o600)
    monkeypatch.setenv("SERAI_HOME", str(inn / "home"))
    monkeypatch.setenv("SERAI_PERSONAL_KEYS_FILE", str(keys))
    said = CliRunner().invoke(app, ["personal-keys", "reseal"])
    assert isinstance(said.exception, ConfigurationError)
    assert str(said.exception).startswith(f"Key 1 of {keys} is not 64 hexadecimal digits")
    assert "deadbeef" not in str(said.exception)


async def test_a_restored_house_has_the_keys_of_every_time(server: Server, inn: Path) -> None:
    """The base backup knows the first key, its archive was written by the second, and the first
    one is gone from the house: each telephone can be read again."""
    settings, shelf = server.settings, inn / "backup"
    async with join_house(settings) as house:
        first = await make_known(house, range(3))
    await back_up(settings, shelf)
    early = datetime.now(UTC)
    rotated = serai(settings.home, "personal-keys", "rotate", "--json")
    assert json.loads(rotated.stdout)["rows"] == 3, rotated.stderr
    async with join_house(settings) as house:
        second = await make_known(house, range(3, 6))
    grow_older(settings)
    retired = serai(settings.home, "personal-keys", "retire", "--json")
    assert len(json.loads(retired.stdout)["retired"]) == 1, retired.stderr
    await server.stop()

    for home, wanted, ids in (
        ("latest", Wanted(), [*first, *second]),
        ("early", Wanted(at=early), first),
    ):
        await bring_back(shelf, inn / home, wanted)
        async with join_house(Settings(home=inn / home)) as house:
            known = [await read_details(house.database, house.ring, id) for id in ids]
        assert [one.phone for one in known] == [Phone(phone(n)) for n in range(len(ids))]
