"""Goods go over to another book with their store."""

from serai.ledger import Belonging, Transfer
from serai.logistics.resources import Need, Resource, available, source

MOVE = "move"


def hand_over_stock(
    origin: int, goal: int, resource: Resource, left: int, of: Belonging
) -> tuple[Transfer, ...]:
    """What is left of goods is taken out of one book and put into another. Goods that are sold out
    are opened there and closed at once, so that nobody opens them from the calendar."""
    need = Need(resource.id, resource.kind, 0, left, 0)
    there = available(goal, need), source(goal, need)
    if not left:
        return (
            Transfer(debit=there[1], credit=there[0], amount=1, reason=MOVE, of=of),
            Transfer(debit=there[0], credit=there[1], amount=1, reason=MOVE, of=of),
        )
    return (
        Transfer(
            debit=available(origin, need), credit=source(origin, need), amount=left, reason=MOVE,
            of=of,
        ),
        Transfer(debit=there[1], credit=there[0], amount=left, reason=MOVE, of=of),
    )  # fmt: skip
