"""The database that the tests stand on is clean for each of them."""

from datetime import date

import pytest

from serai.core import Database, utc_now
from serai.ledger import Account, Committed, Key, Proposal, Transfer, Writer

ROWS = "SELECT (SELECT count(*) FROM transfers) + (SELECT next_transfer FROM fence)"


@pytest.mark.parametrize("turn", [1, 2])
async def test_every_test_finds_empty_books(books: Writer, database: Database, turn: int) -> None:
    assert await database.value(ROWS) == 1
    moved = Transfer(
        debit=Account(1, "CNY", 1, "a"), credit=Account(1, "CNY", 2, "a"), amount=turn, reason="x"
    )
    outcome = await books.propose(
        Proposal(
            key=Key("test", "move", "1"), effective=utc_now(), business_date=date(2026, 1, 1),
            chain=(moved,),
        )
    )  # fmt: skip
    assert isinstance(outcome, Committed)
    assert outcome.transfers == (1,)
    assert await database.value(ROWS) == 3
