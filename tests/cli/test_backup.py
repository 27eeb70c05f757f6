"""Backups of a platform that takes orders, and what is restored from them, whatever broke."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from msgspec import Struct
from typer.testing import CliRunner

from serai.cli.auditing import audit
from serai.cli.backup.listing import list_backups
from serai.cli.backup.restoring import Wanted
from serai.cli.backup.shelf import backups_in
from serai.cli.bench.server import own_server, start_server
from serai.cli.root import app
from serai.core import ConfigurationError, PostgresError, Settings
from serai.core.postgres import Wal
from serai.core.postgres.archive import read_archive
from tests.cli.backup_houses import (
    AT,
    ORDERS,
    WITH_BATCH,
    Shop,
    Sums,
    back_up,
    bring_back,
    linked,
    serai,
    small_disk,
    spoil,
    sums_of,
    switch_segments,
    until,
)
from tests.core.postgres.servers import mode
from tests.databases import short_folder

EARLY = datetime(2026, 1, 1, tzinfo=UTC)


class Story(Struct, frozen=True):
    """What a shop went through that was backed up twice while orders came in: the backups, the
    orders that were acknowledged, and what stood in the journal at a moment and at a transfer."""

    backups: Path
    sold: list[int]
    moment: datetime
    at_moment: Sums
    transfer: int
    at_transfer: Sums


@pytest.fixture(scope="module")
def inn() -> Iterator[Path]:
    """A folder for data folders, at a path that a socket can bear."""
    with short_folder() as folder:
        yield folder


@pytest_asyncio.fixture(scope="module")
async def shop(inn: Path) -> AsyncIterator[Shop]:
    async with own_server(inn / "shop") as server:
        shop = Shop(server)
        await shop.open()
        yield shop
        await shop.server.stop()


@pytest_asyncio.fixture(scope="module")
async def story(shop: Shop, inn: Path) -> Story:
    """The shop's first days; its archive, which goes on, is left as it was in a copy."""
    backups = inn / "kept"
    async with shop.buyers():
        await shop.sell(20)
        first = await back_up(shop.settings, backups)
        assert first.archived, first.problem
        await shop.sell(20)
        moment = datetime.now(UTC)
        await shop.sell(10)
        switch_segments(shop, 2)
        await shop.sell(20)
        transfer = int(shop.ask("SELECT max(id) - 30 FROM transfers")[0][0])
        second = await back_up(shop.settings, None)
        assert second.archived, second.problem
        await shop.sell(20)
    at_moment, at_transfer = shop.sums(AT, moment), shop.sums(WITH_BATCH, transfer)
    sold = list(shop.sold)
    await shop.archived(backups)
    assert shop.failed == 0
    left = inn / "backups"
    shutil.copytree(backups, left)
    return Story(left, sold, moment, at_moment, transfer, at_transfer)


@pytest.fixture
def copied(story: Story, inn: Path) -> Iterator[Path]:
    """The story's backups, to be spoilt."""
    copy = inn / "copied"
    linked(story.backups, copy)
    yield copy
    shutil.rmtree(copy)


@pytest.fixture
def target(inn: Path) -> Iterator[Path]:
    """A folder that is not there yet."""
    folder = inn / "restored"
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


async def test_a_moment_comes_back_with_the_figures_of_that_moment(
    story: Story, target: Path
) -> None:
    restored = await bring_back(story.backups, target, Wanted(at=story.moment))
    assert sums_of(restored) == story.at_moment
    assert restored.fence.recorded <= story.moment


async def test_a_transfer_comes_back_with_its_batch_and_nothing_later(
    story: Story, target: Path
) -> None:
    restored = await bring_back(story.backups, target, Wanted(transfer=story.transfer))
    assert sums_of(restored) == story.at_transfer


async def test_a_restored_house_has_every_order_takes_more_and_has_an_archive_of_its_own(
    story: Story, shop: Shop, inn: Path, target: Path
) -> None:
    told = serai(target, "restore", str(story.backups), "--to", str(target), "--json")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["audit"]["passed"]
    assert read_archive(target) is None
    async with own_server(target) as server:
        restored = Shop(server)
        restored.key = shop.key
        assert set(story.sold) <= {id for (id,) in restored.ask(ORDERS)}
        async with restored.buyers():
            await restored.sell(3)
        with pytest.raises(PostgresError, match="backups of another house"):
            await back_up(server.settings, story.backups)
        own = await back_up(server.settings, inn / "own")
        assert own.archived, own.problem
        assert own.backup.timeline == 2
    shutil.rmtree(target)
    again = await bring_back(inn / "own", target)
    assert (again.backup, again.audit.passed) == (own.backup.name, True)


async def test_backups_stand_side_by_side_and_are_private(story: Story, shop: Shop) -> None:
    names = [one.manifest.name for one in backups_in(story.backups)]
    assert len(names) == 2
    assert names == sorted(names)
    assert not [path for path in story.backups.rglob("*") if mode(path) & 0o077]
    kept = {file.name for file in (story.backups / "secrets").iterdir()}
    assert kept == {file.name for file in (shop.settings.home / "secrets").iterdir()}


