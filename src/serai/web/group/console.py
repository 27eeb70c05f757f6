"""What the pages of the group console share: the house, and what is read once for all of them."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from litestar.di import NamedDependency
from msgspec import Struct

from serai.cloud import Organisation, Place
from serai.core import DatabaseAway
from serai.flows import House, NotFounded
from serai.insights import (
    ChannelSales,
    Days,
    DaySales,
    News,
    NodeSales,
    Occupancy,
    Totals,
    last_days,
    money_by_role,
    news,
    occupancy,
    sales_by,
    sales_by_channel,
    sales_by_day,
    totals,
)
from serai.logistics import Resource, resources_of
from serai.web.group.directory import Directory, timezone_of, today_in
from serai.web.group.fresh import Fresh
from serai.web.group.pulse import MOST_NEWS, Beat, Pulse

MONTH_DAYS = 30
FIGURES_SECONDS = 2.0
MONTH_SECONDS = 10.0
ROOMS_SECONDS = 600.0
CASH_SECONDS = 5.0
FARTHEST_NEWS = 50_000
"""Events that are looked through for news of a part of the house."""


class Cash(Struct, frozen=True):
    """What stands in the chief roles of money, over all books of the group's currency."""

    clearing_minor: int
    tills_minor: int
    customer_money_minor: int
    deposits_minor: int


class Figures(Struct, frozen=True):
    """The figures that move: today so far beside the same hours a week ago, and tonight."""

    at: datetime
    today: Totals
    week_ago: Totals
    tonight: Occupancy
    night_week_ago: Occupancy
    cash: Cash
    position: int


class Month(Struct, frozen=True):
    """The last days, today the last of them: in the group's currency, a store in its own."""

    days: Days
    by_day: Sequence[DaySales]
    by_channel: Sequence[ChannelSales]
    by_store: Mapping[int, NodeSales]

    def sold(self, places: Iterable[Place], currency: str) -> list[NodeSales]:
        """What those of `places` sold that sell in `currency`."""
        found = (self.by_store.get(place.store.id) for place in places)
        return [row for row in found if row and row.currency == currency]


class _Rooms(Struct, frozen=True):
    """Every hotel room type there is, and in which book it is kept."""

    organisation: Organisation
    rooms: Sequence[Resource]
    books: Mapping[int, int]


class Console:
    """The house as the group sees it, or a part of it as somebody sees it.

    `told` is the part whose single orders may be told of; `whole` is the console of all of it.
    """

    def __init__(
        self, house: House, told: House | None = None, whole: "Console | None" = None
    ) -> None:
        self.house = house
        self.told = told or house
        self.whole = whole or self
        self.pulse: Pulse = whole.pulse if whole else Pulse(house)
        self._directory: Directory | None = None
        self.figures = Fresh(self._read_figures, FIGURES_SECONDS)
        self.month = Fresh(self._read_month, MONTH_SECONDS, patient=True)
        self._cash = Fresh(self._read_cash, CASH_SECONDS)
        self._rooms = Fresh(self._read_rooms, ROOMS_SECONDS, patient=True)
        self._week_ago = Fresh(self._read_week_ago, ROOMS_SECONDS, patient=True)

    def now(self) -> datetime:
        """The present moment."""
        return self.house.clock()

    @property
    def is_whole(self) -> bool:
        """Whether all of the house is shown."""
        return self.house.sight.everything

    def has_book(self, entity_id: int) -> bool:
        """Whether the books of a company are open here."""
        return self.is_whole or entity_id in self.house.sight.books

    def has_store(self, store_id: int) -> bool:
        """Whether a store has its page here; of a public catalogue it is known by name alone."""
        sight = self.house.sight
        return self.is_whole or not sight.catalogue or store_id in sight.stores

    async def news(self, after: int = 0) -> list[News]:
        """The last that has happened after a position, the latest first; where little of it is
        shown, nobody looks for it in all of the past."""
        if not self.told.sight.everything:
            after = max(after, self.house.books.position - FARTHEST_NEWS)
        return await news(self.told.database, after, MOST_NEWS)

    async def happened(self, beat: Beat, after: int) -> Sequence[News]:
        """What a beat of the house tells here of what came after a position."""
        if self.told.sight.everything:
            return beat.news
        with suppress(DatabaseAway):  # the next beat comes when it is back
            return await self.news(after)
        return ()

    async def directory(self) -> Directory:
        """The organisation as it stands today; raises `NotFounded` when there is none."""
        organisation = await self.house.organisation()
        known = self._directory
        if known is None or known.organisation is not organisation:
            today = today_in(timezone_of(organisation), self.now())
            self._directory = known = Directory(organisation, today)
            self._forget()
        elif known.day != (today := today_in(known.timezone, self.now())):
            self._directory = known = Directory(organisation, today)
            self._forget()
        return known

    def _forget(self) -> None:
        for one in (self.figures, self.month, self._cash, self._rooms, self._week_ago):
            one.forget()

    async def prime(self) -> None:
        """Read what every page needs before anybody asks; an empty house has nothing of it."""
        with suppress(NotFounded, DatabaseAway):
            await self.figures.get()
            await self.month.get()

    async def _read_figures(self) -> Figures:
        directory, database, now = await self.directory(), self.house.database, self.now()
        position = self.house.books.position  # first: what is read afterwards knows of it
        zone = ZoneInfo(directory.timezone)
        midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        week = timedelta(days=7)
        currency = directory.currency
        return Figures(
            at=now,
            today=await totals(database, midnight, midnight + timedelta(days=1), currency),
            week_ago=await totals(database, midnight - week, now - week, currency),
            tonight=await self._night(directory.day),
            night_week_ago=await self._week_ago.get(),
            cash=await self._cash.get(),
            position=position,
        )

    async def _read_week_ago(self) -> Occupancy:
        directory = await self.directory()
        return await self._night(directory.day - timedelta(days=7))

    async def _night(self, day: date) -> Occupancy:
        known = await self._rooms.get()
        (night,) = await occupancy(self.house.database, known.rooms, known.books, day, 1)
        return night

    async def _read_rooms(self) -> _Rooms:
        directory = await self.directory()
        hotels = [p for p in directory.places.values() if p.store.segment == "hotel"]
        resources = await resources_of(self.house.database, [p.store.id for p in hotels])
        return _Rooms(
            directory.organisation,
            tuple(one for one in resources if one.kind == "room"),
            {place.store.id: place.entity.id for place in hotels},
        )

    async def _read_cash(self) -> Cash:
        directory = await self.directory()
        books = [
            entity.id
            for entity in directory.organisation.entities.values()
            if entity.currency == directory.currency
        ]
        roles = await money_by_role(self.house.database, books, directory.currency)

        def owed_to_us(role: str) -> int:
            return roles[role].debits - roles[role].credits if role in roles else 0

        return Cash(
            clearing_minor=owed_to_us("payment_clearing"),
            tills_minor=owed_to_us("till"),
            customer_money_minor=-owed_to_us("customer_money"),
            deposits_minor=-owed_to_us("deposits"),
        )

    async def _read_month(self) -> Month:
        directory, database = await self.directory(), self.house.database
        days = last_days(MONTH_DAYS, self.now(), directory.timezone)
        currency = directory.currency
        return Month(
            days=days,
            by_day=await sales_by_day(database, days, currency),
            by_channel=await sales_by_channel(database, days, currency),
            by_store={row.node_id: row for row in await sales_by(database, "store", days)},
        )


SharedConsole = NamedDependency[Console]
"""The console, as page handlers are given it."""
