"""What is sold, under which conditions, at which price."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from msgspec import Struct

Guarantee = Literal["none", "card", "prepaid", "company"]
Weekdays = tuple[int, ...]
EVERY_DAY: Weekdays = (0, 1, 2, 3, 4, 5, 6)


class Use(Struct, frozen=True, kw_only=True, gc=False):
    """A resource that a product uses up.

    `quantity` for each unit sold, or once for the line where not `each` (a table serves all its
    covers). `pattern` is how the line's times become slots, `span` how many quarter-hours a
    `span` pattern takes.
    """

    resource_id: int
    pattern: Literal["nights", "span", "day", "entry", "stock"]
    quantity: int = 1
    each: bool = True
    span: int = 0


class Product(Struct, frozen=True, kw_only=True, gc=False):
    """A room type, a table class, a ticket kind, a departure, an item.

    `most` is the largest quantity on one line; `starts` are the minutes of the day at which it
    can begin (none: no time is asked); `cost_minor` is what a unit of goods costs the store.
    """

    id: int
    store_id: int
    code: str
    name_en: str
    name_zh: str
    segment: str
    tax_class: str
    uses: tuple[Use, ...]
    most: int = 20
    starts: tuple[int, ...] = ()
    cost_minor: int = 0
    version: int = 1


class Cancellation(Struct, frozen=True, kw_only=True, gc=False):
    """Free until `free_hours` before the service begins (None: never free), then `fee_bp`
    hundredths of a percent of the line are kept; `no_show_bp` of it when nobody comes."""

    free_hours: int | None = 24
    fee_bp: int = 10_000
    no_show_bp: int = 10_000


class RatePlan(Struct, frozen=True, kw_only=True, gc=False):
    """The conditions that a product is sold under."""

    id: int
    store_id: int
    code: str
    name_en: str
    name_zh: str
    guarantee: Guarantee
    cancellation: Cancellation
    meals: str = ""
    version: int = 1


class Price(Struct, frozen=True, kw_only=True, gc=False):
    """What one unit costs on a day: from `since` up to but not including `until`, on those
    weekdays (0 is Monday). Tax is included."""

    amount_minor: int
    since: date = date.min
    until: date = date.max
    weekdays: Weekdays = EVERY_DAY


class Offer(Struct, frozen=True, kw_only=True, gc=False):
    """A product under a plan, with its prices; the last price that fits a day holds."""

    id: int
    store_id: int
    product_id: int
    plan_id: int
    currency: str
    prices: tuple[Price, ...]
    since: date
    until: date
    version: int = 1


class Terms(Struct, frozen=True, kw_only=True, gc=False):
    """A store's commercial agreement: who sells, what the platform earns, who collects.

    A `principal` sells in its own name and the platform collects for it; for an `agent` the
    platform's entity holds the takings and owes them less the commission. `channel` is `*` where
    the terms hold for every channel that has none of its own.
    """

    id: int
    store_id: int
    channel: str
    kind: Literal["principal", "agent"]
    commission_bp: int
    commission_tax_bp: int
    collects: Literal["platform", "store"]
    since: date
    until: date | None = None


def price_on(offer: Offer, day: date) -> int | None:
    """The price of one unit on a day, in minor units, or None when it is not on sale then."""
    if not offer.since <= day < offer.until:
        return None
    weekday = day.weekday()
    for price in reversed(offer.prices):
        if price.since <= day < price.until and weekday in price.weekdays:
            return price.amount_minor
    return None


def terms_on(terms: Sequence[Terms], channel: str, day: date) -> Terms | None:
    """The agreement that holds for a channel on a day; the channel's own before the general."""
    holding = [
        row
        for row in terms
        if row.channel in (channel, "*")
        and row.since <= day
        and (row.until is None or day < row.until)
    ]
    return max(holding, key=lambda row: row.channel == channel, default=None)
