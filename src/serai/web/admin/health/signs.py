"""What is looked at to tell how the platform is, and from when on it is worth a look."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from msgspec import Struct

from serai.core import Certificate, Round
from serai.flows import Vitals
from serai.web.languages import N_
from serai.web.look import Formats

State = Literal["well", "worth_a_look", "trouble", "not_yet"]

BALANCES_JOB = "check_books"
LONG_QUEUE = 1_000
OLD_PAYMENT_SECONDS = (600, 3600)
FAR_BEHIND_TRANSFERS = (500_000, 5_000_000)
LATE_SECONDS = (120, 1800)
LITTLE_ROOM_BYTES = (8 * 1024**3, 1024**3)
"""Twice the log that the database keeps at most; and where the next commits are in danger."""
SOON_DAYS = (21, 0)
MOST_OF_CONNECTIONS = 0.8
STEPS = ("B", "KB", "MB", "GB", "TB")

JOBS: dict[str, str] = {
    "expire_holds": N_("Holds that run out are expired"),
    "fold_journal": N_("The journal is folded into daily sums"),
    "archive_slots": N_("Slots of long ago are archived"),
    "check_books": N_("The balances of the books are checked"),
    "write_shares_down": N_("What was used of shares is written down"),
    "carry_moves_out": N_("Stores move to other companies on the day that was planned"),
    "write_uses_down": N_("When keys were last used is written down"),
    "seal_people": N_("What is known of people is sealed"),
}


class Sign(Struct, frozen=True):
    """One thing that was looked at: how it is, and the figure that tells."""

    name: str
    state: State
    says: str
    note: str = ""


class Disk(Struct, frozen=True):
    """The room where the data folder is."""

    free_bytes: int
    total_bytes: int


def graded(value: float, limits: tuple[float, float]) -> State:
    """How a figure is that should be small."""
    look, trouble = limits
    return "trouble" if value >= trouble else "worth_a_look" if value >= look else "well"


def graded_low(value: float, limits: tuple[float, float]) -> State:
    """How a figure is that should be large."""
    look, trouble = limits
    return "trouble" if value <= trouble else "worth_a_look" if value <= look else "well"


_GRAVITY: tuple[State, ...] = ("well", "not_yet", "worth_a_look", "trouble")


def worst(states: Iterable[State]) -> State:
    """How many of them are together: as the gravest is."""
    return max(states, key=_GRAVITY.index, default="well")


def bytes_text(count: int, formats: Formats) -> str:
    """A number of bytes as people say it."""
    value, step = float(count), 0
    while value >= 1024 and step < len(STEPS) - 1:
        value, step = value / 1024, step + 1
    return f"{formats.number(value, 1 if step > 1 and value < 100 else 0)} {STEPS[step]}"


def of_database(vitals: Vitals | None, say: Callable[[str], str], formats: Formats) -> Sign:
    """Whether the database answers, and how busy it is."""
    if vitals is None:
        return Sign(say("Database"), "trouble", say("It does not answer"))
    found = vitals.database
    share = found.connections / found.most_connections
    return Sign(
        say("Database"),
        "worth_a_look" if share > MOST_OF_CONNECTIONS else "well",
        say("PostgreSQL {version}, {size}").format(
            version=found.version.split(" ")[0], size=bytes_text(found.size_bytes, formats)
        ),
        say("{used} of {most} connections").format(
            used=found.connections, most=found.most_connections
        ),
    )


def of_books(rounds: Sequence[Round], say: Callable[[str], str], formats: Formats) -> Sign:
    """Whether the balances agreed when they were last looked at."""
    name, note = say("Books"), say("every quarter of an hour; serai audit proves them")
    last = next((one for one in rounds if one.name == BALANCES_JOB), None)
    if last is None or last.done_at is None:
        return Sign(name, "not_yet", say("Not looked at yet"), note)
    at = formats.when(last.done_at)
    if last.trouble:
        return Sign(
            name, "trouble", say("Not balanced, as of {time}").format(time=at), last.trouble
        )
    return Sign(name, "well", say("Balanced, as of {time}").format(time=at), note)


def of_queues(
    vitals: Vitals | None, queue: int, say: Callable[[str], str], formats: Formats
) -> list[Sign]:
    """What waits: for the writer, for a payment provider, for the daily sums."""
    writer = Sign(
        say("Writer"),
        "worth_a_look" if queue >= LONG_QUEUE else "well",
        say("{count} proposals wait").format(count=formats.number(queue)),
    )
    if vitals is None:
        return [writer]
    waiting = vitals.payments
    age_seconds = (vitals.at - waiting.since).total_seconds() if waiting.since else 0.0
    payments = Sign(
        say("Payments"),
        graded(age_seconds, OLD_PAYMENT_SECONDS),
        say("{count} without an answer").format(count=formats.number(waiting.payments)),
        say("the oldest {time}").format(time=formats.ago(waiting.since, vitals.at))
        if waiting.since
        else "",
    )
    fold = Sign(
        say("Daily sums"),
        graded(vitals.unfolded, FAR_BEHIND_TRANSFERS),
        say("{count} transfers behind the journal").format(count=formats.number(vitals.unfolded)),
    )
    return [writer, payments, fold]


def of_disk(disk: Disk | None, say: Callable[[str], str], formats: Formats) -> list[Sign]:
    """How much room there is for data."""
    if disk is None:
        return []
    return [
        Sign(
            say("Disk"),
            graded_low(disk.free_bytes, LITTLE_ROOM_BYTES),
            say("{free} free of {total}").format(
                free=bytes_text(disk.free_bytes, formats),
                total=bytes_text(disk.total_bytes, formats),
            ),
        )
    ]


def of_certificate(found: Certificate, now: datetime) -> State:
    """Whether a certificate holds, and long enough."""
    days = found.days_left(now)
    return "trouble" if days is None or days < 0 else graded_low(days, SOON_DAYS)


def of_round(found: Round, now: datetime) -> State:
    """Whether a job is done when it is due, and finds nothing wrong."""
    if found.trouble:
        return "trouble"
    return graded(found.late_seconds(now) - found.seconds, LATE_SECONDS)


def period_text(seconds: float, formats: Formats) -> str:
    """A period as people say it: two seconds, an hour."""
    return formats.lasting(timedelta(seconds=seconds))


def name_of(path: Path) -> str:
    """A file by its last two parts: certificates are often all called the same."""
    return "/".join(path.parts[-2:])
