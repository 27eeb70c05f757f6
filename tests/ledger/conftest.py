"""Tables of the tests' own, which proposals may write to."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import psycopg
import pytest
from msgspec import Struct

from serai.core.postgres import DatabaseUrls
from serai.ledger import Table

SCRATCH = """
DROP SCHEMA IF EXISTS scratch CASCADE;
CREATE SCHEMA scratch;
CREATE TABLE scratch.shelves (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE scratch.things (
    id bigint PRIMARY KEY,
    shelf bigint REFERENCES scratch.shelves,
    book bigint NOT NULL,
    name text NOT NULL CHECK (name <> 'forbidden'),
    labels jsonb,
    made_at timestamptz,
    version integer NOT NULL
);
GRANT USAGE ON SCHEMA scratch TO serai_writer, serai_app;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA scratch TO serai_writer;
GRANT UPDATE (name, labels, made_at, version) ON scratch.things TO serai_writer;
GRANT SELECT ON ALL TABLES IN SCHEMA scratch TO serai_app;
"""


class Shelf(Struct, frozen=True):
    id: int
    name: str


class Thing(Struct, frozen=True, kw_only=True):
    id: int
    shelf: int | None = None
    book: int = 0
    name: str = "thing"
    labels: tuple[str, ...] | None = None
    made_at: datetime | None = None
    version: int = 1


SHELVES = Table("scratch.shelves", Shelf)
THINGS = Table("scratch.things", Thing)


@pytest.fixture
def registered(urls: DatabaseUrls) -> Iterator[Sequence[Table]]:
    with psycopg.connect(urls.owner, autocommit=True) as owner:
        owner.execute(SCRATCH)
        yield (SHELVES, THINGS)
        owner.execute("DROP SCHEMA scratch CASCADE")
