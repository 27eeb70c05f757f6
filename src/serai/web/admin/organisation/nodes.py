"""The organisation on its axes: the nodes of one, and the stores below a node."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal
from uuid import uuid4

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Template
from msgspec import Meta, Struct

from serai.cloud import Axis, LegalEntity, Organisation, Store
from serai.core import Refusal
from serai.web.admin.organisation.axes import (
    AXES,
    AXES_WORDS,
    ROOT,
    AxisNode,
    Say,
    Seen,
    nodes_on,
    seen_by,
    stores_under,
)
from serai.web.admin.organisation.words import refusal_words
from serai.web.group.console import Console, SharedConsole
from serai.web.group.directory import Named, name_of
from serai.web.group.listing import page_of
from serai.web.group.query import Id, Word, asked
from serai.web.languages import N_, Language, gettext_of
from serai.web.look import Amount, Column, Formats, Table, language_of, look_of, with_query
from serai.web.problems import NoSuch

MOST_FOUND = 50

LongWord = Annotated[str, Meta(max_length=80)]


class NodesWanted(Struct, frozen=True):
    """Which nodes are listed: of an axis, with a text in their name or code."""

    axis: Axis = "brand"
    q: Annotated[LongWord | None, Meta(title=N_("Name or code"))] = None
    cursor: Id | None = None


class StoresWanted(Struct, frozen=True):
    """Which stores below a node are listed."""

    q: Annotated[Word | None, Meta(title=N_("Name or code"))] = None
    cursor: Id | None = None
    done: Literal["bound"] | None = None


class NodeRow(Struct, frozen=True):
    """A node of an axis, or a store."""

    id: int
    name: str
    code: str
    what: str
    stores: int
    href: str


@get("/", include_in_schema=False, opt={"right": "organisation.read"})
async def nodes_page(request: Request[Any, Any, Any], console: SharedConsole) -> Template:
    """The nodes of an axis, each with its stores of today; a text finds stores too."""
    wanted = asked(request, NodesWanted)
    language = language_of(request)
    say = gettext_of(language)
    seen = await seen_by(request, console)
    address = look_of(request, console.now()).address
    text = (wanted.q or "").casefold()
    rows = [row for row in _node_rows(seen, wanted.axis, say, language) if _holds(row, text)]
    found: list[NodeRow] = []
    if text:
        stores = _store_rows(seen.organisation, seen.organisation.stores.values(), language)
        found = [row for row in stores if _holds(row, text)]
    page = page_of(rows, wanted.cursor)
    return Template(
        "admin/organisation/nodes.html",
        context={
            "wanted": wanted,
            "axes": [
                (say(AXES_WORDS[axis]), with_query(address, axis=axis, cursor=None),
                 axis == wanted.axis)
                for axis in AXES
            ],
            "group": name_of(seen.organisation.group, language),
            "nodes": _table(page.rows, say(AXES_WORDS[wanted.axis]), say, address, page.next,
                            turned=wanted.cursor is not None),
            "stores": _stores_table(found[:MOST_FOUND], say) if found else None,
            "found": len(found),
            "count": len(seen.organisation.stores),
            "planned": len(seen.organisation.planned),
        },
    )  # fmt: skip


@get(
    "/{axis:str}/{node_id:int}",
    include_in_schema=False,
    opt={"right": "organisation.read"},
)
async def node_page(
    request: Request[Any, Any, Any],
    console: SharedConsole,
    axis: FromPath[str],
    node_id: FromPath[int],
) -> Template:
    """One node, and the stores that hang on it today."""
    return await page_of_node(request, console, axis, node_id)


async def page_of_node(
    request: Request[Any, Any, Any], console: Console, axis: str, node_id: int,
    refused: Refusal | None = None,
) -> Template:  # fmt: skip
    """The page of a node, with why something about it was refused."""
    wanted = asked(request, StoresWanted)
    language = language_of(request)
    say = gettext_of(language)
    seen = await seen_by(request, console)
    known = next((one for one in AXES if one == axis), None)
    node = nodes_on(seen.organisation, known).get(node_id) if known else None
    if known is None or node is None:
        raise NoSuch(N_("No such node"), action=N_("To the organisation"), href=ROOT)
    organisation, text = seen.organisation, (wanted.q or "").casefold()
    below = (
        store
        for store in organisation.stores.values()
        if organisation.parent(store.id, known, seen.today) == node_id
    )
    rows = [row for row in _store_rows(organisation, below, language) if _holds(row, text)]
    page = page_of(rows, wanted.cursor)
    table = _stores_table(
        page.rows, say, look_of(request, console.now()).address, page.next,
        turned=wanted.cursor is not None,
    )  # fmt: skip
    return Template(
        "admin/organisation/node.html",
        context={
            "wanted": wanted,
            "node": node,
            "axis": known,
            "axis_word": say(AXES_WORDS[known]),
            "name": name_of(node, language),
            "other": _other_name(node, language),
            "what": _what(known, node, say),
            "stores": table,
            "count": len(rows),
            "bounds": _bounds(node, language),
            "may_write": seen.may_write,
            "refused": refusal_words(refused, language) if refused else None,
            "key": uuid4().hex,
        },
        status_code=422 if refused else 200,
        headers={"cache-control": "no-store"},
    )


class Bounds(Struct, frozen=True):
    """What one person may pay back alone of a company, of an order and in a day, and both as they
    stand in the form."""

    order: Amount
    day: Amount
    order_typed: str
    day_typed: str


def _bounds(node: AxisNode, language: Language) -> Bounds | None:
    if not isinstance(node, LegalEntity):
        return None
    order = Amount(node.refunds_alone_minor, node.currency)
    day = Amount(node.refunds_day_minor, node.currency)
    return Bounds(order, day, _typed(order, language), _typed(day, language))


def _typed(bound: Amount, language: Language) -> str:
    return Formats(language).amount(bound).number.replace(",", "")


def _node_rows(seen: Seen, axis: Axis, say: Say, language: Language) -> list[NodeRow]:
    count = stores_under(seen.organisation, axis, seen.today)
    rows = [
        NodeRow(
            id=node.id,
            name=name_of(node, language),
            code=node.code,
            what=_what(axis, node, say),
            stores=count[node.id],
            href=f"{ROOT}/{axis}/{node.id}",
        )
        for node in nodes_on(seen.organisation, axis).values()
    ]
    return sorted(rows, key=lambda row: (-row.stores, row.code))


def _store_rows(
    organisation: Organisation, stores: Iterable[Store], language: Language
) -> list[NodeRow]:
    rows = (
        NodeRow(
            id=store.id,
            name=name_of(store, language),
            code=store.code,
            what=store.segment,
            stores=0,
            href=f"{ROOT}/stores/{store.id}",
        )
        for store in stores
    )
    return sorted(rows, key=lambda row: row.code)


def _what(axis: Axis, node: AxisNode, say: Say) -> str:
    """What is said of a node beside its name."""
    if axis == "operator":
        return say(N_("The group itself")) if getattr(node, "own", False) else say(N_("Franchisee"))
    for field in ("currency", "country", "segment"):
        if hasattr(node, field):
            return str(getattr(node, field))
    return ""


def _other_name(node: Named, language: Language) -> str:
    return node.name_en if language == "zh-CN" else node.name_zh


def _holds(row: NodeRow, text: str) -> bool:
    return not text or text in row.name.casefold() or text in row.code.casefold()


def _table(
    rows: Iterable[NodeRow], caption: str, say: Say, address: str, next: str | None, *, turned: bool
) -> Table:
    columns = (
        Column("name", say("Name"), place="title", href="href"),
        Column("code", say(N_("Node code")), "mono"),
        Column("what", say(N_("What it is")), "word", place="wide"),
        Column("stores", say("Stores"), "count", place="lead"),
    )
    return Table(columns, tuple(rows), caption, address, next=next, turned=turned)


def _stores_table(
    rows: Iterable[NodeRow], say: Say, address: str = "", next: str | None = None, *,
    turned: bool = False,
) -> Table:  # fmt: skip
    columns = (
        Column("name", say("Store"), place="title", href="href"),
        Column("code", say(N_("Node code")), "mono"),
        Column("what", say("Segment"), "segment", place="lead"),
    )
    return Table(columns, tuple(rows), say("Stores"), address, next=next, turned=turned)
