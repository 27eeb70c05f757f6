"""What waits for a second person: roles that need two people."""

from collections.abc import Sequence
from datetime import datetime
from secrets import token_hex
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from msgspec import Struct

from serai.cloud import Actor, AskedGrant, people_of, waiting_approvals
from serai.core import Refusal
from serai.flows import House, check_grant, decide_approval, may_decide
from serai.web.admin.people.deeds import WRITE
from serai.web.entry import actor_of
from serai.web.group.console import SharedConsole
from serai.web.group.forms import by_form
from serai.web.group.refusals import refusal_shown
from serai.web.languages import Language, gettext_of
from serai.web.look import language_of, word
from serai.web.sign_in.holdings import node_name


class Waiting(Struct, frozen=True):
    """An approval in words; `open` to the one who looks, or only to others."""

    id: int
    asked_by: str
    asked_at: datetime
    holder: str
    holder_id: int
    role: str
    node: str
    open: bool


@get("/approvals", include_in_schema=False, opt=WRITE)
async def approvals_page(request: Request[Any, Any, Any], console: SharedConsole) -> Template:
    """Everything that waits, of what the asker could have granted."""
    return await _page(request, console.house)


@post("/approvals/{approval_id:int}", include_in_schema=False, opt=WRITE, status_code=200)
async def decide(
    request: Request[Any, Any, Any], console: SharedConsole, approval_id: FromPath[int]
) -> Template | Redirect:
    """Approve or refuse."""
    form = await request.form()
    by, approved = by_form(request, form), form.get("decision") == "approve"
    decided = await decide_approval(
        console.house, by, min(approval_id, 2**63 - 1), approved=approved
    )
    if isinstance(decided, Refusal):
        return await _page(request, console.house, decided)
    return Redirect("/admin/approvals", status_code=303)


async def _page(
    request: Request[Any, Any, Any], house: House, refused: Refusal | None = None
) -> Template:
    language = language_of(request)
    return Template(
        "admin/people/approvals.html",
        context={
            "waiting": await _waiting(house, actor_of(request.scope), language),
            "key": token_hex(16),
            "refused": refusal_shown(refused, language) if refused else None,
        },
        status_code=422 if refused else 200,
    )


async def _waiting(house: House, actor: Actor, language: Language) -> Sequence[Waiting]:
    organisation, say = await house.organisation(), gettext_of(language)
    seen = [
        (one, one.asked)
        for one in await waiting_approvals(house.database)
        if isinstance(one.asked, AskedGrant)
        and await check_grant(house, actor, one.asked.role, one.asked.node) is None
    ]
    ids = {id for one, asked in seen for id in (one.asked_by, asked.holder_id)}
    people = await people_of(house.database, sorted(ids))

    def name(id: int) -> str:
        return people[id].display_name if id in people else f"№ {id}"

    return [
        Waiting(
            id=one.id,
            asked_by=name(one.asked_by),
            asked_at=one.asked_at,
            holder=name(asked.holder_id),
            holder_id=asked.holder_id,
            role=word(asked.role, say),
            node=node_name(organisation, asked.node, language),
            open=await may_decide(house, actor, one),
        )
        for one, asked in seen
    ]
