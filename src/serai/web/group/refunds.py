"""Refunds: what waits for a second person, and what became of the others lately."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from msgspec import Struct

from serai.capital import (
    NEWEST_REFUND,
    Payment,
    PaymentStatus,
    find_refunds,
    read_payment,
    refunds_waiting,
)
from serai.cloud import Actor, Organisation
from serai.core import Refusal
from serai.customers import Customer, read_customers
from serai.flows import (
    RefundFile,
    ask_refund_again,
    count_refunds_waiting,
    decide_refund,
    may_decide_refund,
    read_refund_files,
)
from serai.ledger import MOST
from serai.merchants import orders_seen
from serai.web.entry import actor_of
from serai.web.group.console import Console, SharedConsole
from serai.web.group.directory import name_of
from serai.web.group.forms import by_form
from serai.web.group.listing import PAGE_ROWS
from serai.web.group.orders import stores_text
from serai.web.group.payments import payment_state
from serai.web.group.query import Id, asked
from serai.web.group.refusals import refusal_shown
from serai.web.group.waits import wait_words
from serai.web.languages import N_, Language, gettext_of
from serai.web.look import Amount, Column, Formats, Table, language_of, look_of
from serai.web.problems import BadQuery, NoSuch

Say = Callable[[str], str]
ADDRESS = "/group/refunds"
RIGHT = {"right": "refunds.approve"}
SETTLED: tuple[PaymentStatus, ...] = ("asked", "succeeded", "declined", "refused")

_REFUSED = {
    "second_person_needed": (
        N_(
            "You asked for this refund, or you and whoever asked have had the same program or "
            "account in hand."
        ),
        N_("A colleague who may approve refunds decides it."),
    ),
    "refund_not_given_up": (
        N_("This refund was asked for again already, or has come to something."),
        N_("What became of it stands below."),
    ),
    "refund_not_waiting": (
        N_("Somebody else has decided this refund already."),
        N_("What became of it stands below."),
    ),
}


class RefundsWanted(Struct, frozen=True):
    """From which refund on those of lately are listed, and which one was decided, or asked for
    again, just now."""

    cursor: Id | None = None
    decided: Id | None = None
    again: Id | None = None


class WaitingRow(Struct, frozen=True):
    """A refund that waits; `open` to the one who looks, or only to others. `key` is its form's."""

    id: int
    key: str
    number: str
    href: str
    customer: str
    stores: str
    what: str
    fee: Amount | None
    asked_by: str
    asked_at: str
    why: str
    amount: Amount
    open: bool


class SettledRow(Struct, frozen=True):
    """A refund that waits no more, or never did; `open` where it may be asked for again, by the
    form with this `key`."""

    id: int
    key: str
    number: str
    href: str
    stores: str
    status: str
    asked_by: str
    asked_at: datetime
    decided_by: str
    decided_at: datetime | None
    amount: Amount
    again: str
    open: bool


@get("/refunds", include_in_schema=False, opt=RIGHT)
async def refunds_page(request: Request[Any, Any, Any], console: SharedConsole) -> Template:
    """What waits, the oldest first, and the others, the latest first."""
    return await page_of(request, console, asked(request, RefundsWanted))


@post("/refunds/{refund_id:int}/decision", include_in_schema=False, opt=RIGHT, status_code=200)
async def decide(
    request: Request[Any, Any, Any], console: SharedConsole, refund_id: FromPath[int]
) -> Template | Redirect:
    """Approve or refuse; sent twice, it is done once."""
    await seen_refund(console, refund_id)
    form = await request.form()
    by, decision = by_form(request, form), form.get("decision")
    if decision not in ("approve", "refuse"):
        raise BadQuery("decision")
    decided = await decide_refund(
        console.whole.house, by, refund_id, approved=decision == "approve"
    )
    if isinstance(decided, Refusal):
        return await page_of(request, console, RefundsWanted(), decided)
    return Redirect(f"{ADDRESS}?decided={refund_id}", status_code=303)


@post("/refunds/{refund_id:int}/repetition", include_in_schema=False, opt=RIGHT, status_code=200)
async def ask_again(
    request: Request[Any, Any, Any], console: SharedConsole, refund_id: FromPath[int]
) -> Template | Redirect:
    """Ask once more for what was declined or refused; sent twice, it is done once."""
    await seen_refund(console, refund_id)
    by = by_form(request, await request.form())
    asked_again = await ask_refund_again(console.whole.house, by, refund_id)
    if isinstance(asked_again, Refusal):
        return await page_of(request, console, RefundsWanted(), asked_again)
    return Redirect(f"{ADDRESS}?again={asked_again.refund_id}", status_code=303)


async def seen_refund(console: Console, refund_id: int) -> Payment:
    """The refund, where the reader looks after it; raises `NoSuch` otherwise."""
    refund = await read_payment(console.house.database, refund_id) if refund_id <= MOST else None
    if refund is None or refund.kind != "refund":
        raise NoSuch(N_("No such refund"), action=N_("To the refunds"), href=ADDRESS)
    return refund


