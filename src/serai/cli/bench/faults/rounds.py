"""Many rounds from one seed: which fault strikes next, and when, follows from it."""

import random
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter

from serai.cli.bench.faults.clocks import jump_clock
from serai.cli.bench.faults.disk import NoDisk
from serai.cli.bench.faults.fates import (
    cut_connections,
    fill_disk,
    kill_both,
    kill_postgres,
    kill_server,
)
from serai.cli.bench.faults.figures import Report, Round, report_of
from serai.cli.bench.faults.stage import Stage, open_stage

FAULTS: dict[str, Callable[[Stage, int, random.Random], Awaitable[Round]]] = {
    "server": kill_server,
    "postgres": kill_postgres,
    "both": kill_both,
    "disk": fill_disk,
    "cuts": cut_connections,
    "clock": jump_clock,
}
"""The faults by name, in the order in which they come round."""

Progress = Callable[[Round], None]


async def bench_faults(
    rounds: int, seed: int, only: Sequence[str] = (), progress: Progress = lambda _: None
) -> Report:
    """Play rounds of every fault in turn, or of those named; each is told of as it ends."""
    faults = tuple(only) or tuple(FAULTS)
    began = perf_counter()
    played: list[Round] = []
    async with open_stage() as stage:
        for number in range(1, rounds + 1):
            one = await play_round(stage, faults[(number - 1) % len(faults)], number, seed)
            played.append(one)
            progress(one)
    return report_of(played, faults, seed, perf_counter() - began)


async def play_round(stage: Stage, fault: str, number: int, seed: int) -> Round:
    """One round; where its fault cannot be made on this machine it says so."""
    try:
        return await FAULTS[fault](stage, number, random.Random(f"{seed}:{number}"))
    except NoDisk as error:
        return Round(fault=fault, number=number, skipped=str(error))
