"""Let somebody in: a name, a first role, and a password that is told this once."""

from collections.abc import Mapping
from secrets import token_hex
from typing import Any

from litestar import Request, get, post
from litestar.response import Template

from serai.core import Refusal
from serai.flows import Invitation, NewPerson, RoleOn, invite
from serai.web.admin.people.choices import Where, where_to_grant
from serai.web.admin.people.deeds import WRITE, node_of
from serai.web.admin.people.person import roles_within
from serai.web.entry import actor_of
from serai.web.group.console import SharedConsole
from serai.web.group.forms import by_form
from serai.web.group.refusals import refusal_shown
from serai.web.look import language_of

FIELDS = ("name", "display_name", "email", "role", "node")


@get("/people/new", include_in_schema=False, opt=WRITE)
async def invite_page(request: Request[Any, Any, Any]) -> Template:
    """The empty form."""
    return _page(request, {})


@post("/people/new", include_in_schema=False, opt=WRITE, status_code=200)
async def invite_somebody(request: Request[Any, Any, Any], console: SharedConsole) -> Template:
    """Let them in, or say what is in the way."""
    house, form = console.house, await request.form()
    filled = {name: str(form.get(name, "")).strip() for name in FIELDS}
    node = await node_of(house, filled["role"], filled["node"])
    if node is None:
        where = await where_to_grant(request, house, filled["role"], filled["node"])
        return _page(request, filled, where.refusal, where)
    wanted = NewPerson(
        name=filled["name"],
        display_name=filled["display_name"],
        email=filled["email"],
        roles=(RoleOn(filled["role"], node),),
    )
    invitation = await invite(house, by_form(request, form), wanted)
    if isinstance(invitation, Invitation):
        return Template(
            "admin/people/invited.html", context={"filled": filled, "invitation": invitation}
        )
    return _page(request, filled, invitation)


def _page(
    request: Request[Any, Any, Any],
    filled: Mapping[str, str],
    refused: Refusal | None = None,
    where: Where | None = None,
) -> Template:
    return Template(
        "admin/people/new.html",
        context={
            "filled": {name: filled.get(name, "") for name in FIELDS},
            "where": where or Where(filled.get("role", ""), filled.get("node", "")),
            "roles": roles_within(actor_of(request.scope), language_of(request)),
            "key": token_hex(16),
            "fault": refused.field if refused else "",
            "refused": refusal_shown(refused, language_of(request)) if refused else None,
        },
        status_code=422 if refused else 200,
    )
