"""Jobs that go on by the clock end when they are told to."""

import asyncio
from datetime import timedelta

import pytest

from serai.core import DatabaseAway, Trouble, rounds, utc_now
from serai.jobs.timers import every


async def test_a_job_ends_although_its_cancellation_got_lost() -> None:
    begun = asyncio.Event()

    async def deed() -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return  # as `wait_for` does in Python 3.11 when its answer is there already

    job = asyncio.create_task(every("deed", 60, deed))
    await begun.wait()
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(job, 10)


async def test_a_round_tells_when_it_was_done_and_what_was_wrong() -> None:
    answers: list[object] = [None, Trouble("every unit sums to zero in every book")]
    over = asyncio.Event()

    async def deed() -> object:
        if answers:
            return answers.pop(0)
        over.set()
        raise DatabaseAway("it is away")

    job = asyncio.create_task(every("look", 0, deed))
    await over.wait()
    await asyncio.sleep(0)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    (found,) = [one for one in rounds() if one.name == "look"]
    assert found.trouble == "database_away"  # it was not done, so what it found before is older
    assert found.done_at is not None
    assert found.late_seconds(found.done_at + timedelta(seconds=7)) == 7
    assert found.late_seconds(found.done_at - timedelta(seconds=7)) == 0
    assert found.done_at <= utc_now()
