"""One customer: how to reach them, masked or in full, and what they have ordered."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Template
from msgspec.structs import replace

from serai.core import Refusal
from serai.customers import DocumentKind, ShownDetails, customer_number, read_customers
from serai.flows import as_told, masked_details, show_details
from serai.ledger import MOST
from serai.merchants import OrdersWanted, find_orders
from serai.web.entry import actor_of
from serai.web.group.console import Console, SharedConsole
from serai.web.group.forms import by_form
from serai.web.group.orders import order_rows, orders_table
from serai.web.languages import N_, gettext_of
from serai.web.look import language_of
from serai.web.problems import NoSuch

MOST_ORDERS = 50
DOCUMENTS: dict[DocumentKind, str] = {
    "passport": N_("Passport"),
    "identity_card": N_("Identity card"),
    "travel_permit": N_("Travel permit"),
    "other": N_("Another document"),
}
KINDS = {"person": N_("Person"), "company": N_("Company"), "agent": N_("Agent")}


@get("/customers/{customer_id:int}", include_in_schema=False, opt={"right": "customers.read"})
async def customer_page(
    request: Request[Any, Any, Any], console: SharedConsole, customer_id: FromPath[int]
) -> Template:
    """One customer; the details are masked."""
    return await page_of(request, console, customer_id)


@post(
    "/customers/{customer_id:int}/unmasking",
    include_in_schema=False,
    opt={"right": "customers.personal"},
    status_code=200,
)
async def unmask_customer(
    request: Request[Any, Any, Any], console: SharedConsole, customer_id: FromPath[int]
) -> Template:
    """The same page with the details in full. It has no address of its own: nobody comes to see
    them by a link, or by going back."""
    by = by_form(request, await request.form())
    if not 0 < customer_id <= MOST:
        raise no_such()
    details = await show_details(console.whole.house, by, customer_id, seen=console.house)
    if isinstance(details, Refusal):
        raise no_such()
    return await page_of(request, console, customer_id, details)


async def page_of(
    request: Request[Any, Any, Any],
    console: Console,
    customer_id: int,
    details: ShownDetails | None = None,
) -> Template:
    """The page, with masks unless `details` are given to be shown."""
    database = console.house.database
    known = await read_customers(database, [customer_id]) if 0 < customer_id <= MOST else {}
    if customer_id not in known:
        raise no_such()
    customer = await as_told(console.house, known[customer_id])
    if details is None:
        details = await masked_details(console.house, customer_id)
    language = language_of(request)
    say = gettext_of(language)
    orders = await find_orders(
        console.told.database, OrdersWanted(customer=customer_id), MOST_ORDERS
    )
    organisation = (await console.directory()).organisation
    rows = order_rows(orders, known, organisation, language)
    table = orders_table(rows, say, "", None, turned=False)
    columns = tuple(column for column in table.columns if column.key != "customer")
    return Template(
        "group/customer.html",
        context={
            "customer": customer,
            "number": customer_number(customer_id),
            "kind": say(KINDS[customer.kind]),
            "details": details,
            "document": document_text(details, say),
            "anything": bool(details.phone or details.email or details.document_number),
            "may_see": await may_see(request, console, customer_id),
            "orders": replace(table, columns=columns),
            "most": len(orders) == MOST_ORDERS,
            "key": uuid4().hex,
        },
        headers={"cache-control": "no-store"},
    )


async def may_see(request: Request[Any, Any, Any], console: Console, customer_id: int) -> bool:
    """Whether the reader may see this customer's details in full."""
    actor = actor_of(request.scope)
    if not actor.may("customers.personal"):
        return False
    seen = await console.whole.house.seen_by(actor, "customers.personal")
    return customer_id in await read_customers(seen.database, [customer_id])


def document_text(details: ShownDetails, say: Callable[[str], str]) -> str:
    """A document in a few words; empty when none is known."""
    if details.document_kind is None:
        return ""
    kind = say(DOCUMENTS[details.document_kind])
    return f"{kind} {details.document_country} {details.document_number}"


def no_such() -> NoSuch:
    """There is no such customer, or none that the reader may see."""
    return NoSuch(N_("No such customer"), action=N_("To the orders"), href="/group/orders")
