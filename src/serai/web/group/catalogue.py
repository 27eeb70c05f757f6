"""What a store sells: its products under their plans, with the prices of today and soon."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from msgspec import Struct

from serai.core import Database, days
from serai.merchants import (
    Cancellation,
    Guarantee,
    Offer,
    offers_of,
    price_on,
    read_plans,
    read_products,
)
from serai.web.group.directory import name_of
from serai.web.languages import Language, gettext_of
from serai.web.look import Amount, Column, Formats, Table, word

PRICE_DAYS = 28


class Sold(Struct, frozen=True):
    """An offer as it is listed; `soon` are its lowest and highest prices of the next weeks."""

    product: str
    plan: str
    guarantee: str
    cancellation: str
    today: Amount | None
    soon: str
    until: date


async def read_catalogue(
    database: Database, store_id: int, today: date, language: Language
) -> Table:
    """Every offer of a store, product by product."""
    offers = await offers_of(database, [store_id])
    products = await read_products(database, [offer.product_id for offer in offers])
    plans = await read_plans(database, [offer.plan_id for offer in offers])
    say, formats = gettext_of(language), Formats(language)
    rows = []
    for offer in sorted(offers, key=lambda one: (one.product_id, one.id)):
        product, plan = products[offer.product_id], plans[offer.plan_id]
        price = price_on(offer, today)
        rows.append(
            Sold(
                product=name_of(product, language),
                plan=name_of(plan, language),
                guarantee=guarantee_word(plan.guarantee, say),
                cancellation=cancellation_words(plan.guarantee, plan.cancellation, formats, say),
                today=None if price is None else Amount(price, offer.currency),
                soon=price_range(offer, today, formats),
                until=offer.until - timedelta(days=1),
            )
        )  # fmt: skip
    return catalogue_table(rows, say)


def catalogue_table(rows: Sequence[Sold], say: Callable[[str], str]) -> Table:
    """Offers as a table."""
    columns = (
        Column("product", say("Product"), place="title", note="plan"),
        Column("guarantee", say("Guarantee")),
        Column("cancellation", say("Cancellation")),
        Column("soon", say("In the next four weeks"), place="wide"),
        Column("today", say("Price today"), "amount", place="lead"),
    )
    return Table(columns, rows, say("Products and prices"))


def price_range(offer: Offer, today: date, formats: Formats) -> str:
    """The lowest and the highest price of the next weeks; empty when it is not on sale."""
    found = [
        price for day in days(today, PRICE_DAYS) if (price := price_on(offer, day)) is not None
    ]
    if not found:
        return ""
    low, high = (
        formats.money(price, offer.currency, unit=False).number
        for price in (min(found), max(found))
    )
    return low if low == high else f"{low} – {high}"


def guarantee_word(guarantee: Guarantee, say: Callable[[str], str]) -> str:
    """The text for a guarantee."""
    return word("company_account" if guarantee == "company" else guarantee, say)


def cancellation_words(
    guarantee: Guarantee, policy: Cancellation, formats: Formats, say: Callable[[str], str]
) -> str:
    """The conditions of a cancellation in a few words."""
    if guarantee == "none" or not policy.fee_bp:
        return say("free at any time")
    fee = formats.percent(policy.fee_bp / 10_000, places=0)
    if policy.free_hours is None:
        return say("{fee} are kept").format(fee=fee)
    if not policy.free_hours:
        return say("free until it begins, then {fee}").format(fee=fee)
    if policy.free_hours % 24 or policy.free_hours < 48:
        return say("free until {hours} hours before, then {fee}").format(
            hours=policy.free_hours, fee=fee
        )
    return say("free until {days} days before, then {fee}").format(
        days=policy.free_hours // 24, fee=fee
    )
