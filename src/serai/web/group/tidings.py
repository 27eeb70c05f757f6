"""What happened last, in words: an event as a line of `What moves now`."""

from collections.abc import Callable
from datetime import datetime

from serai.cloud import Organisation
from serai.insights import News
from serai.web.group.directory import name_of
from serai.web.languages import N_, Language, gettext_of
from serai.web.look import Amount, Flow, Happening, word

_TIDINGS: dict[str, tuple[Flow, str]] = {
    "booking.placed": ("customers", N_("{store} is booked")),
    "booking.confirmed": ("merchants", N_("{store} confirms")),
    "payment.asked": ("money", N_("Payment asked for {store}")),
    "payment.declined": ("money", N_("Payment declined for {store}")),
    "payment.returned": ("money", N_("Late payment returned, {store}")),
    "refund.succeeded": ("money", N_("Refund paid, {store}")),
    "refund.declined": ("money", N_("Refund declined, {store}")),
    "booking.fulfilled": ("goods", N_("{store} has served")),
    "booking.cancelled": ("goods", N_("{store} is cancelled")),
    "booking.not_shown": ("goods", N_("Nobody came to {store}")),
    "booking.expired": ("goods", N_("A hold ran out at {store}")),
    "records.entered": ("information", N_("Records entered")),
}


def tiding(news: News, organisation: Organisation, language: Language) -> Happening:
    """An event as a reader of `language` is told of it."""
    say = gettext_of(language)
    flow, text = _TIDINGS.get(news.type, ("information", news.type))
    store = organisation.stores.get(news.store_id)
    told = news.data
    return Happening(
        flow,
        say(text).format(store=name_of(store, language) if store else "–"),
        amount=Amount(told.amount_minor, told.currency) if told.currency else None,
        href=f"/group/orders/{news.order_id}" if news.order_id else "",
        note=_note(news, say),
    )


def _note(news: News, say: Callable[[str], str]) -> str:
    parts = [news.data.number, word(news.data.channel, say) if news.data.channel else ""]
    return " · ".join(part for part in parts if part)


def tidings(
    latest: tuple[News, ...], organisation: Organisation, language: Language
) -> list[tuple[Happening, datetime]]:
    """Events with the moments at which they happened."""
    return [(tiding(one, organisation, language), one.effective) for one in latest]
