"""Book: hold everything that an order's lines need, in all stores, or nothing."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import cast

from msgspec import Struct

from serai.capital import read_taxes
from serai.cloud import Organisation
from serai.core import Refusal, business_date
from serai.customers import Customer, read_customers
from serai.flows.agreement import (
    AgreedBooking,
    AgreedLine,
    Party,
    ids_wanted,
    needs_of,
    of_line,
    records_of,
    write_up,
)
from serai.flows.house import House
from serai.flows.refusals import unknown
from serai.flows.step import By, Draft, take
from serai.flows.telling import tell
from serai.ledger import Step
from serai.logistics import hold, read_resources
from serai.merchants import (
    Offer,
    OrderFile,
    Quote,
    Wanted,
    one_currency,
    quote,
    read_offers,
    read_plans,
    read_products,
    read_terms,
    terms_on,
)

HOLD_SECONDS = 15 * 60
LONGEST_HOLD_SECONDS = 24 * 3600
MOST_LINES = 40


class Booked(Struct, frozen=True):
    """An order is held until `held_until`."""

    order_id: int
    number: str
    amount_minor: int
    currency: str
    held_until: datetime


async def book(
    house: House,
    by: By,
    party: Party,
    wanted: tuple[Wanted, ...],
    *,
    hold_seconds: int = HOLD_SECONDS,
    at: datetime | None = None,
) -> Booked | Refusal:
    """Hold the wanted lines for a party; `at` is when it was asked, for orders of the past."""

    async def draft() -> Draft | Refusal:
        moment = at or house.clock()
        refused = _check_request(wanted, hold_seconds)
        if refused is not None:
            return refused
        agreed = await _agree(house, party, wanted, moment)
        if isinstance(agreed, Refusal):
            return agreed
        currency = one_currency([line.quote for one in agreed for line in one.lines])
        if isinstance(currency, Refusal):
            return currency
        organisation = await house.organisation()
        file = write_up(
            agreed,
            party,
            await house.ids.take(ids_wanted(agreed)),
            currency=currency,
            platform=organisation.group.platform_entity_id,
            state="held",
            placed_at=moment,
            held_until=moment + timedelta(seconds=hold_seconds),
        )
        return _draft(file, agreed, moment, hold_seconds)

    return await take(house, by, "book", Booked, draft)


def _draft(
    file: OrderFile, agreed: tuple[AgreedBooking, ...], moment: datetime, hold_seconds: int
) -> Draft:
    needs = [line.needs for booking in agreed for line in booking.lines]
    chain: list[Step] = []
    for line, needed in zip(file.lines, needs, strict=True):
        book = file.booking(line.booking_id).entity_id
        chain += hold(book, needed, of_line(line), timeout_seconds=hold_seconds)
    store = agreed[0].place.store
    order = file.order
    return Draft(
        effective=moment,
        business_date=business_date(moment, store.timezone, store.closing_minute),
        answer=Booked(
            order.id, order.number, order.amount_minor, order.currency,
            cast(datetime, order.held_until),
        ),
        chain=tuple(chain),
        inserts=records_of(file),
        events=tell(file, file.lines, "booking.placed"),
    )  # fmt: skip


def _check_request(wanted: tuple[Wanted, ...], hold_seconds: int) -> Refusal | None:
    if not 1 <= len(wanted) <= MOST_LINES:
        return Refusal(
            name="lines_out_of_range",
            says=f"An order has from 1 to {MOST_LINES} lines.",
            advice="Change the lines or make several orders.",
            field="lines",
        )
    if not 1 <= hold_seconds <= LONGEST_HOLD_SECONDS:
        return Refusal(
            name="hold_out_of_range",
            says=f"A hold lasts from 1 to {LONGEST_HOLD_SECONDS} seconds.",
            advice="Change hold_seconds.",
            field="hold_seconds",
        )
    return None


async def _agree(
    house: House, party: Party, wanted: tuple[Wanted, ...], moment: datetime
) -> tuple[AgreedBooking, ...] | Refusal:
    """Quote every line under the terms of its store; the first that cannot be sold refuses all."""
    people = await read_customers(
        house.database, [id for id in (party.customer_id, party.payer_id, party.agent_id) if id]
    )
    refused = _check_party(party, people)
    if refused is not None:
        return refused
    offers = await read_offers(house.database, [line.offer_id for line in wanted])
    for place, line in enumerate(wanted):
        if line.offer_id not in offers:
            return unknown("offer", f"lines[{place}].offer_id")
    organisation = await house.organisation()
    products = await read_products(house.database, [offer.product_id for offer in offers.values()])
    plans = await read_plans(house.database, [offer.plan_id for offer in offers.values()])
    stores = sorted({offer.store_id for offer in offers.values()})
    quotes: list[Quote] = []
    for place, line in enumerate(wanted):
        offer = offers[line.offer_id]
        quoted = quote(
            line, offer, products[offer.product_id], plans[offer.plan_id],
            _today(organisation, offer, moment), place,
        )  # fmt: skip
        if isinstance(quoted, Refusal):
            return quoted
        if quoted.plan.guarantee == "company" and not _is_company(people, party.payer_id):
            return Refusal(
                name="payer_required",
                says="This rate is billed to a company account.",
                advice="Name a company as payer, or choose another rate.",
                field="payer_id",
            )
        quotes.append(quoted)
    return await _gather(house, party, quotes, stores, organisation, moment)


async def _gather(
    house: House, party: Party, quotes: list[Quote], stores: list[int],
    organisation: Organisation, moment: datetime,
) -> tuple[AgreedBooking, ...] | Refusal:  # fmt: skip
    terms = await read_terms(house.database, stores)
    wanted_resources = sorted({use.resource_id for one in quotes for use in one.product.uses})
    resources = await read_resources(house.database, wanted_resources)
    places = {id: organisation.place(id, moment.date()) for id in stores}
    found = [place for place in places.values() if place is not None]
    taxes = await read_taxes(house.database, sorted({place.entity.id for place in found}))
    grouped: dict[int, list[Quote]] = defaultdict(list)
    for one in quotes:
        grouped[one.offer.store_id].append(one)
    agreed = []
    for store_id, lines in grouped.items():
        place = places[store_id]
        own = [row for row in terms if row.store_id == store_id]
        term = terms_on(own, party.channel, moment.date())
        if place is None or term is None:
            return _not_trading(organisation, store_id)
        agreed.append(
            AgreedBooking(
                place=place,
                terms=term,
                lines=tuple(
                    AgreedLine(
                        quote=one,
                        needs=needs_of(one, resources),
                        tax=taxes.rate(
                            place.entity.id, one.product.tax_class, one.wanted.first_day
                        ),
                    )
                    for one in lines
                ),
            )
        )
    return tuple(agreed)


def _today(organisation: Organisation, offer: Offer, moment: datetime) -> date:
    store = organisation.stores[offer.store_id]
    return business_date(moment, store.timezone, store.closing_minute)


def _check_party(party: Party, people: dict[int, Customer]) -> Refusal | None:
    for id, field in (
        (party.customer_id, "customer_id"),
        (party.payer_id, "payer_id"),
        (party.agent_id, "agent_id"),
    ):
        if id not in people and not (id == 0 and field == "agent_id"):
            return unknown("customer", field)
    if not 0 < party.adults + party.children <= 500 or min(party.adults, party.children) < 0:
        return Refusal(
            name="party_out_of_range",
            says="A booking is for 1 to 500 guests.",
            advice="Change the number of adults and children.",
            field="adults",
        )
    return None


def _is_company(people: dict[int, Customer], id: int) -> bool:
    return id in people and people[id].kind == "company"


def _not_trading(organisation: Organisation, store_id: int) -> Refusal:
    name = organisation.stores[store_id].name_en
    return Refusal(
        name="store_not_trading",
        says=f"{name} does not sell at present.",
        advice="Choose another store.",
        field="lines",
    )
