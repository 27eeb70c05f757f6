"""What the writer tells of its work: how large batches are, how long commits take, who waits."""

from collections.abc import Iterable, Sequence
from typing import Protocol
from weakref import WeakSet

from prometheus_client import REGISTRY, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from serai.core import tell_span
from serai.ledger.callers import Waiting

BATCHES = Histogram(
    "serai_writer_batch_proposals",
    "How many proposals went into one commit.",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 4096),
)
COMMITS = Histogram(
    "serai_writer_commit_seconds",
    "How long a batch took from being sent to being on disk.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
LOST = Counter("serai_writer_connections_lost", "How often the writer lost its database.")


def tell_commit(waiting: Sequence[Waiting], began_ns: int, ended_ns: int) -> None:
    """Count a batch that is on disk, and put its commit into the traces of those who wait."""
    BATCHES.observe(len(waiting))
    COMMITS.observe((ended_ns - began_ns) / 1e9)
    for one in waiting:
        if one.moment is not None:
            tell_span(
                "books.commit", one.moment, began_ns, ended_ns, **{"serai.proposals": len(waiting)}
            )


class Watched(Protocol):
    """A writer as its figures see it."""

    @property
    def waiting(self) -> int: ...
    @property
    def position(self) -> int: ...
    @property
    def commits(self) -> int: ...
    @property
    def transfers(self) -> int: ...


class Writers(Collector):
    """The writers of this process: one, unless it is taking over from itself."""

    def __init__(self) -> None:
        self._open: WeakSet[Watched] = WeakSet()

    def watch(self, writer: Watched) -> None:
        """Tell of a writer from now on."""
        self._open.add(writer)

    def forget(self, writer: Watched) -> None:
        """The writer is closed."""
        self._open.discard(writer)

    @property
    def waiting(self) -> int:
        """How many proposals wait for their turn."""
        return sum(writer.waiting for writer in self._open)

    def collect(self) -> Iterable[Metric]:
        """What is so at this moment."""
        for writer in list(self._open):
            yield GaugeMetricFamily(
                "serai_writer_queue", "Proposals whose turn has not come.", writer.waiting
            )
            yield GaugeMetricFamily(
                "serai_events_position", "The position of the last event.", writer.position
            )
            yield CounterMetricFamily(
                "serai_writer_batches", "Batches that were ever committed.", writer.commits
            )
            yield CounterMetricFamily(
                "serai_transfers", "Transfers that stand in the journal.", writer.transfers
            )
            return


WRITERS = Writers()
REGISTRY.register(WRITERS)


def waiting_proposals() -> int:
    """How many proposals wait for the writer of this process."""
    return WRITERS.waiting
