"""The transfers of an order: all of them, or those behind one figure of its trace."""

from collections.abc import Sequence
from typing import Annotated, Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Template
from msgspec import Meta, Struct

from serai.capital import VALUE_PREFIX
from serai.flows import Trace
from serai.ledger import JournalRow, journal_of_order
from serai.web.group.account_names import accounts_of, read_names
from serai.web.group.console import SharedConsole
from serai.web.group.query import Id, Word, asked
from serai.web.group.trace import read_trace
from serai.web.group.tracing import title_of
from serai.web.languages import gettext_of
from serai.web.look import Flow, language_of, word
from serai.web.problems import is_fragment

Place = Annotated[int, Meta(ge=0, le=100_000)]


class TransfersWanted(Struct, frozen=True):
    """Which transfers of an order are shown: of a step, of one flow or one happening of it, those
    with a reason, of a payment, or those that moved a role; all when nothing is named."""

    step: Place | None = None
    flow: Flow | None = None
    happening: Place | None = None
    reason: Word | None = None
    payment: Id | None = None
    book: Id | None = None
    role: Word | None = None


class Chosen(Struct, frozen=True):
    """Transfers with what they are shown under."""

    title: str
    rows: Sequence[JournalRow]


@get("/orders/{order_id:int}/transfers", include_in_schema=False, opt={"right": "orders.read"})
async def order_transfers_page(
    request: Request[Any, Any, Any], console: SharedConsole, order_id: FromPath[int]
) -> Template:
    """Transfers of an order, in a dialog over the trace or on a page of their own."""
    wanted = asked(request, TransfersWanted)
    language = language_of(request)
    organisation = (await console.directory()).organisation
    found = await read_trace(console.house, order_id)
    journal = await journal_of_order(console.house.database, order_id)
    chosen = choose_transfers(found, journal, wanted, gettext_of(language))
    names = await read_names(
        console.house.database, organisation, language, accounts_of(chosen.rows)
    )
    return Template(
        "group/order_transfers.html",
        context={
            "bare": is_fragment(request),
            "order": found.file.order,
            "shown_title": chosen.title,
            "transfers": [names.line(row) for row in chosen.rows],
        },
    )


def choose_transfers(
    found: Trace, journal: Sequence[JournalRow], wanted: TransfersWanted, say: Any
) -> Chosen:
    """The transfers that are wanted, in the order in which they were recorded."""
    if wanted.payment is not None:
        rows = [row for row in journal if row.line_id == wanted.payment]
        return Chosen(say("Transfers of a payment"), rows)
    if wanted.role is not None:
        rows = [row for row in journal if _touches(row, wanted)]
        return Chosen(word(wanted.role, say).capitalize(), rows)
    if wanted.step is None or wanted.step >= len(found.steps):
        return Chosen(say("All transfers of the order"), list(journal))
    step = found.steps[wanted.step]
    ids = {
        id
        for place, one in enumerate(step.happenings)
        if wanted.flow in (None, one.flow) and wanted.happening in (None, place) and one.figure
        for id in one.figure.transfers
    }
    rows = [row for row in journal if row.id in ids and wanted.reason in (None, row.reason)]
    return Chosen(title_of(step, say), rows)


def _touches(row: JournalRow, wanted: TransfersWanted) -> bool:
    if wanted.role not in (row.debit_role, row.credit_role) or row.kind in ("pending", "void"):
        return False
    if wanted.book is None:  # of agreed value there is one book for each booking
        return row.unit.startswith(VALUE_PREFIX)
    return row.book == wanted.book and ":" not in row.unit
