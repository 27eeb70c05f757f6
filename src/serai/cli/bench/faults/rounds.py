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
from serai.cli.bench.faults.judge import Flaw
from serai.cli.bench.faults.stage import Stage, open_stage
from serai.cli.bench.faults.takeover import take_over_platform, take_over_writer
from serai.core import ConfigurationError, PostgresError

FAULTS: dict[str, Callable[[Stage, int, random.Random], Awaitable[Round]]] = {
    "server": kill_server,
    "postgres": kill_postgres,
    "both": kill_both,
    "disk": fill_disk,
    "cuts": cut_connections,
    "clock": jump_clock,
    "takeover": take_over_platform,
    "writers": take_over_writer,
}
"""The faults by name, in the order in which they come round."""

Progress = Callable[[Round], None]


async def bench_faults(
    rounds: int,
    seed: int,
    first: int = 1,
    only: Sequence[str] = (),
    progress: Progress = lambda _: None,
) -> Report:
    """Play rounds from number `first` on, of every fault in turn or of those named in `only`;
    each is told of as it ends."""
    unknown = sorted(set(only) - set(FAULTS))
    if unknown:
        raise ConfigurationError(
            f"There is no fault {unknown[0]!r}. Name some of: {', '.join(FAULTS)}."
        )
    faults = tuple(only) or tuple(FAULTS)
    began = perf_counter()
    played: list[Round] = []
    async with open_stage() as stage:
        for number in range(first, first + rounds):
            one = await play_round(stage, faults[(number - 1) % len(faults)], number, seed)
            played.append(one)
            progress(one)
    return report_of(played, faults, seed, perf_counter() - began)


async def play_round(stage: Stage, fault: str, number: int, seed: int) -> Round:
    """One round; where its fault cannot be made on this machine it says so, and a platform that
    does not start is a finding."""
    try:
        return await FAULTS[fault](stage, number, random.Random(f"{seed}:{number}"))
    except NoDisk as error:
        return Round(fault=fault, number=number, skipped=str(error))
    except PostgresError as error:
        return Round(fault=fault, number=number, flaws=(Flaw("not back", str(error)[-1000:]),))
