"""Jobs that go on by the clock end when they are told to."""

import asyncio

import pytest

from serai.jobs.timers import every


async def test_a_job_ends_although_its_cancellation_got_lost() -> None:
    begun = asyncio.Event()

    async def deed() -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return  # as `wait_for` does in Python 3.11 when its answer is there already

    job = asyncio.create_task(every(60, deed))
    await begun.wait()
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(job, 10)
