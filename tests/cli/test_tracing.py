"""A request can be followed from the door to the disk, by whoever listens, and by nobody else."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from serai.cli.application import make_application
from serai.cli.gate import Gate
from serai.core import Settings, here, is_traced, open_tracing, span
from serai.flows import House
from tests.api.keys import key_for
from tests.api.program import line
from tests.houses import books, clock, empty_house, lantern_house, registered
from tests.worlds import DUCK, WANG

__all__ = ["books", "clock", "empty_house", "lantern_house", "registered"]

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
LOADED = """
import sys
import serai.cli.root, serai.cli.serving, serai.cli.application, serai.jobs
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""


class Collector(ThreadingHTTPServer):
    """Takes traces by OTLP over HTTP, as a collector does."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.paths: list[str] = []
        self.requests: list[ExportTraceServiceRequest] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def spans(self) -> list[Span]:
        return [
            one
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for one in scope.spans
        ]

    def named(self, name: str) -> Span:
        (found,) = [one for one in self.spans if one.name == name]
        return found


class Taking(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.paths.append(self.path)
        self.server.requests.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def asking(house: House, home: Path, **headers: str) -> httpx.AsyncClient:
    settings = Settings(home=home, trusted_proxies=("127.0.0.1/32",))
    gate = Gate(make_application(house, settings), settings)
    transport = httpx.ASGITransport(gate)  # type: ignore[arg-type]  # litestar's own types
    return httpx.AsyncClient(transport=transport, base_url="http://inn.example", headers=headers)


async def test_an_order_is_followed_from_the_door_to_the_disk(
    lantern_house: House, tmp_path: Path, collector: Collector
) -> None:
    key = await key_for(lantern_house, "tests", "all")
    async with asking(lantern_house, tmp_path, Authorization=f"Bearer {key}") as client:
        async with open_tracing(f"{collector.address}/", "1.2.3"):
            answer = await client.post(
                "/v1/orders",
                json={"customer_id": WANG, "lines": [line(DUCK)]},
                headers={
                    "Idempotency-Key": "secret-of-wang",
                    "traceparent": f"00-{TRACE}-{PARENT}-01",
                    "X-Request-Id": "0123456789abcdef",
                },
            )
        assert answer.status_code == 201, answer.text
    assert set(collector.paths) == {"/v1/traces"}
    request, flow = collector.named("POST /v1/orders"), collector.named("flow book")
    propose, commit = collector.named("books.propose"), collector.named("books.commit")
    assert request.trace_id.hex() == TRACE
    assert [one.parent_span_id for one in (request, flow, propose, commit)] == [
        bytes.fromhex(PARENT), request.span_id, flow.span_id, propose.span_id,
    ]  # fmt: skip
    assert request.start_time_unix_nano <= commit.start_time_unix_nano
    assert commit.start_time_unix_nano < commit.end_time_unix_nano <= request.end_time_unix_nano
    noted = {one.key: one.value for one in request.attributes}
    assert noted["http.response.status_code"].int_value == 201
    assert noted["http.route"].string_value == "/v1/orders"
    assert noted["serai.request_id"].string_value == "0123456789abcdef"
    said = {
        one.key: one.value.string_value
        for told in collector.requests
        for resource in told.resource_spans
        for one in resource.resource.attributes
    }
    assert (said["service.name"], said["service.version"]) == ("serai", "1.2.3")
    sent = b"".join(one.SerializeToString() for one in collector.requests)
    assert b"secret-of-wang" not in sent
    assert key.encode() not in sent


async def test_a_refusal_and_a_failure_are_told_by_their_names(collector: Collector) -> None:
    async with open_tracing(collector.address, "1"):
        with pytest.raises(ValueError, match="Lin Mei"), span("deed"):
            raise ValueError("Lin Mei is not here")
    (told,) = collector.spans
    assert told.status.code == Status.StatusCode.STATUS_CODE_ERROR
    assert told.status.message == "ValueError"
    assert b"Lin Mei" not in told.SerializeToString()


async def test_a_collector_that_is_away_harms_nobody(tmp_path: Path, lantern_house: House) -> None:
    async with open_tracing("http://127.0.0.1:9", "1"), asking(lantern_house, tmp_path) as client:
        assert (await client.get("/health/live")).status_code == 200


async def test_without_a_collector_nothing_is_traced() -> None:
    async with open_tracing(None, "1"):
        assert not is_traced()
        assert here() is None
        with span("deed") as active:
            assert active is None


def test_without_a_collector_nothing_of_it_is_loaded() -> None:
    run = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
