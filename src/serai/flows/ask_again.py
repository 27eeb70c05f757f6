"""Ask again: a refund that was refused or declined is paid back after all, by another in its place.

The money had stayed the customer's in the books. A provider takes a request with the same number as
the same request, and would answer as before: so it is a refund of its own, with the same payment,
lines and amount.
"""

from collections.abc import Sequence

from msgspec import Struct, structs

from serai.capital import Payment, payments_of, read_payment
from serai.cloud import Actor, Wait
from serai.core import Refusal
from serai.flows.house import House
from serai.flows.refunds import PaidBack, let_out
from serai.flows.refusals import unknown
from serai.flows.step import By, Draft, take
from serai.flows.telling import tell
from serai.flows.times import day_at
from serai.flows.turns import Turn
from serai.ledger import Change
from serai.merchants import OrderFile, chosen, read_order

GIVEN_UP = ("declined", "refused")
"""Refunds of these statuses have left their money with the house."""


class AskedAgain(Struct, frozen=True):
    """The refund that stands for `again_of` from now on; it waits, where there is a `wait`."""

    refund_id: int
    again_of: int
    wait: Wait | None = None


async def ask_refund_again(house: House, by: By, refund_id: int) -> AskedAgain | Refusal:
    """Ask once more for a refund that came to nothing, by the same rules as for any other: above
    what one person may let out alone, or after a second person has refused it, it waits.

    Whoever sees the refund may ask, and each is asked for again once: what becomes of the new one
    is asked of that.
    """
    async with house.turns.one() as turn:

        async def draft() -> Draft | Refusal:
            return await _draft(house, by.actor, refund_id, turn)

        return await take(house, by, "ask_refund_again", AskedAgain, draft, of=refund_id)


async def _draft(house: House, actor: Actor, refund_id: int, turn: Turn) -> Draft | Refusal:
    seen = await house.seen_by(actor, "refunds.approve")
    refund = await read_payment(seen.database, refund_id)
    file = await read_order(house.database, refund.order_id) if refund else None
    if refund is None or refund.kind != "refund" or file is None:
        return unknown("refund", "refund_id")
    payments = await payments_of(house.database, refund.order_id)
    refused = _check_given_up(refund, payments)
    if refused is not None:
        return refused
    moment = house.clock()
    ids = await house.ids.take(2)
    anew = structs.replace(
        refund, id=next(ids), status="asked", asked_at=moment, answered_at=None,
        provider_reference="", version=1, let_out_by=(), again_of=refund.id,
    )  # fmt: skip
    back = PaidBack((anew,))
    if actor.holdings is not None:
        back = await let_out(house, actor, file, payments, back.refunds, ids, turn, _why(refund))
    return await _drafted(house, refund, back, file)


async def _drafted(house: House, refund: Payment, back: PaidBack, file: OrderFile) -> Draft:
    lines = chosen(file.lines, frozenset(refund.lines))
    organisation = await house.organisation(line.store_id for line in lines)
    (anew,) = back.refunds
    return Draft(
        effective=anew.asked_at,
        business_date=day_at(organisation, lines[0], anew.asked_at),
        answer=AskedAgain(anew.id, refund.id, back.wait),
        chain=back.chain,
        inserts=back.inserts,
        changes=(Change("payments", refund.id, refund.version, {}), *back.changes),
        events=(*tell(file, lines, "refund.asked_again"), *back.events),
    )


def _why(refund: Payment) -> Wait | None:
    """Why it waits whatever it comes to: nobody goes past a second person alone."""
    if refund.status != "refused":
        return None
    return Wait(reason="refused", entity_id=refund.collector_id, currency=refund.currency)


def _check_given_up(refund: Payment, payments: Sequence[Payment]) -> Refusal | None:
    if any(one.again_of == refund.id for one in payments):
        says = "This refund was asked for again already."
    elif refund.status not in GIVEN_UP:
        says = f"This refund has come to something: it is {refund.status}."
    else:
        return None
    return Refusal(
        name="refund_not_given_up", says=says, advice="Look at the refunds as they stand now."
    )