async def test_a_damaged_segment_stops_a_restore(copied: Path, target: Path) -> None:
    sealed = sorted((copied / "wal").glob("*.gz"))[-1]
    spoil(sealed, sealed.stat().st_size // 2)
    with pytest.raises(PostgresError, match=rf"{sealed.name} is damaged"):
        await bring_back(backups_in(copied)[0].folder, target)
    # What is there now is less than was asked for, so no platform starts on it.
    with pytest.raises(PostgresError, match="not finished"):
        await audit(Settings(home=target))
    assert not (await list_backups(Settings(home=target), copied, check=True)).well


async def test_a_segment_that_is_missing_stops_a_restore(copied: Path, target: Path) -> None:
    oldest = backups_in(copied)[0]
    sealed = sorted((copied / "wal").glob("*.gz"))[-1]
    name = sealed.name[:24]
    assert name > oldest.last_segment
    sealed.unlink()
    with pytest.raises(PostgresError, match=rf"{name} is missing"):
        await bring_back(oldest.folder, target)
    listed = await list_backups(Settings(home=target), copied, check=False)
    assert name in (listed.backups[0].problem or "")


async def test_an_archive_that_lost_its_end_is_not_taken_for_whole(
    copied: Path, target: Path
) -> None:
    for partial in (copied / "wal").rglob("*.partial"):
        size = partial.stat().st_size
        partial.unlink()
        partial.write_bytes(bytes(size))
    with pytest.raises(PostgresError, match="was known to reach"):
        await bring_back(copied, target)


async def test_a_damaged_base_backup_is_refused(copied: Path, target: Path) -> None:
    data = backups_in(copied)[-1].data
    spoil(data / "global" / "pg_control", 100)
    (data / "PG_VERSION").unlink()
    with pytest.raises(PostgresError, match="PG_VERSION is missing") as caught:
        await bring_back(copied, target)
    assert "pg_control has changed" in str(caught.value)


async def test_what_the_archive_does_not_hold_is_refused(story: Story, target: Path) -> None:
    for wanted, said in (
        (Wanted(at=EARLY), "cannot be restored"),
        (Wanted(at=datetime.now(UTC) + timedelta(hours=1)), "is later"),
        (Wanted(transfer=1), "cannot be restored"),
        (Wanted(transfer=10**9), "ends before transfer"),
    ):
        with pytest.raises(PostgresError, match=said):
            await bring_back(story.backups, target, wanted)
    assert not target.exists()


async def test_a_folder_that_holds_something_is_not_restored_to(story: Story, target: Path) -> None:
    target.mkdir()
    (target / "letter").write_text("Dear Lin")
    with pytest.raises(PostgresError, match="holds something already"):
        await bring_back(story.backups, target)
    assert [file.name for file in target.iterdir()] == ["letter"]


async def test_the_backup_folder_is_not_restored_into(copied: Path) -> None:
    with pytest.raises(PostgresError, match=r"lies in the backup folder .* --to"):
        await bring_back(copied, copied / "restored")
    assert not (copied / "restored").exists()


@pytest.mark.parametrize("at", ["yesterday", "2026-11-22T10:00:00"])
def test_a_moment_without_its_time_zone_is_refused(at: str) -> None:
    answer = CliRunner().invoke(app, ["restore", "/nowhere", "--to", "/nowhere/new", "--at", at])
    assert isinstance(answer.exception, ConfigurationError)
    assert "time zone" in str(answer.exception)


async def test_half_a_backup_is_no_backup(story: Story, shop: Shop, inn: Path) -> None:
    folder = inn / "kept"
    before = backups_in(folder)
    assert len(before) == 2
    taking = asyncio.create_task(back_up(shop.settings, None))
    await until(lambda: any(folder.glob("base/*.unfinished/data")))
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    assert backups_in(folder) == before
    # And as a power cut leaves it.
    left = folder / "base" / "20260101T000000Z.unfinished"
    shutil.copytree(before[-1].folder, left)
    assert backups_in(folder) == before
    with pytest.raises(PostgresError, match="no backup in"):
        await bring_back(left, inn / "nowhere")


async def test_a_house_that_was_killed_archives_on_to_the_last_order_before_it_stops(
    story: Story, shop: Shop, inn: Path, target: Path
) -> None:
    async with shop.buyers():
        await shop.sell(10)
        await shop.server.kill()
    shop.server = await start_server(shop.settings)
    shop.failed = 0
    async with shop.buyers():
        await shop.sell(5)
    now, orders = shop.sums(AT, datetime.now(UTC)), {id for (id,) in shop.ask(ORDERS)}
    await shop.server.stop()
    restored = await bring_back(inn / "kept", target)
    assert sums_of(restored) == now
    assert set(shop.sold) <= orders
    shop.server = await start_server(shop.settings)
    listed = await list_backups(shop.settings, None, check=True)
    assert [one.problem for one in listed.backups] == [None] * len(listed.backups)


async def test_an_archive_that_is_gone_stops_no_orders_and_is_told(
    story: Story, shop: Shop, inn: Path
) -> None:
    folder, away = inn / "kept", inn / "away"
    async with shop.buyers():
        folder.rename(away)
        try:
            await shop.sell(10)
            told = serai(shop.settings.home, "backup", "--list", "--json")
            assert told.returncode == 1
            assert "is gone" in json.loads(told.stdout)["problem"]
        finally:
            away.rename(folder)
        await shop.archived(folder)
    assert shop.failed == 0
    assert (await list_backups(shop.settings, None, check=False)).well


async def test_an_archive_away_for_too_long_has_a_gap_that_a_new_backup_mends(
    story: Story, shop: Shop, inn: Path
) -> None:
    folder, away = inn / "kept", inn / "away"
    shop.ask("ALTER SYSTEM SET max_slot_wal_keep_size = '16MB'")
    shop.ask("SELECT pg_reload_conf()")
    folder.rename(away)
    try:
        for _ in range(3):
            switch_segments(shop, 2)
            shop.ask("CHECKPOINT")
        assert shop.ask("SELECT wal_status FROM pg_replication_slots") == [("lost",)]
    finally:
        away.rename(folder)
        shop.ask("ALTER SYSTEM RESET max_slot_wal_keep_size")
        shop.ask("SELECT pg_reload_conf()")
    await shop.archived(folder)
    listed = await list_backups(shop.settings, None, check=False)
    assert "gap" in (listed.problem or "")

    older = backups_in(folder)
    assert (await back_up(shop.settings, None)).archived
    listed = await list_backups(shop.settings, None, check=False)
    assert listed.problem is None
    assert [one.problem is None for one in listed.backups] == [False] * len(older) + [True]


async def test_older_backups_go_with_the_log_that_only_they_needed(
    story: Story, shop: Shop, inn: Path
) -> None:
    folder = inn / "kept"
    switch_segments(shop, 1)
    taken = await back_up(shop.settings, None, keep=1)
    assert taken.removed
    assert [path.name for path in (folder / "base").iterdir()] == [taken.backup.name]
    (left,) = backups_in(folder)
    assert Wal(folder / "wal").names()[0] == left.first_segment
    assert (await list_backups(shop.settings, None, check=True)).well


async def test_a_full_archive_stops_no_orders_and_goes_on_when_there_is_room(
    story: Story, shop: Shop, inn: Path
) -> None:
    with small_disk(inn / "small", 160) as disk:
        folder = disk / "backups"
        assert (await back_up(shop.settings, folder)).archived
        filler = disk / "filler"
        with pytest.raises(OSError, match="No space left"):
            filler.write_bytes(bytes(shutil.disk_usage(disk).total))
        async with shop.buyers():
            switch_segments(shop, 2)
            await shop.sell(10)
            problem = shop.settings.home / "archive.problem"
            await until(lambda: "No space left" in problem.read_text())
            listed = await list_backups(shop.settings, None, check=False)
            assert "No space left" in (listed.problem or "")
            with pytest.raises(PostgresError, match="No space left"):
                await back_up(shop.settings, None)
            filler.unlink()
            await shop.archived(folder)
        assert shop.failed == 0
        assert (await list_backups(shop.settings, None, check=True)).well


async def test_an_archive_that_is_given_up_holds_nothing_back(story: Story, shop: Shop) -> None:
    (shop.settings.home / "backup.json").unlink()
    await until(lambda: not shop.ask("SELECT FROM pg_replication_slots"))
    with pytest.raises(PostgresError, match="no backup yet"):
        await list_backups(shop.settings, None, check=False)


async def test_a_folder_that_is_not_for_backups_is_refused(
    story: Story, shop: Shop, inn: Path
) -> None:
    with pytest.raises(PostgresError, match="inside the database"):
        await back_up(shop.settings, shop.settings.home / "postgres" / "backups")
    with pytest.raises(PostgresError, match="not a backup"):
        await back_up(shop.settings, inn)


async def test_a_stopped_house_is_started_for_its_backup(
    story: Story, shop: Shop, inn: Path
) -> None:
    await shop.server.stop()
    told = serai(shop.settings.home, "backup", str(inn / "last"))
    assert told.returncode == 0, told.stdout
    assert "read back and whole" in told.stdout
    listed = await list_backups(shop.settings, None, check=False)
    assert listed.well
    assert not listed.running


def test_a_house_on_an_outside_database_is_told_who_backs_it_up(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url="postgresql://lin@/inn")
    with pytest.raises(PostgresError, match="pg_basebackup"):
        asyncio.run(back_up(settings, tmp_path / "backups"))
