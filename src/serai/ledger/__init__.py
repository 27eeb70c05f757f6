"""The books: units, accounts, transfers, and the one writer that commits them."""

from serai.ledger.accounts import EMPTY, Account, Balances, Limit
from serai.ledger.books import Books
from serai.ledger.decision import Accepted, Ending, Entry, Pending, View, decide, expire
from serai.ledger.journal import Fenced
from serai.ledger.pendings import open_pendings
from serai.ledger.proposals import (
    EVERYTHING,
    MOST_STEPS,
    Change,
    Committed,
    Event,
    Insert,
    Key,
    Outcome,
    Proposal,
    Refused,
    Replayed,
    Scope,
)
from serai.ledger.records import BadRecord, Table
from serai.ledger.results import MOST, PROPOSAL_RESULTS, RESULTS, STEP_RESULTS
from serai.ledger.transfers import NOTHING, Belonging, Opening, Post, Step, Transfer, Void
from serai.ledger.writer import Writer, open_writer

__all__ = [
    "EMPTY",
    "EVERYTHING",
    "MOST",
    "MOST_STEPS",
    "NOTHING",
    "PROPOSAL_RESULTS",
    "RESULTS",
    "STEP_RESULTS",
    "Accepted",
    "Account",
    "BadRecord",
    "Balances",
    "Belonging",
    "Books",
    "Change",
    "Committed",
    "Ending",
    "Entry",
    "Event",
    "Fenced",
    "Insert",
    "Key",
    "Limit",
    "Opening",
    "Outcome",
    "Pending",
    "Post",
    "Proposal",
    "Refused",
    "Replayed",
    "Scope",
    "Step",
    "Table",
    "Transfer",
    "View",
    "Void",
    "Writer",
    "decide",
    "expire",
    "open_pendings",
    "open_writer",
]
