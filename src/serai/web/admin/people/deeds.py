"""What is done to somebody's account and roles by those who may; sent twice, it is done once."""

from typing import Any

from litestar import Request, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from serai.cloud import ROLES, AskedGrant, Node, grant_of
from serai.core import Refusal
from serai.customers import customer_called
from serai.flows import (
    House,
    NewPassword,
    check_manages,
    end_grant,
    end_sessions,
    give_password,
    grant_role,
    remove_authenticator,
    switch_person,
)
from serai.web.admin.people.choices import Where, node_called, where_to_grant
from serai.web.admin.people.person import find, page_of
from serai.web.entry import visit_of
from serai.web.group.console import SharedConsole
from serai.web.group.forms import by_form

WRITE = {"right": "access.write"}


@post("/people/{person_id:int}/roles", include_in_schema=False, opt=WRITE, status_code=200)
async def grant_another(
    request: Request[Any, Any, Any], console: SharedConsole, person_id: FromPath[int]
) -> Template | Redirect:
    """Grant a role, or ask a second person to."""
    house, form = console.house, await request.form()
    person = await find(request, house, person_id)
    role, text = str(form.get("role", "")), str(form.get("node", "")).strip()
    node = await node_of(house, role, text)
    if node is None:
        where = await where_to_grant(request, house, role, text)
        return await page_of(request, house, person, refused=where.refusal, where=where)
    asked = AskedGrant(holder_id=person.id, role=role, level=node.level, node_id=node.id)
    granted = await grant_role(house, by_form(request, form), asked)
    if isinstance(granted, Refusal):
        where = Where(role, text)
        return await page_of(request, house, person, refused=granted, where=where)
    note = "?done=waits" if granted.approval_id else "?done=granted"
    return _back(person_id, note)


@post(
    "/people/{person_id:int}/roles/{grant_id:int}/end",
    include_in_schema=False,
    opt=WRITE,
    status_code=200,
)
async def end_role(
    request: Request[Any, Any, Any],
    console: SharedConsole,
    person_id: FromPath[int],
    grant_id: FromPath[int],
) -> Template | Redirect:
    """End a role that the asker could have granted."""
    house, form = console.house, await request.form()
    person = await find(request, house, person_id)
    grant = await grant_of(house.database, grant_id) if grant_id < 2**63 else None
    if grant is None or grant.holder_id != person.id:
        return await page_of(
            request, house, person, refused=Refusal(name="grant_not_found", field="grant")
        )
    ended = await end_grant(house, by_form(request, form), grant_id)
    if isinstance(ended, Refusal):
        return await page_of(request, house, person, refused=ended)
    return _back(person_id, "?done=ended")


@post("/people/{person_id:int}/password", include_in_schema=False, opt=WRITE, status_code=200)
async def give_new_password(
    request: Request[Any, Any, Any], console: SharedConsole, person_id: FromPath[int]
) -> Template | Redirect:
    """Give a password that nobody chose, and tell it this once."""
    house, form = console.house, await request.form()
    person = await find(request, house, person_id)
    given = await give_password(house, by_form(request, form), person.id)
    if isinstance(given, NewPassword):
        return await page_of(request, house, person, password=given.password)
    return await page_of(request, house, person, refused=given)


@post("/people/{person_id:int}/standing", include_in_schema=False, opt=WRITE, status_code=200)
async def switch_account(
    request: Request[Any, Any, Any], console: SharedConsole, person_id: FromPath[int]
) -> Template | Redirect:
    """Send somebody away, or let them in again."""
    house, form = console.house, await request.form()
    person = await find(request, house, person_id)
    active = form.get("active") == "yes"
    switched = await switch_person(house, by_form(request, form), person.id, active=active)
    if isinstance(switched, Refusal):
        return await page_of(request, house, person, refused=switched)
    return _back(person_id)


@post("/people/{person_id:int}/sessions", include_in_schema=False, opt=WRITE, status_code=200)
async def end_sessions_of(
    request: Request[Any, Any, Any], console: SharedConsole, person_id: FromPath[int]
) -> Template | Redirect:
    """End every session of somebody."""
    house, form = console.house, await request.form()
    person = await find(request, house, person_id)
    by = by_form(request, form)
    ended = await check_manages(house, by.actor, person) or await end_sessions(
        house, by, person.id, "ended_by_manager"
    )
    if isinstance(ended, Refusal):
        return await page_of(request, house, person, refused=ended)
    return _back(person_id)


@post("/people/{person_id:int}/codes", include_in_schema=False, opt=WRITE, status_code=200)
async def take_off_codes(
    request: Request[Any, Any, Any], console: SharedConsole, person_id: FromPath[int]
) -> Template | Redirect:
    """Take off the authenticator of somebody who has lost it."""
    house, form = console.house, await request.form()
    person = await find(request, house, person_id)
    by = by_form(request, form)
    removed = await remove_authenticator(house, by, visit_of(request), person.id)
    if isinstance(removed, Refusal):
        return await page_of(request, house, person, refused=removed)
    return _back(person_id)


async def node_of(house: House, role: str, text: str) -> Node | None:
    """The node that a role is granted on, by its code or name; of a traveller, the customer's
    number."""
    if role not in ROLES:
        return None
    level = ROLES[role].level
    if level == "customer":
        customer = await customer_called(house.database, text)
        return Node(level, customer.id) if customer else None
    return node_called(await house.organisation(), level, text)


def _back(person_id: int, note: str = "") -> Redirect:
    return Redirect(f"/admin/people/{person_id}{note}", status_code=303)
