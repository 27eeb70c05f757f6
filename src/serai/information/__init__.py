"""What is told: feeds, quarantine, references."""

from serai.information.feeds import ExternalReference, FeedRun, Quarantined
from serai.information.tables import (
    TABLES,
    find_references,
    read_quarantine,
    read_quarantined,
    read_runs,
    references_of,
)

__all__ = [
    "TABLES",
    "ExternalReference",
    "FeedRun",
    "Quarantined",
    "find_references",
    "read_quarantine",
    "read_quarantined",
    "read_runs",
    "references_of",
]
