"""The organisation as lines of a sheet: one for each node, and for each period of its parents one
for a store.

Codes are the identity: ids never appear. What a kind of line has no use for stands empty.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal, get_args

from msgspec import Struct, structs

from serai.cloud.organisation import Axis, Organisation, Store
from serai.cloud.periods import in_force, with_planned
from serai.cloud.reach import nodes_at

Kind = Literal["group", "entity", "operator", "brand", "city", "store"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""In the order in which they stand in a sheet: what others hang on comes first."""
AXES: tuple[Axis, ...] = get_args(Axis)


class Line(Struct, frozen=True, kw_only=True):
    """One line; `row` is where it stands in its file, 0 in none.

    A store's `brand`, `entity`, `operator` and `city` are its parents from `since` on; the
    `entity` of a group is the one that collects payments. Amounts of a city's population are
    heads, coordinates degrees (WGS 84); a store's day ends `closing_minute` minutes after midnight.
    For a company one person alone pays back up to `refunds_alone_minor` of an order, and up to
    `refunds_day_minor` in a day; left empty, that stays as it is.
    """

    kind: Kind
    code: str
    name_en: str = ""
    name_zh: str = ""
    segment: str | None = None
    currency: str | None = None
    country: str | None = None
    refunds_alone_minor: int | None = None
    refunds_day_minor: int | None = None
    own: bool | None = None
    latitude: float | None = None
    longitude: float | None = None
    timezone: str | None = None
    population: int | None = None
    closing_minute: int | None = None
    brand: str | None = None
    entity: str | None = None
    operator: str | None = None
    city: str | None = None
    since: date | None = None
    row: int = 0

    def parent(self, axis: Axis) -> str:
        """The code of the parent on an axis."""
        code: str | None = getattr(self, axis)
        return code or ""


COLUMNS: tuple[str, ...] = tuple(name for name in Line.__struct_fields__ if name != "row")
LATER_COLUMNS = frozenset({"refunds_alone_minor", "refunds_day_minor"})
"""Columns that files from before them lack: what they do not say stays as it is."""
_NAMED = ("kind", "code", "name_en", "name_zh")
COLUMNS_OF: dict[Kind, tuple[str, ...]] = {
    "group": (*_NAMED, "entity"),
    "entity": (*_NAMED, "currency", "country", "refunds_alone_minor", "refunds_day_minor"),
    "operator": (*_NAMED, "own"),
    "brand": (*_NAMED, "segment"),
    "city": (*_NAMED, "country", "latitude", "longitude", "timezone", "population"),
    "store": (
        *_NAMED, "segment", "latitude", "longitude", "timezone", "closing_minute",
        "brand", "entity", "operator", "city", "since",
    ),
}  # fmt: skip
"""The columns that a kind of line fills; the others stay empty."""


def lines_of(organisation: Organisation) -> Iterator[Line]:
    """Every line of the organisation, the same for the same organisation.

    One that was cut to what somebody sees has no line for the group when its company is not seen.
    """
    group = organisation.group
    platform = organisation.entities.get(group.platform_entity_id)
    if platform is not None:
        yield structs.replace(line_of_node("group", group), entity=platform.code)
    nodes: tuple[tuple[Kind, Sequence[Struct]], ...] = (
        ("entity", tuple(organisation.entities.values())),
        ("operator", tuple(organisation.operators.values())),
        ("brand", tuple(organisation.brands.values())),
        ("city", tuple(organisation.cities.values())),
    )
    for kind, of_kind in nodes:
        yield from sorted((line_of_node(kind, node) for node in of_kind), key=_by_code)
    codes = codes_of(organisation)
    for store in sorted(organisation.stores.values(), key=lambda store: store.code):
        yield from _lines_of_store(organisation, store, codes)


def line_of_node(kind: Kind, node: Struct) -> Line:
    """A node of an axis, or a store without its parents, as a line."""
    values = structs.asdict(node)
    columns = {name: values[name] for name in COLUMNS_OF[kind] if name in values}
    return Line(**{**columns, "kind": kind})


def codes_of(organisation: Organisation) -> dict[Axis, dict[int, str]]:
    """The codes of the parents that stores may have, by axis and id."""
    return {
        axis: {id: one.code for id, one in nodes_at(organisation, axis).items()} for axis in AXES
    }


def _lines_of_store(
    organisation: Organisation, store: Store, codes: dict[Axis, dict[int, str]]
) -> Iterator[Line]:
    """A line for each day from which the store has other parents than before, or is to have."""
    bare = line_of_node("store", store)
    periods = with_planned(organisation, store.id)
    begins = {row.since for row in periods}
    if all(row.until is None for row in periods) and len(begins) == 1 and len(periods) == 4:
        known = {row.axis: codes[row.axis].get(row.parent_id, "") for row in periods}
        yield structs.replace(bare, since=begins.pop(), **known)
        return
    for day in sorted(begins):
        rows = (in_force([row for row in periods if row.axis == axis], day) for axis in AXES)
        named = {row.axis: codes[row.axis].get(row.parent_id, "") for row in rows if row}
        yield structs.replace(bare, since=day, **named)


def _by_code(line: Line) -> str:
    return line.code
