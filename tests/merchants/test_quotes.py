"""What a line costs, under which terms; what is kept of one that is not served."""

from datetime import UTC, date, datetime, timedelta, timezone

import msgspec
import pytest

from serai.core import Refusal
from serai.merchants import (
    Cancellation,
    Guarantee,
    LineState,
    Offer,
    Price,
    Product,
    Quote,
    RatePlan,
    Terms,
    Use,
    Wanted,
    cancellation_fee,
    clock_text,
    no_show_fee,
    one_currency,
    price_on,
    quote,
    state_of,
    terms_on,
)

MONDAY = date(2026, 6, 1)
SUMMER, AUTUMN = date(2026, 7, 1), date(2026, 9, 1)
NIGHTS = Use(resource_id=60, pattern="nights")
SPAN = Use(resource_id=61, pattern="span", each=False, span=4)
PLAN = RatePlan(
    id=80, store_id=50, code="flexible", name_en="Flexible", name_zh="灵活", guarantee="card",
    cancellation=Cancellation(),
)  # fmt: skip
OFFER = Offer(
    id=100, store_id=50, product_id=70, plan_id=80, currency="CNY", since=MONDAY, until=AUTUMN,
    prices=(
        Price(amount_minor=500),
        Price(amount_minor=700, weekdays=(4, 5)),
        Price(amount_minor=900, since=SUMMER, until=SUMMER + timedelta(days=7)),
    ),
)  # fmt: skip


def product(*uses: Use, starts: tuple[int, ...] = (), most: int = 20) -> Product:
    return Product(
        id=70, store_id=50, code="x", name_en="X", name_zh="某", segment="hotel",
        tax_class="services", uses=uses, starts=starts, most=most,
    )  # fmt: skip


def ask(wanted: Wanted, sold: Product, today: date = MONDAY) -> Quote | Refusal:
    return quote(wanted, OFFER, sold, PLAN, today, 3)


@pytest.mark.parametrize(
    ("day", "price"),
    [
        (MONDAY - timedelta(days=1), None),
        (MONDAY, 500),
        (date(2026, 6, 5), 700),
        (date(2026, 6, 6), 700),
        (date(2026, 6, 7), 500),
        (SUMMER, 900),
        (date(2026, 7, 3), 900),
        (date(2026, 7, 10), 700),
        (AUTUMN - timedelta(days=1), 500),
        (AUTUMN, None),
    ],
)
def test_the_last_price_that_fits_a_day_holds(day: date, price: int | None) -> None:
    assert price_on(OFFER, day) == price


def test_each_night_of_each_room_is_a_charge() -> None:
    found = ask(
        Wanted(offer_id=100, first_day=date(2026, 6, 4), nights=2, quantity=2), product(NIGHTS)
    )
    assert isinstance(found, Quote)
    thursday, friday = date(2026, 6, 4), date(2026, 6, 5)
    assert found.charges == ((thursday, 500), (thursday, 500), (friday, 700), (friday, 700))
    assert found.amount_minor == 2_400


def test_what_has_no_nights_lasts_one_day_whatever_was_asked() -> None:
    found = ask(Wanted(offer_id=100, first_day=MONDAY, nights=5, minute=600), product(SPAN))
    assert isinstance(found, Quote)
    assert (found.wanted.nights, found.charges) == (1, ((MONDAY, 500),))


@pytest.mark.parametrize(
    ("minute", "sold", "refused"),
    [
        (600, product(SPAN, starts=(600, 840)), False),
        (615, product(SPAN, starts=(600, 840)), True),
        (615, product(SPAN), False),
        (616, product(SPAN), True),
        (616, product(Use(resource_id=62, pattern="entry")), False),
        (1439, product(Use(resource_id=62, pattern="entry")), False),
        (1440, product(Use(resource_id=62, pattern="entry")), True),
        (-1, product(Use(resource_id=62, pattern="entry")), True),
    ],
)
def test_it_begins_when_it_is_offered_and_spans_on_the_quarter_hour(
    minute: int, sold: Product, refused: bool
) -> None:
    found = ask(Wanted(offer_id=100, first_day=MONDAY, minute=minute), sold)
    assert isinstance(found, Refusal) == refused
    if isinstance(found, Refusal):
        assert (found.name, found.field) == ("time_not_offered", "lines[3].minute")
        assert found.advice.startswith("Choose one of ")


