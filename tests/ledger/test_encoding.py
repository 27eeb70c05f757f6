"""Records, encoded here, against what PostgreSQL itself makes of them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from serai.core.postgres import DatabaseUrls
from serai.ledger import COPY_HEADER, COPY_TRAILER
from serai.ledger.encoding import RecordEncoder

TYPES = {
    "id": "bigint",
    "name": "text",
    "small": "integer",
    "day": "date",
    "at": "timestamp with time zone",
    "share": "double precision",
    "open": "boolean",
    "labels": "jsonb",
    "digest": "bytea",
    "local": "timestamp without time zone",
}


class Thing(Struct, frozen=True):
    id: int | None
    name: str | None
    small: int | None
    day: date | None
    at: datetime | None
    share: float | None
    open: bool | None
    labels: tuple[str, ...] | None
    digest: bytes | None
    local: datetime | None


ONE_TABLE = HealthCheck.function_scoped_fixture  # emptied before each example
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)


def maybe(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | values


RECORDS = st.builds(
    Thing,
    maybe(st.integers(-(2**63), 2**63 - 1)), maybe(TEXT), maybe(st.integers(-(2**31), 2**31 - 1)),
    maybe(st.dates()), maybe(st.datetimes(timezones=st.just(UTC))),
    maybe(st.floats(allow_nan=False)), maybe(st.booleans()),
    maybe(st.lists(TEXT, max_size=3).map(tuple)), maybe(st.binary(max_size=8)),
    maybe(st.datetimes()),
)  # fmt: skip


FULL = Thing(
    1, "one", 1, date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC), 0.5, True, ("a",), b"1",
    datetime(2026, 1, 1),
)  # fmt: skip


@pytest.fixture
def table(urls: DatabaseUrls) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        columns = ", ".join(f"{name} {kind}" for name, kind in TYPES.items())
        connection.execute(f"CREATE TEMP TABLE encoded ({columns})".encode())
        yield connection


@settings(deadline=None, max_examples=60, suppress_health_check=[ONE_TABLE])
@given(records=st.lists(RECORDS, max_size=4))
@example([replace(FULL, **{name: None}) for name in TYPES])
def test_the_database_reads_what_was_meant(
    table: psycopg.Connection[tuple[object, ...]], records: list[Thing]
) -> None:
    encode = RecordEncoder(TYPES)
    table.execute("TRUNCATE encoded")
    columns = ", ".join(encode.fields)
    with table.cursor().copy(
        f"COPY encoded ({columns}) FROM STDIN (FORMAT BINARY)".encode()
    ) as copy:
        copy.write(b"".join((COPY_HEADER, *map(encode, records), COPY_TRAILER)))
    rows = table.execute("SELECT * FROM encoded").fetchall()
    assert [
        tuple(list(value) if isinstance(value, tuple) else value for value in row)
        for row in ((r.id, r.name, r.small, r.day, r.at, r.share, r.open, r.labels, r.digest,
                     r.local) for r in records)
    ] == rows  # fmt: skip


@pytest.mark.parametrize(
    ("record", "error"),
    [
        (Thing(2**63, *[None] * 9), OverflowError),
        (Thing(1, "\ud800", *[None] * 8), UnicodeError),
        (Thing("one", *[None] * 9), AttributeError),  # type: ignore[arg-type] # on purpose
    ],
)
def test_what_no_column_holds_is_raised(record: Thing, error: type[Exception]) -> None:
    with pytest.raises(error):
        RecordEncoder(TYPES)(record)
