"""The accounts and orders of `serai bench books`: some are touched often, most hardly ever."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import accumulate, count

from msgspec import Struct

from serai.ledger import (
    Account,
    Belonging,
    Event,
    Insert,
    Key,
    Opening,
    Post,
    Proposal,
    Step,
    Transfer,
    Void,
)
from serai.merchants import Order

UNITS = ("CNY", "points", "room:bench", "stock:bench")
LINES = 6
VOIDED_OF_HUNDRED = 5
HOLD_SECONDS = 900
BOOK = 1
FUNDS = 10**12
CAPACITY = 10**6
"""What a slot holds that opens on first touch."""
DRAWN = 100_000
"""Accounts drawn ahead of the clock, by Zipf's law; orders go round and round them."""

PLACED_AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
BUSINESS_DATE = date(2026, 6, 1)


class Shape(Struct, frozen=True):
    """What orders look like: over how many accounts they are spread, and by which rule.

    `hot`: every order touches one stock account and one merchant's account. `fresh`: the share of
    lines that touch an account which does not exist yet.
    """

    accounts: int = 10_000
    hot: bool = False
    fresh: float = 0.0


class Market:
    """Makes one order after the other; what is drawn by chance is drawn before."""

    def __init__(self, shape: Shape, seed: int = 2026) -> None:
        self._shape = shape
        self._numbers = count(1)
        self._fresh_slots = count(1)
        chance = random.Random(seed)
        pairs = max(1, shape.accounts // (2 * len(UNITS)))
        self._stock = {unit: [_stock(unit, holder) for holder in range(pairs)] for unit in UNITS}
        self._sold = {unit: [_sold(unit, holder) for holder in range(pairs)] for unit in UNITS}
        # Zipf's law with exponent 1.0: the account of rank n is touched in proportion to 1 / n.
        weights = list(accumulate(1 / rank for rank in range(1, pairs + 1)))
        ranks = range(pairs)
        self._draws: list[tuple[Account, Account]] = []
        debits = chance.choices(ranks, cum_weights=weights, k=DRAWN)
        credits = chance.choices(ranks, cum_weights=weights, k=DRAWN)
        for debit, credit in zip(debits, credits, strict=True):
            unit = chance.choice(UNITS)
            self._draws.append((self._stock[unit][debit], self._sold[unit][credit]))
        self._fresh = [chance.random() < shape.fresh for _ in range(DRAWN)]
        self._voided = [chance.randrange(100) < VOIDED_OF_HUNDRED for _ in range(DRAWN)]

    def funding(self, most_steps: int) -> Iterator[Proposal]:
        """Proposals that open every account, with enough in those that may not be overdrawn."""
        steps = [
            Transfer(debit=_source(unit), credit=account, amount=FUNDS, reason="open")
            for unit in UNITS
            for account in (*self._stock[unit], *self._sold[unit])
        ]
        for begin in range(0, len(steps), most_steps):
            yield Proposal(
                key=Key("bench", "fund", str(begin)),
                effective=PLACED_AT, business_date=BUSINESS_DATE,
                chain=tuple(steps[begin : begin + most_steps]),
            )  # fmt: skip

    def order(self) -> tuple[int, Proposal]:
        """The next order's number and its hold: six pending transfers, a record, an event."""
        number = next(self._numbers)
        place = number * LINES
        of = Belonging(order=number, booking=number, store=1 + number % 7000)
        chain: list[Step] = []
        for offset in range(LINES):
            debit, credit = self._draws[(place + offset) % DRAWN]
            if self._shape.hot and offset < 2:
                unit = UNITS[3 * offset]
                debit, credit = self._stock[unit][0], self._sold[unit][0]
            if self._shape.fresh and self._fresh[(place + offset) % DRAWN]:
                debit = _stock(debit.unit, debit.holder, next(self._fresh_slots))
                source = _source(debit.unit)
                chain.append(Opening(account=debit, source=source, amount=CAPACITY, of=of))
            chain.append(
                Transfer(
                    debit=debit, credit=credit, amount=1 + offset, reason="hold",
                    pending=True, timeout_seconds=HOLD_SECONDS, of=of,
                )
            )  # fmt: skip
        return number, Proposal(
            key=Key("bench", "book", str(number), b"%d" % number),
            effective=PLACED_AT,
            business_date=BUSINESS_DATE,
            chain=tuple(chain),
            inserts=(Insert("orders", (_record(number),)),),
            events=(Event(type="order.held", book=BOOK, order=number, data=b'{"lines": 6}'),),
            answer=b'{"order_id": %d}' % number,
        )

    def ending(self, number: int, hold: Proposal, held: tuple[int, ...]) -> Proposal:
        """The end of an order's hold: posted, or now and then voided."""
        pendings = held
        if self._shape.fresh:  # then some of the steps are openings
            steps = zip(hold.chain, held, strict=True)
            pendings = tuple(id for step, id in steps if isinstance(step, Transfer))
        void = self._voided[number % DRAWN]
        chain: tuple[Step, ...] = tuple(
            Void(pending=id) if void else Post(pending=id, reason="confirm") for id in pendings
        )
        return Proposal(
            key=Key("bench", "end", str(number), b"%d" % number),
            effective=PLACED_AT,
            business_date=BUSINESS_DATE,
            chain=chain,
            events=(Event(type="order.ended", book=BOOK, order=number, data=b'{"lines": 6}'),),
            answer=b'{"order_id": %d}' % number,
        )


def _stock(unit: str, holder: int, slot: int = 0) -> Account:
    return Account(BOOK, unit, holder, "available", slot, "debits")


def _sold(unit: str, holder: int) -> Account:
    return Account(BOOK, unit, holder, "sold")


def _source(unit: str) -> Account:
    return Account(BOOK, unit, 0, "source")


def _record(number: int) -> Order:
    return Order(
        id=number, number=f"B{number}", customer_id=1 + number % 50_000, channel="bench",
        agent_id=0, currency="CNY", amount_minor=12_300, placed_at=PLACED_AT,
        held_until=PLACED_AT,
    )  # fmt: skip
