"""Moves to another company that wait for their day: all of them, and one called off."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template
from msgspec import Struct

from serai.cloud import PlannedMove
from serai.core import Refusal
from serai.flows import cancel_move
from serai.ledger import MOST
from serai.web.admin.organisation.axes import ROOT, Say, Seen, seen_by
from serai.web.admin.organisation.words import refusal_words
from serai.web.admin.trail.words import actor_texts
from serai.web.group.console import Console, SharedConsole
from serai.web.group.directory import name_of
from serai.web.group.forms import by_form
from serai.web.group.listing import page_of
from serai.web.group.query import Id, asked
from serai.web.languages import N_, Language, gettext_of
from serai.web.look import Column, Table, language_of, look_of


class MovesWanted(Struct, frozen=True):
    """Which page of the list."""

    cursor: Id | None = None


class PlanShown(Struct, frozen=True):
    """A planned move as it is told: `refused` when something stands in its way."""

    id: int
    store: str
    href: str
    origin: str
    to: str
    since: date
    asked_by: str
    says: str
    stands: str
    refused: bool
    may_cancel: bool


@get("/moves", include_in_schema=False, opt={"right": "organisation.read"})
async def moves_page(request: Request[Any, Any, Any], console: SharedConsole) -> Template:
    """Every move that waits for its day, the next one first."""
    return await _page(request, await seen_by(request, console), console)


@post(
    "/moves/{move_id:int}/cancellation",
    include_in_schema=False,
    status_code=200,
    opt={"right": "organisation.write"},
)
async def cancel_form(
    request: Request[Any, Any, Any], console: SharedConsole, move_id: FromPath[int]
) -> Template | Redirect:
    """Call a move off; sent twice, it is done once."""
    form = await request.form()
    seen = await seen_by(request, console)
    if not seen.may_write:
        raise NotFoundException
    cancelled = await cancel_move(console.house, by_form(request, form), min(move_id, MOST))
    if isinstance(cancelled, Refusal):
        if cancelled.name == "planned_move_not_found":
            raise NotFoundException
        return await _page(request, await seen_by(request, console), console, cancelled)
    href = f"{ROOT}/stores/{cancelled.store_id}?axis=entity&cancelled=true"
    return Redirect(href, status_code=303)


async def plans_shown(
    seen: Seen, console: Console, stores: Iterable[int], language: Language
) -> Sequence[PlanShown]:
    """The planned moves of stores, the next one first, in a reader's language."""
    say, planned = gettext_of(language), seen.organisation.planned
    found = [planned[id] for id in stores if id in planned and id in seen.organisation.stores]
    names = {one.asked_by for one in found}
    who = await actor_texts(console.house.database, names, say)
    return [
        _shown(seen, one, who[one.asked_by], say, language)
        for one in sorted(found, key=lambda one: (one.since, one.id))
    ]


def _shown(seen: Seen, plan: PlannedMove, who: str, say: Say, language: Language) -> PlanShown:
    entities, store = seen.organisation.entities, seen.organisation.stores[plan.store_id]
    origin, to = entities.get(plan.from_id), entities.get(plan.to_id)
    says = stands = ""
    if plan.refusal:
        words = refusal_words(Refusal(name=plan.refusal), language)
        # What only time can mend is tried again without anybody.
        mends = "" if plan.refusal == "open_balances" else words.advice
        stands = f"{words.says} {mends}".strip()
        says = say(N_("It could not go yet, and is tried again and again.")) + f" {stands}"
    elif plan.begun_at is not None:
        says = stands = say(N_("It is under way."))
    else:
        says = say(N_("{name} has planned it. Open bookings, cash and goods go along.")).format(
            name=who
        )
    return PlanShown(
        id=plan.id,
        store=name_of(store, language),
        href=f"{ROOT}/stores/{store.id}?axis=entity",
        origin=name_of(origin, language) if origin else "–",
        to=name_of(to, language) if to else "–",
        since=plan.since,
        asked_by=who,
        says=says,
        stands=stands,
        refused=bool(plan.refusal),
        may_cancel=plan.begun_at is None,
    )


async def _page(
    request: Request[Any, Any, Any], seen: Seen, console: Console,
    refused: Refusal | None = None,
) -> Template:  # fmt: skip
    wanted, language = asked(request, MovesWanted), language_of(request)
    say = gettext_of(language)
    rows = await plans_shown(seen, console, seen.organisation.planned, language)
    page = page_of(rows, wanted.cursor)
    columns = (
        Column("store", say("Store"), place="title", href="href"),
        Column("since", say("Day"), "day", place="lead"),
        Column("origin", say(N_("Company now"))),
        Column("to", say(N_("Company then"))),
        Column("asked_by", say(N_("Planned by"))),
        Column("stands", say(N_("What stands in the way"))),
    )
    return Template(
        "admin/organisation/moves.html",
        context={
            "moves": Table(
                columns, page.rows, say("Planned moves"),
                look_of(request, console.now()).address, next=page.next,
                turned=wanted.cursor is not None,
            ),
            "refused": refusal_words(refused, language) if refused else None,
        },
        status_code=409 if refused else 200,
        headers={"cache-control": "no-store"},
    )  # fmt: skip
