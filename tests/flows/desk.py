"""What a clerk does with an order, each time under a new key; refusals fail the test."""

from collections.abc import Iterable
from datetime import date
from typing import Literal, TypeVar

from serai.capital import DeskMethod, Payment, payments_of
from serai.cloud import PLATFORM, Origin
from serai.core import Refusal
from serai.flows import (
    Booked,
    By,
    Cancelled,
    Collected,
    Confirmed,
    Fulfilled,
    House,
    NotShown,
    Party,
    PaymentMeans,
    answer_payment,
    book,
    cancel,
    collect,
    confirm,
    fulfil,
    no_show,
)
from serai.merchants import Line, OrderFile, Wanted, read_order
from tests.flows.clock import SetClock
from tests.worlds import WANG

T = TypeVar("T")

WANG_AT_WEB = Party(customer_id=WANG, payer_id=WANG, channel="web", guest_name="Wang Min")
CARD = PaymentMeans(provider="sandbox", token="succeeds")
STAY = date(2026, 6, 20)
"""A Saturday, nineteen days after the clock's morning."""


def done(answer: T | Refusal) -> T:
    assert not isinstance(answer, Refusal), answer
    return answer


def refused(answer: object) -> str:
    """The name of a refusal that was expected."""
    assert isinstance(answer, Refusal), answer
    assert answer.says
    assert answer.advice
    return answer.name


def want(offer_id: int, day: date = STAY, **more: int) -> Wanted:
    return Wanted(offer_id=offer_id, first_day=day, **more)


class Desk:
    def __init__(self, house: House, clock: SetClock) -> None:
        self.house = house
        self.clock = clock
        self.actor = PLATFORM
        self.origin = Origin()
        self._count = 0

    def by(self) -> By:
        """A request that nobody has made before."""
        self._count += 1
        return By(self.actor, f"desk-{self._count}", origin=self.origin)

    async def book(self, *wanted: Wanted, party: Party = WANG_AT_WEB) -> Booked:
        return done(await book(self.house, self.by(), party, wanted))

    async def ask(self, order: int, lines: Iterable[int] | None = None) -> Confirmed:
        """Confirm, with a card in case something must be paid first."""
        return done(await confirm(self.house, self.by(), order, lines=_named(lines), means=CARD))

    async def answer(
        self, payment: int, outcome: Literal["succeeded", "declined"] = "succeeded"
    ) -> str:
        """The provider answers; what became of the payment."""
        answered = await answer_payment(
            self.house, self.by(), payment, outcome, f"provider-{self._count}"
        )
        return done(answered).status

    async def pay(self, order: int, lines: Iterable[int] | None = None) -> Confirmed:
        """Confirm, and have every payment succeed."""
        confirmed = await self.ask(order, lines)
        for payment in confirmed.payments:
            await self.answer(payment)
        return confirmed

    async def confirmed(self, *wanted: Wanted, party: Party = WANG_AT_WEB) -> int:
        """Book, confirm and pay; the order's id."""
        booked = await self.book(*wanted, party=party)
        await self.pay(booked.order_id)
        return booked.order_id

    async def fulfil(
        self, order: int, method: DeskMethod | None = None, lines: Iterable[int] | None = None
    ) -> Fulfilled:
        return done(await fulfil(self.house, self.by(), order, lines=_named(lines), method=method))

    async def cancel(self, order: int, lines: Iterable[int] | None = None) -> Cancelled:
        return done(await cancel(self.house, self.by(), order, lines=_named(lines)))

    async def no_show(self, order: int, lines: Iterable[int] | None = None) -> NotShown:
        return done(await no_show(self.house, self.by(), order, lines=_named(lines)))

    async def collect(self, order: int, method: DeskMethod = "till") -> Collected:
        return done(await collect(self.house, self.by(), order, method))

    async def file(self, order: int) -> OrderFile:
        file = await read_order(self.house.database, order)
        assert file is not None
        return file

    async def lines(self, order: int) -> tuple[Line, ...]:
        return (await self.file(order)).lines

    async def payments(self, order: int) -> list[Payment]:
        """Payments and refunds, oldest first."""
        return await payments_of(self.house.database, order)

    async def states(self, order: int) -> list[str]:
        return [line.state for line in await self.lines(order)]


def _named(lines: Iterable[int] | None) -> frozenset[int] | None:
    return None if lines is None else frozenset(lines)
