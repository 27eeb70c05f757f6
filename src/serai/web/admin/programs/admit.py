"""Let a program in: a name, its scopes, where it is at home; its key is shown this once."""

from collections.abc import Sequence
from datetime import timedelta
from secrets import token_hex
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.datastructures import FormMultiDict
from litestar.response import Template
from msgspec import Struct

from serai.cloud import PROGRAM_LEVELS, RIGHTS
from serai.core import Refusal
from serai.flows import House, IssuedKey, NewProgram, admit_program
from serai.web.admin.people.choices import Where, node_called, where_to_see
from serai.web.entry import actor_of
from serai.web.group.console import SharedConsole
from serai.web.group.forms import by_form
from serai.web.group.refusals import refusal_shown
from serai.web.languages import gettext_of
from serai.web.look import language_of, word

WRITE = {"right": "access.write"}


class Filled(Struct, frozen=True):
    """What stands in the form, as it was typed."""

    name: str = ""
    level: str = "group"
    node: str = ""
    days: str = "365"
    requests_a_minute: str = "6000"
    scopes: Sequence[str] = ()


@get("/new", include_in_schema=False, opt=WRITE)
async def admit_page(request: Request[Any, Any, Any]) -> Template:
    """The empty form."""
    return _page(request, Filled())


@post("/new", include_in_schema=False, opt=WRITE, status_code=200)
async def admit(request: Request[Any, Any, Any], console: SharedConsole) -> Template:
    """Let it in, or say what is in the way."""
    house, form = console.house, await request.form()
    filled = _filled(form)
    wanted = await _wanted(house, filled)
    if wanted is None:
        where = await where_to_see(request, house, filled.level, filled.node)
        return _page(request, filled, where.refusal, where)
    if isinstance(wanted, Refusal):
        return _page(request, filled, wanted)
    issued = await admit_program(house, by_form(request, form), wanted)
    if isinstance(issued, IssuedKey):
        return shown_once(issued)
    return _page(request, filled, issued)


def shown_once(issued: IssuedKey) -> Template:
    """The key, on a page that is never shown again."""
    return Template(
        "admin/programs/key.html",
        context={"key_shown": issued.written.reveal(), "made": issued.made},
    )


def _filled(form: FormMultiDict) -> Filled:
    typed = {name: str(form.get(name, "")).strip() for name in Filled.__struct_fields__[:-1]}
    return Filled(**typed, scopes=[str(one) for one in form.getall("scopes", [])])


async def _wanted(house: House, filled: Filled) -> NewProgram | Refusal | None:
    """What is asked for; None where the node is not known by what was typed."""
    if filled.level not in PROGRAM_LEVELS:
        return None
    node = node_called(await house.organisation(), filled.level, filled.node)
    if node is None:
        return None
    try:
        days = msgspec.convert(filled.days, int, strict=False)
        requests = msgspec.convert(filled.requests_a_minute, int, strict=False)
    except msgspec.ValidationError:
        return Refusal(name="life_out_of_range", field="days")
    if not 0 <= days <= 100_000:
        return Refusal(name="life_out_of_range", field="days")
    return NewProgram(
        name=filled.name,
        scopes=tuple(one for one in RIGHTS if one in filled.scopes),
        level=node.level,
        node_id=node.id,
        life=timedelta(days=days),
        requests_a_minute=requests,
    )


def _page(
    request: Request[Any, Any, Any],
    filled: Filled,
    refused: Refusal | None = None,
    where: Where | None = None,
) -> Template:
    language = language_of(request)
    say = gettext_of(language)
    held = actor_of(request.scope).rights
    return Template(
        "admin/programs/new.html",
        context={
            "filled": filled,
            "where": where or Where(filled.level, filled.node),
            "levels": [(level, word(level, say)) for level in PROGRAM_LEVELS],
            "scopes": [(one, word(one, say)) for one in RIGHTS if one in held],
            "key": token_hex(16),
            "refused": refusal_shown(refused, language) if refused else None,
        },
        status_code=422 if refused else 200,
    )
