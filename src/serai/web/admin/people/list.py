"""People: everybody whom the asker may see, with what they hold."""

from typing import Annotated, Any

from litestar import Request, get
from litestar.response import Template
from msgspec import Meta, Struct

from serai.cloud import Actor, find_people, grants_of, waiting_approvals
from serai.flows import House, may_decide, nodes_read, seen_grants
from serai.web.entry import actor_of
from serai.web.group.console import SharedConsole
from serai.web.group.query import Id, Word, asked
from serai.web.languages import N_, Language, gettext_of
from serai.web.look import Column, Table, language_of, look_of
from serai.web.sign_in.holdings import held_rows

PAGE_ROWS = 50


class PeopleWanted(Struct, frozen=True):
    """Whom to list: a part of a name, and after whom."""

    q: Annotated[Word, Meta(title=N_("Part of a name"))] = ""
    cursor: Id | None = None


class PersonRow(Struct, frozen=True):
    """A person with their roles in words."""

    id: int
    name: str
    display_name: str
    roles: str
    state: str
    href: str


@get("/people", include_in_schema=False, opt={"right": "access.read"})
async def people_page(request: Request[Any, Any, Any], console: SharedConsole) -> Template:
    """Those who hold something on a node on which the asker may see it."""
    wanted = asked(request, PeopleWanted)
    house, actor, language = console.house, actor_of(request.scope), language_of(request)
    say = gettext_of(language)
    rows, more = await _rows(house, actor, wanted, language)
    return Template(
        "admin/people/list.html",
        context={
            "q": wanted.q,
            "waiting": await count_waiting(house, actor),
            "people": Table(
                (
                    Column("display_name", say("Name"), place="title", href="href"),
                    Column("name", say("Sign-in name"), "mono"),
                    Column("roles", say("Roles")),
                    Column("state", say("Account"), "state"),
                ),
                rows,
                say("People"),
                look_of(request, console.now()).address,
                next=more,
                turned=wanted.cursor is not None,
            ),
        },
    )


async def _rows(
    house: House, actor: Actor, wanted: PeopleWanted, language: Language
) -> tuple[list[PersonRow], str | None]:
    found = await find_people(
        house.database, await nodes_read(house, actor), text=wanted.q.strip(),
        after=wanted.cursor or 0, limit=PAGE_ROWS + 1,
    )  # fmt: skip
    shown = found[:PAGE_ROWS]
    grants = await grants_of(house.database, [person.id for person in shown])
    grants = await seen_grants(house, actor, grants)
    held = await held_rows(house, grants, language)
    rows = [
        PersonRow(
            id=person.id,
            name=person.name,
            display_name=person.display_name,
            roles=", ".join(
                f"{one.role_shown} · {one.node}" for one in held if one.holder_id == person.id
            ),
            state="active" if person.active else "sent_away",
            href=f"/admin/people/{person.id}",
        )
        for person in shown
    ]
    return rows, str(shown[-1].id) if len(found) > PAGE_ROWS else None


async def count_waiting(house: House, actor: Actor) -> int:
    """How many approvals wait for this actor."""
    waiting = await waiting_approvals(house.database)
    return sum([await may_decide(house, actor, one) for one in waiting])
