"""Feeds: what was read from a source, what waits in quarantine, and what others call our things."""

from datetime import datetime
from typing import Literal

from msgspec import Struct


class FeedRun(Struct, frozen=True, kw_only=True):
    """One reading of a file; `digest` is the SHA-256 of its bytes, counts are of its records."""

    id: int
    feed: str
    file_name: str
    digest: str
    started_at: datetime
    ended_at: datetime | None = None
    read: int = 0
    accepted: int = 0
    rejected: int = 0
    already_known: int = 0
    version: int = 1


class Quarantined(Struct, frozen=True, kw_only=True):
    """A record that its schema refused: where it stood, every reason, and the row as it came.

    `fingerprint` is the hash of row and occurrence that keeps it from being counted twice;
    `corrected` holds the columns that a person has changed.
    """

    id: int
    feed: str
    run_id: int
    line_number: int
    fingerprint: str
    reasons: tuple[str, ...]
    record: dict[str, str]
    status: Literal["waiting", "released", "dropped"]
    seen_at: datetime
    corrected: dict[str, str] = {}
    settled_at: datetime | None = None
    version: int = 1


class ExternalReference(Struct, frozen=True, kw_only=True):
    """What another system calls a thing of ours."""

    id: int
    system: str
    kind: str
    external_id: str
    internal_id: int
