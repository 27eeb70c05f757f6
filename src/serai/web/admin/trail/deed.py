"""One deed: who did it, from where, and what it changed."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template
from msgspec import Struct

from serai.cloud import NEWEST_DEED, deed_numbered
from serai.web.admin.trail.words import actor_texts, operation_text, thing_href, thing_text
from serai.web.entry import actor_of
from serai.web.group.console import SharedConsole
from serai.web.languages import gettext_of
from serai.web.look import Column, Table, language_of


class ChangeRow(Struct, frozen=True):
    """A column of a record before and after."""

    record: str
    column: str
    before: str
    after: str


@get("/{number:int}", include_in_schema=False, opt={"right": "trail.read"})
async def deed_page(
    request: Request[Any, Any, Any], console: SharedConsole, number: FromPath[int]
) -> Template:
    """The deed with this number, if the asker sees it."""
    say = gettext_of(language_of(request))
    seen = await console.house.seen_by(actor_of(request.scope), "trail.read")
    deed = await deed_numbered(seen.database, number) if 0 < number < NEWEST_DEED else None
    if deed is None:
        raise NotFoundException
    who = await actor_texts(console.house.database, [deed.actor], say)
    return Template(
        "admin/trail/deed.html",
        context={
            "deed": deed,
            "who": who[deed.actor],
            "what": operation_text(deed.operation, say),
            "thing": thing_text(deed, say),
            "thing_href": thing_href(deed),
            "changes": Table(
                (
                    Column("record", say("Record"), "mono", place="title"),
                    Column("column", say("Column"), "mono", place="lead"),
                    Column("before", say("Before")),
                    Column("after", say("After")),
                ),
                change_rows(deed.rows()),
                say("What it changed"),
            ),
        },
    )


def change_rows(
    rows: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]],
) -> list[ChangeRow]:
    """Every column that a deed tells of."""
    return [
        ChangeRow(record, column, _text(before.get(column)), _text(after.get(column)))
        for record, (before, after) in rows.items()
        for column in {**before, **after}
    ]


def _text(value: object) -> str:
    match value:
        case None:
            return "–"
        case str():
            return value
        case _:
            return msgspec.json.encode(value).decode()
