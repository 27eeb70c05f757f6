"""The words of the house as a reader sees them: states, flows, segments, units, accounts.

Code speaks in stable names (`not_shown`, `due_to`); here each gets the text that is translated.
"""

from collections.abc import Callable
from gettext import NullTranslations
from typing import Literal, get_args

from msgspec import Struct

from serai.web.access_words import LEVEL_WORDS, RIGHT_WORDS, ROLE_WORDS
from serai.web.languages import N_, NN_

Flow = Literal["customers", "merchants", "goods", "money", "information"]
FLOWS: tuple[Flow, ...] = get_args(Flow)

Form = Literal["waiting", "firm", "done", "part", "ended", "lapsed", "missed", "alert", "plain"]
"""How a state is drawn. States differ by form and not by colour: the colours are the flows'."""


class State(Struct, frozen=True):
    """A state's text and form."""

    text: str
    form: Form


STATES: dict[str, State] = {
    # orders, bookings, lines
    "held": State(N_("Held"), "waiting"),
    "paying": State(N_("Paying"), "waiting"),
    "confirmed": State(N_("Confirmed"), "firm"),
    "in_house": State(N_("In house"), "part"),
    "partly_fulfilled": State(N_("Partly fulfilled"), "part"),
    "fulfilled": State(N_("Fulfilled"), "done"),
    "cancelled": State(N_("Cancelled"), "ended"),
    "not_shown": State(N_("Not shown"), "missed"),
    "expired": State(N_("Expired"), "lapsed"),
    # transfers
    "pending": State(N_("Pending"), "waiting"),
    "posted": State(N_("Posted"), "firm"),
    "partly_posted": State(N_("Partly posted"), "part"),
    "voided": State(N_("Voided"), "ended"),
    "then_posted": State(N_("Held, then posted"), "waiting"),
    "then_renewed": State(N_("Held, then renewed"), "waiting"),
    "then_voided": State(N_("Held, then given back"), "waiting"),
    "then_expired": State(N_("Held until it ran out"), "lapsed"),
    "will_post": State(N_("To be posted"), "waiting"),
    "will_wait": State(N_("To be pending"), "waiting"),
    "will_void": State(N_("To be given back"), "waiting"),
    # payments
    "asked": State(N_("With the provider"), "waiting"),
    "succeeded": State(N_("Succeeded"), "done"),
    "declined": State(N_("Declined"), "alert"),
    "late": State(N_("Late"), "part"),
    "returned": State(N_("Goes back"), "ended"),
    "second_person": State(N_("Waits for a second person"), "waiting"),
    "refunded": State(N_("Refunded"), "ended"),
    # feeds
    "accepted": State(N_("Accepted"), "done"),
    "quarantined": State(N_("In quarantine"), "alert"),
    "corrected": State(N_("Corrected"), "part"),
    "released": State(N_("Released"), "done"),
    "waiting": State(N_("In quarantine"), "waiting"),
    "dropped": State(N_("Dropped"), "ended"),
    "reading": State(N_("Being read"), "waiting"),
    "read_whole": State(N_("Read whole"), "done"),
    "already_known": State(N_("Already known"), "plain"),
    # requests
    "won": State(N_("Won"), "done"),
    "refused": State(N_("Refused"), "ended"),
    "done": State(N_("Done"), "done"),
    # the books
    "holds": State(N_("Holds"), "done"),
    "broken": State(N_("Broken"), "alert"),
    "open": State(N_("Open"), "plain"),
    "closed": State(N_("Closed"), "ended"),
    # people
    "active": State(N_("Active"), "done"),
    "sent_away": State(N_("Sent away"), "ended"),
    # the platform
    "well": State(N_("Well"), "done"),
    "worth_a_look": State(N_("Worth a look"), "part"),
    "trouble": State(N_("Trouble"), "alert"),
    "not_yet": State(N_("Not yet"), "waiting"),
}

FLOW_TEXTS: dict[Flow, str] = {
    "customers": N_("Customers"),
    "merchants": N_("Merchants"),
    "goods": N_("Goods"),
    "money": N_("Money"),
    "information": N_("Information"),
}
FLOW_MEANINGS: dict[Flow, str] = {
    "customers": N_("who buys"),
    "merchants": N_("who sells what"),
    "goods": N_("what is delivered when"),
    "money": N_("what is owed and paid"),
    "information": N_("what is told"),
}

