"""The nodes that somebody may choose where a form asks for one, found by name or code.

A form sends what its node is called, as far as it was typed, and gets the options for it; whoever
has no script gets the same choice back with the form when one name stands for several nodes.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, get_args

from litestar import Request, get
from litestar.response import Template
from msgspec import Meta, Struct

from serai.cloud import (
    ROLES,
    Actor,
    Level,
    Node,
    Organisation,
    node_with_code,
    nodes_at,
)
from serai.core import Refusal
from serai.flows import House, may_grant, may_read, nodes_read
from serai.web.entry import actor_of
from serai.web.group.console import SharedConsole
from serai.web.group.query import asked
from serai.web.group.search import HasNames, best, matching
from serai.web.languages import Language
from serai.web.look import language_of

LEVELS: tuple[Level, ...] = get_args(Level)[:-1]
"""Those of the organisation; customers are found by their own pages."""

Typed = Annotated[str, Meta(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]


class ChoicesWanted(Struct, frozen=True):
    """A role that is to be granted somewhere, or the level of a node; forms call it either way."""

    role: Typed = ""
    level: Typed = ""
    node: Typed = ""
    code: Typed = ""


class Choice(Struct, frozen=True):
    """A node as it is offered: the code is sent, and the names say whose it is."""

    code: str
    names: str


class Where(Struct, frozen=True):
    """A form's node as it was typed, for which role or level, and what it may have meant."""

    of: str = ""
    typed: str = ""
    choices: Sequence[Choice] = ()

    @property
    def refusal(self) -> Refusal:
        """What the form hears that named no node by this."""
        return Refusal(name="node_unclear" if self.choices else "node_not_found", field="node")


NOWHERE = Where()
"""A form that nobody has filled in."""


@get("/nodes", include_in_schema=False, opt={"right": "access.read"})
async def node_choices(request: Request[Any, Any, Any], console: SharedConsole) -> Template:
    """The options of a field for nodes."""
    wanted = asked(request, ChoicesWanted)
    text = wanted.node or wanted.code
    where = (
        await where_to_grant(request, console.house, wanted.role, text)
        if wanted.role
        else await where_to_see(request, console.house, wanted.level, text)
    )
    return Template("admin/people/choices.html", context={"choices": where.choices})


async def where_to_grant(
    request: Request[Any, Any, Any], house: House, role: str, text: str
) -> Where:
    """What was typed for a role's node, with those of the name on which the asker may grant it."""
    if role not in ROLES:
        return Where(role, text)
    actor, organisation = actor_of(request.scope), await house.organisation()
    choices = await _found(
        house, actor, ROLES[role].level, text, language_of(request),
        lambda node: may_grant(actor, organisation, role, node, house),
    )  # fmt: skip
    return Where(role, text, choices)


async def where_to_see(
    request: Request[Any, Any, Any], house: House, level: str, text: str
) -> Where:
    """What was typed for a node, with those of the name on which the asker sees who holds what."""
    actor, organisation = actor_of(request.scope), await house.organisation()
    known = next((one for one in LEVELS if one == level), None)
    if known is None:
        return Where(level, text)
    choices = await _found(
        house, actor, known, text, language_of(request),
        lambda node: may_read(actor, organisation, node, house),
    )  # fmt: skip
    return Where(level, text, choices)


def node_called(organisation: Organisation, level: Level, text: str) -> Node | None:
    """The node of a level that was typed by its code, or by a name that no other there has."""
    coded = node_with_code(organisation, level, text)
    if coded is not None or not text:
        return coded
    wanted = text.casefold()
    named = [
        Node(level, id)
        for id, node in nodes_at(organisation, level).items()
        if wanted in (node.name_en.casefold(), node.name_zh.casefold())
    ]
    return named[0] if len(named) == 1 else None


async def _found(
    house: House,
    actor: Actor,
    level: Level,
    text: str,
    language: Language,
    may: Callable[[Node], bool],
) -> Sequence[Choice]:
    organisation = await house.organisation()
    nodes = nodes_at(organisation, level)
    # Seven thousand stores are not asked one by one by somebody who may everywhere.
    everywhere = may(Node("group", organisation.group.id))
    read = await nodes_read(house, actor)
    if read is not None:
        nodes = {node.id: nodes[node.id] for node in read if node.level == level}
    prefix = text.casefold()
    called = {one.id: one for one in matching(nodes.values(), text)}
    coded = {one.id: one for one in nodes.values() if one.code.casefold().startswith(prefix)}
    found = (called | coded).values()
    allowed = [one for one in found if everywhere or may(Node(level, one.id))]
    return [Choice(one.code, names_of(one, language)) for one in best(allowed, text)]


def names_of(node: HasNames, language: Language) -> str:
    """Both names, the reader's first: a field of choices looks for what was typed in either."""
    names = (node.name_zh, node.name_en) if language == "zh-CN" else (node.name_en, node.name_zh)
    return " / ".join(dict.fromkeys(name for name in names if name))
