"""Verbs that touch two or more modules."""

from serai.flows.agreement import Party
from serai.flows.book import HOLD_SECONDS, Booked, book
from serai.flows.cancel import CancellationPreview, Cancelled, cancel, preview_cancellation
from serai.flows.confirm import Confirmed, PaymentMeans, confirm
from serai.flows.expire import Expired, expire, expire_overdue
from serai.flows.found import Entered, enter
from serai.flows.fulfil import Fulfilled, fulfil
from serai.flows.house import TABLES, House, NotFounded
from serai.flows.no_show import NotShown, no_show
from serai.flows.pay import Answered, answer_payment
from serai.flows.step import By

__all__ = [
    "HOLD_SECONDS",
    "TABLES",
    "Answered",
    "Booked",
    "By",
    "CancellationPreview",
    "Cancelled",
    "Confirmed",
    "Entered",
    "Expired",
    "Fulfilled",
    "House",
    "NotFounded",
    "NotShown",
    "Party",
    "PaymentMeans",
    "answer_payment",
    "book",
    "cancel",
    "confirm",
    "enter",
    "expire",
    "expire_overdue",
    "fulfil",
    "no_show",
    "preview_cancellation",
]
