"""What moves by itself: the pulse of the house, and the stream that pages watch."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar
from litestar.response.sse import ServerSentEventMessage

from serai.cloud import PLATFORM, City, SignedIn
from serai.core import Refusal
from serai.flows import By, House, end_grant, enter, sign_out, switch_person, who_is
from serai.ledger import Writer
from serai.web import Web
from serai.web.group import Console
from serai.web.group.live import stream
from serai.web.languages import Language
from tests.flows.desk import Desk, want
from tests.people import by_platform
from tests.web.visitors import EVERYTHING, HERE, come_in, token_for
from tests.worlds import DUCK, ROOM_FLEXIBLE

PATIENCE_SECONDS = 20.0


class Watcher:
    """A page that watches: what it was sent, by the name of the event."""

    def __init__(
        self, console: Console, language: Language = "en", after: int | None = None
    ) -> None:
        self._stream = stream(console, language, after)

    async def hear(self, event: str) -> str:
        """The data of the next event of that name."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                message: ServerSentEventMessage = await anext(self._stream)
                if message.event == event:
                    data = message.data
                    return data.decode() if isinstance(data, bytes) else str(data)

    async def figures(self) -> dict[str, str]:
        return dict(json.loads(await self.hear("figures")))


async def test_an_order_moves_the_figures_and_is_told(house: House, desk: Desk) -> None:
    console = Console(house)
    async with console.pulse.beating():
        watcher = Watcher(console)
        assert (await watcher.figures())["orders"] == "0"
        console.figures.forget()  # as if it had been read a while ago
        booked = await desk.book(want(DUCK))
        told = await watcher.hear("news")
        assert f'href="/group/orders/{booked.order_id}"' in told
        assert "The Duck Shop is booked" in told
        assert "\n" not in told
        places = json.loads(await watcher.hear("places"))
        assert places == [{"longitude": 120.15, "latitude": 30.25, "flow": "customers"}]
        figures = await watcher.figures()
        assert (figures["orders"], figures["sales"]) == ("1", "128")


async def test_each_page_is_told_in_its_language(house: House, desk: Desk) -> None:
    console = Console(house)
    async with console.pulse.beating():
        english, chinese = Watcher(console), Watcher(console, "zh-CN")
        await english.figures()
        await chinese.figures()
        await desk.book(want(ROOM_FLEXIBLE))
        assert "The Lantern Inn is booked" in await english.hear("news")
        assert "灯笼客栈 收到预订" in await chinese.hear("news")


async def test_nodes_that_another_process_enters_are_seen(house: House) -> None:
    console = Console(house)
    assert 99 not in (await console.directory()).organisation.cities
    async with console.pulse.beating():
        beats = console.pulse.beats()
        city = City(
            id=99, code="C99", name_en="Suzhou", name_zh="苏州", country="CN", latitude=31.3,
            longitude=120.6, timezone="Asia/Shanghai", population=1,
        )  # fmt: skip
        other = House(house.database, house.books, house.ids, house.clock)
        await enter(other, By(PLATFORM, "suzhou"), (city,))
        async with asyncio.timeout(PATIENCE_SECONDS):
            await anext(beats)
        assert 99 in (await console.directory()).organisation.cities


async def test_whoever_watches_is_sent_home_when_the_books_close(
    house: House, books: Writer
) -> None:
    console = Console(house)
    watching = stream(console, "en")
    async with console.pulse.beating():
        assert (await anext(watching)).comment == "open"
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert [message.event async for message in watching] == ["figures"]


async def test_whoever_was_cut_off_is_told_what_was_missed(house: House, desk: Desk) -> None:
    console = Console(house)
    async with console.pulse.beating():
        heard = house.books.position
        await desk.book(want(DUCK))
        told = await Watcher(console, after=heard).hear("news")
        assert "The Duck Shop is booked" in told
        assert told.count("<li") == 1


async def test_a_stream_has_an_end_and_is_asked_for_again(house: House, desk: Desk) -> None:
    console = Console(house)
    async with console.pulse.beating():
        watching = stream(console, "en", longest_seconds=0.0)
        heard = [await anext(watching), await anext(watching)]
        await desk.book(want(DUCK))
        async with asyncio.timeout(PATIENCE_SECONDS):
            heard += [message async for message in watching]
        told = [message.event for message in heard]
        assert told == [None, "figures", "news", "places", "figures"]


async def signed_out(house: House, signed_in: SignedIn) -> None:
    await sign_out(house, signed_in, HERE.origin)


async def role_ended(house: House, signed_in: SignedIn) -> None:
    for grant in signed_in.grants:
        assert not isinstance(await end_grant(house, by_platform(), grant.id), Refusal)


async def switched_off(house: House, signed_in: SignedIn) -> None:
    off = await switch_person(house, by_platform(), signed_in.person.id, active=False)
    assert not isinstance(off, Refusal)


@pytest.mark.parametrize("sent_away", [signed_out, role_ended, switched_off])
async def test_whoever_may_not_watch_any_more_hears_no_more(
    house: House,
    desk: Desk,
    tmp_path: Path,
    sent_away: Callable[[House, SignedIn], Awaitable[None]],
) -> None:
    token = await token_for(house, await come_in(house, *EVERYTHING))
    signed_in = await who_is(house, token)
    assert signed_in is not None
    async with served(house, tmp_path) as server, watched(server, token) as heard:
        await desk.book(want(DUCK))
        while await anext(heard) != "event: news":
            pass
        await sent_away(house, signed_in)
        await desk.book(want(ROOM_FLEXIBLE))
        rest = [line async for line in heard]  # up to its end
    assert not any("The Lantern Inn" in line for line in rest)


async def test_the_server_stops_while_pages_watch(house: House, tmp_path: Path) -> None:
    token = await token_for(house, await come_in(house, *EVERYTHING))
    async with served(house, tmp_path) as server, watched(server, token) as heard:
        assert await anext(heard) == ": open"
        server.stop()
        assert [line async for line in heard][-1] == ""


class Served:
    """Pages on a port of their own."""

    def __init__(self, house: House, home: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self._application = Litestar(plugins=[Web(house, home)])
        self._server = Server(
            self._application, address="127.0.0.1", port=port, interface=Interfaces.ASGI,
            log_enabled=False,
        )  # fmt: skip
        self.address = f"http://127.0.0.1:{port}"

    async def serve(self) -> None:
        await self._server.serve()

    def stop(self) -> None:
        """Send everybody home who watches, then stop, as the real server does."""
        for end in self._application.state.before_stop:
            end()
        self._server.stop()  # type: ignore[no-untyped-call]  # granian gives it no types


@asynccontextmanager
async def served(house: House, home: Path) -> AsyncIterator[Served]:
    """The pages as a real server has them; it is stopped at the end."""
    server = Served(house, home)
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(PATIENCE_SECONDS):
        yield server
        server.stop()
        await serving


@asynccontextmanager
async def watched(server: Served, token: str) -> AsyncIterator[AsyncIterator[str]]:
    """The lines of the stream, as a browser with this session hears them."""
    cookie = f"serai_session={token}"
    async with (
        httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(retries=5)) as reader,
        reader.stream("GET", f"{server.address}/group/live", headers={"cookie": cookie}) as answer,
    ):
        yield answer.aiter_lines()
