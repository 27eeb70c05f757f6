"""The fault rounds can fail: their judge sees what is damaged by hand, their tools do as they say,
and a fault that cannot be made is not passed."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
from msgspec import Struct

from serai.cli.bench.faults import Load, Note, judge, open_stage, play_round, resolve
from serai.cli.bench.faults.deeds import Answer, Place
from serai.cli.bench.faults.disk import LimitedFiles, NoDisk, SmallDisk, small_disk
from serai.cli.bench.faults.figures import report_of
from serai.cli.bench.faults.founding import found
from serai.cli.bench.faults.processes import kill_all, with_children
from serai.cli.bench.faults.proxy import cutting_proxy
from serai.cli.bench.faults.ways import ByLibrary
from serai.cli.bench.server import free_port, start_server
from serai.core import Database, DatabaseUrls, Ids, PostgresError, Settings
from serai.flows import TABLES, House
from serai.ledger import Writer, open_writer

MARK = "judged"
ANSWERS = 60
PATIENCE_SECONDS = 30


class Judged(Struct):
    """A house after callers were at work in it, and what they remember."""

    urls: DatabaseUrls
    way: ByLibrary
    notes: list[Note]

    async def kinds(self) -> set[str]:
        """What the judge finds wrong."""
        chance = random.Random(1)
        flaws = await judge(self.urls.platform, MARK, self.notes, self.way, chance)
        return {flaw.kind for flaw in flaws}

    def placed(self) -> Note:
        """An order that was acknowledged, and nothing asked of it since."""
        later = {note.deed.order_id for note in self.notes if not isinstance(note.deed, Place)}
        return next(
            note
            for note in self.notes
            if isinstance(note.deed, Place) and note.answer and note.answer.done
            and note.answer.order_id not in later
        )  # fmt: skip

    def damage(self, *statements: str) -> None:
        """Change rows behind everybody's back."""
        answer = self.placed().answer
        assert answer is not None
        with psycopg.connect(self.urls.owner) as connection:
            for statement in statements:
                damaged = connection.execute(statement.format(order=answer.order_id).encode())
                assert damaged.rowcount > 0, statement


@pytest_asyncio.fixture
async def judged(urls: DatabaseUrls, database: Database) -> AsyncIterator[Judged]:
    async with open_writer(urls.writer, TABLES) as writer:
        yield await worked_in(urls, database, writer)


async def worked_in(urls: DatabaseUrls, database: Database, writer: Writer) -> Judged:
    house = House(database, writer, Ids(database))
    way = ByLibrary(house)
    first_day = datetime.now(UTC).date() + timedelta(days=2)
    load = Load(await found(house), MARK, [way] * 4, random.Random(1), first_day)
    async with load:
        assert await load.hears(ANSWERS, PATIENCE_SECONDS)
    await resolve(load.notes)
    return Judged(urls, way, load.notes)


async def test_a_house_where_nothing_went_wrong_is_without_flaw(judged: Judged) -> None:
    assert await judged.kinds() == set()


DAMAGES = {
    "lost": [f"DELETE FROM {table} WHERE order_id = {{order}}"
             for table in ("lines", "bookings")],
    "doubled": [
        "INSERT INTO bookings SELECT (jsonb_populate_record(b, jsonb_build_object('id', -b.id,"
        " 'order_id', -b.order_id, 'number', 'X' || b.number))).*"
        " FROM bookings AS b WHERE order_id = {order}",
        "INSERT INTO lines SELECT (jsonb_populate_record(l, jsonb_build_object('id', -l.id,"
        " 'order_id', -l.order_id, 'booking_id', -l.booking_id))).*"
        " FROM lines AS l WHERE order_id = {order}",
    ],
    "unasked": ["UPDATE bookings SET market = 'judged-nobody' WHERE order_id = {order}"],
    "changed": ["DELETE FROM keys"],
    "state": ["UPDATE lines SET state = 'cancelled' WHERE order_id = {order}"],
    "out of balance": ["UPDATE accounts SET debits_posted = debits_posted + 1 WHERE id = 1"],
    "time": ["UPDATE transfers SET recorded = recorded - interval '1 hour'"
             " WHERE id = (SELECT max(id) FROM transfers)"],
}  # fmt: skip


