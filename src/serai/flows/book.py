"""Book: hold everything that an order's lines need, in all stores, or nothing."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import cast
from unicodedata import category

from msgspec import Struct

from serai.capital import TaxTable, read_taxes
from serai.cloud import Organisation
from serai.core import Refusal
from serai.customers import Customer, read_customers
from serai.flows.agreement import (
    AgreedBooking,
    AgreedLine,
    Party,
    ids_wanted,
    needs_of,
    of_line,
    records_of,
    stock_up,
    write_up,
)
from serai.flows.house import House
from serai.flows.refusals import explain, payer_required, unknown
from serai.flows.step import By, Draft, take
from serai.flows.telling import tell
from serai.flows.times import begin, today_at
from serai.ledger import MOST, MOST_STEPS, Step
from serai.logistics import Resource, hold, read_resources
from serai.merchants import (
    Offer,
    OrderFile,
    Product,
    Quote,
    RatePlan,
    Terms,
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
MOST_GUESTS = 500
LONGEST_TEXT = 200
MOST_STEPS_A_DATE = 8
"""Earning a date's charges: value, revenue, tax, deposit, and the commission in two books."""
MOST_STEPS_A_LINE = 2
"""Beside that: the cost of goods, and what is paid at the desk."""
MOST_STEPS_A_NEED = 2
"""Beside its own transfer: the openings of a slot and of its goods."""


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
        refused = _check_request(party, wanted, hold_seconds)
        if refused is not None:
            return refused
        found = await _find(house, party, wanted, moment)
        if isinstance(found, Refusal):
            return found
        agreed = _agree(found, party, wanted, moment)
        if isinstance(agreed, Refusal):
            return agreed
        currency = one_currency([line.quote for one in agreed for line in one.lines])
        if isinstance(currency, Refusal):
            return currency
        file = write_up(
            agreed,
            party,
            await house.ids.take(ids_wanted(agreed)),
            currency=currency,
            platform=found.organisation.group.platform_entity_id,
            taxes=found.taxes,
            state="held",
            placed_at=moment,
            held_until=moment + timedelta(seconds=hold_seconds),
        )
        return _check_size(file) or _draft(file, agreed, moment, hold_seconds)

    return await take(house, by, "book", Booked, draft, of=(party, wanted, hold_seconds))


def _draft(
    file: OrderFile, agreed: tuple[AgreedBooking, ...], moment: datetime, hold_seconds: int
) -> Draft:
    chain: list[Step] = []
    for line, one in zip(file.lines, [one for each in agreed for one in each.lines], strict=True):
        book = file.booking(line.booking_id).entity_id
        chain += hold(book, one.needs, of_line(line), timeout_seconds=hold_seconds)
        chain += stock_up(file, line, one)
    order = file.order
    return Draft(
        effective=moment,
        business_date=today_at(agreed[0].place.store, moment),
        answer=Booked(
            order.id, order.number, order.amount_minor, order.currency,
            cast(datetime, order.held_until),
        ),
        chain=tuple(chain),
        inserts=records_of(file),
        events=tell(file, file.lines, "booking.placed"),
        lines=file.lines,
    )  # fmt: skip


def _check_request(party: Party, wanted: Sequence[Wanted], hold_seconds: int) -> Refusal | None:
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
    guests = (party.adults, party.children, party.babies)
    if min(guests) < 0 or not 0 < party.adults + party.children <= sum(guests) <= MOST_GUESTS:
        return Refusal(
            name="party_out_of_range",
            says=f"A booking is for 1 to {MOST_GUESTS} guests.",
            advice="Change the number of adults, children and babies.",
            field="adults",
        )
    for field in ("channel", "guest_name", "country", "market"):
        text = getattr(party, field)
        if len(text) > LONGEST_TEXT or any(category(sign) in ("Cc", "Cs") for sign in text):
            return Refusal(
                name="text_out_of_range",
                says=f"A text has at most {LONGEST_TEXT} characters, on one line.",
                advice=f"Shorten {field}.",
                field=field,
            )
    return None


def _check_size(file: OrderFile) -> Refusal | None:
    """Refuse an order that one of its later steps could not take as a whole, or whose amount is
    larger than any amount can be."""
    if file.order.amount_minor > MOST:
        return Refusal(
            name="amount_out_of_range",
            says="The order's amount is larger than any amount can be.",
            advice="Change the quantities or make several orders.",
            field="lines",
        )
    needs = sum(len(line.needs) for line in file.lines)
    dates = len({(charge.line_id, charge.service_date) for charge in file.charges})
    served = MOST_STEPS_A_DATE * dates + MOST_STEPS_A_LINE * len(file.lines)
    if needs + max(MOST_STEPS_A_NEED * needs, served) > MOST_STEPS:
        return explain(Refusal(name="chain_too_long", field="lines"))
    return None


