"""Data folders to look at and data folders to harm."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from serai.core.configuration import Settings
from serai.core.postgres import (
    Postgres,
    embedded_postgres,
    provide,
)
from tests.core.postgres.servers import ask, copy
from tests.databases import short_folder


@pytest.fixture(scope="session")
def inn() -> Iterator[Path]:
    """A folder for this file's data folders, at a path that a socket can bear."""
    with short_folder() as folder:
        yield folder


@pytest_asyncio.fixture(scope="session")
async def settings(inn: Path) -> Settings:
    return Settings(home=inn / "running")


@pytest_asyncio.fixture(scope="session")
async def running(settings: Settings) -> AsyncIterator[Postgres]:
    """A server to look at, not to harm."""
    async with provide(settings) as postgres:
        yield postgres


@pytest_asyncio.fixture(scope="session")
async def stopped(inn: Path) -> Path:
    """A data folder with one row in it, cleanly stopped; to be copied."""
    home = inn / "stopped"
    async with embedded_postgres(Settings(home=home)) as postgres:
        await ask(postgres.urls.owner, "CREATE TABLE guests (name text)")
        await ask(postgres.urls.owner, "INSERT INTO guests VALUES ('Lin')")
    return home


@pytest.fixture
def home(inn: Path, stopped: Path) -> Iterator[Path]:
    """A data folder with one row in it, to do anything to."""
    home = inn / "home"
    copy(stopped, home)
    yield home
    shutil.rmtree(home)