@pytest.mark.parametrize("kind", DAMAGES)
async def test_the_judge_sees_what_was_damaged(judged: Judged, kind: str) -> None:
    judged.damage(*DAMAGES[kind])
    assert kind in await judged.kinds()


async def test_the_judge_sees_an_order_that_was_refused_and_is_there(judged: Judged) -> None:
    judged.placed().heard[:] = [Answer(False, refusal="exceeds_credits")]
    assert {"unasked", "changed"} >= await judged.kinds() >= {"unasked"}


async def test_a_fault_that_cannot_be_made_is_skipped_and_not_passed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: Path) -> None:
        raise NoDisk("nothing can be mounted here")

    monkeypatch.setattr("serai.cli.bench.faults.stage.small_disk", refuse)
    async with open_stage() as stage:
        played = await play_round(stage, "disk", 1, 1)
    report = report_of([played], ["disk"], 1, 0.0)
    assert (report.skipped, report.faults[0].skipped) == (1, 1)
    assert report.reasons_skipped == ("nothing can be mounted here",)


def test_a_disk_that_is_full_has_room_again(tmp_path: Path) -> None:
    try:
        with small_disk(tmp_path) as disk:
            if not isinstance(disk, SmallDisk):
                pytest.skip("only root can mount a disk")
            disk.fill(os.getpid(), 0)
            with pytest.raises(OSError, match="No space left"):
                (disk.folder / "more").write_bytes(b"x" * 100_000)
            disk.make_room(os.getpid())
            (disk.folder / "more").write_bytes(b"x" * 100_000)
    except NoDisk as error:
        pytest.skip(str(error))


WRITING = """
import sys
for line in sys.stdin:
    try:
        open(sys.argv[1], "wb").write(b"x" * 1_000_000)
        print("written", flush=True)
    except OSError as error:
        print(error.strerror, flush=True)
"""


def test_files_that_may_not_grow_are_like_a_full_disk(tmp_path: Path) -> None:
    disk = LimitedFiles(tmp_path)
    command = [
        "sh",
        "-c",
        '"$@"; exit',
        "sh",
        sys.executable,
        "-c",
        WRITING,
        str(tmp_path / "file"),
    ]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writing:
        assert writing.stdin is not None
        assert writing.stdout is not None
        limits: tuple[tuple[Callable[[], None], str], ...] = (
            (lambda: None, "written"),
            (lambda: disk.fill(writing.pid, 4_096), "File too large"),
            (lambda: disk.make_room(writing.pid), "written"),
        )
        for limit, said in limits:
            limit()
            writing.stdin.write("again\n")
            writing.stdin.flush()
            assert writing.stdout.readline() == f"{said}\n"


def test_all_that_a_process_has_started_is_killed_with_it() -> None:
    family = subprocess.Popen(["sh", "-c", "sleep 60 & sleep 60 & wait"])
    while len(processes := with_children(family.pid)) < 3:
        pass
    kill_all(family.pid)
    assert family.wait() == -signal.SIGKILL
    assert all(with_children(process) == [process] for process in processes)


async def test_a_cut_line_ends_in_the_middle_of_what_is_said() -> None:
    async def answer(stream: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while asked := await stream.read(100):
            sink.write(asked)
        sink.close()

    platform = await asyncio.start_server(answer, "127.0.0.1", 0)
    behind = int(platform.sockets[0].getsockname()[1])
    async with platform, cutting_proxy("127.0.0.1", behind, random.Random(1)) as (proxy, port):
        stream, sink = await asyncio.open_connection("127.0.0.1", port)
        heard = 0
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not stream.at_eof():
                sink.write(b"x" * 100)
                heard += len(await stream.read(100))
        sink.close()
    assert 0 < heard < 5_000
    assert proxy.cuts == 1


async def test_a_platform_that_does_not_start_shows_what_it_said(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("no folder")
    with pytest.raises(PostgresError, match=r"(?s)ended with 1 .*is not a\s+folder"):
        await start_server(Settings(home=home, port=free_port()))
