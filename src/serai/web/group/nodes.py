"""What is shown of any node of the organisation: the figures of the stores below it."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date

from msgspec import Struct

from serai.cloud import Place
from serai.insights import DaySales, Occupancy, last_days, occupancy, sales_of_stores_by_day
from serai.logistics import resources_of
from serai.web.group.console import MONTH_DAYS, Console
from serai.web.group.directory import Directory, count_by_segment
from serai.web.group.drawings import occupancy_chart, segments_chart, sums_by_day, total_of
from serai.web.look import Chart

Say = Callable[[str], str]
NIGHTS_AHEAD = 14


class NodeFigures(Struct, frozen=True):
    """The last days' sales of some stores, and how full their rooms are from tonight on."""

    currency: str
    total: DaySales
    trend: tuple[int, ...]
    sales: Chart
    segments: Counter[str]
    own: int
    nights: Sequence[Occupancy]
    ahead: Chart | None

    @property
    def tonight(self) -> Occupancy | None:
        """Tonight's occupancy, where there are rooms."""
        return self.nights[0] if self.nights and self.nights[0].capacity else None


async def node_figures(
    console: Console, directory: Directory, places: Sequence[Place], say: Say
) -> NodeFigures:
    """The figures of the stores at `places`, in the currency of most of them."""
    currency = currency_of(places, directory.currency)
    database = console.house.database
    days = last_days(MONTH_DAYS, console.now(), directory.timezone)
    store_ids = [place.store.id for place in places]
    rows = await sales_of_stores_by_day(database, store_ids, days, currency)
    by_day = sums_by_day(rows, days)
    nights = await nights_ahead(console, places, directory.day)
    return NodeFigures(
        currency=currency,
        total=total_of(by_day),
        trend=tuple(day.amount_minor for day in by_day.values()),
        sales=segments_chart(say("Sales of the last 30 days"), rows, days, currency, say),
        segments=count_by_segment(places),
        own=sum(place.operator.own for place in places),
        nights=nights,
        ahead=occupancy_chart(say("Occupancy of the next 14 nights"), nights, say)
        if nights
        else None,
    )


def currency_of(places: Sequence[Place], default: str) -> str:
    """The currency of most of the stores."""
    counted = Counter(place.entity.currency for place in places)
    return counted.most_common(1)[0][0] if counted else default


async def nights_ahead(
    console: Console, places: Sequence[Place], first: date, count: int = NIGHTS_AHEAD
) -> list[Occupancy]:
    """Occupancy of the hotels among `places`; empty when there are none."""
    books = {place.store.id: place.entity.id for place in places if place.store.segment == "hotel"}
    resources = await resources_of(console.house.database, list(books)) if books else []
    rooms = [one for one in resources if one.kind == "room"]
    return await occupancy(console.house.database, rooms, books, first, count) if rooms else []
