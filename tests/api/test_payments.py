"""The payment provider's call-back: signed, whenever and however often it comes."""

import pytest

from serai.api import sign
from tests.api.program import Program, line
from tests.flows.clock import SetClock
from tests.worlds import DUCK

CARD = {"payment": {"provider": "sandbox", "token": "pending"}}


async def paying(program: Program) -> tuple[int, int]:
    """An order that waits for its payment, and the payment."""
    order = await program.order(line(DUCK))
    asked = await program.write(f"/v1/orders/{order}/confirmation", CARD)
    return order, asked["payment_id"]


async def state(program: Program, order: int) -> str:
    return str((await program.get(f"/v1/orders/{order}"))["state"])


async def test_the_same_answer_twice_is_one(program: Program) -> None:
    order, payment = await paying(program)
    for _ in range(2):
        answer = await program.answer_payment(payment)
        assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")
    assert await state(program, order) == "confirmed"
    assert len((await program.get(f"/v1/orders/{order}"))["payments"]) == 1


async def test_another_answer_afterwards_is_refused(program: Program) -> None:
    _, payment = await paying(program)
    await program.answer_payment(payment)
    answer = await program.answer_payment(payment, "declined")
    await program.refused(answer, 409, "payment_already_answered")


async def test_a_decline_leaves_time_for_another_card(program: Program) -> None:
    order, payment = await paying(program)
    await program.answer_payment(payment, "declined")
    assert await state(program, order) == "held"
    asked = await program.write(f"/v1/orders/{order}/confirmation", CARD)
    await program.answer_payment(asked["payment_id"])
    assert await state(program, order) == "confirmed"


async def test_silence_voids_nothing_and_an_answer_days_later_still_counts(
    program: Program, clock: SetClock
) -> None:
    order, payment = await paying(program)
    clock.forward(days=3)
    await program.answer_payment(payment)
    assert await state(program, order) == "confirmed"


async def test_money_for_an_order_that_is_gone_goes_back(program: Program) -> None:
    order, payment = await paying(program)
    await program.write(f"/v1/orders/{order}/cancellation")
    answer = await program.answer_payment(payment)
    assert answer.json()["status"] == "returned"
    _, refund = (await program.get(f"/v1/orders/{order}"))["payments"]
    assert (refund["kind"], refund["status"], refund["refund_of"]) == ("refund", "asked", payment)


async def test_an_unknown_payment(program: Program) -> None:
    await program.refused(await program.answer_payment(999), 404, "payment_not_found")


@pytest.mark.parametrize("wrong", ["", "sha256=00", "nonsense", "other secret", "other path"])
async def test_a_wrong_signature_is_refused(program: Program, wrong: str) -> None:
    order, payment = await paying(program)
    path, body = f"/v1/payments/{payment}/answer", b'{"outcome":"succeeded","reference":"r"}'
    if wrong == "other secret":
        wrong = sign("another", "POST", path, body)
    elif wrong == "other path":
        wrong = sign(program.secret, "POST", "/v1/payments/1/answer", body)
    answer = await program.client.post(
        path,
        content=body,
        headers={
            "Serai-Signature": wrong,
            "Idempotency-Key": "k",
            "Content-Type": "application/json",
        },
    )
    await program.refused(answer, 401, "signature_wrong")
    assert await state(program, order) == "paying"
