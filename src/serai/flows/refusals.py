"""What flows say no with."""

from collections.abc import Sequence

import msgspec

from serai.core import Refusal
from serai.merchants import Line, LineState


def unknown(kind: str, field: str) -> Refusal:
    """There is no such thing, or it is not the asker's to see."""
    return Refusal(
        name=f"{kind}_not_found",
        says=f"There is no such {kind}.",
        advice="Check the id.",
        field=field,
    )


def check_states(lines: Sequence[Line], allowed: Sequence[LineState], deed: str) -> Refusal | None:
    """Refuse a deed on no lines at all, or on lines that are not in a state for it."""
    if not lines:
        return unknown("line", "lines")
    for line in lines:
        if line.state not in allowed:
            return Refusal(
                name=f"line_{line.state}",
                says=f"{line.name_en} is {line.state.replace('_', ' ')}: it cannot be {deed}.",
                advice=f"Only lines that are {' or '.join(allowed)} can be {deed}.",
                field="lines",
            )
    return None


_EXPLAINED = {
    "exceeds_credits": (
        "There is not enough left of what this needs.",
        "Choose another date, time or offer, or a smaller quantity.",
    ),
    "pending_transfer_expired": (
        "The hold has run out; what it held may have been sold to others.",
        "Make a new order.",
    ),
    "outside_scope": ("This is outside of what you may write to.", "Ask for the right."),
    "chain_too_long": ("This order has too many parts for one step.", "Make several orders."),
    "stale": ("Somebody else changed this in the meantime.", "Try again."),
}


def explain(refusal: Refusal) -> Refusal:
    """A refusal of the ledger, in words for whoever asked."""
    if refusal.says or refusal.name not in _EXPLAINED:
        return refusal
    says, advice = _EXPLAINED[refusal.name]
    return msgspec.structs.replace(refusal, says=says, advice=advice)
