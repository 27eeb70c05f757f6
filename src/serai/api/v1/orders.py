"""Orders: made, read, listed."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal

from litestar import Response, get, post
from litestar.openapi.spec import Example
from litestar.params import Body, QueryParameter
from msgspec import Meta, Struct, ValidationError, convert

from serai.api.v1.asking import Asked, AskedHouse, AskedWrite, needs_key
from serai.api.v1.cursors import BeforeMoment, read_cursor, write_cursor
from serai.api.v1.express import Made, express
from serai.api.v1.fields import (
    USUAL_LIMIT,
    Code,
    Count,
    Country,
    Cursor,
    Id,
    Limit,
    NodeId,
    PathId,
    StateName,
    Text,
    in_utc,
)
from serai.api.v1.order_answers import OrderAnswer, OrderItem, order_answer, order_item
from serai.api.v1.organisation import check_node
from serai.api.v1.problems import RefusedRequest, no_such
from serai.api.v1.statuses import READ, READ_ONE, WRITE
from serai.capital import payments_of
from serai.core import Refusal
from serai.customers import read_customers
from serai.flows import HOLD_SECONDS, LONGEST_HOLD_SECONDS, MOST_LINES, Party, book
from serai.ledger import MOST
from serai.merchants import OrdersWanted, Wanted, find_orders, read_order

TAGS = ["Orders"]


class LineRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One offer: from `first_day` on, for `nights` where it has nights, at `minute` of the day
    where it has times (1110 is 18:30)."""

    offer_id: Id
    first_day: date
    quantity: Annotated[int, Meta(ge=1, le=MOST)] = 1
    nights: Annotated[int, Meta(ge=1, le=MOST)] = 1
    minute: Annotated[int, Meta(ge=0, le=1439)] = 0


class OrderRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lines of any stores, brands and segments, all held or none. The customer pays unless
    another payer is named; the hold lasts `hold_seconds` (at most a day). Customer, payer and agent
    are such as the key sees: who is new to it is registered, or recognised, first."""

    customer_id: Id
    lines: Annotated[tuple[LineRequest, ...], Meta(min_length=1, max_length=MOST_LINES)]
    payer_id: Id | None = None
    agent_id: Id | None = None
    channel: Code = "api"
    guest_name: Text = ""
    adults: Count = 1
    children: Count = 0
    babies: Count = 0
    country: Country = ""
    market: Text = ""
    hold_seconds: Annotated[int, Meta(ge=1, le=LONGEST_HOLD_SECONDS)] = HOLD_SECONDS


class OrderHeld(Struct, frozen=True, kw_only=True):
    """An order is held until `held_until`; confirm it before. Amounts in minor units, tax
    included."""

    id: int
    number: str
    state: Literal["held"]
    currency: str
    amount_minor: int
    held_until: datetime


class OrderPage(Struct, frozen=True):
    """Orders, latest first; `next` is the cursor of the next page, null on the last."""

    items: tuple[OrderItem, ...]
    next: str | None


_SOON = datetime.now(UTC).date() + timedelta(days=30)

_EXAMPLE = Example(
    summary="A room, a table and two admissions",
    value={
        "customer_id": 200,
        "guest_name": "王敏 Wang Min",
        "adults": 2,
        "lines": [
            {"offer_id": 101, "first_day": _SOON, "nights": 2},
            {"offer_id": 103, "first_day": _SOON, "quantity": 2, "minute": 1110},
            {"offer_id": 104, "first_day": _SOON + timedelta(days=1), "quantity": 2, "minute": 600},
        ],
    },
)


async def _check_reach(asked: Asked, data: OrderRequest) -> None:
    """Refuse offers that are not the asker's, as if they were not there."""
    sight = asked.seen.sight
    if sight.everything:
        return
    offers = [line.offer_id for line in data.lines]
    found = await asked.house.catalogue.articles(offers)
    for number, offer_id in enumerate(offers):
        article = found.get(offer_id)
        if not sight.catalogue and article and article.offer.store_id not in sight.stores:
            raise RefusedRequest(no_such("offer", f"lines[{number}].offer_id"))


