"""What a sheet would change, as values: for a reader, and for whoever applies it."""

from datetime import date
from typing import Literal

from msgspec import Struct

from serai.cloud.organisation import StoreParent
from serai.cloud.sheets.faults import Fault
from serai.cloud.sheets.lines import Kind, Line
from serai.cloud.sheets.places import Plan

Sort = Literal["new", "changed", "moved", "planned"]


class Said(Struct, frozen=True):
    """A column that says something else than before."""

    column: str
    before: str
    after: str


class Difference(Struct, frozen=True, kw_only=True):
    """One thing that would be new, be called otherwise, or hang on another parent from a day on;
    what is planned is carried out on that day."""

    sort: Sort
    kind: Kind
    code: str
    row: int
    said: tuple[Said, ...] = ()
    since: date | None = None


class Edit(Struct, frozen=True, kw_only=True):
    """A node as the sheet wants it: `id` is 0 for a new one, `columns` are those that change.

    `lines` are its lines, more than one for a store with several periods; `before` and `after` its
    periods on all axes, and `plan` is what waits for its day. Parents that are themselves new have
    ids below 0 here.
    """

    lines: tuple[Line, ...]
    id: int = 0
    version: int = 0
    columns: tuple[str, ...] = ()
    before: tuple[StoreParent, ...] = ()
    after: tuple[StoreParent, ...] = ()
    plan: Plan | None = None

    @property
    def line(self) -> Line:
        """Its first line."""
        return self.lines[0]


class Comparison(Struct, frozen=True, kw_only=True):
    """What a sheet would do; with any fault, nothing of it is done."""

    differences: tuple[Difference, ...]
    edits: tuple[Edit, ...]
    unchanged: int
    faults: tuple[Fault, ...]
    fault_count: int
