"""An order's own trial balance: what it has moved in each book, role by role."""

from collections.abc import Sequence
from itertools import groupby

from msgspec import Struct

from serai.flows import RoleBalance, Trace
from serai.web.group.account_names import AccountNames, is_goods
from serai.web.group.roles import place_of_role


class RoleShown(Struct, frozen=True):
    """A role with what the order has left in it, on one of the two sides."""

    role: str
    debit: int | None
    credit: int | None
    href: str


class BookShown(Struct, frozen=True):
    """One book in one unit: its roles, and the sums of both sides."""

    name: str
    unit: str
    roles: Sequence[RoleShown]

    @property
    def debits(self) -> int:
        """The sum of the debit side."""
        return sum(role.debit or 0 for role in self.roles)

    @property
    def credits(self) -> int:
        """The sum of the credit side."""
        return sum(role.credit or 0 for role in self.roles)


def balance_books(found: Trace, names: AccountNames) -> Sequence[BookShown]:
    """Every book that an order has moved money in."""
    order_id = found.file.order.id
    money = [one for one in found.balances if ":" not in one.unit and not is_goods(one.unit)]
    shown = []
    for (book, unit), rows in groupby(
        sorted(money, key=lambda one: (one.book, one.unit, place_of_role(one.role))),
        key=lambda one: (one.book, one.unit),
    ):
        roles = [_role(order_id, row) for row in rows]
        shown.append(BookShown(names.book(book), unit, roles))
    return shown


def _role(order_id: int, row: RoleBalance) -> RoleShown:
    href = f"/group/orders/{order_id}/transfers?book={row.book}&role={row.role}"
    settled = not row.balance
    return RoleShown(
        row.role,
        row.balance if row.balance > 0 or settled else None,
        -row.balance if row.balance < 0 else None,
        href,
    )