SEGMENT_ICONS: dict[str, str] = {
    "hotel": "bed",
    "dining": "tools-kitchen-2",
    "tour": "compass",
    "ticket": "ticket",
    "retail": "shopping-bag",
}

_TEXTS: dict[str, str] = {
    **ROLE_WORDS,
    **LEVEL_WORDS,
    **RIGHT_WORDS,
    # segments
    "hotel": N_("Hotel"),
    "dining": N_("Dining"),
    "tour": N_("Tour"),
    "ticket": N_("Ticket"),
    "retail": N_("Retail"),
    # how a store is run, and how its sales are told
    "own": N_("Own"),
    "franchised": N_("Franchised"),
    "principal": N_("Principal"),
    "agent": N_("Agent"),
    # channels
    "web": N_("Web"),
    "app": N_("App"),
    "desk": N_("Desk"),
    "ota": N_("Online agents"),
    "rehearsal": N_("Rehearsal"),
    # guarantees
    "none": N_("None"),
    "card": N_("Card"),
    "deposit": N_("Deposit"),
    "prepaid": N_("Prepaid"),
    "company_account": N_("Company account"),
    # accounts of units
    "source": N_("source"),
    "available": N_("available"),
    "overbooking": N_("overbooking"),
    "sold": N_("sold"),
    "consumed": N_("consumed"),
    "forfeited": N_("forfeited"),
    "shortfall": N_("shortfall"),
    "booked": N_("booked"),
    "on_the_books": N_("on the books"),
    "earned": N_("earned"),
    "goods_received": N_("goods received"),
    # accounts of money
    "payment_clearing": N_("payment clearing"),
    "customer_money": N_("customer money"),
    "deposits": N_("deposits"),
    "guest_receivable": N_("guest receivable"),
    "company_receivable": N_("company receivable"),
    "revenue": N_("revenue"),
    "fee_revenue": N_("fee revenue"),
    "output_tax": N_("output tax"),
    "input_tax": N_("input tax"),
    "commission_cost": N_("commission cost"),
    "commission_revenue": N_("commission revenue"),
    "store_payable": N_("store payable"),
    "due_to": N_("due to"),
    "due_from": N_("due from"),
    "due_from_store": N_("due from stores"),
    "till": N_("till"),
    "till_difference": N_("till difference"),
    "bank": N_("bank"),
    "inventory": N_("inventory"),
    "cost_of_sales": N_("cost of sales"),
    # why a transfer was made
    "hold": N_("hold"),
    "payment": N_("payment"),
    "confirm": N_("confirm"),
    "charge": N_("charge"),
    "tax": N_("tax"),
    "commission": N_("commission"),
    "cancel": N_("cancel"),
    "fee": N_("fee"),
    "no_show": N_("no-show"),
    "refund": N_("refund"),
    "opening": N_("opening"),
    "open": N_("opening"),
    "sell": N_("sale"),
    "move": N_("change of company"),
    "fulfil": N_("service"),
    "post": N_("post"),
    "void": N_("void"),
    "expire": N_("expire"),
}

_UNITS: dict[str, tuple[str, str]] = {
    "points": NN_("point", "points"),
    "room": NN_("room-night", "room-nights"),
    "table": NN_("quarter-hour", "quarter-hours"),
    "quota": NN_("admission", "admissions"),
    "seat": NN_("seat", "seats"),
    "ticket": NN_("admission", "admissions"),
    "stock": NN_("item", "items"),
    "coupon": NN_("coupon", "coupons"),
    "order": NN_("order", "orders"),
    "store": NN_("store", "stores"),
    "event": NN_("event", "events"),
}


def word(name: str, say: Callable[[str], str]) -> str:
    """The text for a name of the house; a name that is not in the list is shown as it is."""
    if name in STATES:
        return say(STATES[name].text)
    return say(_TEXTS[name]) if name in _TEXTS else name.replace("_", " ")


def unit_word(unit: str, count: int, words: NullTranslations) -> str:
    """What stands behind `count` of a `unit`: a currency by its code, others by a word."""
    kind, _, rest = unit.partition(":")
    if kind == "value":
        return words.gettext(N_("{currency} agreed")).format(currency=rest)
    return words.ngettext(*_UNITS[kind], count) if kind in _UNITS else kind


def state_form(name: str) -> Form:
    """How the state `name` is drawn; a state that is not in the list, plainly."""
    return STATES[name].form if name in STATES else "plain"
