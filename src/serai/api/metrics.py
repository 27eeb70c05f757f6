"""Metrics, as Prometheus reads them: counts and times, never whose.

Each part of the platform counts what it does where it does it; here it is put together with what
has to be asked for.
"""

import hmac
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from serai.core import Database, DatabaseAway, read_certificate, rounds
from serai.flows import Vitals, VitalSigns

# A second sample for each, which nobody asks for.
disable_created_metrics()  # type: ignore[no-untyped-call]  # as the library leaves it

PATH = "/metrics"
BALANCES_JOB = "check_books"
FORWARDED = frozenset({"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"})


class Metrics:
    """What `/metrics` answers, and to whom.

    With a `token` whoever shows it is answered; without one, whoever asks from this machine, and
    not through a proxy.
    """

    def __init__(
        self,
        database: Database,
        signs: VitalSigns,
        home: Path,
        token: str | None = None,
        certificates: Sequence[Path] = (),
    ) -> None:
        self._database = database
        self._signs = signs
        self._home = home
        self._token = token
        self._certificates = certificates

    def are_for(self, request: Request[Any, Any, Any]) -> bool:
        """Whether whoever asks may read them."""
        if self._token is not None:
            shown = request.headers.get("authorization", "")
            return hmac.compare_digest(shown.encode(), f"Bearer {self._token}".encode())
        return _is_here(request)

    async def tell(self) -> bytes:
        """All that is counted, as text."""
        vitals = None
        with suppress(DatabaseAway):  # that it is away is told, too
            vitals = await self._signs.read()
        ours = CollectorRegistry()
        ours.register(_Told([
            *_of_pools(self._database),
            *_of_rounds(),
            *_of_vitals(vitals),
            *_of_the_machine(self._home, self._certificates),
        ]))  # fmt: skip
        return generate_latest(REGISTRY) + generate_latest(ours)


@get(PATH, include_in_schema=False, opt={"open": True})
async def get_metrics(request: Request[Any, Any, Any], state: State) -> Response[bytes]:
    """The metrics, to whom they are for; to others there is nothing here."""
    metrics: Metrics = state.metrics
    if not metrics.are_for(request):
        raise NotFoundException
    return Response(
        await metrics.tell(), media_type=CONTENT_TYPE_LATEST, headers={"cache-control": "no-store"}
    )


def _is_here(request: Request[Any, Any, Any]) -> bool:
    if request.client is None or FORWARDED & set(request.headers):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


class _Told(Collector):
    """What was asked for just now."""

    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(f"serai_{name}", says, value)


def _of_pools(database: Database) -> list[Metric]:
    connections = GaugeMetricFamily(
        "serai_pool_connections", "Connections for reading, by pool.", labels=("pool", "state")
    )
    waiting = GaugeMetricFamily(
        "serai_pool_waiting", "Readers who wait for a connection.", labels=("pool",)
    )
    waited = CounterMetricFamily(
        "serai_pool_waited_seconds", "How long readers have waited in all.", labels=("pool",)
    )
    for pool in database.pools:
        connections.add_metric((pool.name, "idle"), pool.idle)
        connections.add_metric((pool.name, "used"), pool.open - pool.idle)
        waiting.add_metric((pool.name,), pool.waiting)
        waited.add_metric((pool.name,), pool.waited_ms / 1000)
    return [connections, waiting, waited]


def _of_rounds() -> list[Metric]:
    now = datetime.now(UTC)
    done = GaugeMetricFamily(
        "serai_job_done_timestamp_seconds", "When a job was last done.", labels=("job",)
    )
    late = GaugeMetricFamily(
        "serai_job_late_seconds", "How long ago a job was due again.", labels=("job",)
    )
    took = GaugeMetricFamily("serai_job_seconds", "How long it last took.", labels=("job",))
    trouble = GaugeMetricFamily(
        "serai_job_trouble", "1 when its last time went wrong.", labels=("job",)
    )
    metrics: list[Metric] = [done, late, took, trouble]
    for one in rounds():
        if one.done_at is not None:
            done.add_metric((one.name,), one.done_at.timestamp())
        late.add_metric((one.name,), one.late_seconds(now))
        took.add_metric((one.name,), one.seconds)
        trouble.add_metric((one.name,), bool(one.trouble))
        if one.name == BALANCES_JOB and one.done_at is not None:
            metrics.append(_gauge("books_balanced", "1 when the balances agree.", not one.trouble))
    return metrics


def _of_vitals(vitals: Vitals | None) -> list[Metric]:
    up = _gauge("database_up", "1 when the database answers.", vitals is not None)
    if vitals is None:
        return [up]
    since, database = vitals.payments.since, vitals.database
    oldest_seconds = (vitals.at - since).total_seconds() if since else 0
    begun = GaugeMetricFamily(
        "serai_feed_read_timestamp_seconds", "When a feed was last read.", labels=("feed",)
    )
    quarantined = GaugeMetricFamily(
        "serai_feed_quarantined", "Records of a feed that wait in quarantine.", labels=("feed",)
    )
    for feed in vitals.feeds:
        begun.add_metric((feed.feed,), (feed.ended_at or feed.started_at).timestamp())
        quarantined.add_metric((feed.feed,), feed.waiting)
    return [
        up,
        _gauge("database_size_bytes", "How large the database is.", database.size_bytes),
        _gauge("database_connections", "Connections to it, of all users.", database.connections),
        _gauge("database_most_connections", "How many it takes.", database.most_connections),
        _gauge("payments_waiting", "Payments without an answer.", vitals.payments.payments),
        _gauge("payments_oldest_seconds", "How long the oldest of them waits.", oldest_seconds),
        _gauge("transfers_unfolded", "Transfers not in the daily sums yet.", vitals.unfolded),
        begun,
        quarantined,
    ]


def _of_the_machine(home: Path, certificates: Sequence[Path]) -> list[Metric]:
    metrics = []
    if home.exists():
        disk = shutil.disk_usage(home)
        metrics += [
            _gauge("disk_free_bytes", "What is free where the data folder is.", disk.free),
            _gauge("disk_bytes", "How much there is.", disk.total),
        ]
    ends = GaugeMetricFamily(
        "serai_certificate_end_timestamp_seconds", "When a certificate ends.", labels=("file",)
    )
    for path in certificates:
        found = read_certificate(path)
        if found.ends_at is not None:
            ends.add_metric((str(path),), found.ends_at.timestamp())
    return [*metrics, ends]
