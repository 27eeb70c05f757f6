"""Those who wait for the writer, and the batch that carries what they asked for."""

import asyncio
import struct

import psycopg
import structlog

from serai.core import Refusal
from serai.ledger.batches import Asked, Batch, Fence
from serai.ledger.journal import Stale
from serai.ledger.proposals import Outcome, Refused
from serai.ledger.rows import Rows

_log = structlog.get_logger()

REJECTED = Refusal(
    name="record_rejected",
    says="The database refused a record of this step.",
    advice="Check that everything the request names still exists, and try again.",
)
STALE = Refusal(
    name="stale",
    says="Somebody else changed this in the meantime.",
    advice="Read it again and repeat the request.",
)


class Waiting:
    """A proposal and who waits for its outcome."""

    __slots__ = ("asked", "outcome")

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    def answer(self, outcome: Outcome) -> None:
        """Tell the outcome."""
        if not self.outcome.done():  # whoever asked may have gone away
            self.outcome.set_result(outcome)

    def fail(self, error: Exception) -> None:
        """Raise an error to whoever waits."""
        if not self.outcome.done():
            self.outcome.set_exception(error)

    def tell_why(self, error: Exception) -> None:
        """Answer the one proposal that could not be written, and was alone in its batch."""
        _log.info("proposal_rejected", error=type(error).__name__)
        match error:
            case Stale():
                self.answer(Refused(STALE))
            case psycopg.IntegrityError() | psycopg.DataError() | psycopg.OperationalError():
                self.answer(Refused(REJECTED))
            case OverflowError() | UnicodeError() | struct.error():
                self.answer(Refused(REJECTED))
            case _:
                self.fail(error)


class Load:
    """A batch with its rows and those who wait for it; `commit` once it is on its way."""

    __slots__ = ("after", "batch", "commit", "rows", "waiting")

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.rows = Rows()
        self.waiting: list[Waiting] = []
        self.after: Fence | None = None
        self.commit: asyncio.Task[None] | None = None
