"""Availability: what offers cost on a day, and how much of them is left."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct, structs

from serai.capital import TaxTable, read_taxes, with_tax
from serai.cloud import Place
from serai.core import Refusal
from serai.flows.agreement import needs_of
from serai.flows.house import House
from serai.flows.refusals import explain
from serai.flows.times import begin, today_at
from serai.logistics import Need, Resource, read_free, read_resources
from serai.merchants import Offer, Product, Quote, RatePlan, Wanted, quote

SOLD_OUT = explain(Refusal(name="exceeds_credits", field="quantity"))


class OnSale(Struct, frozen=True):
    """An offer with what it is of, under which plan, and where."""

    offer: Offer
    product: Product
    plan: RatePlan
    place: Place


class Enquiry(Struct, frozen=True, kw_only=True):
    """For how many, from which day, for how many nights, and at which minute of the day where
    there is a choice (None: at any)."""

    day: date
    nights: int = 1
    quantity: int = 1
    minute: int | None = None


class Time(Struct, frozen=True):
    """When it can begin, and how many units can still be sold then."""

    minute: int
    begins_at: datetime
    left: int


class Availability(Struct, frozen=True, kw_only=True):
    """An offer for an enquiry: `charges` are the price of each night, cover, admission or item,
    tax included; `refusal` is why it cannot be sold so, None when it can."""

    charges: tuple[tuple[date, int], ...] = ()
    times: tuple[Time, ...] = ()
    refusal: Refusal | None = None

    @property
    def amount_minor(self) -> int:
        """The price of all that was asked for."""
        return sum(amount for _, amount in self.charges)

    @property
    def left(self) -> int:
        """The most that can be sold at one time."""
        return max((time.left for time in self.times), default=0)


class _Start(Struct, frozen=True):
    """A quote at one of the times, with what it takes then."""

    quote: Quote
    needs: tuple[Need, ...]


_Starts = tuple[_Start, ...]
_Free = Mapping[tuple[int, int], int]


async def availability(
    house: House, enquiry: Enquiry, on_sale: Sequence[OnSale], moment: datetime
) -> list[Availability]:
    """What each of the offers answers to an enquiry, in their order."""
    uses = {use.resource_id for one in on_sale for use in one.product.uses}
    resources = await read_resources(house.database, sorted(uses))
    entities = {one.place.entity.id for one in on_sale}
    taxes = await read_taxes(house.database, sorted(entities))
    quoted = [_starts(one, enquiry, resources, moment) for one in on_sale]
    free = await read_free(house.database, sorted(_slots(on_sale, quoted)))
    return [
        Availability(refusal=starts)
        if isinstance(starts, Refusal)
        else _answer(one, starts, taxes, free)
        for one, starts in zip(on_sale, quoted, strict=True)
    ]


def _starts(
    one: OnSale, enquiry: Enquiry, resources: dict[int, Resource], moment: datetime
) -> _Starts | Refusal:
    """The offer at each time that may do; or why it is not for sale at any."""
    store = one.place.store
    today = today_at(store, moment)
    minutes = one.product.starts or (0,)
    if one.product.starts and enquiry.minute is not None:
        minutes = (enquiry.minute,)
    starts = []
    for minute in minutes:
        wanted = Wanted(
            offer_id=one.offer.id,
            first_day=enquiry.day,
            quantity=enquiry.quantity,
            nights=enquiry.nights,
            minute=minute,
        )
        quoted = quote(wanted, one.offer, one.product, one.plan, today)
        if isinstance(quoted, Refusal):
            field = quoted.field.rpartition(".")[2]
            return structs.replace(quoted, field="day" if field == "first_day" else field)
        starts.append(_Start(quoted, needs_of(quoted, resources)))
    return tuple(starts)


def _slots(
    on_sale: Sequence[OnSale], quoted: Iterable[_Starts | Refusal]
) -> set[tuple[int, str, int, int]]:
    return {
        (one.place.entity.id, f"{need.kind}:{need.resource_id}", need.resource_id, need.slot)
        for one, starts in zip(on_sale, quoted, strict=True)
        if not isinstance(starts, Refusal)
        for start in starts
        for need in start.needs
    }


def _answer(one: OnSale, starts: _Starts, taxes: TaxTable, free: _Free) -> Availability:
    entity, tax_class = one.place.entity.id, one.product.tax_class
    return Availability(
        charges=tuple(
            (day, with_tax(price, taxes.rate(entity, tax_class, day))[0])
            for day, price in starts[0].quote.charges
        ),
        times=tuple(_time(one, start, free) for start in starts),
        refusal=None if any(_fits(start, free) for start in starts) else SOLD_OUT,
    )


def _time(one: OnSale, start: _Start, free: _Free) -> Time:
    """How much is left at one time: the scarcest of what the product takes decides."""
    uses = {use.resource_id: use for use in one.product.uses}
    left = one.product.most
    if start.needs:
        left = min(
            max(0, _left(need, free))
            // uses[need.resource_id].quantity
            * (1 if uses[need.resource_id].each else one.product.most)
            for need in start.needs
        )
    wanted = start.quote.wanted
    timezone = one.place.store.timezone
    return Time(wanted.minute, begin(wanted.first_day, wanted.minute, one.product, timezone), left)


def _fits(start: _Start, free: _Free) -> bool:
    return all(need.quantity <= _left(need, free) for need in start.needs)


def _left(need: Need, free: _Free) -> int:
    """What is left of a slot; one that was never touched has all that its calendar gives."""
    return free.get((need.resource_id, need.slot), need.capacity)
