"""What stands in a book for a store goes over to another book with it."""

from serai.capital import chart
from serai.ledger import Account, Belonging, Transfer

MOVE = "move"


def hand_over(account: Account, book: int, debit_minor: int, of: Belonging) -> tuple[Transfer, ...]:
    """The balance of an account of money, `debit_minor` on its debit side (below 0: on its credit
    side), goes over to the same account of another book: what one entity gives away the other
    owes it."""
    unit = account.unit
    taken = Account(book, unit, account.holder, account.role, account.slot, account.limit)
    if debit_minor == 0:
        return ()
    if debit_minor > 0:
        pairs = (
            (chart.due_from(account.book, unit, book), account),
            (taken, chart.due_to(book, unit, account.book)),
        )
    else:
        pairs = (
            (account, chart.due_to(account.book, unit, book)),
            (chart.due_from(book, unit, account.book), taken),
        )
    return tuple(
        Transfer(debit=debit, credit=credit, amount=abs(debit_minor), reason=MOVE, of=of)
        for debit, credit in pairs
    )
