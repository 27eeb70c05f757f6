"""What pages are made of: tables, traces, transfers, matrices, as frozen values.

A page module fills these; the macros in `templates/parts/` draw them. Texts in them are already
in the reader's language.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from serai.web.look.formats import Amount
from serai.web.look.words import Flow

Kind = Literal[
    "text", "drawn", "count", "money", "amount", "percent", "bar", "spark",
    "day", "when", "ago", "state", "flow", "segment", "word", "mono",
]  # fmt: skip
FIGURES: frozenset[str] = frozenset({"count", "money", "amount", "percent", "bar"})
"""Kinds that stand on the right, in columns of digits."""

Place = Literal["title", "lead", "detail", "wide"]
"""Where a cell goes on a narrow screen: first, right of it, below, or not at all."""


class Column(Struct, frozen=True):
    """A column: the rows' field `key` under `label`, shown as its `kind`.

    `unit` is named in the head when all figures have it (`money` needs it: a currency); `sort` is
    the name to sort by; `href` names the field with a cell's link, `note` the one with a second,
    smaller line.
    """

    key: str
    label: str
    kind: Kind = "text"
    unit: str = ""
    sort: str = ""
    place: Place = "detail"
    href: str = ""
    note: str = ""


class Table(Struct, frozen=True):
    """Rows under columns, one page of them.

    `address` is this page's address with its query; sorting and turning the page change it.
    `sorted_by` is a column's `sort`, with a minus in front when it falls. `next` is the cursor of
    the next page. `totals` is one more row, drawn as the sum below the line.
    """

    columns: tuple[Column, ...]
    rows: Sequence[object]
    caption: str = ""
    address: str = ""
    sorted_by: str = ""
    next: str | None = None
    turned: bool = False
    totals: object | None = None


class AccountName(Struct, frozen=True):
    """An account as a reader knows it: its role, who holds it, in whose book, which slot."""

    role: str
    holder: str = ""
    book: str = ""
    slot: str = ""
    href: str = ""


class TransferLine(Struct, frozen=True):
    """One transfer: from `debit` to `credit`, in a state (`pending`, `posted`, `voided` ...).

    `on` is its business date; `until` when it expires, if it is pending and has a deadline.
    """

    debit: AccountName
    credit: AccountName
    amount: Amount
    state: str
    reason: str = ""
    at: datetime | None = None
    flow: Flow = "money"
    href: str = ""
    number: str = ""
    on: date | None = None
    until: datetime | None = None


class Happening(Struct, frozen=True):
    """What one step did in one flow, with the figure that leads to its transfers."""

    flow: Flow
    says: str
    amount: Amount | None = None
    href: str = ""
    state: str = ""
    note: str = ""


class Step(Struct, frozen=True):
    """One step of an order: everything that was committed together."""

    title: str
    at: datetime
    happenings: tuple[Happening, ...]
    by: str = ""
    ahead: bool = False

    def of(self, flow: Flow) -> tuple[Happening, ...]:
        """What the step did in `flow`."""
        return tuple(one for one in self.happenings if one.flow == flow)


class Owed(Struct, frozen=True):
    """What the entity at place `debtor` of the matrix owes the one at place `creditor`."""

    debtor: int
    creditor: int
    minor: int
    href: str = ""


class Matrix(Struct, frozen=True):
    """What entities owe each other in one currency."""

    names: tuple[str, ...]
    owed: tuple[Owed, ...]
    currency: str

    def at(self, debtor: int, creditor: int) -> Owed | None:
        """What `debtor` owes `creditor`, if anything."""
        return self._by_place.get((debtor, creditor))

    def owes(self, debtor: int) -> int:
        """What `debtor` owes all others."""
        return sum(one.minor for one in self.owed if one.debtor == debtor)

    def is_owed(self, creditor: int) -> int:
        """What all others owe `creditor`."""
        return sum(one.minor for one in self.owed if one.creditor == creditor)

    def weight(self, owed: Owed) -> int:
        """1 (little) to 5 (the most): how deep its cell is coloured."""
        most = max(one.minor for one in self.owed)
        return 1 + min(4, 5 * owed.minor // (most + 1))

    def largest_first(self) -> list[Owed]:
        """Every pair, the largest debt first."""
        return sorted(self.owed, key=lambda one: -one.minor)

    @property
    def _by_place(self) -> Mapping[tuple[int, int], Owed]:
        return {(one.debtor, one.creditor): one for one in self.owed}
