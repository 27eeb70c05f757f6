"""The named results of a step, in the order in which they take precedence.

Names, meaning and precedence are those of TigerBeetle's `create_transfers` (its public
documentation is the reference), less what the design does not take over. Where several hold, the
earliest of this list is the answer. Later names of this file are the ledger's own.
"""

from typing import Final

RESULTS: Final = (
    "timeout_reserved_for_pending_transfer",
    "amount_must_not_be_zero",
    "accounts_must_be_different",
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

PROPOSAL_RESULTS: Final = (
    "key_reused",
    "chain_too_long",
    "outside_scope",
    "stale",
    "record_rejected",
)
"""Refusals of a proposal as a whole, which come before those of its steps."""

MOST: Final = 2**63 - 1
"""The largest amount and balance."""
