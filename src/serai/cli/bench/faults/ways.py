"""The ways to the platform: over HTTP, and through the flows as a library."""

import asyncio
import random
from http import HTTPStatus
from typing import Any

import msgspec
from msgspec import Struct

from serai.cli.bench.faults.deeds import (
    Answer,
    Cancel,
    Confirm,
    Deed,
    NoAnswer,
    Place,
    Standing,
    Way,
)
from serai.cloud import Actor, Origin
from serai.core import DatabaseAway, Refusal
from serai.flows import Booked, By, House, Party, PaymentMeans, book, cancel, confirm
from serai.ledger import Fenced
from serai.merchants import Wanted, read_order

PATIENCE_SECONDS = 40.0
"""Longer than the platform itself waits for its database."""
CONNECT_SECONDS = 5.0
CALLER = Actor("bench")
FROM = Origin("bench")
"""So that what it does is in the audit trail, whose chain the judge checks too."""
MEANS = PaymentMeans(provider="sandbox", token="succeeds")  # noqa: S106 - what the sandbox answers


class _OrderBody(Struct, frozen=True):
    customer_id: int
    market: str
    hold_seconds: int
    lines: tuple[Wanted, ...]


class _ConfirmationBody(Struct, frozen=True):
    payment: PaymentMeans


class _Said(Struct, frozen=True):
    """What of an answer's body is compared."""

    id: int = 0
    order_id: int = 0
    amount_minor: int = 0
    fee_minor: int = 0
    state: str = ""
    refusal: str = ""


class OverHttp:
    """One connection to the platform, made anew when it is lost."""

    def __init__(self, host: str, port: int, key: str) -> None:
        self._host, self._port, self._key = host, port, key
        self._line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, deed: Deed) -> Answer:
        status, said, replayed = await self._exchange(_request(deed, self._host, self._key))
        if status >= HTTPStatus.BAD_REQUEST:
            return Answer(False, refusal=said.refusal, replayed=replayed)
        amount = said.amount_minor or said.fee_minor
        return Answer(True, said.order_id or said.id, amount, said.state, replayed=replayed)

    async def read(self, order_id: int) -> Standing | None:
        status, said, _ = await self._exchange(
            _head("GET", f"/v1/orders/{order_id}", self._host, self._key)
        )
        if status == HTTPStatus.NOT_FOUND:
            return None
        return Standing(said.id, said.state, said.amount_minor)

    async def leave(self, deed: Deed) -> None:
        """Ask, and hang up before there can be an answer."""
        _, sink = await self._connected()
        try:
            sink.write(_request(deed, self._host, self._key))
            await sink.drain()
        except OSError as error:
            raise NoAnswer("broken", str(error)) from error
        finally:
            self.hang_up()

    def hang_up(self) -> None:
        """End the connection."""
        if self._line is not None:
            self._line[1].close()
            self._line = None

    async def _exchange(self, request: bytes) -> tuple[int, _Said, bool]:
        stream, sink = await self._connected()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                sink.write(request)
                status, body, replayed = await _receive(stream)
        except TimeoutError:
            self.hang_up()
            raise NoAnswer("slow") from None
        except (OSError, EOFError) as error:
            self.hang_up()
            raise NoAnswer("broken", str(error)) from error
        except BaseException:
            self.hang_up()
            raise
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            raise NoAnswer("away", body.decode(errors="replace"))
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise NoAnswer("failed", body.decode(errors="replace"))
        return status, msgspec.json.decode(body, type=_Said), replayed

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._line is None:
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    self._line = await asyncio.open_connection(self._host, self._port)
            except OSError as error:  # a TimeoutError is one
                raise NoAnswer("closed", str(error)) from error
        return self._line


class Fickle:
    """A caller that often hangs up right after it has asked, and then asks again."""

    def __init__(self, way: OverHttp, chance: random.Random, share: float) -> None:
        self._way = way
        self._chance = chance
        self._share = share

    async def ask(self, deed: Deed) -> Answer:
        if self._chance.random() < self._share:
            await self._way.leave(deed)
            raise NoAnswer("left")
        return await self._way.ask(deed)

    async def read(self, order_id: int) -> Standing | None:
        return await self._way.read(order_id)


class EitherOf:
    """The way to whichever of several platforms answers; the last that did is asked first."""

    def __init__(self, *ways: Way) -> None:
        self._ways = list(ways)

    async def ask(self, deed: Deed) -> Answer:
        try:
            return await self._ways[0].ask(deed)
        except NoAnswer:
            self._ways.append(self._ways.pop(0))
            raise

    async def read(self, order_id: int) -> Standing | None:
        try:
            return await self._ways[0].read(order_id)
        except NoAnswer:
            self._ways.append(self._ways.pop(0))
            raise


class ByLibrary:
    """The flows of a house, called from this process."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def ask(self, deed: Deed) -> Answer:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                said = await self._do(deed)
        except TimeoutError:
            raise NoAnswer("slow") from None
        except (DatabaseAway, Fenced) as error:
            raise NoAnswer("away", str(error)) from error
        match said:
            case Refusal():
                return Answer(False, refusal=said.name)
            case Booked():
                return Answer(True, said.order_id, said.amount_minor, "held")
            case Answer():
                return said

    async def _do(self, deed: Deed) -> Answer | Booked | Refusal:
        by = By(CALLER, deed.key, origin=FROM)
        match deed:
            case Place():
                party = Party(
                    customer_id=deed.guest_id, payer_id=deed.guest_id, channel="api",
                    market=deed.mark,
                )  # fmt: skip
                return await book(
                    self._house, by, party, deed.lines, hold_seconds=deed.hold_seconds
                )
            case Confirm():
                confirmed = await confirm(self._house, by, deed.order_id, means=MEANS)
                if isinstance(confirmed, Refusal):
                    return confirmed
                return Answer(True, confirmed.order_id, state=confirmed.state)
            case Cancel():
                cancelled = await cancel(self._house, by, deed.order_id)
                if isinstance(cancelled, Refusal):
                    return cancelled
                return Answer(True, cancelled.order_id, cancelled.fee_minor)

    async def read(self, order_id: int) -> Standing | None:
        try:
            file = await read_order(self._house.database, order_id)
        except DatabaseAway as error:
            raise NoAnswer("away", str(error)) from error
        except msgspec.ValidationError as error:
            raise NoAnswer("failed", str(error)) from error
        return None if file is None else Standing(order_id, file.state, file.order.amount_minor)


def _request(deed: Deed, host: str, program: str) -> bytes:
    body: Any
    match deed:
        case Place():
            path = "/v1/orders"
            body = _OrderBody(deed.guest_id, deed.mark, deed.hold_seconds, deed.lines)
        case Confirm():
            path, body = f"/v1/orders/{deed.order_id}/confirmation", _ConfirmationBody(MEANS)
        case Cancel():
            path, body = f"/v1/orders/{deed.order_id}/cancellation", {}
    return _head("POST", path, host, program, msgspec.json.encode(body), deed.key)


def _head(
    method: str, path: str, host: str, program: str, body: bytes = b"", key: str = ""
) -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {host}",
        f"Authorization: Bearer {program}",
        f"Content-Length: {len(body)}",
    ]
    if key:
        lines += [f"Idempotency-Key: {key}", "Content-Type: application/json"]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _receive(stream: asyncio.StreamReader) -> tuple[int, bytes, bool]:
    """The status and the body of an answer, and whether it was given before; raises EOFError
    when it is cut."""
    head = (await stream.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
    body = await stream.readexactly(int(headers["content-length"]))
    return int(head[0].split()[1]), body, "idempotency-replayed" in headers