async def page_of(
    request: Request[Any, Any, Any], console: Console, wanted: RefundsWanted,
    refused: Refusal | None = None,
) -> Template:  # fmt: skip
    """The page, with why a decision was refused, or what became of it."""
    language, actor = language_of(request), actor_of(request.scope)
    database, house = console.house.database, console.whole.house
    organisation = (await console.whole.directory()).organisation
    found = await find_refunds(
        database, SETTLED, before=wanted.cursor or NEWEST_REFUND, limit=PAGE_ROWS + 1
    )
    waiting = [] if wanted.cursor else await refunds_waiting(database, PAGE_ROWS)
    files = await read_refund_files(house, [*waiting, *found[:PAGE_ROWS]])
    shown = _Showing(
        organisation,
        language,
        await _orders_open(console, files),
        await _customers(console, actor, files),
    )
    first, others = files[: len(waiting)], files[len(waiting) :]
    askers = {one.approval.asked_by: one.approval for one in first if one.approval}
    others_asked = {
        asker for asker, one in askers.items() if await may_decide_refund(house, actor, one)
    }
    rows = [
        shown.waiting(one, open=one.approval.asked_by in others_asked)
        for one in first
        if one.approval is not None
    ]
    more = found[PAGE_ROWS - 1].id if len(found) > PAGE_ROWS else None
    decided = await seen_refund(console, wanted.decided) if wanted.decided else None
    again = await seen_refund(console, wanted.again) if wanted.again else None
    return Template(
        "group/refunds.html",
        context={
            "waiting": waiting_table(rows, gettext_of(language)),
            "count": await count_refunds_waiting(house, actor),
            "settled": settled_table(
                [shown.settled(one) for one in others], gettext_of(language),
                look_of(request, console.now()).address, more, turned=wanted.cursor is not None,
            ),
            "turned": wanted.cursor is not None,
            "decided": payment_state(decided) if decided else "",
            "again": payment_state(again) if again else "",
            "refused": refusal_shown(refused, language, _REFUSED) if refused else None,
        },
        status_code=409 if refused else 200,
        headers={"cache-control": "no-store"},
    )  # fmt: skip


async def _orders_open(console: Console, files: Sequence[RefundFile]) -> frozenset[int]:
    """The orders of refunds that the reader may open: a company pays back for other companies'
    stores, too."""
    ids = {one.refund.order_id for one in files}
    if console.told.sight.everything:
        return frozenset(ids)
    return frozenset(await orders_seen(console.told.database, sorted(ids)))


async def _customers(
    console: Console, actor: Actor, files: Sequence[RefundFile]
) -> Mapping[int, Customer]:
    """The customers whom the reader may know by name."""
    if not actor.may("customers.read"):
        return {}
    seen = await console.whole.house.seen_by(actor, "customers.read")
    return await read_customers(
        seen.database, sorted({one.order.order.customer_id for one in files})
    )


class _Showing(Struct, frozen=True):
    """Refunds as rows of a list, for one reader."""

    organisation: Organisation
    language: Language
    open_orders: frozenset[int]
    customers: Mapping[int, Customer]

    def waiting(self, file: RefundFile, *, open: bool) -> WaitingRow:
        refund, formats = file.refund, Formats(self.language)
        customer = self.customers.get(file.order.order.customer_id)
        asked_at = file.approval.asked_at if file.approval else refund.asked_at
        return WaitingRow(
            id=refund.id,
            key=uuid4().hex,
            number=file.order.order.number,
            href=self._href(file),
            customer=customer.name if customer else "",
            stores=stores_text(file.stores, self.organisation, self.language),
            what=", ".join(
                f"{line.quantity} × {name_of(line, self.language)}" for line in file.lines
            ),
            fee=Amount(file.fee_minor, refund.currency) if file.fee_minor else None,
            asked_by=file.asked_by.shown or "–",
            asked_at=formats.moment(asked_at),
            why=wait_words(file.wait, self.language),
            amount=Amount(refund.amount_minor, refund.currency),
            open=open,
        )

    def settled(self, file: RefundFile) -> SettledRow:
        refund, approval = file.refund, file.approval
        return SettledRow(
            id=refund.id,
            key=uuid4().hex,
            number=file.order.order.number,
            href=self._href(file),
            stores=stores_text(file.stores, self.organisation, self.language),
            status=payment_state(refund),
            asked_by=file.asked_by.shown,
            asked_at=approval.asked_at if approval else refund.asked_at,
            decided_by=file.decided_by.shown,
            decided_at=approval.decided_at if approval else None,
            amount=Amount(refund.amount_minor, refund.currency),
            again=gettext_of(self.language)(N_("Asked for again")) if file.asked_again_as else "",
            open=file.may_be_asked_again,
        )

    def _href(self, file: RefundFile) -> str:
        order = file.refund.order_id
        return f"/group/orders/{order}" if order in self.open_orders else ""


def waiting_table(rows: Sequence[WaitingRow], say: Say) -> Table:
    """What waits, with a cell to decide in."""
    columns = (
        Column("number", say("Order"), place="title", href="href", note="customer"),
        Column("stores", say("Stores"), note="what"),
        Column("asked_by", say(N_("Asked by")), note="asked_at"),
        Column("fee", say("Fee kept"), "amount", place="wide"),
        Column("amount", say("Amount"), "amount", place="lead"),
        Column("open", say(N_("Decision")), "drawn"),
    )
    return Table(columns, rows, say(N_("Waits for a second person")))


def settled_table(
    rows: Sequence[SettledRow], say: Say, address: str, next: int | None, *, turned: bool
) -> Table:
    """What became of refunds."""
    columns: tuple[Column, ...] = (
        Column("number", say("Order"), place="title", href="href"),
        Column("stores", say("Stores"), place="wide"),
        Column("status", say("State"), "state", note="again"),
        Column("asked_by", say(N_("Asked by"))),
        Column("asked_at", say("Asked"), "when"),
        Column("decided_by", say(N_("Decided by"))),
        Column("decided_at", say(N_("Decided")), "when", place="wide"),
        Column("amount", say("Amount"), "amount", place="lead"),
    )
    if any(row.open for row in rows):
        columns = (*columns, Column("open", say(N_("Ask again")), "drawn"))
    return Table(
        columns, rows, say("Refunds"), address, next=str(next) if next else None, turned=turned
    )
