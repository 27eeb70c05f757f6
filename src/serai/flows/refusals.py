"""What flows say no with."""

from collections.abc import Sequence

import msgspec

from serai.core import Refusal
from serai.merchants import Line, LineState, OrderFile, chosen


def unknown(kind: str, field: str) -> Refusal:
    """There is no such thing, or it is not the asker's to see."""
    return Refusal(
        name=f"{kind}_not_found",
        says=f"There is no such {kind}.",
        advice="Check the id.",
        field=field,
    )


def choose(file: OrderFile, ids: frozenset[int] | None) -> tuple[Line, ...] | Refusal:
    """The lines of an order that a deed is for: those named, each of which must be there, or all
    of them."""
    own = chosen(file.lines, ids)
    if not own or (ids is not None and len(own) < len(ids)):
        return unknown("line", "lines")
    return own


def check_states(lines: Sequence[Line], allowed: Sequence[LineState], deed: str) -> Refusal | None:
    """Refuse a deed on lines that are not in a state for it."""
    for line in lines:
        if line.state not in allowed:
            return Refusal(
                name=f"line_{line.state}",
                says=f"{line.name_en} is {line.state.replace('_', ' ')}: it cannot be {deed}.",
                advice=f"Only lines that are {' or '.join(allowed)} can be {deed}.",
                field="lines",
            )
    return None


def payer_required(says: str, field: str) -> Refusal:
    """Only a company with an account can be invoiced."""
    return Refusal(
        name="payer_required",
        says=says,
        advice="Name a company as payer, or choose another way to pay.",
        field=field,
    )


def hold_run_out() -> Refusal:
    """The books have given back what a line had held, or are about to."""
    return explain(Refusal(name="pending_transfer_expired", field="lines"))


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
_OTHERWISE = ("The books do not allow this.", "Check the amounts and quantities.")


def explain(refusal: Refusal, line: Line | None = None) -> Refusal:
    """A refusal of the ledger, in words for whoever asked; `line` is the one it is about."""
    if refusal.says:
        return refusal
    if refusal.name == "exceeds_credits" and line is not None:
        says = f"There is not enough left for {line.name_en} on {line.first_day}."
        advice = _EXPLAINED["exceeds_credits"][1]
    else:
        says, advice = _EXPLAINED.get(refusal.name, _OTHERWISE)
    return msgspec.structs.replace(refusal, says=says, advice=advice)
