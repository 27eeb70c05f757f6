"""A quote: what a wanted line costs, under which conditions; or why it cannot be sold."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct, structs

from serai.core import MINUTES_A_DAY, Refusal, days
from serai.merchants.offers import Cancellation, Guarantee, Offer, Product, RatePlan, price_on

MOST_NIGHTS = 90
MOST_CHARGES = 200
MOST_DAYS_AHEAD = 3 * 366
_FARTHEST = timedelta(days=MOST_DAYS_AHEAD)
QUARTER_MINUTES = 15


class Wanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A line as it is asked for: an offer from `first_day` on, at `minute` of the day where it
    has times, for `nights` where it has nights."""

    offer_id: int
    first_day: date
    quantity: int = 1
    nights: int = 1
    minute: int = 0


class Quote(Struct, frozen=True, kw_only=True, gc=False):
    """A line that can be sold: `charges` are (service date, amount) of every night, cover,
    admission or item."""

    wanted: Wanted
    offer: Offer
    product: Product
    plan: RatePlan
    charges: tuple[tuple[date, int], ...]

    @property
    def amount_minor(self) -> int:
        """The whole line, tax included."""
        return sum(amount for _, amount in self.charges)


def quote(
    wanted: Wanted, offer: Offer, product: Product, plan: RatePlan, today: date, place: int = 0
) -> Quote | Refusal:
    """Price a line as of `today` (the store's date); `place` is its place in the request."""
    if not 1 <= wanted.quantity <= product.most:
        return Refusal(
            name="quantity_out_of_range",
            says=f"A quantity from 1 to {product.most} can be booked.",
            advice="Change the quantity or make several orders.",
            field=f"lines[{place}].quantity",
        )
    nights = wanted.nights if has_nights(product) else 1
    if not 1 <= nights <= MOST_NIGHTS:
        return Refusal(
            name="length_out_of_range",
            says=f"A stay has from 1 to {MOST_NIGHTS} nights.",
            advice="Change the number of nights.",
            field=f"lines[{place}].nights",
        )
    if wanted.minute not in _starts(product):
        return Refusal(
            name="time_not_offered",
            says="This does not begin at that time.",
            advice=f"Choose {_start_advice(product)}.",
            field=f"lines[{place}].minute",
        )
    if wanted.first_day < today:
        return Refusal(
            name="date_in_the_past",
            says=f"{wanted.first_day} has passed.",
            advice="Choose a date from today on.",
            field=f"lines[{place}].first_day",
        )
    if wanted.first_day > today + _FARTHEST:
        return Refusal(
            name="date_too_far",
            says=f"{wanted.first_day} is too far ahead.",
            advice=f"Choose a date at most {MOST_DAYS_AHEAD} days ahead.",
            field=f"lines[{place}].first_day",
        )
    if nights * wanted.quantity > MOST_CHARGES:
        return Refusal(
            name="quantity_out_of_range",
            says=f"A line has at most {MOST_CHARGES} nights, covers, admissions or items.",
            advice="Make several orders.",
            field=f"lines[{place}].quantity",
        )
    charges: list[tuple[date, int]] = []
    for day in days(wanted.first_day, nights):
        price = price_on(offer, day)
        if price is None:
            return Refusal(
                name="offer_closed",
                says=f"The offer is not on sale for {day}.",
                advice="Choose another date or another offer.",
                field=f"lines[{place}].first_day",
            )
        charges += [(day, price)] * wanted.quantity
    if nights != wanted.nights:
        wanted = structs.replace(wanted, nights=nights)
    return Quote(wanted=wanted, offer=offer, product=product, plan=plan, charges=tuple(charges))


def _starts(product: Product) -> Sequence[int]:
    """The minutes of the day at which a product can begin; spans begin on the quarter-hour, for
    that is how their slots are counted."""
    if product.starts:
        return product.starts
    spans = any(use.pattern == "span" for use in product.uses)
    return range(0, MINUTES_A_DAY, QUARTER_MINUTES if spans else 1)


def _start_advice(product: Product) -> str:
    if product.starts:
        return f"one of {', '.join(clock_text(start) for start in product.starts)}"
    return f"one of the minutes {', '.join(str(start) for start in _starts(product)[:3])} and so on"


def has_nights(product: Product) -> bool:
    """Whether it is sold by the night."""
    return "nights" in [use.pattern for use in product.uses]


def clock_text(minute: int) -> str:
    """Minutes of the day as hours and minutes: 1110 is 18:30."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def cancellation_fee(
    amount_minor: int,
    guarantee: Guarantee,
    policy: Cancellation,
    begins_at: datetime,
    moment: datetime,
) -> int:
    """What is kept of a line cancelled at `moment`, in minor units, rounded down to the guest's
    favour; without a guarantee there is nothing to keep it from.

    Hours are real ones, also in the night when the clocks change.
    """
    if guarantee == "none":
        return 0
    if policy.free_hours is not None:
        free_until = begins_at.astimezone(UTC) - timedelta(hours=policy.free_hours)
        if moment <= free_until:
            return 0
    return amount_minor * policy.fee_bp // 10_000


def no_show_fee(amount_minor: int, guarantee: Guarantee, policy: Cancellation) -> int:
    """What is kept of a line whose guest did not come, in minor units, rounded down."""
    return 0 if guarantee == "none" else amount_minor * policy.no_show_bp // 10_000


def one_currency(quotes: Sequence[Quote]) -> str | Refusal:
    """The currency of an order; currencies are never added."""
    currencies = sorted({line.offer.currency for line in quotes})
    if len(currencies) == 1:
        return currencies[0]
    return Refusal(
        name="mixed_currencies",
        says=f"The lines are priced in {' and '.join(currencies)}.",
        advice="Make one order for each currency.",
        field="lines",
    )
