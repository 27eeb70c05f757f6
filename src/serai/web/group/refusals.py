"""Refusals in a reader's language: what is wrong, and what can be done about it.

Flows say no in English; the names are stable, so the pages have words for those that they meet.
"""

from collections.abc import Mapping

from msgspec import Struct

from serai.core import Refusal
from serai.web.access_words import REFUSALS
from serai.web.languages import N_, Language, gettext_of


class RefusalShown(Struct, frozen=True):
    """A refusal as a notice says it; `name` is what programs and people on the phone call it."""

    name: str
    says: str
    advice: str


_WORDS: dict[str, tuple[str, str]] = {
    **REFUSALS,
    "line_cancelled": (
        N_("One of these lines is cancelled already."),
        N_("Look at the order as it stands now."),
    ),
    "line_fulfilled": (
        N_("One of these lines was served, so it cannot be cancelled."),
        N_("Choose the lines that are still to come."),
    ),
    "line_not_shown": (
        N_("Nobody came for one of these lines, so it cannot be cancelled."),
        N_("Choose the lines that are still to come."),
    ),
    "line_expired": (
        N_("The hold of one of these lines has run out: there is nothing to cancel."),
        N_("Choose the lines that are still to come."),
    ),
    "line_not_found": (
        N_("The order has no such line."),
        N_("Load the page again, and choose from the lines that it shows."),
    ),
    "no_lines_chosen": (N_("No line is chosen."), N_("Choose the lines to cancel.")),
    "order_not_found": (N_("There is no such order."), N_("Check the number.")),
    "customer_not_found": (
        N_("Nobody has this number and what was shown."),
        N_("Check both with the guest, or let them be registered anew."),
    ),
    "one_detail": (
        N_("A guest shows one thing: a telephone, an e-mail or a document."),
        N_("Fill in one of them."),
    ),
    "phone_invalid": (
        N_("This is not a telephone number."),
        N_("Write it with the code of its country: +86 138 1234 5678."),
    ),
    "document_invalid": (
        N_("This is not the number of a document, or not the code of a country."),
        N_(
            "A number has letters, digits, hyphens, slashes and dots; a country has two or three "
            "letters."
        ),
    ),
    "stale": (
        N_("Somebody else changed this in the meantime."),
        N_("Look at it as it stands now, and try again."),
    ),
    "idempotency_key_reused": (
        N_("This form was sent before, with something else in it."),
        N_("Load the page again."),
    ),
    "exceeds_credits": (
        N_("There is not enough left of what this needs."),
        N_("Choose another date, time or offer, or a smaller quantity."),
    ),
    "pending_transfer_expired": (
        N_("The hold has run out; what it held may have been sold to others."),
        N_("Make a new order."),
    ),
    "outside_scope": (
        N_("This is outside of what you may write to."),
        N_("Ask for the right."),
    ),
    "no_room_found": (
        N_("No hotel here has a room type with a free night in the coming weeks."),
        N_("Start the demo group, or enter hotels with rooms and prices."),
    ),
    "rehearsal_running": (
        N_("Somebody else is rehearsing at this moment."),
        N_("It takes a second or two: try again."),
    ),
    "row_rejected": (
        N_("The row still does not satisfy its schema."),
        N_("The reasons that remain stand beside their fields."),
    ),
    "row_released": (
        N_("This row was released before."),
        N_("Look at what became of it."),
    ),
    "row_dropped": (
        N_("This row was dropped before."),
        N_("Look at what became of it."),
    ),
    "quarantined_row_not_found": (
        N_("There is no such row in quarantine."),
        N_("Check the number."),
    ),
}


def refusal_shown(
    refusal: Refusal, language: Language, own: Mapping[str, tuple[str, str]] | None = None
) -> RefusalShown:
    """A refusal in words, a page's `own` ones first; one that has none speaks for itself."""
    say = gettext_of(language)
    says, advice = (own or {}).get(refusal.name) or _WORDS.get(refusal.name, ("", ""))
    if not says:
        return RefusalShown(refusal.name, refusal.says or refusal.name, refusal.advice)
    return RefusalShown(refusal.name, say(says), say(advice))