class _Found(Struct, frozen=True):
    """What an order's lines refer to, as it was read."""

    organisation: Organisation
    people: dict[int, Customer]
    offers: dict[int, Offer]
    products: dict[int, Product]
    plans: dict[int, RatePlan]
    resources: dict[int, Resource]
    terms: list[Terms]
    taxes: TaxTable

    def today(self, offer: Offer, moment: datetime) -> date:
        """The business date of an offer's store."""
        return today_at(self.organisation.stores[offer.store_id], moment)


async def _find(
    house: House, party: Party, wanted: Sequence[Wanted], moment: datetime
) -> _Found | Refusal:
    """Read everything that the lines refer to."""
    people = await read_customers(
        house.database, [id for id in (party.customer_id, party.payer_id, party.agent_id) if id]
    )
    refused = _check_people(party, people)
    if refused is not None:
        return refused
    offers = await read_offers(house.database, [line.offer_id for line in wanted])
    for number, line in enumerate(wanted):
        if line.offer_id not in offers:
            return unknown("offer", f"lines[{number}].offer_id")
    products = await read_products(house.database, [offer.product_id for offer in offers.values()])
    stores = sorted({offer.store_id for offer in offers.values()})
    organisation = await house.organisation(stores)
    if not organisation.stores.keys() >= set(stores):
        return unknown("store", "lines")
    entities = {
        place.entity.id
        for id in stores
        if (place := organisation.place(id, today_at(organisation.stores[id], moment)))
    }
    return _Found(
        organisation,
        people,
        offers,
        products,
        await read_plans(house.database, [offer.plan_id for offer in offers.values()]),
        await read_resources(
            house.database,
            sorted({use.resource_id for product in products.values() for use in product.uses}),
        ),
        await read_terms(house.database, stores),
        await read_taxes(house.database, sorted(entities)),
    )


def _agree(
    found: _Found, party: Party, wanted: Sequence[Wanted], moment: datetime
) -> tuple[AgreedBooking, ...] | Refusal:
    """Quote every line under the terms of its store; the first that cannot be sold refuses all."""
    grouped: dict[int, list[Quote]] = defaultdict(list)
    for number, line in enumerate(wanted):
        quoted = _quote(found, party, line, number, moment)
        if isinstance(quoted, Refusal):
            return quoted
        grouped[quoted.offer.store_id].append(quoted)
    agreed = []
    for store_id, quotes in grouped.items():
        today = found.today(quotes[0].offer, moment)
        place = found.organisation.place(store_id, today)
        own = [row for row in found.terms if row.store_id == store_id]
        terms = terms_on(own, party.channel, today)
        if place is None or terms is None:
            return _not_trading(found.organisation, store_id)
        lines = tuple(AgreedLine(quote=one, needs=needs_of(one, found.resources)) for one in quotes)
        agreed.append(AgreedBooking(place=place, terms=terms, lines=lines))
    return tuple(agreed)


def _quote(
    found: _Found, party: Party, line: Wanted, place: int, moment: datetime
) -> Quote | Refusal:
    offer = found.offers[line.offer_id]
    product = found.products[offer.product_id]
    quoted = quote(
        line, offer, product, found.plans[offer.plan_id], found.today(offer, moment), place
    )
    if isinstance(quoted, Refusal):
        return quoted
    timezone = found.organisation.stores[offer.store_id].timezone
    if product.starts and begin(line.first_day, line.minute, product, timezone) <= moment:
        return Refusal(
            name="date_in_the_past",
            says="This has begun already.",
            advice="Choose a later time or another date.",
            field=f"lines[{place}].minute",
        )
    if quoted.plan.guarantee == "company" and not _is_company(found.people, party.payer_id):
        return payer_required("This rate is billed to a company account.", "payer_id")
    return quoted


def _check_people(party: Party, people: dict[int, Customer]) -> Refusal | None:
    for id, field in (
        (party.customer_id, "customer_id"),
        (party.payer_id, "payer_id"),
        (party.agent_id, "agent_id"),
    ):
        if id not in people and not (id == 0 and field == "agent_id"):
            return unknown("customer", field)
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
