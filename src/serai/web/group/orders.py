"""Orders: the list of them, the latest first."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from litestar import Request, get
from litestar.response import Template
from msgspec import Meta, Struct

from serai.cloud import Organisation
from serai.customers import Customer, read_customers
from serai.merchants import STATES, LineState, OrderSummary, OrdersWanted, find_orders
from serai.web.group.console import Console, SharedConsole
from serai.web.group.directory import Directory, name_of
from serai.web.group.listing import PAGE_ROWS
from serai.web.group.query import Id, Word, asked
from serai.web.group.stores import store_choices
from serai.web.languages import N_, Language, gettext_of
from serai.web.look import Amount, Column, Table, language_of, look_of, word

CHANNELS = ("web", "app", "desk", "agent", "ota")
"""Channels that a list of orders offers to be narrowed to; any other can be asked for by name."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Cursor = Annotated[str, Meta(pattern=r"^[0-9]{1,16}-[1-9][0-9]{0,17}$")]


class ListWanted(Struct, frozen=True):
    """Which orders are listed: what is None narrows nothing; both days are included."""

    state: LineState | None = None
    store: Id | None = None
    brand: Id | None = None
    city: Id | None = None
    channel: Word | None = None
    since: Annotated[date | None, Meta(title=N_("Placed from"))] = None
    until: date | None = None
    cursor: Cursor | None = None


class OrderRow(Struct, frozen=True):
    """An order as it is listed."""

    number: str
    href: str
    customer: str
    stores: str
    channel: str
    placed_at: datetime
    state: str
    amount: Amount


@get("/orders", include_in_schema=False, opt={"right": "orders.read"})
async def orders_page(request: Request[Any, Any, Any], console: SharedConsole) -> Template:
    """The orders that are wanted, a page at a time."""
    wanted = asked(request, ListWanted)
    language = language_of(request)
    directory = await console.directory()
    database = console.house.database
    asked_for = to_find(wanted, directory.timezone, await console.house.own_stores())
    found = await find_orders(database, asked_for, PAGE_ROWS + 1)
    shown, more = found[:PAGE_ROWS], len(found) > PAGE_ROWS
    people = await read_customers(database, [order.customer_id for order in shown])
    rows = order_rows(shown, people, directory.organisation, language)
    address = look_of(request, console.now()).address
    say = gettext_of(language)
    return Template(
        "group/orders.html",
        context={
            "wanted": wanted,
            "choices": store_choices(directory, language),
            "states": [("", say("All")), *((state, word(state, say)) for state in STATES)],
            "channels": channel_choices(wanted.channel, say),
            "store_name": store_name(directory, wanted.store, language),
            "own_store": own_store(console, directory, language),
            "orders": orders_table(
                rows, say, address, cursor_of(shown[-1]) if more else None,
                turned=wanted.cursor is not None,
            ),
        },
    )  # fmt: skip


def own_store(console: Console, directory: Directory, language: Language) -> tuple[str, str] | None:
    """The name and the page of the one store whose orders are seen, for whoever works there."""
    stores = console.house.sight.stores
    if console.is_whole or len(stores) != 1:
        return None
    (id,) = stores
    name = store_name(directory, id, language)
    return (name, f"/group/stores/{id}") if name and console.has_store(id) else None


def to_find(wanted: ListWanted, timezone: str, stores: list[int] | None = None) -> OrdersWanted:
    """What is wanted, as the merchants are asked for it; days are those of `timezone`. `stores`
    are those of which alone anything is seen."""
    zone = ZoneInfo(timezone)

    def begin(day: date | None) -> datetime | None:
        return None if day is None else datetime.combine(day, time.min, tzinfo=zone)

    before, before_id = place_of(wanted.cursor) if wanted.cursor else (None, None)
    return OrdersWanted(
        state=wanted.state,
        store=wanted.store,
        stores=stores,
        brand=wanted.brand,
        city=wanted.city,
        channel=wanted.channel,
        since=begin(wanted.since),
        until=begin(wanted.until + timedelta(days=1) if wanted.until else None),
        before=before,
        before_id=before_id,
    )


def cursor_of(order: OrderSummary) -> str:
    """Where the list goes on after an order."""
    return f"{(order.placed_at - _EPOCH) // _MICROSECOND}-{order.id}"


def place_of(cursor: str) -> tuple[datetime, int]:
    """The moment and the id that a cursor stands for."""
    microseconds, _, id = cursor.partition("-")
    return _EPOCH + int(microseconds) * _MICROSECOND, int(id)


def order_rows(
    orders: Sequence[OrderSummary],
    people: dict[int, Customer],
    organisation: Organisation,
    language: Language,
) -> list[OrderRow]:
    """Orders as rows of a list."""
    say = gettext_of(language)
    rows = []
    for order in orders:
        customer = people.get(order.customer_id)
        rows.append(
            OrderRow(
                number=order.number,
                href=f"/group/orders/{order.id}",
                customer=customer.name if customer else "–",
                stores=stores_text(order.stores, organisation, language),
                channel=word(order.channel, say),
                placed_at=order.placed_at,
                state=order.state,
                amount=Amount(order.amount_minor, order.currency),
            )
        )
    return rows


def stores_text(ids: Sequence[int], organisation: Organisation, language: Language) -> str:
    """The first store by name, and how many others there are."""
    names = [name_of(organisation.stores[id], language) for id in ids if id in organisation.stores]
    if not names:
        return "–"
    return names[0] if len(names) == 1 else f"{names[0]} +{len(names) - 1}"


def orders_table(
    rows: Sequence[OrderRow],
    say: Callable[[str], str],
    address: str,
    next: str | None,
    *,
    turned: bool,
) -> Table:
    """Orders as a table."""
    columns = (
        Column("number", say("Order"), place="title", href="href"),
        Column("stores", say("Stores")),
        Column("customer", say("Customer"), place="wide"),
        Column("channel", say("Channel"), place="wide"),
        Column("placed_at", say("Placed"), "when"),
        Column("state", say("State"), "state"),
        Column("amount", say("Amount"), "amount", place="lead"),
    )
    return Table(columns, rows, say("Orders"), address, next=next, turned=turned)


def channel_choices(wanted: str | None, say: Callable[[str], str]) -> list[tuple[str, str]]:
    """The channels to choose from, with the one that was asked for."""
    known = list(CHANNELS)
    if wanted and wanted not in known:
        known.append(wanted)
    return [("", say("All")), *((channel, word(channel, say)) for channel in known)]


def store_name(directory: Directory, store_id: int | None, language: Language) -> str:
    """The name of the store that the list is narrowed to, if it is."""
    store = directory.organisation.stores.get(store_id or 0)
    return name_of(store, language) if store else ""
