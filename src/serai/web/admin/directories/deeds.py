"""Groups bound to roles, and bindings ended; sent twice, it is done once."""

from typing import Any

from litestar import Request, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from serai.cloud import directories, needs_two
from serai.core import Refusal
from serai.flows import bind_group, unbind_group
from serai.web.admin.directories.group import find, page_of
from serai.web.admin.people.choices import Where, where_to_grant
from serai.web.admin.people.deeds import WRITE, node_of
from serai.web.group.console import SharedConsole
from serai.web.group.forms import by_form

_NO_BINDING = Refusal(name="binding_not_found", field="binding_id")


@post("/{group_id:int}/bindings", include_in_schema=False, opt=WRITE, status_code=200)
async def bind(
    request: Request[Any, Any, Any], console: SharedConsole, group_id: FromPath[int]
) -> Template | Redirect:
    """Let whoever is in the group hold a role; what needs two people waits."""
    house, form = console.house, await request.form()
    group = await find(request, house, group_id)
    role, text = str(form.get("role", "")), str(form.get("node", "")).strip()
    node = await node_of(house, role, text)
    if node is None:
        where = await where_to_grant(request, house, role, text)
        return await page_of(request, console, group, where.refusal, where)
    bound = await bind_group(house, by_form(request, form), group.id, role, node)
    if isinstance(bound, Refusal):
        return await page_of(request, console, group, bound, Where(role, text))
    waits = needs_two(role) and bound.members
    return _back(group_id, "waits" if waits else "bound")


@post(
    "/{group_id:int}/bindings/{binding_id:int}/end",
    include_in_schema=False,
    opt=WRITE,
    status_code=200,
)
async def unbind(
    request: Request[Any, Any, Any],
    console: SharedConsole,
    group_id: FromPath[int],
    binding_id: FromPath[int],
) -> Template | Redirect:
    """End a binding, and what it gave."""
    house, form = console.house, await request.form()
    group = await find(request, house, group_id)
    bindings = await directories.bindings_of(house.database, [group.id])
    binding = next((one for one in bindings if one.id == binding_id), None)
    if binding is None:
        return await page_of(request, console, group, _NO_BINDING)
    ended = await unbind_group(house, by_form(request, form), group.id, binding.role, binding.node)
    if isinstance(ended, Refusal):
        return await page_of(request, console, group, ended)
    return _back(group_id, "ended")


def _back(group_id: int, done: str) -> Redirect:
    return Redirect(f"/admin/directories/{group_id}?done={done}", status_code=303)
