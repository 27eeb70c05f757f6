"""Verbs that touch two or more modules."""

from serai.flows.access.programs import (
    Ended,
    IssuedKey,
    KeyMade,
    NewProgram,
    admit_program,
    end_program,
    rotate_key,
)
from serai.flows.agreement import Party
from serai.flows.audit import audit
from serai.flows.availability import Availability, Enquiry, OnSale, Time, availability
from serai.flows.book import HOLD_SECONDS, LONGEST_HOLD_SECONDS, MOST_LINES, Booked, book
from serai.flows.cancel import CancellationPreview, Cancelled, cancel, preview_cancellation
from serai.flows.collect import Collected, collect
from serai.flows.confirm import Confirmed, PaymentMeans, confirm
from serai.flows.expire import Expired, expire, expire_overdue
from serai.flows.found import Entered, enter
from serai.flows.fulfil import Fulfilled, fulfil
from serai.flows.house import TABLES, House, NotFounded, house_of_writer
from serai.flows.ingest import (
    BrokenReplay,
    FeedFigures,
    Imported,
    ImportProgress,
    StatusFigures,
    feed_figures,
    feed_stores,
    import_hotel_bookings,
)
from serai.flows.no_show import NotShown, no_show
from serai.flows.pay import Answered, answer_payment
from serai.flows.quarantine import (
    Dropped,
    Released,
    correct_and_release,
    drop_row,
    released_order,
)
from serai.flows.register import Person, register
from serai.flows.rehearsal import Attempt, LastRoom, rehearse_last_room
from serai.flows.search import Found, FoundPage, Search, search
from serai.flows.step import By
from serai.flows.ties import RoleBalance, Tie
from serai.flows.trace import FLOWS, Figure, Flow, Happening, Trace, TraceStep, trace

__all__ = [
    "FLOWS",
    "HOLD_SECONDS",
    "LONGEST_HOLD_SECONDS",
    "MOST_LINES",
    "TABLES",
    "Answered",
    "Attempt",
    "Availability",
    "Booked",
    "BrokenReplay",
    "By",
    "CancellationPreview",
    "Cancelled",
    "Collected",
    "Confirmed",
    "Dropped",
    "Ended",
    "Enquiry",
    "Entered",
    "Expired",
    "FeedFigures",
    "Figure",
    "Flow",
    "Found",
    "FoundPage",
    "Fulfilled",
    "Happening",
    "House",
    "ImportProgress",
    "Imported",
    "IssuedKey",
    "KeyMade",
    "LastRoom",
    "NewProgram",
    "NotFounded",
    "NotShown",
    "OnSale",
    "Party",
    "PaymentMeans",
    "Person",
    "Released",
    "RoleBalance",
    "Search",
    "StatusFigures",
    "Tie",
    "Time",
    "Trace",
    "TraceStep",
    "admit_program",
    "answer_payment",
    "audit",
    "availability",
    "book",
    "cancel",
    "collect",
    "confirm",
    "correct_and_release",
    "drop_row",
    "end_program",
    "enter",
    "expire",
    "expire_overdue",
    "feed_figures",
    "feed_stores",
    "fulfil",
    "house_of_writer",
    "import_hotel_bookings",
    "no_show",
    "preview_cancellation",
    "register",
    "rehearse_last_room",
    "released_order",
    "rotate_key",
    "search",
    "trace",
]
