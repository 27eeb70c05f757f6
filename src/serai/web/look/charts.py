"""Charts as values: what they say, never how they are drawn.

The browser draws them (`static/charts.js`) and the server writes the same figures as a table
behind each, so a chart never says more than can be read.
"""

from collections.abc import Sequence
from datetime import date
from gettext import NullTranslations
from typing import Literal

import msgspec
from markupsafe import Markup
from msgspec import Struct

from serai.web.look.formats import scale_of
from serai.web.look.words import Flow, unit_word

ChartKind = Literal["lines", "bars", "stack"]


class Series(Struct, frozen=True, omit_defaults=True):
    """One row of figures, in the colour of its flow, or in the shade `tone` (0 to 4) of the ink.

    `values` are in the chart's smallest part; None is a gap. `dashed` marks what is expected.
    """

    name: str
    values: tuple[int | None, ...]
    flow: Flow | None = None
    tone: int = 0
    dashed: bool = False


class Chart(Struct, frozen=True):
    """Series over common places: days, or names.

    `unit` is a unit of the books, or `%` with values in tenths of a percent. `today` is the
    place after which figures lie ahead.
    """

    kind: ChartKind
    title: str
    places: tuple[date | str, ...]
    place_label: str
    series: tuple[Series, ...]
    unit: str
    note: str = ""
    today: date | None = None


class Point(Struct, frozen=True, omit_defaults=True):
    """A place on the map, with a figure."""

    name: str
    longitude: float
    latitude: float
    value: int
    href: str = ""


class Frame(Struct, frozen=True):
    """The part of the world that a map shows at first, in degrees."""

    west: float
    south: float
    east: float
    north: float


class PointMap(Struct, frozen=True):
    """Places as points, larger with their figure, in the colour of a flow.

    The map shows all of them at first, or what lies in `frame`.
    """

    title: str
    points: Sequence[Point]
    point_label: str
    value_label: str
    unit: str
    flow: Flow = "merchants"
    note: str = ""
    frame: Frame | None = None


class _Plot(Struct, frozen=True):
    """What `static/charts.js` reads of a chart."""

    kind: ChartKind
    places: tuple[date | str, ...]
    days: bool
    series: tuple[Series, ...]
    today: date | None
    scale: int
    unit_word: str


class _Map(Struct, frozen=True):
    """What `static/charts.js` reads of a map."""

    points: Sequence[Point]
    value_label: str
    flow: Flow
    scale: int
    unit_word: str
    frame: Frame | None


def chart_json(chart: Chart | PointMap, words: NullTranslations) -> Markup:
    """`chart` as a script element may hold it."""
    scale, word = scale_of(chart.unit), unit_word(chart.unit, 2, words)
    spec: _Plot | _Map
    if isinstance(chart, Chart):
        days = bool(chart.places) and isinstance(chart.places[0], date)
        spec = _Plot(chart.kind, chart.places, days, chart.series, chart.today, scale, word)
    else:
        spec = _Map(chart.points, chart.value_label, chart.flow, scale, word, chart.frame)
    text = msgspec.json.encode(spec).decode()
    # A name with `</script>` in it must not end the element.
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - escaped in the line above


def spark_path(values: Sequence[float], width: int, height: int) -> str:
    """The outline of `values` as an SVG path in a box of `width` by `height`."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    spread = (high - low) or 1
    step = width / (len(values) - 1)
    places = (
        f"{index * step:.1f} {height - (value - low) / spread * height:.1f}"
        for index, value in enumerate(values)
    )
    return "M" + "L".join(places)
