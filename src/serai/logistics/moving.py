"""Goods go over to another book with their store."""

from serai.ledger import Belonging, Step, Transfer
from serai.logistics.resources import Need, Resource, available, open_slots, sold, source

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


def carry_units(
    origin: int, goal: int, resource: Resource, slot: int, quantity: int, of: Belonging, *,
    opens: int, free: int,
) -> tuple[Step, ...]:  # fmt: skip
    """What was sold of a resource in one book is sold in another instead.

    A slot that lies ahead opens there at what the calendar gives (`opens`, above 0), and what was
    sold is taken off what is `free` in it, as far as it goes: some may have been sold beyond it.
    """
    need = Need(resource.id, resource.kind, slot, quantity, opens)
    taken = min(quantity, free)
    chain: list[Step] = [
        Transfer(
            debit=sold(origin, need), credit=source(origin, need), amount=quantity, reason=MOVE,
            of=of,
        ),
        *open_slots(goal, (need,)),
    ]  # fmt: skip
    if taken > 0:
        chain.append(
            Transfer(
                debit=available(goal, need), credit=source(goal, need), amount=taken,
                reason=MOVE, of=of,
            )
        )  # fmt: skip
    chain.append(
        Transfer(
            debit=source(goal, need), credit=sold(goal, need), amount=quantity, reason=MOVE, of=of
        )
    )
    return tuple(chain)


def take_out(
    book: int, resource: Resource, slot: int, quantity: int, of: Belonging, *, opens: int
) -> tuple[Step, ...]:
    """So much of a slot cannot be sold in a book; the slot opens at what the calendar gives."""
    need = Need(resource.id, resource.kind, slot, quantity, opens)
    closing = Transfer(
        debit=available(book, need), credit=source(book, need), amount=quantity, reason=MOVE, of=of
    )
    return (*open_slots(book, (need,)), *((closing,) if quantity else ()))
