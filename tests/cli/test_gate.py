"""What every request passes first: its name, who has asked, its time, its line in the log."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from litestar import Litestar, Request, get
from litestar.params import FromPath
from litestar.response import Stream
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from serai.cli.gate import Gate
from serai.cli.logs import REQUEST
from serai.core import Settings

PROXY = "10.1.0.7"
STRANGER = "203.0.113.9"


@get("/guests/{guest:str}")
async def guest(request: Request[Any, Any, Any], guest: FromPath[str]) -> dict[str, str]:
    structlog.get_logger().info("seen", request_id=REQUEST.get())
    client = request.client
    return {
        "host": client.host if client else "",
        "scheme": request.scope["scheme"],
        "name": request.scope["state"]["request_id"],
    }


@get("/broken")
async def broken() -> None:
    raise ValueError("it did not work")


@get("/watch")
async def watch() -> Stream:
    async def news() -> AsyncIterator[str]:
        yield "one"
        yield "two"

    return Stream(news())


def settings(**told: Any) -> Settings:
    return Settings(home=Path("/nowhere"), **told)


def visitor(settings: Settings, host: str = STRANGER) -> httpx.AsyncClient:
    gate = Gate(Litestar([guest, broken, watch], openapi_config=None), settings)
    transport = httpx.ASGITransport(
        gate,  # type: ignore[arg-type]  # it has litestar's own types of messages
        client=(host, 1234),
        raise_app_exceptions=False,
    )
    return httpx.AsyncClient(transport=transport, base_url="http://inn.example")


async def asked(client: httpx.AsyncClient, **headers: str) -> dict[str, str]:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    async with client:
        answer = await client.get("/guests/lin", headers=names)
    found: dict[str, str] = answer.json()
    return found


def counted(route: str, status: str, method: str = "GET") -> float:
    labels = {"route": route, "status": status, "method": method}
    return REGISTRY.get_sample_value("serai_http_request_seconds_count", labels) or 0


async def test_a_stranger_cannot_say_who_they_are() -> None:
    for told in (settings(), settings(trusted_proxies=("10.1.0.0/16",))):
        found = await asked(
            visitor(told),
            x_forwarded_for="127.0.0.1",
            x_forwarded_proto="https",
            x_request_id="chosen-by-me",
        )
        assert (found["host"], found["scheme"]) == (STRANGER, "http")
        assert found["name"] != "chosen-by-me"


async def test_a_trusted_proxy_says_who_has_asked() -> None:
    told = settings(trusted_proxies=("10.1.0.0/16", "::1/128"))
    found = await asked(
        visitor(told, PROXY),
        x_forwarded_for=f"127.0.0.1, {STRANGER}, 10.1.0.8",  # the first was written by the stranger
        x_forwarded_proto="https",
        x_request_id="0123456789abcdef",
    )
    assert found == {"host": STRANGER, "scheme": "https", "name": "0123456789abcdef"}


@pytest.mark.parametrize(
    "forwarded", ["", "not an address", "10.1.0.9", ", ,", "2001:db8::1%lo", "\xff"]
)
async def test_what_no_proxy_would_say_changes_nothing(forwarded: str) -> None:
    told = settings(trusted_proxies=("10.1.0.0/16",))
    async with visitor(told, PROXY) as client:
        answer = await client.get(
            "/guests/lin",
            headers=[
                (b"x-forwarded-for", forwarded.encode("latin-1")),
                (b"x-forwarded-proto", b"gopher"),
                (b"x-request-id", b"a\tline"),
            ],
        )
    found = answer.json()
    assert found["scheme"] == "http"
    assert len(found["name"]) == 16
    assert found["host"] in (PROXY, "2001:db8::1%lo")


async def test_requests_are_counted_by_template_and_status() -> None:
    counts = (
        ("/guests/{guest}", "2xx"), ("(none)", "4xx"), ("/broken", "5xx"), ("/watch", "2xx"),
    )  # fmt: skip
    before = [counted(*one) for one in counts]
    async with visitor(settings()) as client:
        for path in ("/guests/lin", "/guests/mei", "/nothing/here", "/broken", "/watch"):
            await client.get(path)
        await client.request("BREW", "/watch")
    after = [counted(*one) for one in counts]
    assert [now - then for then, now in zip(before, after, strict=True)] == [2, 1, 1, 1]
    assert REGISTRY.get_sample_value("serai_http_requests_at_work") == 0
    methods = {sample.labels.get("method") for metric in REGISTRY.collect()
               for sample in metric.samples if sample.name.startswith("serai_http")}  # fmt: skip
    assert "other" in methods
    assert "BREW" not in methods


async def test_a_line_for_each_request_is_written_where_it_is_wanted() -> None:
    with capture_logs() as lines:
        async with visitor(settings()) as client:
            await client.get("/guests/lin?phone=13800138000")
        assert [line["event"] for line in lines] == ["seen"]
        async with visitor(settings(access_log=True)) as client:
            await client.get("/guests/lin?phone=13800138000")
    line = lines[-1]
    assert (line["event"], line["method"], line["route"], line["status"]) == (
        "request", "GET", "/guests/{guest}", 200,
    )  # fmt: skip
    assert "lin" not in str(line)
    assert "138" not in str(line)


async def test_a_line_bears_the_name_of_its_request() -> None:
    with capture_logs() as lines:
        found = await asked(visitor(settings()))
    assert [line["request_id"] for line in lines] == [found["name"]]
    assert REQUEST.get() == ""
