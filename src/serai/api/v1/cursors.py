"""Cursors: where a list goes on, as text that means something to nobody but us."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from serai.api.v1.problems import RefusedRequest
from serai.core import Refusal
from serai.ledger import MOST

Place = TypeVar("Place", bound=Struct)
_Id = Annotated[int, Meta(ge=1, le=MOST)]

CURSOR_INVALID = Refusal(
    name="cursor_invalid",
    says="This is not the cursor of a page of this list.",
    advice="Use `next` of the page before as it is, or leave the cursor out.",
    field="cursor",
)


class AfterId(Struct, frozen=True, array_like=True, tag="i"):
    """A list in the order of ids goes on after this one."""

    id: _Id


class BeforeMoment(Struct, frozen=True, array_like=True, tag="m"):
    """A list with the latest first goes on before this moment, and before this id in it."""

    moment: Annotated[datetime, Meta(tz=True)]
    id: _Id


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
