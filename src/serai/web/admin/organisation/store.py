"""One store in the organisation: its parents by date, and the form that moves it."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from litestar import Request, get, post
from litestar.datastructures import FormMultiDict
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template
from msgspec import Struct

from serai.cloud import Axis, Store
from serai.core import Refusal
from serai.flows import move_store
from serai.web.admin.organisation.axes import (
    AXES,
    AXIS_WORDS,
    ROOT,
    Say,
    Seen,
    nodes_on,
    seen_by,
)
from serai.web.admin.organisation.moves import plans_shown
from serai.web.admin.organisation.words import refusal_words
from serai.web.group.console import Console, SharedConsole
from serai.web.group.directory import name_of
from serai.web.group.forms import by_form
from serai.web.group.query import asked
from serai.web.languages import N_, Language, gettext_of
from serai.web.look import Column, Table, language_of
from serai.web.problems import Asked, BadQuery, NoSuch


class MoveWanted(Struct, frozen=True):
    """The axis on which the form moves the store, the one on which it just has, and whether a move
    was just planned or called off."""

    axis: Axis = "brand"
    moved: Axis | None = None
    planned: bool = False
    cancelled: bool = False


class PeriodRow(Struct, frozen=True):
    """A parent and its days; `when` says where today is among them."""

    axis: str
    name: str
    code: str
    since: date
    until: date | None
    when: str
    href: str


@get(
    "/stores/{store_id:int}",
    include_in_schema=False,
    opt={"right": "organisation.read"},
)
async def store_page(
    request: Request[Any, Any, Any], console: SharedConsole, store_id: FromPath[int]
) -> Template:
    """The store, and for those who may write the form that moves it on an axis."""
    wanted = asked(request, MoveWanted)
    seen = await seen_by(request, console)
    return await _page(seen, console, _store(seen, store_id), wanted, language_of(request))


@post(
    "/stores/{store_id:int}/moves",
    include_in_schema=False,
    status_code=200,
    opt={"right": "organisation.write"},
)
async def move_form(
    request: Request[Any, Any, Any], console: SharedConsole, store_id: FromPath[int]
) -> Template | Redirect:
    """Move the store as the form says; sent twice, it is done once."""
    form = await request.form()
    seen = await seen_by(request, console)
    if not seen.may_write:
        raise NotFoundException
    store = _store(seen, store_id)
    axis, parent_id, since = _asked_move(form, store_id)
    by = by_form(request, form)
    moved = await move_store(console.house, by, store_id, axis, parent_id, since)
    if isinstance(moved, Refusal):
        wanted = MoveWanted(axis=axis)
        return await _page(
            seen,
            console,
            store,
            wanted,
            language_of(request),
            refused=moved,
            chosen=(parent_id, since),
        )
    done = "planned=true" if moved.planned else f"moved={axis}"
    return Redirect(f"{ROOT}/stores/{store_id}?axis={axis}&{done}", status_code=303)


def _store(seen: Seen, store_id: int) -> Store:
    store = seen.organisation.stores.get(store_id)
    if store is None:
        raise NoSuch(N_("No such store"), action=N_("To the organisation"), href=ROOT)
    return store


def _asked_move(form: FormMultiDict, store_id: int) -> tuple[Axis, int, date]:
    """What a form asks for; raises `BadQuery`, which names the field, when a value does not fit."""
    axis = next((one for one in AXES if one == form.get("axis")), None)
    if axis is None:
        raise BadQuery("axis")
    back = f"{ROOT}/stores/{store_id}?axis={axis}"
    parent, day = str(form.get("parent", "")), str(form.get("since", ""))
    try:
        parent_id = int(parent)
    except ValueError:
        raise BadQuery("parent", Asked(AXIS_WORDS[axis], "choice", parent), back) from None
    try:
        since = date.fromisoformat(day)
    except ValueError:
        raise BadQuery("since", Asked(N_("From"), "day", day), back) from None
    return axis, parent_id, since


async def _page(
    seen: Seen, console: Console, store: Store, wanted: MoveWanted, language: Language, *,
    refused: Refusal | None = None, chosen: tuple[int, date] | None = None,
) -> Template:  # fmt: skip
    say = gettext_of(language)
    parent_id, since = chosen or (0, seen.today + timedelta(days=1))
    now = seen.organisation.parent(store.id, wanted.axis, seen.today)
    choices = sorted(
        (
            (str(node.id), f"{name_of(node, language)} · {node.code}")
            for node in nodes_on(seen.organisation, wanted.axis).values()
            if node.id != now
        ),
        key=lambda pair: pair[1],
    )
    return Template(
        "admin/organisation/store.html",
        context={
            "store": store,
            "name": name_of(store, language),
            "periods": _periods(seen, store.id, say, language),
            "may_write": seen.may_write,
            "axes": [
                (say(AXIS_WORDS[axis]), f"{ROOT}/stores/{store.id}?axis={axis}#move",
                 axis == wanted.axis)
                for axis in AXES
            ],
            "axis": wanted.axis,
            "axis_word": say(AXIS_WORDS[wanted.axis]),
            "moved": say(AXIS_WORDS[wanted.moved]) if wanted.moved else "",
            "just_planned": wanted.planned,
            "cancelled": wanted.cancelled,
            "plan": next(iter(await plans_shown(seen, console, [store.id], language)), None),
            "choices": [("", say(N_("Choose one"))), *choices],
            "parent": str(parent_id or ""),
            "since": since.isoformat(),
            "today": seen.today.isoformat(),
            "refused": refusal_words(refused, language) if refused else None,
            "key": uuid4().hex,
        },
        status_code=409 if refused else 200,
        headers={"cache-control": "no-store"},
    )  # fmt: skip


def _periods(seen: Seen, store_id: int, say: Say, language: Language) -> Table:
    rows = []
    for row in seen.organisation.parents(store_id):
        node = nodes_on(seen.organisation, row.axis).get(row.parent_id)
        if row.until is not None and row.until <= seen.today:
            when = say(N_("past"))
        else:
            when = say(N_("to come")) if row.since > seen.today else say(N_("now"))
        rows.append(
            PeriodRow(
                axis=say(AXIS_WORDS[row.axis]),
                name=name_of(node, language) if node else "–",
                code=node.code if node else "",
                since=row.since,
                until=row.until,
                when=when,
                href=f"{ROOT}/{row.axis}/{row.parent_id}" if node else "",
            )
        )
    columns = (
        Column("axis", say("Axis")),
        Column("name", say("Parent"), place="title", href="href"),
        Column("code", say(N_("Node code")), "mono", place="wide"),
        Column("since", say("Since"), "day"),
        Column("until", say("Until"), "day"),
        Column("when", say(N_("When")), place="lead"),
    )
    return Table(columns, rows, say("Its place on the four axes"))
