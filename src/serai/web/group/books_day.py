"""As of which day the books are shown: between their first movement and today."""

from datetime import date, timedelta

from msgspec import Struct

from serai.ledger import Span

RECENT = timedelta(days=31)
"""Books that have moved within so many days are gone through up to today; others to their end."""


class BooksDay(Struct, frozen=True):
    """The days that a slider goes through, and the one that is shown."""

    first: date
    last: date
    chosen: date


def books_day(span: Span, today: date, wanted: date | None) -> BooksDay:
    """The day to show books that moved within `span`; the last one unless another is wanted."""
    last = span.last or today
    if today - last <= RECENT:
        last = max(last, today)
    first = min(span.first or last, last - timedelta(days=1))
    return BooksDay(first, last, min(max(wanted or last, first), last))
