"""Lists in memory: narrowed to a segment, sorted by a column, a page at a time."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from msgspec import Struct

from serai.web.group.directory import SEGMENTS
from serai.web.look import with_query, word

PAGE_ROWS = 50


class HasId(Protocol):
    """A row that can be found again when the page is turned."""

    @property
    def id(self) -> int: ...


Row = TypeVar("Row", bound=HasId)
Order = Mapping[str, Callable[[Any], Any]]
"""What rows can be sorted by: the name in the address, and a row's key."""


class Page(Struct, frozen=True):
    """One page of rows; `next` is the id of its last row when there are more."""

    rows: Sequence[Any]
    next: str | None


def sort_rows(rows: Sequence[Row], by: str, order: Order) -> list[Row]:
    """Rows in the order `by`, a name of `order`, falling where a minus stands before it."""
    key = order[by.removeprefix("-")]
    return sorted(rows, key=lambda row: (key(row), row.id), reverse=by.startswith("-"))


def page_of(rows: Sequence[Row], after: int | None, size: int = PAGE_ROWS) -> Page:
    """The `size` rows that come after the row with the id `after`; the first ones without it."""
    start = 0
    if after is not None:
        start = next((place + 1 for place, row in enumerate(rows) if row.id == after), 0)
    shown = rows[start : start + size]
    more = start + size < len(rows)
    return Page(shown, str(shown[-1].id) if more else None)


def segment_switch(
    address: str, counted: Mapping[str, int], wanted: str | None, say: Callable[[str], str]
) -> list[tuple[str, str, bool]]:
    """The switch between segments for the macro `choice`: text, address, whether it is chosen."""
    every = (say("All"), with_query(address, segment=None, cursor=None), wanted is None)
    return [
        every,
        *(
            (word(one, say), with_query(address, segment=one, cursor=None), one == wanted)
            for one in SEGMENTS
            if counted.get(one)
        ),
    ]
