"""One person: what they hold, what they can see with it, and where they are signed in."""

from collections.abc import Sequence
from secrets import token_hex
from typing import Any, get_args

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Template
from msgspec import Struct

from serai.cloud import (
    RIGHTS,
    ROLES,
    Actor,
    Axis,
    Grant,
    Level,
    Person,
    Session,
    actor_of_person,
    grants_of,
    has_one_time_codes,
    open_sessions,
    person_of,
    stores_below,
)
from serai.core import Refusal
from serai.flows import House, check_manages, may_grant, seen_grants, sees_person, shown_emails
from serai.ledger import MOST
from serai.web.admin.people.choices import NOWHERE, Where
from serai.web.admin.trail.about import done_to
from serai.web.entry import actor_of
from serai.web.group.console import SharedConsole
from serai.web.group.refusals import refusal_shown
from serai.web.languages import N_, Language, gettext_of
from serai.web.look import language_of, word
from serai.web.problems import NoSuch
from serai.web.sign_in.holdings import held_rows, node_name


class Seen(Struct, frozen=True):
    """What somebody may do, and where: the node, and how many stores lie below it."""

    right: str
    nodes: Sequence[tuple[str, str, int]]


@get("/people/{person_id:int}", include_in_schema=False, opt={"right": "access.read"})
async def person_page(
    request: Request[Any, Any, Any], console: SharedConsole, person_id: FromPath[int]
) -> Template:
    """What is known of somebody whom the asker may see."""
    return await page_of(request, console.house, await find(request, console.house, person_id))


async def find(request: Request[Any, Any, Any], house: House, person_id: int) -> Person:
    """The person; raises `NoSuch` where there is none, or none for this asker."""
    person = await person_of(house.database, person_id) if 0 < person_id <= MOST else None
    if person is None or not await sees_person(house, actor_of(request.scope), person_id):
        raise NoSuch(N_("No such person"), action=N_("To the people"), href="/admin/people")
    return person


async def page_of(
    request: Request[Any, Any, Any],
    house: House,
    person: Person,
    *,
    refused: Refusal | None = None,
    where: Where = NOWHERE,
    password: str = "",
) -> Template:
    """The page; with a refusal, or with a password that is told this once."""
    language, actor = language_of(request), actor_of(request.scope)
    organisation = await house.organisation()
    grants = await grants_of(house.database, [person.id])
    endable = {
        grant.id
        for grant in grants
        if may_grant(actor, organisation, grant.role, grant.node, house)
    }
    manages = actor.may("access.write") and await check_manages(house, actor, person) is None
    emails = await shown_emails(house, actor, [person.id], grants)
    grants = await seen_grants(house, actor, grants)
    return Template(
        "admin/people/person.html",
        context={
            "person": person,
            "email": emails.get(person.id, ""),
            "held": await held_rows(house, grants, language),
            "endable": endable,
            "seen": await _seen(house, person, grants, language),
            "sessions": await _sessions(house, person) if manages else (),
            "has_codes": await has_one_time_codes(house.database, person.id),
            "done_to": await done_to(request, house, "person", person.id),
            "manages": manages and actor.id != person.id,
            "grants": actor.may("access.write"),
            "roles": roles_within(actor, language),
            "where": where,
            "done": request.query_params.get("done", ""),
            "password": password,
            "key": token_hex(16),
            "refused": refusal_shown(refused, language) if refused else None,
        },
        status_code=422 if refused else 200,
    )


def roles_within(actor: Actor, language: Language) -> list[tuple[str, str]]:
    """The roles that somebody could grant somewhere, with their words: with no more rights than
    their own, on nodes of a level at or below those where they grant anything."""
    say = gettext_of(language)
    granting = {node.level for node in actor.nodes("access.write")}
    above_stores: tuple[Level, ...] = get_args(Axis)
    return [
        (name, word(name, say))
        for name, role in ROLES.items()
        if role.rights <= actor.rights
        and granting & {"group", role.level, *(above_stores if role.level == "store" else ())}
    ]


async def _seen(
    house: House, person: Person, grants: Sequence[Grant], language: Language
) -> list[Seen]:
    organisation = await house.organisation()
    actor = actor_of_person(person, grants)
    today = house.clock().date()
    return [
        Seen(
            right,
            [
                (
                    node.level,
                    node_name(organisation, node, language),
                    len(stores_below(organisation, node, today)),
                )
                for node in dict.fromkeys(actor.nodes(right))
            ],
        )
        for right in RIGHTS
        if actor.may(right)
    ]


async def _sessions(house: House, person: Person) -> list[Session]:
    now = house.clock()
    return [one for one in await open_sessions(house.database, person.id) if one.is_open(now)]
