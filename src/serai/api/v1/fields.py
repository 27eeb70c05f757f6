"""The kinds of fields that requests and answers share, with their limits."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from litestar.params import PathParameter, QueryParameter
from msgspec import Meta

from serai.ledger import MOST

MOST_LIMIT = 200
USUAL_LIMIT = 50

Id = Annotated[int, Meta(ge=1, le=MOST)]
Count = Annotated[int, Meta(ge=0, le=500)]
PLAIN = r"^[^\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]*$"
"""One line of text, without signs that control or that turn its direction."""

Text = Annotated[str, Meta(max_length=200, pattern=PLAIN)]
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=PLAIN)]
ShortText = Annotated[str, Meta(min_length=1, max_length=100, pattern=PLAIN)]
Code = Annotated[str, Meta(min_length=1, max_length=40, pattern="^[A-Za-z0-9._-]+$")]
Country = Annotated[str, Meta(max_length=3, pattern="^[A-Z]*$", description="ISO 3166 letters.")]
LineIds = Annotated[
    tuple[Id, ...],
    Meta(min_length=1, max_length=40, description="The lines that are meant; all when left out."),
]

StateName = Literal[
    "held", "paying", "confirmed", "fulfilled", "cancelled", "not_shown", "expired"
]  # fmt: skip
SegmentName = Literal["hotel", "dining", "tour", "ticket", "retail"]

PathId = Annotated[int, PathParameter(description="An id.", ge=1, le=MOST)]
Limit = Annotated[
    int, QueryParameter(description="How many items a page has at most.", ge=1, le=MOST_LIMIT)
]
Cursor = Annotated[
    str | None,
    QueryParameter(
        description="`next` of the page before; the first page when left out.", max_length=200
    ),
]
NodeId = Annotated[int | None, QueryParameter(description="An id.", ge=1, le=MOST)]
OfSegment = Annotated[SegmentName | None, QueryParameter(description="Of one segment.")]
SearchText = Annotated[
    str | None,
    QueryParameter(
        description="Part of a name, in English or Chinese.", min_length=1, max_length=80
    ),
]


def in_utc(moment: datetime) -> datetime:
    """A moment as the API writes it; the database answers in whatever zone it speaks."""
    return moment.astimezone(UTC)
