"""One order through the five flows: a room, a table, an admission and a duck, in three books."""

from datetime import timedelta

from serai.cloud import PLATFORM
from serai.core import Refusal
from serai.flows import (
    Booked,
    By,
    Confirmed,
    House,
    Party,
    PaymentMeans,
    answer_payment,
    book,
    cancel,
    confirm,
)
from serai.merchants import Wanted
from tests.worlds import ADMISSION, DINNER, DUCK, ROOM_FLEXIBLE, WANG

WANG_AT_WEB = Party(customer_id=WANG, payer_id=WANG, channel="web", guest_name="Wang Min")


async def test_an_order_of_four_lines_is_held_paid_and_cancelled(house: House) -> None:
    today = house.clock().date() + timedelta(days=20)
    booked = await book(
        house,
        By(PLATFORM, "1"),
        WANG_AT_WEB,
        (
            Wanted(offer_id=ROOM_FLEXIBLE, first_day=today, nights=2),
            Wanted(offer_id=DINNER, first_day=today, quantity=3, minute=1110),
            Wanted(offer_id=ADMISSION, first_day=today, quantity=2, minute=600),
            Wanted(offer_id=DUCK, first_day=today, quantity=1),
        ),
    )
    assert isinstance(booked, Booked), booked
    refused = await confirm(house, By(PLATFORM, "2"), booked.order_id)
    assert isinstance(refused, Refusal) and refused.name == "payment_required"
    confirmed = await confirm(
        house,
        By(PLATFORM, "3"),
        booked.order_id,
        means=PaymentMeans(provider="sandbox", token="succeeds"),
    )
    assert isinstance(confirmed, Confirmed) and confirmed.state == "paying", confirmed
    answered = await answer_payment(
        house, By(PLATFORM, "4"), confirmed.payment_id, "succeeded", "ref-1"
    )
    assert not isinstance(answered, Refusal), answered
    cancelled = await cancel(house, By(PLATFORM, "5"), booked.order_id)
    assert not isinstance(cancelled, Refusal), cancelled
    assert cancelled.fee_minor == 0
    assert cancelled.refund_minor == 2 * 8_000 + 12_800
