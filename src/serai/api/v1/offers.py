"""Offers: what is on sale, and for a day what it costs and what is left."""

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from litestar import get
from litestar.params import QueryParameter
from msgspec import Struct, convert

from serai.api.v1.asking import AskedHouse
from serai.api.v1.cursors import AfterId, read_id, write_cursor
from serai.api.v1.fields import (
    USUAL_LIMIT,
    Cursor,
    Limit,
    NodeId,
    OfSegment,
    SearchText,
    SegmentName,
)
from serai.api.v1.organisation import StoreAnswer, store_answer
from serai.api.v1.problems import Problem, RefusedRequest, problem_of
from serai.api.v1.statuses import READ
from serai.core import Refusal
from serai.flows import Availability, Enquiry, Found, OnSale, Search, search
from serai.merchants import Offer

GuaranteeName = Literal["none", "card", "prepaid", "company"]

DAY_REQUIRED = Refusal(
    name="parameter_missing",
    says="Nights, quantity, minute and closed say something about a day only.",
    advice="Give a day, or leave them out.",
    field="day",
)


class CancellationTerms(Struct, frozen=True, kw_only=True):
    """Free until `free_hours` before the service begins (null: never); after that `fee_bp`
    hundredths of a percent are kept, and `no_show_bp` when nobody comes."""

    free_hours: int | None
    fee_bp: int
    no_show_bp: int


class ProductAnswer(Struct, frozen=True, kw_only=True):
    """A room type, a table class, a ticket kind, a departure, an item. `starts` are the minutes
    of the day at which it can begin, `most` the largest quantity on one line."""

    id: int
    code: str
    name_en: str
    name_zh: str
    segment: SegmentName
    most: int
    starts: tuple[int, ...]


class PlanAnswer(Struct, frozen=True, kw_only=True):
    """The conditions: what guarantees the booking, how it is cancelled, which meals it has."""

    id: int
    code: str
    name_en: str
    name_zh: str
    guarantee: GuaranteeName
    cancellation: CancellationTerms
    meals: str


class ChargeAnswer(Struct, frozen=True):
    """The price of one night, cover, admission or item, tax included."""

    service_date: date
    amount_minor: int


class TimeAnswer(Struct, frozen=True, kw_only=True):
    """A time at which it can begin: `left` can still be sold then, and it can be cancelled free
    of charge until `free_until` (null: never)."""

    minute: int
    begins_at: datetime
    left: int
    free_until: datetime | None


class AvailabilityAnswer(Struct, frozen=True, kw_only=True):
    """The answer for the day that was asked for: the price of the whole request in minor units,
    charge by charge, what is left at which time, and why it cannot be sold so (null when it
    can)."""

    amount_minor: int
    charges: tuple[ChargeAnswer, ...]
    left: int
    times: tuple[TimeAnswer, ...]
    refused: Problem | None


class OfferAnswer(Struct, frozen=True, kw_only=True):
    """A product under a plan, in a store. `from_minor` is the lowest price of a unit from today
    on, in minor units of `currency`, tax included as the store's prices say it."""

    id: int
    currency: str
    from_minor: int | None
    since: date
    until: date
    product: ProductAnswer
    plan: PlanAnswer
    store: StoreAnswer
    availability: AvailabilityAnswer | None


class OfferPage(Struct, frozen=True):
    """Offers by id; `next` is the cursor of the next page, null on the last. With a day a page
    may be short and still have a next one."""

    items: tuple[OfferAnswer, ...]
    next: str | None


@get(
    "/offers",
    operation_id="searchOffers",
    summary="Search for offers",
    response_description="A page of offers.",
    tags=["Offers"],
    responses=READ,
    opt={"right": "catalogue.read"},
)
async def search_offers(
    house: AskedHouse,
    city: NodeId = None,
    brand: NodeId = None,
    store: NodeId = None,
    segment: OfSegment = None,
    text: SearchText = None,
    day: Annotated[
        date | None, QueryParameter(description="The first day; with it, offers are priced.")
    ] = None,
    nights: Annotated[int | None, QueryParameter(ge=1, le=90)] = None,
    quantity: Annotated[int | None, QueryParameter(ge=1, le=200)] = None,
    minute: Annotated[
        int | None,
        QueryParameter(description="Minutes after midnight: 1110 is 18:30.", ge=0, le=1439),
    ] = None,
    closed: Annotated[
        bool | None,
        QueryParameter(description="Also those that cannot be sold so, with the reason."),
    ] = None,
    channel: Annotated[
        str, QueryParameter(description="Where it is to be sold.", pattern="^[A-Za-z0-9._-]{1,40}$")
    ] = "api",
    limit: Limit = USUAL_LIMIT,
    cursor: Cursor = None,
) -> OfferPage:
    """What is on sale by city, brand, store, segment and text. With a `day`, the price of the
    whole request and what is left, for those that can be sold so."""
    enquiry = None
    if day is not None:
        enquiry = Enquiry(day=day, nights=nights or 1, quantity=quantity or 1, minute=minute)
    elif {nights, quantity, minute, closed} != {None}:
        raise RefusedRequest(DAY_REQUIRED)
    after = read_id(cursor, 0)
    found = await search(
        house,
        Search(
            channel=channel,
            city=city,
            brand=brand,
            store=store,
            segment=segment,
            text=text,
            enquiry=enquiry,
            closed_too=closed or False,
            after=after,
        ),
        limit,
    )
    if isinstance(found, Refusal):
        raise RefusedRequest(found)
    today = house.clock().date()
    return OfferPage(
        tuple(offer_answer(one, today) for one in found.found),
        write_cursor(AfterId(found.next)) if found.next else None,
    )


def offer_answer(found: Found, today: date) -> OfferAnswer:
    """An offer as it is told."""
    one = found.on_sale
    return OfferAnswer(
        id=one.offer.id,
        currency=one.offer.currency,
        from_minor=lowest_price(one.offer, today),
        since=one.offer.since,
        until=one.offer.until,
        product=convert(one.product, ProductAnswer, from_attributes=True),
        plan=convert(one.plan, PlanAnswer, from_attributes=True),
        store=store_answer(one.place),
        availability=_availability(one, found.availability) if found.availability else None,
    )


def lowest_price(offer: Offer, today: date) -> int | None:
    """The lowest price of a unit that holds today or later; None when there is none."""
    return min((price.amount_minor for price in offer.prices if today < price.until), default=None)


def _availability(one: OnSale, found: Availability) -> AvailabilityAnswer:
    free_hours = one.plan.cancellation.free_hours
    ahead = None if free_hours is None else timedelta(hours=free_hours)
    return AvailabilityAnswer(
        amount_minor=found.amount_minor,
        charges=tuple(ChargeAnswer(day, amount) for day, amount in found.charges),
        left=found.left,
        times=tuple(
            TimeAnswer(
                minute=time.minute,
                begins_at=time.begins_at,
                left=time.left,
                free_until=None if ahead is None else time.begins_at - ahead,
            )
            for time in found.times
        ),
        refused=problem_of(found.refusal) if found.refusal else None,
    )
