"""What `serai bench flash --json` prints."""

from collections.abc import Sequence
from statistics import quantiles

from msgspec import Struct

from serai.cli.bench.machine import Machine


class Answers(Struct, frozen=True):
    """How long callers waited for their answers, in milliseconds."""

    count: int
    p50_ms: float
    p99_ms: float
    most_ms: float


def answers_of(seconds: Sequence[float]) -> Answers:
    """Answers that took so many seconds each."""
    if len(seconds) < 2:
        only = round(1000 * sum(seconds), 2)
        return Answers(len(seconds), only, only, only)
    percentiles = quantiles(seconds, n=100, method="inclusive")
    return Answers(
        len(seconds),
        round(1000 * percentiles[49], 2),
        round(1000 * percentiles[98], 2),
        round(1000 * max(seconds), 2),
    )


class SaleFigures(Struct, frozen=True):
    """A sale of numbered admissions.

    `oversold` are numbers that two buyers think they have, `stranded` those that nobody has;
    `disputed` are numbers where the books name another order than the buyers' own records.
    """

    buyers: int
    admissions: int
    sold_out: bool
    oversold: int
    stranded: int
    disputed: int
    orders: int
    walked_away: int
    too_late: int
    attempts: int
    refused: int
    seconds: float
    attempts_per_second: int
    answers: Answers
    invariants_checked: int


class HoldsFigures(Struct, frozen=True):
    """Holds that run out all at once, beside COPY of the endings that were written of them."""

    holds: int
    placed_per_second: int
    expired_per_second: int
    copy_rows_per_second: int
    ratio_to_copy: float
    seconds: float
    commits: int
    orders_before: Answers
    orders_meanwhile: Answers
    invariants_checked: int


class Place(Struct, frozen=True):
    """The table that the writer works on, with its indexes, and how fast it is.

    A look-up is of 1,000 slots at once, by their keys.
    """

    accounts: int
    table_gb: float
    indexes_gb: float
    look_up_ms: float
    orders_per_second: int


class CatalogueFigures(Struct, frozen=True):
    """A catalogue of slots that were touched once, and the archive of those that are past.

    `packed_gb` is the table with its indexes once it is rewritten without the room that the
    archived slots leave for new ones. `late_touch_ms` is what an order of an archived slot takes.
    """

    slots: int
    filled_seconds: float
    archived: int
    archived_seconds: float
    archived_per_second: int
    before: Place
    after: Place
    packed_gb: float
    archive_gb: float
    orders_before: Answers
    orders_meanwhile: Answers
    late_touch_ms: float
    audited_seconds: float
    invariants_checked: int


class FlashBench(Struct, frozen=True):
    """All three, and the machine; None for a part that was left out."""

    machine: Machine
    sale: SaleFigures
    holds: HoldsFigures | None
    catalogue: CatalogueFigures | None
    seconds: float
    max_rss_mb: float
