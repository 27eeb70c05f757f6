"""The named results of a step, in the order in which they take precedence.

Names, meaning and precedence are those of TigerBeetle's `create_transfers` (its public
documentation is the reference), less what the design does not take over. Where several hold, the
earliest of `RESULTS` is the answer. The other names are the ledger's own.
"""

from typing import Final

RESULTS: Final = (
    "accounts_must_be_different",
    "pending_id_must_not_be_zero",
    "timeout_reserved_for_pending_transfer",
    "amount_must_not_be_zero",
    "accounts_must_have_the_same_ledger",
    "pending_transfer_not_found",
    "pending_transfer_not_pending",
    "exceeds_pending_transfer_amount",
    "pending_transfer_already_posted",
    "pending_transfer_already_voided",
    "pending_transfer_expired",
    "overflows_debits_pending",
    "overflows_credits_pending",
    "overflows_debits_posted",
    "overflows_credits_posted",
    "overflows_debits",
    "overflows_credits",
    "overflows_timeout",
    "exceeds_credits",
    "exceeds_debits",
)

STEP_RESULTS: Final = ("outside_scope", "account_has_different_limit")
"""The ledger's own refusals of a step.

`outside_scope` is told as soon as the book is known: before everything else of a transfer, and
right after `pending_transfer_not_pending` of a post or void. `account_has_different_limit` (the
account is open under another limit) follows `accounts_must_have_the_same_ledger`.
"""

PROPOSAL_RESULTS: Final = (
    "key_reused",
    "chain_too_long",
    "outside_scope",
    "stale",
    "record_rejected",
)
"""Refusals of a proposal as a whole. The first three come before those of its steps."""

MOST: Final = 2**63 - 1
"""The largest amount and balance."""