def test_a_stay_that_leaves_the_offers_season_is_not_sold() -> None:
    wanted = Wanted(offer_id=100, first_day=AUTUMN - timedelta(days=1), nights=2)
    found = ask(wanted, product(NIGHTS))
    assert isinstance(found, Refusal)
    assert found.name == "offer_closed"
    assert str(AUTUMN) in found.says


def _terms(channel: str, since: date, until: date | None = None, bp: int = 0) -> Terms:
    return Terms(
        id=1, store_id=50, channel=channel, kind="principal", commission_bp=bp,
        commission_tax_bp=0, collects="platform", since=since, until=until,
    )  # fmt: skip


def test_a_channels_own_terms_come_before_the_general_ones() -> None:
    terms = (
        _terms("*", MONDAY, AUTUMN, 1),
        _terms("*", AUTUMN, None, 2),
        _terms("web", SUMMER, AUTUMN, 3),
    )
    found = {
        (channel, day): terms_on(terms, channel, day)
        for channel in ("web", "phone")
        for day in (MONDAY - timedelta(days=1), MONDAY, SUMMER, AUTUMN)
    }
    assert [one.commission_bp if one else None for one in found.values()] == [
        None, 1, 3, 2, None, 1, 1, 2,
    ]  # fmt: skip


BEGINS = datetime(2026, 6, 20, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("guarantee", "hours_before", "free_hours", "fee"),
    [
        ("card", 25, 24, 0),
        ("card", 24, 24, 0),
        ("card", 23, 24, 499),
        ("card", -5, 24, 499),
        ("card", 10_000, None, 499),
        ("none", 1, 24, 0),
        ("prepaid", 1, 24, 499),
        ("company", 1, 0, 0),
        ("company", -1, 0, 499),
    ],
)
def test_what_is_kept_is_rounded_to_the_guests_favour(
    guarantee: Guarantee, hours_before: int, free_hours: int | None, fee: int
) -> None:
    policy = Cancellation(free_hours=free_hours, fee_bp=4_995, no_show_bp=9_999)
    moment = BEGINS - timedelta(hours=hours_before)
    shanghai = timezone(timedelta(hours=8))
    for begins in (BEGINS, BEGINS.astimezone(shanghai)):
        assert cancellation_fee(1_000, guarantee, policy, begins, moment) == fee
    assert no_show_fee(1_000, guarantee, policy) == (0 if guarantee == "none" else 999)


@pytest.mark.parametrize(
    ("states", "whole"),
    [
        (("held", "confirmed", "cancelled"), "held"),
        (("fulfilled", "confirmed"), "confirmed"),
        (("cancelled", "fulfilled", "not_shown"), "fulfilled"),
        (("expired", "cancelled"), "cancelled"),
        (("expired",), "expired"),
    ],
)
def test_what_is_still_to_come_decides_first(
    states: tuple[LineState, ...], whole: LineState
) -> None:
    assert state_of(states) == whole


def test_currencies_are_never_added() -> None:
    yuan = ask(Wanted(offer_id=100, first_day=MONDAY), product(NIGHTS))
    assert isinstance(yuan, Quote)
    euro = msgspec.structs.replace(yuan, offer=msgspec.structs.replace(OFFER, currency="EUR"))
    assert one_currency([yuan, yuan]) == "CNY"
    mixed = one_currency([yuan, euro])
    assert isinstance(mixed, Refusal)
    assert mixed.says == "The lines are priced in CNY and EUR."


def test_minutes_are_read_as_a_clock() -> None:
    assert [clock_text(minute) for minute in (0, 65, 1110, 1439)] == [
        "00:00", "01:05", "18:30", "23:59",
    ]  # fmt: skip
