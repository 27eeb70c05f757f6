"""Those who wait for the writer: whose turn has not come, and who was not answered yet."""

import asyncio
import struct
from collections import deque
from collections.abc import Callable, Iterable

import psycopg
import structlog
from prometheus_client import Counter

from serai.core import Refusal, here
from serai.ledger.batches import Asked
from serai.ledger.journal import Stale
from serai.ledger.proposals import Outcome, Refused

_log = structlog.get_logger()

REFUSALS = Counter("serai_writer_refusals", "Proposals that were refused, by name.", ("refusal",))

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
    """A proposal and who waits for its outcome; `moment` is where their trace stands."""

    __slots__ = ("asked", "moment", "outcome")

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.moment = here()
        self.outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()


class Callers:
    """Everybody who was not answered yet, in the order of their coming.

    Those whose turn has not come stand in the `queue`; wherever the others are, none of them is
    lost. Whoever goes away stays on the list: what they proposed is decided all the same.
    """

    def __init__(self) -> None:
        self.queue: deque[Waiting] = deque()
        self.arrived = asyncio.Event()
        self._unanswered: dict[Waiting, None] = {}

    def come(self, asked: Asked) -> asyncio.Future[Outcome]:
        """Let somebody stand in the queue."""
        one = Waiting(asked)
        self._unanswered[one] = None
        self.queue.append(one)
        self.arrived.set()
        return one.outcome

    def step_back(self, some: Iterable[Waiting]) -> None:
        """These come first again, before all who are in the queue."""
        self.queue.extendleft(reversed(list(some)))

    def all_step_back(self) -> None:
        """Everybody is in the queue again."""
        self.queue = deque(self._unanswered)

    def answer(self, one: Waiting, outcome: Outcome | Exception) -> None:
        """Tell somebody the outcome, or raise an error to them."""
        self._unanswered.pop(one, None)
        if isinstance(outcome, Refused):
            REFUSALS.labels(outcome.refusal.name).inc()
        if one.outcome.done():  # whoever asked has gone away
            return
        if isinstance(outcome, Exception):
            one.outcome.set_exception(outcome)
        else:
            one.outcome.set_result(outcome)

    def send_away(self, why: Callable[[], Exception]) -> None:
        """Raise an error to everybody, to each one of their own."""
        self.queue.clear()
        for one in list(self._unanswered):
            self.answer(one, why())


def verdict(error: Exception) -> Outcome | Exception:
    """What the one proposal is told that could not be written, and was alone in its batch."""
    _log.info("proposal_rejected", error=type(error).__name__)
    match error:
        case Stale():
            return Refused(STALE)
        case psycopg.IntegrityError() | psycopg.DataError() | psycopg.OperationalError():
            return Refused(REJECTED)
        case OverflowError() | UnicodeError() | struct.error():
            return Refused(REJECTED)
        case _:
            return error
