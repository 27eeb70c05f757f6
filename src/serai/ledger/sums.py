"""The arithmetic of accounts: what a transfer does to two of them, and what forbids it."""

from msgspec import Struct

from serai.ledger.accounts import Account, Balances
from serai.ledger.results import MOST


class Forbidden(Struct, frozen=True):
    """The named result that forbids a step, and how many units were missing, if they were."""

    name: str
    missing: int = 0


def overflow(debit: Balances, credit: Balances, amount: int, *, pending: bool) -> Forbidden | None:
    """The first balance that `amount` would take beyond the largest there is."""
    if (
        amount + debit.debits_pending + debit.debits_posted <= MOST
        and amount + credit.credits_pending + credit.credits_posted <= MOST
    ):
        return None  # then none of their parts is too large
    if pending and amount + debit.debits_pending > MOST:
        return Forbidden("overflows_debits_pending")
    if pending and amount + credit.credits_pending > MOST:
        return Forbidden("overflows_credits_pending")
    if amount + debit.debits_posted > MOST:
        return Forbidden("overflows_debits_posted")
    if amount + credit.credits_posted > MOST:
        return Forbidden("overflows_credits_posted")
    if amount + debit.debits_pending + debit.debits_posted > MOST:
        return Forbidden("overflows_debits")
    if amount + credit.credits_pending + credit.credits_posted > MOST:
        return Forbidden("overflows_credits")
    return None


def over_limit(
    debit: Account, paid: Balances, credit: Account, received: Balances, amount: int
) -> Forbidden | None:
    """The limit that `amount` from `debit` (with `paid`) to `credit` (`received`) would break."""
    if debit.limit == "debits":
        missing = paid.debits_pending + paid.debits_posted + amount - paid.credits_posted
        if missing > 0:
            return Forbidden("exceeds_credits", missing)
    if credit.limit == "credits":
        missing = (
            received.credits_pending + received.credits_posted + amount - received.debits_posted
        )
        if missing > 0:
            return Forbidden("exceeds_debits", missing)
    return None


def debited(b: Balances, amount: int, pending: bool) -> Balances:
    """The balances after `amount` was debited."""
    if pending:
        return Balances(
            b.debits_pending + amount, b.debits_posted, b.credits_pending, b.credits_posted
        )
    return Balances(b.debits_pending, b.debits_posted + amount, b.credits_pending, b.credits_posted)


def credited(b: Balances, amount: int, pending: bool) -> Balances:
    """The balances after `amount` was credited."""
    if pending:
        return Balances(
            b.debits_pending, b.debits_posted, b.credits_pending + amount, b.credits_posted
        )
    return Balances(b.debits_pending, b.debits_posted, b.credits_pending, b.credits_posted + amount)


def debit_ended(b: Balances, pending: int, posted: int) -> Balances:
    """The balances of a debit account after `pending` has ended with `posted` of it posted."""
    return Balances(
        b.debits_pending - pending, b.debits_posted + posted, b.credits_pending, b.credits_posted
    )


def credit_ended(b: Balances, pending: int, posted: int) -> Balances:
    """The balances of a credit account after `pending` has ended with `posted` of it posted."""
    return Balances(
        b.debits_pending, b.debits_posted, b.credits_pending - pending, b.credits_posted + posted
    )
