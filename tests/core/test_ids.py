"""Ids: nobody else has them, and they rise."""

import asyncio

from serai.core import Database, Ids
from serai.core.ids import BLOCK


async def test_ids_are_taken_once_and_rise(database: Database) -> None:
    processes = [Ids(database), Ids(database)]
    takes = await asyncio.gather(
        *(processes[number % 2].take(1 + number * 7 % 90) for number in range(400))
    )
    taken = [list(ids) for ids in takes]
    assert [len(ids) for ids in taken] == [1 + number * 7 % 90 for number in range(400)]
    assert all(ids == sorted(ids) for ids in taken)
    together = [id for ids in taken for id in ids]
    assert len(set(together)) == len(together)


async def test_many_ids_at_once_are_more_than_a_block(database: Database) -> None:
    ids = Ids(database)
    many = list(await ids.take(3 * BLOCK + 1))
    assert len(set(many)) == 3 * BLOCK + 1
    assert many == sorted(many)
    assert next(await ids.take(1)) > many[-1]