async def _place(asked: Asked, data: OrderRequest) -> Made[OrderHeld]:
    await _check_reach(asked, data)
    party = Party(
        customer_id=data.customer_id,
        payer_id=data.payer_id or data.customer_id,
        channel=data.channel,
        agent_id=data.agent_id or 0,
        guest_name=data.guest_name,
        adults=data.adults,
        children=data.children,
        babies=data.babies,
        country=data.country,
        market=data.market,
    )
    wanted = tuple(
        Wanted(
            offer_id=line.offer_id,
            first_day=line.first_day,
            quantity=line.quantity,
            nights=line.nights,
            minute=line.minute,
        )
        for line in data.lines
    )
    booked = asked.settle(
        await book(
            asked.house, asked.by, party, wanted, hold_seconds=data.hold_seconds, seen=asked.seen
        )
    )
    held = OrderHeld(
        id=booked.order_id,
        number=booked.number,
        state="held",
        currency=booked.currency,
        amount_minor=booked.amount_minor,
        held_until=in_utc(booked.held_until),
    )
    return Made(held, f"/v1/orders/{held.id}")


@post(
    "/orders",
    operation_id="placeOrder",
    summary="Place an order",
    response_description="Everything is held.",
    tags=TAGS,
    guards=[needs_key],
    middleware=[express(OrderRequest, _place)],
    responses=WRITE,
    opt={"right": "orders.write"},
)
async def place_order(
    data: Annotated[OrderRequest, Body(examples=[_EXAMPLE])], asked: AskedWrite
) -> Response[OrderHeld]:
    """Hold everything that the lines need, in all stores, or nothing. A price is what it is at
    this moment; the answer says until when everything is held."""
    made = await _place(asked, data)
    return Response(made.answer, headers=made.headers(asked))


@get(
    "/orders",
    operation_id="listOrders",
    summary="List orders",
    response_description="A page of orders.",
    tags=TAGS,
    responses=READ,
    opt={"right": "orders.read"},
)
async def list_orders(
    house: AskedHouse,
    of_state: Annotated[
        StateName | None, QueryParameter(name="state", description="In this state now.")
    ] = None,
    store: NodeId = None,
    brand: NodeId = None,
    customer: NodeId = None,
    placed_since: Annotated[
        str | None, QueryParameter(description="Placed then or later.", format="date-time")
    ] = None,
    placed_until: Annotated[
        str | None, QueryParameter(description="Placed before then.", format="date-time")
    ] = None,
    limit: Limit = USUAL_LIMIT,
    cursor: Cursor = None,
) -> OrderPage:
    """Orders, latest first. An order's state follows from its lines: what is still to come
    decides first."""
    organisation = await house.organisation()
    check_node("store", store, organisation.stores)
    check_node("brand", brand, organisation.brands)
    if customer is not None:
        check_node("customer", customer, await read_customers(house.database, [customer]))
    place = read_cursor(cursor, BeforeMoment)
    wanted = OrdersWanted(
        state=of_state,
        store=store,
        stores=await house.own_stores(),
        brand=brand,
        customer=customer,
        since=_moment("placed_since", placed_since),
        until=_moment("placed_until", placed_until),
        before=place.moment if place else None,
        before_id=place.id if place else None,
    )
    orders = await find_orders(house.database, wanted, limit + 1)
    after = None
    if len(orders) > limit:
        last = orders[limit - 1]
        after = write_cursor(BeforeMoment(last.placed_at, last.id))
    return OrderPage(tuple(order_item(order) for order in orders[:limit]), after)


@get(
    "/orders/{order_id:int}",
    operation_id="getOrder",
    summary="Get an order",
    response_description="The order.",
    tags=TAGS,
    responses=READ_ONE,
    opt={"right": "orders.read"},
)
async def get_order(house: AskedHouse, order_id: PathId) -> OrderAnswer:
    """One order with its bookings, lines, charges and payments, and the state of each line."""
    file = await read_order(house.database, order_id)
    if file is None:
        raise RefusedRequest(no_such("order", "order_id"))
    return order_answer(file, await payments_of(house.database, order_id))


def _moment(name: str, text: str | None) -> datetime | None:
    """A moment as it was written, with its offset from UTC."""
    if text is None:
        return None
    try:
        moment: datetime = convert(text, Annotated[datetime, Meta(tz=True)])
    except ValidationError:
        raise RefusedRequest(
            Refusal(
                name="parameter_invalid",
                says=f"{name} is not a moment with an offset from UTC.",
                advice="Write it as 2030-05-01T00:00:00Z, or with an offset (+ as %2B).",
                field=name,
            )
        ) from None
    return moment
