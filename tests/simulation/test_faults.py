"""Every fault once, from a fixed seed; many rounds are `serai bench faults --rounds 100`.

A failure names its round: `serai bench faults --seed 2026 --only FAULT --first N --rounds 1`.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from serai.cli.bench.faults import FAULTS, Stage, open_stage, play_round

SEED = 2026


@pytest_asyncio.fixture(scope="module")
async def stage() -> AsyncIterator[Stage]:
    """Platforms of their own, founded once for all the rounds."""
    async with open_stage() as stage:
        yield stage


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_was_promised_is_kept(stage: Stage, fault: str) -> None:
    played = await play_round(stage, fault, 1 + list(FAULTS).index(fault), SEED)
    if played.skipped:
        pytest.skip(played.skipped)
    assert not played.flaws
    assert played.acknowledged > 0
