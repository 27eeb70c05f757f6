"""Slots that are past: their accounts leave the table that the writer works on."""

from datetime import date, timedelta

from serai.core import slot_of
from serai.ledger import archive_accounts

KEPT_DAYS = 35
"""So long after its day a slot may still be touched: a late no-show, a correction. One that is
touched later comes back from the archive, which takes a moment longer."""


async def archive_past_slots(writer_url: str, today: date) -> int:
    """Archive what is past and settled of the slots; how many those were."""
    before = slot_of(today - timedelta(days=KEPT_DAYS))
    return await archive_accounts(writer_url, "available", before)
