"""The pulse of the house: tells every page that watches what has happened, at most once a second.

However many pages watch, the events are read once.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

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
    """Beats when events are committed; runs as long as the application does."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._beat = Beat(0)
        self._stirred = asyncio.Event()
        self._ended = False

    async def run(self) -> None:
        """Follow the events until cancelled, or until the books are closed."""
        self._beat = Beat(self._house.books.position)
        try:
            while True:
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

    async def beats(self) -> AsyncIterator[Beat | None]:
        """Each beat from now on; None when it has been quiet for a while."""
        seen = self._beat
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
        while True:
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
