"""What was agreed in an order and what became of it, as parts of one beam."""

from collections.abc import Sequence

from msgspec import Struct

from serai.capital import VALUE_PREFIX
from serai.flows import Trace
from serai.web.languages import N_
from serai.web.look import Amount

PARTS = ("earned", "on_the_books", "held", "not_shown", "cancelled", "expired")
"""What may become of agreed value; `held` and `expired` never were on the books."""

_NAMES = {
    "earned": N_("earned"),
    "on_the_books": N_("on the books"),
    "held": N_("held"),
    "not_shown": N_("not shown"),
    "cancelled": N_("cancelled"),
    "expired": N_("run out"),
}


class Part(Struct, frozen=True):
    """One part: where it begins and how long it is, in percent of the beam."""

    name: str
    text: str
    amount: Amount
    start: float
    length: float
    href: str


class Beam(Struct, frozen=True):
    """All parts, which must make up what was agreed."""

    agreed: Amount
    parts: Sequence[Part]

    @property
    def together(self) -> Amount:
        """The sum of the parts."""
        return Amount(sum(part.amount.amount for part in self.parts), self.agreed.unit)

    @property
    def holds(self) -> bool:
        """Whether they make up what was agreed."""
        return self.together == self.agreed


def beam_of(found: Trace) -> Beam:
    """The beam of a traced order."""
    order = found.file.order
    minors = became(found)
    whole = max(order.amount_minor, sum(minors.values()), 1)
    parts, start = [], 0
    for name in PARTS:
        minor = minors.get(name, 0)
        if not minor:
            continue
        parts.append(
            Part(
                name,
                _NAMES[name],
                Amount(minor, order.currency),
                round(100 * start / whole, 3),
                round(100 * minor / whole, 3),
                f"/group/orders/{order.id}/transfers?role={name}"
                if name not in ("held", "expired")
                else "",
            )
        )
        start += minor
    return Beam(Amount(order.amount_minor, order.currency), tuple(parts))


def became(found: Trace) -> dict[str, int]:
    """What became of the agreed value: by the journal where it came on the books, else by the
    records of the lines, in minor units."""
    unit = VALUE_PREFIX + found.file.order.currency
    minors = dict.fromkeys(PARTS, 0)
    for balance in found.balances:
        if balance.unit == unit and balance.role in minors:
            minors[balance.role] -= balance.balance
    for line in found.file.lines:
        if line.state in ("held", "paying"):
            minors["held"] += line.amount_minor
        elif line.state == "expired":
            minors["expired"] += line.amount_minor
    # What was cancelled before it was confirmed never came on the books.
    cancelled = sum(line.amount_minor for line in found.file.lines if line.state == "cancelled")
    rest = found.file.order.amount_minor - sum(minors.values())
    minors["cancelled"] += max(0, min(cancelled - minors["cancelled"], rest))
    return minors
