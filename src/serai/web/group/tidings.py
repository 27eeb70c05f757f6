"""What happened last, in words: an event as a line of `What moves now`."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from serai.cloud import Organisation
from serai.insights import News
from serai.web.group.directory import Directory, name_of
from serai.web.languages import N_, Language, gettext_of
from serai.web.look import Amount, Flow

_TIDINGS: dict[str, tuple[Flow, str]] = {
    "booking.placed": ("customers", N_("{store} is booked")),
    "booking.confirmed": ("merchants", N_("{store} confirms")),
    "payment.asked": ("money", N_("Payment asked for {store}")),
    "payment.declined": ("money", N_("Payment declined, {store}")),
    "payment.returned": ("money", N_("Late payment returned, {store}")),
    "booking.paid": ("money", N_("Paid at the desk, {store}")),
    "refund.waiting": ("money", N_("A refund waits for a second person, {store}")),
    "refund.asked_again": ("money", N_("A refund is asked for again, {store}")),
    "refund.approved": ("money", N_("Refund approved, {store}")),
    "refund.refused": ("money", N_("Refund refused, {store}")),
    "refund.succeeded": ("money", N_("Refund paid, {store}")),
    "refund.declined": ("money", N_("Refund declined, {store}")),
    "booking.fulfilled": ("goods", N_("{store} has served")),
    "booking.cancelled": ("goods", N_("{store} is cancelled")),
    "booking.not_shown": ("goods", N_("Nobody came to {store}")),
    "booking.expired": ("goods", N_("A hold ran out, {store}")),
    "customer.registered": ("customers", N_("A customer registers")),
    "customer.changed": ("customers", N_("A customer's details change")),
    "customer.recognised": ("customers", N_("A customer is recognised")),
    "customer.forgotten": ("customers", N_("A customer's details are erased")),
    "feed.begun": ("information", N_("A feed begins")),
    "feed.ended": ("information", N_("A feed has been read")),
}
_ENTERED: tuple[Flow, str] = ("information", N_("Records entered"))


class Tiding(Struct, frozen=True):
    """An event as a reader is told of it; `clock` is when it was recorded."""

    flow: Flow
    says: str
    amount: Amount | None
    href: str
    at: datetime
    clock: str


class Spot(Struct, frozen=True):
    """Where something happened, for the map."""

    longitude: float
    latitude: float
    flow: Flow


def tidings(latest: Iterable[News], directory: Directory, language: Language) -> list[Tiding]:
    """Events as lines of a list."""
    zone = ZoneInfo(directory.timezone)
    return [tiding(one, directory.organisation, zone, language) for one in latest]


def tiding(news: News, organisation: Organisation, zone: ZoneInfo, language: Language) -> Tiding:
    """An event as a reader of `language` is told of it."""
    say = gettext_of(language)
    flow, text = _TIDINGS.get(news.type, _ENTERED)
    store = organisation.stores.get(news.store_id)
    told = news.data
    return Tiding(
        flow,
        say(text).format(store=name_of(store, language) if store else "–"),
        amount=Amount(told.amount_minor, told.currency) if told.currency else None,
        href=f"/group/orders/{news.order_id}" if news.order_id else "",
        at=news.recorded,
        clock=f"{news.recorded.astimezone(zone):%H:%M:%S}",
    )


def spots(latest: Sequence[News], organisation: Organisation) -> list[Spot]:
    """Where events happened, each store once."""
    found: dict[int, Spot] = {}
    for news in latest:
        store = organisation.stores.get(news.store_id)
        if store is not None:
            flow, _ = _TIDINGS.get(news.type, _ENTERED)
            found.setdefault(store.id, Spot(store.longitude, store.latitude, flow))
    return list(found.values())
