"""The audit trail: a deed for what is committed and for nothing else, in a chain that shows what
is done to it."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serai.core import Database, DatabaseUrls, open_database
from serai.ledger import (
    Committed,
    Deed,
    Finding,
    Proposal,
    Refused,
    Replayed,
    Table,
    Writer,
    audit_books,
    open_writer,
)
from serai.ledger.batches import Batch, Fence, asked
from serai.ledger.memory import Memory
from tests.ledger.conftest import Thing
from tests.ledger.pure import check_chain
from tests.ledger.steps import MOMENT, held, opening, proposal
from tests.ledger.test_pipeline import on_its_way
from tests.ledger.test_writer import refusal_of, things, together
from tests.ledger.workload import BEGINNING

CHAIN = "the audit trail's chain is whole"
NUMBERS = "SELECT number FROM trail ORDER BY number"
FORBIDDEN = things(Thing(id=1, name="forbidden"))


def done(*things: int, refusal: str = "") -> tuple[Deed, ...]:
    return tuple(
        Deed(
            actor="person:7", actor_id=7, operation="move", thing="order", thing_id=thing,
            refusal=refusal, before=b'{"state": "held"}', after=b'{"state": "confirmed"}',
            address="192.0.2.1", request_id="1f", book=1, store=2, placement=3,
            nodes=(11, 12) if thing % 2 else (),
        )
        for thing in things
    )  # fmt: skip


def deed_of(*things: int, key: str = "") -> Proposal:
    made = proposal(key=key)
    return Proposal(
        key=made.key, effective=MOMENT, business_date=made.business_date, deeds=done(*things)
    )


async def finding(urls: DatabaseUrls) -> Finding:
    found = {one.invariant: one for one in await audit_books(urls.platform)}
    return found[CHAIN]


async def test_what_is_committed_is_a_deed_and_what_is_replayed_adds_none(
    books: Writer, urls: DatabaseUrls, database: Database
) -> None:
    assert isinstance(await books.propose(deed_of(1, 2, key="a")), Committed)
    assert isinstance(await books.propose(deed_of(1, 2, key="a")), Replayed)
    refused = Proposal(
        key=proposal().key, effective=MOMENT, business_date=proposal().business_date,
        chain=(held(),), deeds=done(3),
    )  # fmt: skip
    assert isinstance(await books.propose(refused), Refused)
    assert isinstance(await books.propose(deed_of(4)), Committed)
    assert await database.column(NUMBERS) == [1, 2, 3]
    assert await finding(urls) == Finding(CHAIN, 3, 0, ())


async def test_a_writer_that_takes_over_goes_on_with_the_chain(urls: DatabaseUrls) -> None:
    for _ in range(3):
        async with open_writer(urls.writer, []) as books:
            await together(books, *(deed_of(number) for number in range(5)))
    assert await finding(urls) == Finding(CHAIN, 15, 0, ())


async def test_the_deeds_of_a_batch_that_fails_are_settled_apart(
    urls: DatabaseUrls, registered: Sequence[Table]
) -> None:
    async with open_writer(urls.writer, registered) as books:
        spoiled = proposal(opening(1), inserts=FORBIDDEN)
        first = await on_its_way(
            books,
            Proposal(
                key=spoiled.key, effective=MOMENT, business_date=spoiled.business_date,
                chain=spoiled.chain, inserts=spoiled.inserts, deeds=done(1),
            ),
        )  # fmt: skip
        over = [asyncio.create_task(books.propose(deed_of(number))) for number in range(7)]
        assert refusal_of(await first) == "record_rejected"
        for one in await asyncio.gather(*over):
            assert isinstance(one, Committed)
    assert await finding(urls) == Finding(CHAIN, 7, 0, ())


async def test_what_no_column_holds_is_refused_and_breaks_nothing(
    books: Writer, urls: DatabaseUrls
) -> None:
    def spoiled(**fields: object) -> Proposal:
        made = proposal()
        deed = Deed(actor="a", operation="b", **fields)  # type: ignore[arg-type] # that is the point
        return Proposal(
            key=made.key, effective=MOMENT, business_date=made.business_date, deeds=(deed,)
        )

    bad = [spoiled(after=b"no json"), spoiled(address="\ud800"), spoiled(thing_id=2**63),
           spoiled(thing="\0")]  # fmt: skip
    outcomes = await together(books, deed_of(1), *bad, deed_of(2))
    assert [type(one) for one in outcomes] == [Committed, *[Refused] * len(bad), Committed]
    assert await finding(urls) == Finding(CHAIN, 2, 0, ())


def _decided(
    fence: Fence, memory: Memory, proposals: Sequence[Proposal], before: Batch | None = None
) -> Batch:
    batch = Batch(fence, memory, fence.recorded + timedelta(seconds=1), before)
    questions = [asked(one) for one in proposals]
    batch.look_up(questions)
    for question in questions:
        batch.admit(question)
    return batch


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.booleans()), max_size=25))
def test_the_chain_is_whole_whatever_is_discarded_and_decided_again(
    rounds: list[tuple[int, int, bool]],
) -> None:
    """A batch with a second one over it: it lands, or both are discarded, and their proposals
    are decided again one by one."""
    memory, landed = Memory(), list[Batch]()
    fence = Fence(1, 0, 1, 1, 1, 1, BEGINNING)

    def land(batch: Batch) -> Fence:
        batch.keep()
        landed.append(batch)
        return batch.moved_on()

    for under, over, fails in rounds:
        below = [deed_of(*range(number)) for number in range(under)]
        above = [deed_of(*range(number)) for number in range(over)]
        first = _decided(fence, memory, below)
        second = _decided(first.moved_on(), memory, above, first)
        if fails:
            second.discard()
            first.discard()
            for one in (*below, *above):
                fence = land(_decided(fence, memory, [one]))
        else:
            fence = land(first)
            second.follow()
            fence = land(second)
    check_chain(landed, fence)


DAMAGE = {
    "a row is cut out": ("DELETE FROM trail WHERE number = 4", ["deeds 4 to 4 are not there"]),
    "several are": (
        "DELETE FROM trail WHERE number IN (1, 2, 5)",
        ["deeds 1 to 2 are not there", "deeds 5 to 5 are not there"],
    ),
    "the tail is cut": ("DELETE FROM trail WHERE number > 6", ["deeds 7 to 9 are not there"]),
    "all of it is gone": ("DELETE FROM trail", ["deeds 1 to 9 are not there"]),
    "a row is put in": (
        "INSERT INTO trail SELECT 10, recorded, actor_id, thing_id, book, store_id, placement_id, "
        "actor, operation, thing, refusal, address, request_id, before, after, hash, nodes "
        "FROM trail WHERE number = 9",
        [
            "deed 10 is not as it was written, or the one before it is not",
            "deeds 10 to 10 were put in after the last one",
        ],
    ),
    "two are swapped": (
        "UPDATE trail SET thing_id = 13 - thing_id, hash = (SELECT hash FROM trail AS other "
        "WHERE other.thing_id = 13 - trail.thing_id) WHERE thing_id IN (6, 7)",
        [
            "deed 6 is not as it was written, or the one before it is not",
            "deed 7 is not as it was written, or the one before it is not",
            "deed 8 is not as it was written, or the one before it is not",
        ],
    ),
    "a row is cut out and the others move up": (
        "DELETE FROM trail WHERE number = 4; UPDATE trail SET number = number - 1 WHERE number > 4",
        [
            *(
                f"deed {number} is not as it was written, or the one before it is not"
                for number in range(4, 9)
            ),
            "deeds 9 to 9 are not there",
        ],
    ),
    "the hash of the last one": (
        "UPDATE trail SET hash = sha256(hash) WHERE number = 9",
        [
            "deed 9 is not as it was written, or the one before it is not",
            "the last deed, 9, is not the one that was written",
        ],
    ),
    **{
        f"one byte of {column}": (
            f"UPDATE trail SET {column} = {value} WHERE number = 5",
            ["deed 5 is not as it was written, or the one before it is not"],
        )
        for column, value in {
            "recorded": "recorded + interval '1 microsecond'",
            "actor_id": "8",
            "thing_id": "8",
            "book": "0",
            "store_id": "0",
            "placement_id": "0",
            "actor": "'person:8'",
            "operation": "'mova'",
            "thing": "'ordes'",
            "refusal": "'r'",
            "address": "'192.0.2.2'",
            "request_id": "'1e'",
            "before": """'{"state":"held"}'""",
            "after": """'{"state": "cancelled"}'""",
            "nodes": "'{11}'",
        }.items()
    },
}


@pytest.mark.parametrize("damage", DAMAGE)
async def test_whatever_is_done_to_the_trail_is_found_and_named(
    books: Writer, urls: DatabaseUrls, damage: str
) -> None:
    await together(books, *(deed_of(number) for number in range(1, 10)))
    assert (await finding(urls)).failed == 0
    statement, named = DAMAGE[damage]
    async with await psycopg.AsyncConnection.connect(urls.owner, autocommit=True) as owner:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await owner.execute(b"UPDATE trail SET actor = 'nobody'")
        await owner.execute(b"ALTER TABLE trail DISABLE TRIGGER keep_trail")
        try:
            await owner.execute(statement.encode())
        finally:
            await owner.execute(b"ALTER TABLE trail ENABLE TRIGGER keep_trail")
    assert sorted((await finding(urls)).failures) == sorted(named)


async def test_who_writes_a_hash_that_fits_is_found_by_the_next_deed(
    books: Writer, urls: DatabaseUrls
) -> None:
    await together(books, *(deed_of(number) for number in range(1, 10)))
    async with await psycopg.AsyncConnection.connect(urls.owner, autocommit=True) as owner:
        await owner.execute(b"ALTER TABLE trail DISABLE TRIGGER keep_trail")
        await owner.execute(b"UPDATE trail SET hash = sha256('') WHERE number = 5")
        await owner.execute(b"ALTER TABLE trail ENABLE TRIGGER keep_trail")
    found = await finding(urls)
    assert [one.split(",")[0] for one in found.failures] == [
        "deed 5 is not as it was written",
        "deed 6 is not as it was written",
    ]


SEEN = "SELECT thing_id FROM trail ORDER BY number"


async def test_without_settings_no_deed_is_seen_and_with_them_one_s_own(
    books: Writer, urls: DatabaseUrls
) -> None:
    stamped = [
        Deed(actor="a", operation="b", thing_id=1, store=2, placement=3, book=1),
        Deed(actor="a", operation="b", thing_id=2, store=2),
        Deed(actor="a", operation="b", thing_id=3, book=1),
        Deed(actor="a", operation="b", thing_id=4),
        Deed(actor="a", operation="b", thing_id=5, nodes=(21,)),
        Deed(actor="a", operation="b", thing_id=6, nodes=(21, 22)),
    ]
    made = proposal()
    await books.propose(
        Proposal(
            key=made.key, effective=MOMENT, business_date=made.business_date, deeds=tuple(stamped)
        )
    )
    async with await psycopg.AsyncConnection.connect(urls.owner, autocommit=True) as owner:
        await owner.execute(b"INSERT INTO holders (id, placement_id) VALUES (2, 4), (7, 5)")
    async with open_database(urls.platform, narrow_url=urls.app) as database:
        assert await database.column(SEEN) == [1, 2, 3, 4, 5, 6]
        for settings_, seen in (
            ({}, []),
            ({"serai.placements": "", "serai.kept": "", "serai.books": ""}, []),
            ({"serai.placements": "\\x08"}, [1]),
            ({"serai.placements": "\\xf6", "serai.kept": "\\xef", "serai.books": "{9}"}, []),
            ({"serai.kept": "\\x30"}, [2]),
            ({"serai.books": "{1}"}, [3]),
            ({"serai.placements": "\\x0800", "serai.kept": "\\x10"}, [1, 2]),
            ({"serai.held": ""}, []),
            ({"serai.held": "{2,22}"}, []),
            ({"serai.held": "{21,2}"}, [5]),
            ({"serai.held": "{22,21}", "serai.kept": "\\x10"}, [2, 5, 6]),
        ):
            assert await database.within(settings_).column(SEEN) == seen, settings_


@pytest.mark.parametrize("statement", ["UPDATE trail SET actor = ''", "DELETE FROM trail",
                                       "TRUNCATE trail"])  # fmt: skip
async def test_nobody_may_change_what_was_written(urls: DatabaseUrls, statement: str) -> None:
    for url in (urls.app, urls.platform, urls.writer):
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await connection.execute(statement.encode())
