"""A trial balance: every role on its side, in the order of a balance sheet, and both sums."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from msgspec import Struct

from serai.ledger import RoleSum
from serai.web.group.roles import group_of_role, group_text, place_of_role
from serai.web.languages import Language, gettext_of
from serai.web.look import with_query


class RoleLine(Struct, frozen=True):
    """A role with its balance on one of the two sides; None on the other."""

    role: str
    debit: int | None
    credit: int | None
    href: str


class RoleGroup(Struct, frozen=True):
    """Roles that belong together."""

    name: str
    text: str
    lines: Sequence[RoleLine]

    @property
    def balance(self) -> int:
        """What the group comes to, debits less credits."""
        return sum((line.debit or 0) - (line.credit or 0) for line in self.lines)


class TrialBalance(Struct, frozen=True):
    """A book in one unit as of a day."""

    unit: str
    groups: Sequence[RoleGroup]
    debits: int
    credits: int

    @property
    def holds(self) -> bool:
        """Whether both sides are equal."""
        return self.debits == self.credits

    def of(self, group: str) -> int:
        """What a group comes to, debits less credits; 0 without it."""
        return sum(one.balance for one in self.groups if one.name == group)


def trial_of(
    rows: Sequence[RoleSum], book: int, unit: str, day: date, language: Language
) -> TrialBalance:
    """The trial balance that these sums make."""
    say = gettext_of(language)
    ordered = sorted(rows, key=lambda row: place_of_role(row.role))
    groups = [
        RoleGroup(
            name,
            say(group_text(name)),
            [_line(row, role_href(book, row.role, unit, day)) for row in own],
        )
        for name, own in groupby(ordered, key=lambda row: group_of_role(row.role))
    ]
    return TrialBalance(
        unit,
        groups,
        sum(row.balance for row in rows if row.balance > 0),
        -sum(row.balance for row in rows if row.balance < 0),
    )


def _line(row: RoleSum, href: str) -> RoleLine:
    if row.balance > 0:
        return RoleLine(row.role, row.balance, None, href)
    return RoleLine(row.role, None, -row.balance, href)


def role_href(book: int, role: str, unit: str, day: date) -> str:
    """Where a role of a book has its page."""
    return with_query(f"/group/books/{book}/roles/{role}", unit=unit, day=day.isoformat())
