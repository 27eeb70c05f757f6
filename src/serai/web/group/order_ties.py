"""What ties an order together, each with both of its sides, in a reader's words."""

from collections.abc import Sequence

from msgspec import Struct

from serai.flows import Tie, Trace
from serai.web.group.account_names import AccountNames
from serai.web.languages import N_, gettext_of
from serai.web.look import Amount

_TEXTS = {
    "order_is_its_bookings": (N_("The order"), N_("its bookings")),
    "order_is_its_lines": (N_("The order"), N_("its lines")),
    "order_is_its_charges": (N_("The order"), N_("its charges, one by one")),
    "order_is_what_became_of_it": (N_("The order"), N_("what became of it, by the books")),
    "debits_are_credits": (N_("Debits, {book}"), N_("credits")),
    "payments_are_cleared": (N_("Paid, by the providers’ answers"), N_("payment clearing")),
    "charges_are_taxed": (N_("Tax of what was earned"), N_("output tax")),
}


class TieShown(Struct, frozen=True):
    """Two figures that must be equal."""

    left_says: str
    left: Amount
    right_says: str
    right: Amount
    holds: bool


def ties_shown(found: Trace, names: AccountNames) -> Sequence[TieShown]:
    """Every tie of an order; those that say `nothing is nothing` are left out."""
    return [_shown(tie, names) for tie in found.ties if tie.left or tie.right]


def _shown(tie: Tie, names: AccountNames) -> TieShown:
    say = gettext_of(names.language)
    left, right = _TEXTS.get(tie.name, (tie.name, ""))
    book = names.book(tie.book) if tie.book else ""
    return TieShown(
        say(left).format(book=book),
        Amount(tie.left, tie.unit),
        say(right).format(book=book) if right else "",
        Amount(tie.right, tie.unit),
        tie.holds,
    )
