"""Rounds: what is done again and again, when it was last done, and what was wrong then.

Kept in the process that does it, for the page of health and for metrics.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from serai.core.clock import utc_now


class Trouble(Struct, frozen=True):
    """What a deed that went through has found to be wrong."""

    says: str


class Round(Struct):
    """One deed and its last time; `pause_seconds` lie between two of them.

    `trouble` is what was wrong at the last time, empty when nothing was.
    """

    name: str
    pause_seconds: float
    since: datetime
    begun_at: datetime | None = None
    done_at: datetime | None = None
    seconds: float = 0.0
    trouble: str = ""

    def begin(self) -> None:
        """It is being done."""
        self.begun_at = utc_now()

    def end(self, trouble: str = "", *, done: bool = True) -> None:
        """It was done, or could not be."""
        now = utc_now()
        self.trouble = trouble
        if done:
            self.done_at = now
        if self.begun_at is not None:
            self.seconds = (now - self.begun_at).total_seconds()

    def late_seconds(self, now: datetime) -> float:
        """How long ago it should have been done again; 0 while there is time."""
        due = (self.done_at or self.since) + timedelta(seconds=self.pause_seconds)
        return max(0.0, (now - due).total_seconds())


_rounds: dict[str, Round] = {}


def begin_rounds(name: str, pause_seconds: float) -> Round:
    """A deed is done from now on."""
    found = _rounds[name] = Round(name, pause_seconds, utc_now())
    return found


def rounds() -> Sequence[Round]:
    """All that is done again and again in this process."""
    return tuple(_rounds.values())
