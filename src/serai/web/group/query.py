"""What a page was asked for: the fields of its address as a frozen value."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Request
from msgspec import Meta, Struct, inspect

from serai.web.languages import N_
from serai.web.problems import Asked, BadQuery, Need

Wanted = TypeVar("Wanted", bound=Struct)

Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Word = Annotated[str, Meta(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]

EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)
"""Days that pages reckon with; far from where a calendar ends."""

LABELS: Mapping[str, str] = {
    "address": N_("From address"),
    "brand": N_("Brand"),
    "channel": N_("Channel"),
    "city": N_("City"),
    "code": N_("Node, by name or code"),
    "company": N_("Another company"),
    "day": N_("Day"),
    "id": N_("Its number"),
    "level": N_("What"),
    "q": N_("Search"),
    "refused": N_("Outcome"),
    "run": N_("Run by"),
    "segment": N_("Segment"),
    "since": N_("From day"),
    "state": N_("State"),
    "thing": N_("To what"),
    "until": N_("Up to"),
    "what": N_("What"),
    "who": N_("Who"),
}
"""What people know fields by; a form that calls one otherwise says so in its `Meta(title=...)`."""

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
        name = found.group(1) if found else ""
        raise BadQuery(name, _as_asked(kind, name, given.get(name, ""))) from None
    for name in fields:
        value = getattr(wanted, name)
        if isinstance(value, date) and not EARLIEST <= value <= LATEST:
            raise BadQuery(name, _as_asked(kind, name, given[name]))
    return wanted


def _as_asked(kind: type[Struct], name: str, value: str) -> Asked | None:
    """The field as its form shows it; None for one that no form shows."""
    for field in inspect.type_info(kind).fields:  # type: ignore[attr-defined]  # of a Struct
        if field.name != name:
            continue
        title, type = "", field.type
        if isinstance(type, inspect.Metadata):
            title, type = (type.extra_json_schema or {}).get("title", ""), type.type
        label = title or LABELS.get(name, "")
        need, most = _needed(type)
        return Asked(label, need, value.strip(), most) if label else None
    return None


def _needed(type: inspect.Type) -> tuple[Need, int]:
    """What a field of a type holds, and how many signs at most."""
    for one in type.types if isinstance(type, inspect.UnionType) else (type,):
        match one:
            case inspect.DateType():
                return "day", 0
            case inspect.IntType():
                return "number", 0
            case inspect.StrType():
                return "words", one.max_length or 0
            case _:
                continue
    return "choice", 0
