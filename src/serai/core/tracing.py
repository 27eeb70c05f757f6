"""Traces: what a request does and how long each part of it takes, told to a collector.

Nothing of OpenTelemetry is loaded before `open_tracing`; until then a span is an empty block. The
words of an error never go into a span: they may name a guest.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span, Tracer

    Moment = Context
    """Where in which trace something stands; kept until what it causes is known."""

Attributes = Mapping[str, str | int]

TRACES_PATH = "/v1/traces"
SENDING_SECONDS = 5
_NOTHING: AbstractContextManager[Span | None] = nullcontext()
_tracer: Tracer | None = None


def is_traced() -> bool:
    """Whether anybody listens."""
    return _tracer is not None


def span(name: str, **attributes: str | int) -> AbstractContextManager[Span | None]:
    """A part of the trace that goes on here; None inside when nobody listens."""
    return _NOTHING if _tracer is None else _span(_tracer, name, attributes, None)


def span_of_request(name: str, traceparent: str) -> AbstractContextManager[Span | None]:
    """The part of a trace that a request is; the trace of `traceparent` goes on, if it is one."""
    if _tracer is None:
        return _NOTHING
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    parent = TraceContextTextMapPropagator().extract({"traceparent": traceparent})
    return _span(_tracer, name, {}, parent)


@contextmanager
def _span(
    tracer: Tracer, name: str, attributes: Attributes, parent: Context | None
) -> Iterator[Span]:
    from opentelemetry.trace import StatusCode

    with tracer.start_as_current_span(
        name, parent, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as active:
        try:
            yield active
        except BaseException as error:
            active.set_status(StatusCode.ERROR, type(error).__name__)
            raise


def here() -> Moment | None:
    """Where the trace stands at this moment; None when nobody listens."""
    if _tracer is None:
        return None
    from opentelemetry.context import get_current

    return get_current()


def tell_span(
    name: str, under: Moment, began_ns: int, ended_ns: int, **attributes: str | int
) -> None:
    """Tell of a part that is over, under where its trace stood; times since 1970."""
    if _tracer is not None:
        started = _tracer.start_span(name, under, attributes=attributes, start_time=began_ns)
        started.end(ended_ns)


@asynccontextmanager
async def open_tracing(endpoint: str | None, version: str) -> AsyncIterator[None]:
    """Tell the collector at `endpoint` of every span, by OTLP over HTTP, until the block ends.

    How many requests are traced, and under which name, is told by OpenTelemetry's own variables
    (OTEL_TRACES_SAMPLER, OTEL_SERVICE_NAME ...). Without an endpoint nothing is done.
    """
    global _tracer
    if endpoint is None:
        yield
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    address = endpoint.rstrip("/").removesuffix(TRACES_PATH) + TRACES_PATH
    ours = Resource({"service.name": "serai", "service.version": version})
    provider = TracerProvider(
        resource=ours.merge(OTELResourceDetector().detect()), shutdown_on_exit=False
    )
    exporter = OTLPSpanExporter(endpoint=address, timeout=SENDING_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _tracer = provider.get_tracer("serai", version)
    try:
        yield
    finally:
        _tracer = None
        await asyncio.to_thread(provider.shutdown)
