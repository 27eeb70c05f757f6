"""What is told: feeds, quarantine, references."""

from serai.information import hotel_bookings
from serai.information.feeds import ExternalReference, FeedRun, Quarantined
from serai.information.files import (
    Fingerprints,
    Row,
    VerifiedFile,
    fingerprint,
    read_rows,
    verify_file,
)
from serai.information.tables import (
    TABLES,
    QuarantineCount,
    count_quarantine,
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
    "Fingerprints",
    "QuarantineCount",
    "Quarantined",
    "Row",
    "VerifiedFile",
    "count_quarantine",
    "find_references",
    "fingerprint",
    "hotel_bookings",
    "read_quarantine",
    "read_quarantined",
    "read_rows",
    "read_runs",
    "references_of",
    "verify_file",
]
