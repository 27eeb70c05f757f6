"""What is done to a program by those who may keep it; sent twice, it is done once."""

from datetime import timedelta
from typing import Any

from litestar import Request, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from serai.core import Refusal
from serai.flows import IssuedKey, end_program, rotate_key
from serai.web.admin.programs.admit import WRITE, shown_once
from serai.web.admin.programs.program import find, page_of
from serai.web.group.console import SharedConsole
from serai.web.group.forms import by_form

OVERLAPS = {"now": timedelta(0), "day": timedelta(days=1), "week": timedelta(days=7)}


@post("/{program_id:int}/keys", include_in_schema=False, opt=WRITE, status_code=200)
async def give_key(
    request: Request[Any, Any, Any], console: SharedConsole, program_id: FromPath[int]
) -> Template:
    """Give it another key; the older ones go on for a while."""
    house, form = console.house, await request.form()
    program = await find(request, house, program_id)
    overlap = OVERLAPS.get(str(form.get("overlap", "")), OVERLAPS["week"])
    issued = await rotate_key(house, by_form(request, form), program.name, overlap=overlap)
    if isinstance(issued, IssuedKey):
        return shown_once(issued)
    return await page_of(request, house, program, issued)


@post("/{program_id:int}/end", include_in_schema=False, opt=WRITE, status_code=200)
async def send_away(
    request: Request[Any, Any, Any], console: SharedConsole, program_id: FromPath[int]
) -> Template | Redirect:
    """Its keys open nothing from now on."""
    house, form = console.house, await request.form()
    program = await find(request, house, program_id)
    ended = await end_program(house, by_form(request, form), program.name)
    if isinstance(ended, Refusal):
        return await page_of(request, house, program, ended)
    return Redirect(f"/admin/programs/{program_id}", status_code=303)
