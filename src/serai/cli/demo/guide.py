"""What the demo tells its guests once it lives: addresses, and three things to try."""

from datetime import date

from msgspec import Struct

from serai.cli.demo.curated import DUCK, ROOM, TABLE, TICKET, TOUR
from serai.cli.demo.guests import CHIEF, PASSWORD
from serai.cli.demo.market import Market
from serai.cloud import Organisation
from serai.core import CURRENCY_SCALES, Settings, decimal_text
from serai.merchants import Order

IMPORTED_HOTEL = "pt-city-hotel"
"""The code that the import gives to the real City Hotel."""

IMPORT = "serai import hotel-bookings FILE...    (it was not imported yet)"

LINES = ((ROOM, "a room"), (TABLE, "a table"), (TICKET, "two admissions"), (TOUR, "a day tour"),
         (DUCK, "a duck"))  # fmt: skip

DAMAGE = "UPDATE transfers SET amount = amount + 1 WHERE id = 1"
REPAIR = DAMAGE.replace("+ 1", "- 1")


class Shown(Struct, frozen=True):
    """The orders that the guide speaks of; None where they could not be placed."""

    traced: Order | None
    late: Order | None


def guide(
    settings: Settings, organisation: Organisation, market: Market, shown: Shown, today: date
) -> str:
    """The guide, as a terminal shows it."""
    at = f"http://{settings.host}:{settings.port}"
    return "\n".join(
        (
            f"Console        {at}/    {CHIEF}, or anybody else on that page: {PASSWORD}",
            f"API            {at}/docs",
            f"Health         {at}/health",
            "",
            *_trace(at, market, shown.traced),
            "",
            *_rooms(at, organisation),
            "",
            *_books(at, organisation, market, shown.late, today),
        )
    )


def _trace(at: str, market: Market, traced: Order | None) -> tuple[str, ...]:
    if traced is None:
        return ("1. One order through five flows: choose any in the console.",)
    city = market.shops[ROOM].city.name_en
    return (
        f"1. One order through five flows: {traced.number}, {_money(traced)}",
        *(f"     {what}: {market.shops[code].store.name_en}" for code, what in LINES),
        f"   Find it from the map by {city}, brand and store, or go there:",
        f"     {at}/group/orders/{traced.id}/trace",
    )


def _rooms(at: str, organisation: Organisation) -> tuple[str, ...]:
    hotels = (one for one in organisation.stores.values() if one.code == IMPORTED_HOTEL)
    hotel = next(hotels, None)
    return (
        "2. Rooms: the real City Hotel (in house, arrivals, pace)",
        f"     {at}/group/stores/{hotel.id}" if hotel else f"     {IMPORT}",
        "   and the last room: 200 buyers at once, one wins, 199 hear why not",
        f"     {at}/group/last-room",
    )


def _books(
    at: str, organisation: Organisation, market: Market, late: Order | None, today: date
) -> tuple[str, ...]:
    place = organisation.place(market.shops[ROOM].store.id, today)
    previewed: tuple[str, ...] = ()
    if late is not None:
        previewed = (
            "   a late cancellation, seen before it is done",
            f"     {at}/group/orders/{late.id}/cancellation",
        )
    return (
        "3. One company's books, with the slider through its days",
        f"     {at}/group/books/{place.entity.id}" if place else f"     {at}/group/books",
        *previewed,
        "   and a row damaged by hand, which the audit names; the last line mends it",
        f'     serai sql -c "{DAMAGE}"',
        "     serai audit",
        f'     serai sql -c "{REPAIR}"',
    )


def _money(order: Order) -> str:
    return f"{decimal_text(order.amount_minor, CURRENCY_SCALES[order.currency])} {order.currency}"
