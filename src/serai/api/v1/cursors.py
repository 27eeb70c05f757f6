"""Cursors: where a list goes on, as text that means something to nobody but us."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from heapq import nsmallest
from operator import attrgetter
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import Meta, Struct

from serai.api.v1.problems import RefusedRequest
from serai.core import Refusal
from serai.ledger import MOST

Place = TypeVar("Place", bound=Struct)
Row = TypeVar("Row")
_Id = Annotated[int, Meta(ge=1, le=MOST)]

CURSOR_INVALID = Refusal(
    name="cursor_invalid",
    says="This is not the cursor of a page of this list.",
    advice="Use `next` of the page before as it is, or leave the cursor out.",
    field="cursor",
)


by_id: Callable[[Any], int] = attrgetter("id")


class AfterId(Struct, frozen=True, array_like=True, tag="i"):
    """A list in the order of ids goes on after this one."""

    id: _Id


class BeforeMoment(Struct, frozen=True, array_like=True, tag="m"):
    """A list with the latest first goes on before this moment, and before this id in it."""

    moment: Annotated[datetime, Meta(tz=True)]
    id: _Id


class Part(Struct, Generic[Row], frozen=True):
    """The rows of one page, and the cursor of the next; None on the last."""

    rows: Sequence[Row]
    next: str | None


def write_cursor(place: Struct) -> str:
    """A place in a list as text."""
    return urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def read_cursor(text: str | None, kind: type[Place]) -> Place | None:
    """The place that a cursor stands for; None for the first page."""
    if text is None:
        return None
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        return msgspec.json.decode(urlsafe_b64decode(padded), type=kind)
    except (UnicodeError, NotBase64, msgspec.DecodeError):
        raise RefusedRequest(CURSOR_INVALID) from None


def read_id(text: str | None, first: int) -> int:
    """The id that a list in the order of ids goes on from; `first` for the first page."""
    place = read_cursor(text, AfterId)
    return place.id if place else first


def cut(found: Sequence[Row], limit: int, id_of: Callable[[Row], int] = by_id) -> Part[Row]:
    """The page of what was looked for one row further than it goes."""
    rows = found[:limit]
    return Part(rows, write_cursor(AfterId(id_of(rows[-1]))) if len(found) > limit else None)


def cut_at(cursor: str | None, rows: Iterable[Row], limit: int) -> Part[Row]:
    """The page, by id, that a cursor asks for of all rows there are."""
    after = read_id(cursor, 0)
    later = (row for row in rows if by_id(row) > after)
    return cut(nsmallest(limit + 1, later, key=by_id), limit)
