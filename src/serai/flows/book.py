"""Book: hold everything that an order's lines need, in all stores, or nothing."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import cast

import msgspec
from msgspec import Struct

from serai.capital import TaxTable
from serai.cloud import Organisation, Place, Store
from serai.core import MOST_AMOUNT_MINOR, Refusal, is_plain
from serai.customers import Customer
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
from serai.flows.catalogue import Article
from serai.flows.house import House
from serai.flows.refusals import explain, payer_required, unknown
from serai.flows.slots import Opens, OpenSlots
from serai.flows.step import By, Draft, take
from serai.flows.telling import tell
from serai.flows.times import begin, today_at
from serai.ledger import MOST_STEPS, Step
from serai.logistics import hold
from serai.merchants import OrderFile, Terms, Wanted, one_currency, quote, terms_on

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
    seen: House | None = None,
) -> Booked | Refusal:
    """Hold the wanted lines for a party; `at` is when it was asked, for orders of the past. Of the
    house as they see it (`seen`) somebody names customers, payers and agents, and nobody else."""

    async def draft() -> Draft | Refusal:
        moment = at or house.clock()
        refused = _check_request(party, wanted, hold_seconds)
        if refused is not None:
            return refused
        # What lies in the past may be archived, and stand on the books no more.
        open_slots = house.open_slots if at is None else OpenSlots()
        people = await (seen or house).catalogue.customers(_named(party))
        refused = _check_people(party, people)
        if refused is not None:
            return refused
        found = await _find(house, people, wanted, moment, open_slots)
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
    opens: list[Opens] = []
    lines = iter(file.lines)
    for booking, each in zip(file.bookings, agreed, strict=True):
        for one, line in zip(each.lines, lines, strict=False):  # `lines` has the next ones too
            of = of_line(line)
            chain += hold(booking.entity_id, one.needs, of, timeout_seconds=hold_seconds)
            chain += stock_up(booking, one)
            if any(need.capacity for need in one.needs):
                opens.append(Opens(booking.entity_id, one.needs))
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
        opens=tuple(opens),
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
        if len(text) > LONGEST_TEXT or not is_plain(text):
            return Refusal(
                name="text_out_of_range",
                says=f"A text has at most {LONGEST_TEXT} characters, on one line.",
                advice=f"Shorten {field}.",
                field=field,
            )
    return None


def _check_size(file: OrderFile) -> Refusal | None:
    """Refuse an order that one of its later steps could not take as a whole, or whose amount is
    larger than any order's may be."""
    if file.order.amount_minor > MOST_AMOUNT_MINOR:
        return Refusal(
            name="amount_out_of_range",
            says="The order's amount is larger than any order's may be.",
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
    """What an order's lines refer to, as it was read.

    `days` are the stores' business dates, `places` where they stand then.
    """

    organisation: Organisation
    people: Mapping[int, Customer]
    articles: Mapping[int, Article]
    terms: Mapping[int, Sequence[Terms]]
    taxes: TaxTable
    days: Mapping[int, date]
    places: Mapping[int, Place | None]
    open_slots: OpenSlots

    def store(self, article: Article) -> Store:
        """The store that sells an article."""
        return self.organisation.stores[article.offer.store_id]


async def _find(
    house: House,
    people: Mapping[int, Customer],
    wanted: Sequence[Wanted],
    moment: datetime,
    open_slots: OpenSlots,
) -> _Found | Refusal:
    """Find everything that the lines refer to."""
    articles = await house.catalogue.articles({line.offer_id for line in wanted})
    for number, line in enumerate(wanted):
        if line.offer_id not in articles:
            return unknown("offer", f"lines[{number}].offer_id")
    ids = {article.offer.store_id for article in articles.values()}
    organisation = await house.organisation(ids)
    stores = organisation.stores
    if not stores.keys() >= ids:
        return unknown("store", "lines")
    days = {id: today_at(stores[id], moment) for id in ids}
    return _Found(
        organisation,
        people,
        articles,
        await house.catalogue.terms(ids),
        await house.catalogue.taxes(),
        days,
        {id: organisation.place(id, day) for id, day in days.items()},
        open_slots,
    )


def _agree(
    found: _Found, party: Party, wanted: Sequence[Wanted], moment: datetime
) -> tuple[AgreedBooking, ...] | Refusal:
    """Quote every line under the terms of its store; the first that cannot be sold refuses all."""
    grouped: dict[int, list[AgreedLine]] = {}
    for number, line in enumerate(wanted):
        agreed = _agree_line(found, party, line, number, moment)
        if isinstance(agreed, Refusal):
            return agreed
        grouped.setdefault(agreed.quote.offer.store_id, []).append(agreed)
    bookings = []
    for store_id, lines in grouped.items():
        place = found.places[store_id]
        terms = terms_on(found.terms.get(store_id, ()), party.channel, found.days[store_id])
        if place is None or terms is None:
            return _not_trading(found.organisation, store_id)
        bookings.append(AgreedBooking(place=place, terms=terms, lines=tuple(lines)))
    return tuple(bookings)


def _agree_line(
    found: _Found, party: Party, line: Wanted, number: int, moment: datetime
) -> AgreedLine | Refusal:
    article = found.articles[line.offer_id]
    product, store = article.product, found.store(article)
    quoted = quote(line, article.offer, product, article.plan, found.days[store.id], number)
    if isinstance(quoted, Refusal):
        return quoted
    begins_at = begin(line.first_day, line.minute, product, store.timezone)
    if product.starts and begins_at <= moment:
        return Refusal(
            name="date_in_the_past",
            says="This has begun already.",
            advice="Choose a later time or another date.",
            field=f"lines[{number}].minute",
        )
    if quoted.plan.guarantee == "company" and not _is_company(found.people, party.payer_id):
        return payer_required("This rate is billed to a company account.", "payer_id")
    place = found.places[store.id]
    open_slots = found.open_slots.of(place.entity.id) if place else frozenset()
    needs = needs_of(quoted, article.resources, open_slots)
    return AgreedLine(quote=quoted, needs=needs, begins_at=begins_at)


def _named(party: Party) -> set[int]:
    return {id for id in (party.customer_id, party.payer_id, party.agent_id) if id}


def _check_people(party: Party, people: Mapping[int, Customer]) -> Refusal | None:
    for id, field in (
        (party.customer_id, "customer_id"),
        (party.payer_id, "payer_id"),
        (party.agent_id, "agent_id"),
    ):
        if id not in people and not (id == 0 and field == "agent_id"):
            return msgspec.structs.replace(
                unknown("customer", field),
                advice="Check the id. Whom you do not see yet is registered, or recognised, first.",
            )
    return None


def _is_company(people: Mapping[int, Customer], id: int) -> bool:
    return id in people and people[id].kind == "company"


def _not_trading(organisation: Organisation, store_id: int) -> Refusal:
    name = organisation.stores[store_id].name_en
    return Refusal(
        name="store_not_trading",
        says=f"{name} does not sell at present.",
        advice="Choose another store.",
        field="lines",
    )
