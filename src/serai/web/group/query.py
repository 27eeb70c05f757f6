"""What a page was asked for: the fields of its address as a frozen value."""

import re
from datetime import date
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Request
from msgspec import Meta, Struct

from serai.web.problems import BadQuery

Wanted = TypeVar("Wanted", bound=Struct)

Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Word = Annotated[str, Meta(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]

EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)
"""Days that pages reckon with; far from where a calendar ends."""

_PATH = re.compile(r"`\$\.(\w+)")


def asked(request: Request[Any, Any, Any], kind: type[Wanted]) -> Wanted:
    """The address's query as a `kind`; an empty field counts as not asked for.

    Raises `BadQuery`, which names the field, when a value does not fit.
    """
    fields = kind.__struct_fields__
    given = {name: value for name, value in request.query_params.items() if name in fields}
    try:
        wanted = msgspec.convert(
            {name: value.strip() for name, value in given.items() if value.strip()},
            kind,
            strict=False,
        )
    except msgspec.ValidationError as error:
        found = _PATH.search(str(error))
        raise BadQuery(found.group(1) if found else "?") from None
    for name in fields:
        value = getattr(wanted, name)
        if isinstance(value, date) and not EARLIEST <= value <= LATEST:
            raise BadQuery(name)
    return wanted
