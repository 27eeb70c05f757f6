"""The pulse of the house: tells every page that watches what has happened, at most once a second.

However many pages watch, the events are read once.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from msgspec import Struct

from serai.core import DatabaseAway
from serai.flows import House
from serai.insights import News, entered_since, news
from serai.ledger import Fenced

BEAT_SECONDS = 1.0
QUIET_SECONDS = 15.0
AWAY_SECONDS = 2.0
MOST_NEWS = 12

_log = structlog.get_logger()


class Beat(Struct, frozen=True):
    """What had happened up to `position`: the last events, the latest first."""

    position: int
    news: tuple[News, ...] = ()


class Pulse:
    """Beats when events are committed, as long as it is `beating`."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._beat = Beat(0)
        self._stirred = asyncio.Event()
        self._ended = False

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """Follow the events until the end of the block; then send everybody home."""
        self._beat = Beat(self._house.books.position)
        following = asyncio.create_task(self._run(), name="pulse")
        try:
            yield
        finally:
            self.end()
            while not following.done():
                # A cancellation gets lost when it meets an answer of the database.
                following.cancel()
                await asyncio.wait([following], timeout=0.5)

    async def _run(self) -> None:
        try:
            while not self._ended:
                try:
                    await self._follow()
                except DatabaseAway:
                    _log.warning("database_away")
                    await asyncio.sleep(AWAY_SECONDS)  # it may come back
        except Fenced:
            pass  # whoever serves this application ends with the books
        finally:
            self.end()

    def end(self) -> None:
        """Send everybody home who watches."""
        self._ended = True
        self._stir()

    def beats(self) -> AsyncGenerator[Beat | None, None]:
        """Each beat from this call on; None when it has been quiet for a while."""
        return self._beats(self._beat)

    async def _beats(self, seen: Beat) -> AsyncGenerator[Beat | None, None]:
        while not self._ended:
            if self._beat is seen:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stirred.wait(), QUIET_SECONDS)
                if self._beat is seen:
                    yield None
                    continue
            seen = self._beat
            yield seen

    async def _follow(self) -> None:
        while not self._ended:
            before = self._beat.position
            await self._house.books.beyond(before)
            if await entered_since(self._house.database, before):
                self._house.forget_organisation()
            latest = await news(self._house.database, before, MOST_NEWS)
            if latest:
                self._beat = Beat(latest[0].position, tuple(latest))
                self._stir()
            await asyncio.sleep(BEAT_SECONDS)  # what happens meanwhile goes into one beat

    def _stir(self) -> None:
        self._stirred.set()
        self._stirred = asyncio.Event()
