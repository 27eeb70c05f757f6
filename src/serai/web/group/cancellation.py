"""A cancellation: shown as the transfers that it would make, before it is done."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import uuid4

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from msgspec import Meta, Struct

from serai.capital import payments_of
from serai.cloud import Organisation
from serai.core import Refusal
from serai.flows import CancellationPreview, House, cancel, preview_cancellation, read_wait
from serai.ledger import (
    MOST,
    Account,
    Opening,
    Pending,
    Post,
    Transfer,
    Void,
    journal_of_order,
    open_pendings,
)
from serai.ledger import Step as ChainStep
from serai.merchants import Line, OrderFile, read_order
from serai.web.entry import actor_of
from serai.web.group.account_names import AccountNames, accounts_of, flow_of, read_names
from serai.web.group.catalogue import cancellation_words, guarantee_word
from serai.web.group.console import Console, SharedConsole
from serai.web.group.directory import name_of
from serai.web.group.forms import by_form
from serai.web.group.order import when_text
from serai.web.group.refusals import refusal_shown
from serai.web.group.waits import wait_words
from serai.web.languages import N_, Language, gettext_of
from serai.web.look import Amount, Formats, TransferLine, language_of
from serai.web.problems import BadQuery, NoSuch, is_fragment

CANCELLABLE = frozenset({"held", "paying", "confirmed"})
MOST_LINES = 100
NONE_CHOSEN = Refusal(name="no_lines_chosen")

LineId = Annotated[int, Meta(ge=1, le=MOST)]


class LineChoice(Struct, frozen=True):
    """A line of the order, and whether it is to be cancelled; `free_until` when it costs nothing
    until then."""

    id: int
    store: str
    what: str
    policy: str
    free_until: datetime | None
    state: str
    amount: Amount
    fee: Amount | None
    open: bool
    chosen: bool


class Shown(Struct, frozen=True):
    """What a cancellation would do, or has done; `why` some of it waits."""

    lines: int
    fee: Amount
    refund: Amount
    waits: Amount
    why: str
    transfers: Sequence[TransferLine]


@get("/orders/{order_id:int}/cancellation", include_in_schema=False, opt={"right": "orders.write"})
async def cancellation_page(
    request: Request[Any, Any, Any], console: SharedConsole, order_id: FromPath[int]
) -> Template:
    """What cancelling lines of an order would do now, or what their cancellation has done."""
    language = language_of(request)
    organisation = (await console.directory()).organisation
    file = await read_file(console.house, order_id)
    wanted = lines_seen(file, line_ids(request.query_params.getall("line", [])))
    if not wanted and "key" in request.query_params:  # every box of the form is empty
        return await page_of(
            console, organisation, file, language, wanted, request, refused=NONE_CHOSEN
        )
    done = lines_seen(file, line_ids(request.query_params.getall("done", [])))
    return await page_of(console, organisation, file, language, wanted, request, done=done or None)


@post(
    "/orders/{order_id:int}/cancellation",
    include_in_schema=False,
    opt={"right": "orders.write"},
    status_code=200,
)
async def cancel_order(
    request: Request[Any, Any, Any], console: SharedConsole, order_id: FromPath[int]
) -> Template | Redirect:
    """Cancel the lines that the form names; sent twice, it is done once."""
    form = await request.form()
    wanted = line_ids(form.getall("line", []))
    by = by_form(request, form)
    if not console.is_whole:
        lines_seen(await read_file(console.house, order_id), wanted)
    house = console.whole.house
    cancelled = await cancel(house, by, order_id, lines=wanted) if wanted else NONE_CHOSEN
    if isinstance(cancelled, Refusal):
        organisation = (await console.directory()).organisation
        file = await read_file(console.house, order_id)
        return await page_of(
            console, organisation, file, language_of(request), frozenset(), request,
            refused=cancelled,
        )  # fmt: skip
    named = "&".join(f"done={id}" for id in cancelled.lines)
    return Redirect(f"/group/orders/{order_id}/cancellation?{named}", status_code=303)


def line_ids(values: Sequence[Any]) -> frozenset[int]:
    """The ids that an address or a form names; raises `BadQuery` when one cannot be an id."""
    try:
        return frozenset(msgspec.convert(list(values)[:MOST_LINES], list[LineId], strict=False))
    except msgspec.ValidationError:
        raise BadQuery("line") from None


def lines_seen(file: OrderFile, ids: frozenset[int]) -> frozenset[int]:
    """Lines that were named, each of which must be seen; raises `NoSuch` otherwise."""
    if not ids <= {line.id for line in file.lines}:
        raise no_such_order()
    return ids


def no_such_order() -> NoSuch:
    """There is no such order, or nothing of it is to be seen."""
    return NoSuch(N_("No such order"), action=N_("To the orders"), href="/group/orders")


async def read_file(house: House, order_id: int) -> OrderFile:
    """The order; raises `NoSuch` when there is none."""
    file = await read_order(house.database, order_id) if 0 < order_id <= MOST else None
    if file is None:
        raise no_such_order()
    return file


async def page_of(
    console: Console, organisation: Organisation, file: OrderFile, language: Language,
    wanted: frozenset[int], request: Request[Any, Any, Any], *,
    done: frozenset[int] | None = None, refused: Refusal | None = None,
) -> Template:  # fmt: skip
    """The page: before the deed, after it, or when it was refused."""
    house = console.whole.house  # whose lines these are has been looked at
    open_ids = {line.id for line in file.lines if line.state in CANCELLABLE}
    chosen = wanted or frozenset(open_ids)
    shown = None
    if done is not None:
        shown = await shown_done(house, organisation, file, done, language)
    elif open_ids and refused is not NONE_CHOSEN:
        preview = await preview_cancellation(
            house, file.order.id, lines=chosen, actor=actor_of(request.scope)
        )
        if isinstance(preview, Refusal):
            refused = refused or preview
        else:
            shown = await shown_before(house, organisation, preview, language)
    return Template(
        "group/cancellation.html",
        context={
            "bare": is_fragment(request),
            "order": file.order,
            "lines": line_choices(file, organisation, chosen, language),
            "shown": shown,
            "done": done is not None,
            "any_open": bool(open_ids),
            "whole": console.is_whole,
            "refused": refusal_shown(refused, language) if refused else None,
            "key": uuid4().hex,
        },
        status_code=409 if refused and request.method == "POST" else 200,
        headers={"cache-control": "no-store"},
    )


def line_choices(
    file: OrderFile, organisation: Organisation, chosen: frozenset[int], language: Language
) -> list[LineChoice]:
    """The lines of the order."""
    say, formats = gettext_of(language), Formats(language)
    choices = []
    for line in file.lines:
        store = organisation.stores.get(line.store_id)
        policy = cancellation_words(line.guarantee, line.cancellation, formats, say)
        what = f"{line.quantity} × {name_of(line, language)}"
        choices.append(
            LineChoice(
                id=line.id,
                store=name_of(store, language) if store else "–",
                what=f"{what} · {when_text(line, say)}",
                policy=f"{guarantee_word(line.guarantee, say)} · {policy}",
                free_until=free_until(line),
                state=line.state,
                amount=Amount(line.amount_minor, file.order.currency),
                fee=Amount(line.fee_minor, file.order.currency) if line.fee_minor else None,
                open=line.state in CANCELLABLE,
                chosen=line.id in chosen,
            )
        )
    return choices


def free_until(line: Line) -> datetime | None:
    """Until when a line can be cancelled for nothing; None when it always or never can."""
    policy = line.cancellation
    if line.guarantee == "none" or not policy.fee_bp or policy.free_hours is None:
        return None
    return line.begins_at - timedelta(hours=policy.free_hours)


async def shown_before(
    house: House, organisation: Organisation, preview: CancellationPreview, language: Language
) -> Shown:
    """What would be done."""
    done = preview.cancelled
    pendings = {one.id: one for one in await open_pendings(house.database, done.order_id)}
    accounts = [
        account
        for step in preview.chain
        for account in _accounts(step, pendings)
    ]  # fmt: skip
    names = await read_names(house.database, organisation, language, accounts)
    return Shown(
        len(done.lines),
        Amount(done.fee_minor, done.currency),
        Amount(done.refund_minor, done.currency),
        Amount(done.refund_waits_minor, done.currency),
        wait_words(done.refund_wait, language, own=True),
        [line for step in preview.chain if (line := step_line(step, pendings, names))],
    )


async def shown_done(
    house: House, organisation: Organisation, file: OrderFile, done: frozenset[int],
    language: Language,
) -> Shown:  # fmt: skip
    """What was done, as the journal has it: the last step of these lines, and what it paid back."""
    rows = [
        row
        for row in await journal_of_order(house.database, file.order.id)
        if (row.line_id in done and row.reason == "cancel")
        or (row.reason == "refund" and row.kind == "pending")
    ]
    last = max((row.recorded for row in rows if row.line_id in done), default=None)
    rows = [row for row in rows if row.recorded == last]
    names = await read_names(house.database, organisation, language, accounts_of(rows))
    own = [line for line in file.lines if line.id in done and line.state == "cancelled"]
    refunds = {row.line_id for row in rows if row.reason == "refund"}
    waiting = [
        one
        for one in await payments_of(house.database, file.order.id)
        if one.id in refunds and one.status == "waiting"
    ]
    return Shown(
        len(own),
        Amount(sum(line.fee_minor for line in own), file.order.currency),
        Amount(sum(row.amount for row in rows if row.reason == "refund"), file.order.currency),
        Amount(sum(one.amount_minor for one in waiting), file.order.currency),
        wait_words(await read_wait(house, waiting), language, own=True),
        [names.line(row) for row in rows],
    )


def _accounts(step: ChainStep, pendings: Mapping[int, Pending]) -> tuple[Account, ...]:
    match step:
        case Transfer():
            return step.debit, step.credit
        case Opening():
            return step.source, step.account
        case Post() | Void():
            pending = pendings.get(step.pending)
            return (pending.debit, pending.credit) if pending else ()


def step_line(
    step: ChainStep, pendings: Mapping[int, Pending], names: AccountNames
) -> TransferLine | None:
    """A step of a chain as it is listed before it is made."""
    accounts = _accounts(step, pendings)
    if not accounts:
        return None  # it has ended since; the deed itself would read it anew
    debit, credit = accounts
    if isinstance(step, Post | Void):
        pending = pendings[step.pending]
        amount, reason, state = pending.amount, step.reason, "will_void"
    else:
        amount, reason = step.amount, step.reason if isinstance(step, Transfer) else "open"
        state = "will_wait" if isinstance(step, Transfer) and step.pending else "will_post"
    return TransferLine(
        debit=names.of(debit, book=False),
        credit=names.of(credit),
        amount=Amount(amount, debit.unit),
        state=state,
        reason=reason,
        flow=flow_of(debit.unit),
        on=step.business_date if isinstance(step, Transfer) else None,
    )
