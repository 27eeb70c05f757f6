"""A sale of numbered admissions: more buyers than numbers, and some who hold and walk away.

A number is a resource of its own of which there is one in each performance, held and sold through
`logistics` like a room: its `available` account may not be overdrawn, so that one number is sold
once is the books' own rule, and needs neither a lock nor a second table. (One pool of 10,000 and
numbers drawn from it would be two truths; and the slot stays what it is everywhere, a time.)
"""

import asyncio
import random
from collections import Counter, deque
from time import perf_counter

from msgspec import Struct
from rich.console import Console

from serai.cli.bench.database import audit, own_database
from serai.cli.bench.flash.figures import SaleFigures, answers_of
from serai.cli.bench.flash.ground import BUSINESS_DATE
from serai.core import Database, open_database, slot_of, utc_now
from serai.flows import TABLES
from serai.ledger import (
    Belonging,
    Committed,
    Event,
    Key,
    Post,
    Proposal,
    Step,
    Writer,
    open_writer,
)
from serai.logistics import Need, hold

BOOK = 1
PERFORMANCE = slot_of(BUSINESS_DATE, 20 * 60)
HOLD_SECONDS = 2
MOST_OF_ORDER = 4
WALKS_AWAY = 0.3
WANTS_BESIDE = 0.5
PAYING_SECONDS = (0.1, 1.2)
TILLS = 1024
"""Buyers who are served at the same time, as by as many connections; the others stand in line."""
LOOK_SECONDS = 0.25
"""So often the plan of what is free is read from the books again."""

TAKEN = """
SELECT holder AS number, debits_pending > 0 AS held FROM all_accounts
WHERE book = %(book)s AND role = 'available' AND slot = %(slot)s
    AND credits_posted - debits_posted - debits_pending < 1
"""
SOLD_TO = """
SELECT a.holder AS number, t.order_id AS buyer
FROM transfers AS t JOIN all_accounts AS a ON a.id = t.debit_account
WHERE t.kind = 'post' AND a.book = %(book)s AND a.role = 'available' AND a.slot = %(slot)s
"""


class Buyer(Struct):
    """Somebody who wants up to four numbers, and what they remember of it themselves."""

    id: int
    wants: int
    beside: bool
    attempts: int = 0
    bought: tuple[int, ...] = ()


class _Taken(Struct, frozen=True):
    number: int
    held: bool


class _Sold(Struct, frozen=True):
    number: int
    buyer: int


class Plan:
    """Which numbers are free and which are held, as the page showed them a moment ago."""

    def __init__(self, admissions: int, chance: random.Random) -> None:
        self._chance = chance
        self._numbers = range(1, admissions + 1)
        self._free = list(self._numbers)
        self._held: list[int] = []
        self._is_free = set(self._free)

    async def look(self, database: Database) -> None:
        """Read the plan from the books."""
        rows = await database.all(_Taken, TAKEN, book=BOOK, slot=PERFORMANCE)
        self._held = [row.number for row in rows if row.held]
        self._is_free = set(self._numbers).difference(row.number for row in rows)
        self._free = sorted(self._is_free)

    def choose(self, buyer: Buyer) -> tuple[int, ...]:
        """Numbers to ask for: free ones if any are shown, else held ones that may come free."""
        shown = self._free or self._held or self._numbers
        if not buyer.beside or not self._free:
            return tuple(self._chance.sample(shown, min(buyer.wants, len(shown))))
        run = [self._chance.choice(self._free)]
        while len(run) < buyer.wants and run[-1] + 1 in self._is_free:
            run.append(run[-1] + 1)
        return tuple(run)


class Sale:
    """The line, the tills, and what happened at them."""

    def __init__(self, writer: Writer, buyers: int, admissions: int, seed: int) -> None:
        self._writer = writer
        self._chance = random.Random(seed)
        self.plan = Plan(admissions, self._chance)
        self.buyers = [
            Buyer(id, self._chance.randint(1, MOST_OF_ORDER), self._chance.random() < WANTS_BESIDE)
            for id in range(1, buyers + 1)
        ]
        self._line = deque(self.buyers)
        self._undecided = buyers
        self._moved = asyncio.Event()
        self._unsold = admissions
        self.walked_away = 0
        self.too_late = 0
        self.refused = 0
        self.answers: list[float] = []

    async def run(self, database: Database) -> None:
        """Sell until everything is sold, or until everybody has bought or gone."""
        async with asyncio.TaskGroup() as hall:
            looking = hall.create_task(self._keep_looking(database))
            tills = [hall.create_task(self._serve(hall)) for _ in range(TILLS)]
            await asyncio.gather(*tills)
            looking.cancel()

    @property
    def _over(self) -> bool:
        return self._unsold <= 0 or self._undecided == 0

    async def _keep_looking(self, database: Database) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.plan.look(database)

    async def _serve(self, hall: asyncio.TaskGroup) -> None:
        while not self._over:
            if not self._line:
                await self._moved.wait()
                continue
            buyer = self._line.popleft()
            numbers = self.plan.choose(buyer)
            began = perf_counter()
            outcome = await self._writer.propose(_hold(buyer, numbers))
            self.answers.append(perf_counter() - began)
            if isinstance(outcome, Committed):
                pendings = tuple(id for id in outcome.transfers[-len(numbers) :] if id)
                hall.create_task(self._pay(buyer, numbers, pendings))
            else:
                self.refused += 1
                self._line.append(buyer)
                self._stir()

    async def _pay(self, buyer: Buyer, numbers: tuple[int, ...], pendings: tuple[int, ...]) -> None:
        """What becomes of a hold: it is paid for in time, or too late, or never."""
        if self._chance.random() < WALKS_AWAY:
            self.walked_away += 1
            self._undecided -= 1
            return self._stir()
        await asyncio.sleep(self._chance.uniform(*PAYING_SECONDS))
        outcome = await self._writer.propose(_confirm(buyer, pendings))
        if isinstance(outcome, Committed):
            buyer.bought = numbers
            self._undecided -= 1
            self._unsold -= len(numbers)
        else:
            self.too_late += 1
            self._line.append(buyer)
        return self._stir()

    def _stir(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()


def _hold(buyer: Buyer, numbers: tuple[int, ...]) -> Proposal:
    buyer.attempts += 1
    needs = [Need(number, "seat", PERFORMANCE, 1, 1) for number in numbers]
    return _proposal(
        buyer, "hold", hold(BOOK, needs, Belonging(order=buyer.id), timeout_seconds=HOLD_SECONDS)
    )


def _confirm(buyer: Buyer, pendings: tuple[int, ...]) -> Proposal:
    return _proposal(buyer, "confirm", tuple(Post(pending=id) for id in pendings))


def _proposal(buyer: Buyer, deed: str, chain: tuple[Step, ...]) -> Proposal:
    return Proposal(
        key=Key(f"buyer {buyer.id}", deed, str(buyer.attempts)),
        effective=utc_now(),
        business_date=BUSINESS_DATE,
        chain=chain,
        events=(Event(type=f"order.{deed}", book=BOOK, order=buyer.id),),
    )


async def bench_sale(buyers: int, admissions: int, console: Console, seed: int) -> SaleFigures:
    """Hold the sale, and count who has what: by the buyers' own records, and by the books."""
    async with own_database() as urls, open_database(urls.platform) as database:
        async with open_writer(urls.writer, TABLES) as writer:
            sale = Sale(writer, buyers, admissions, seed)
            console.print(f"{buyers:,} buyers, {admissions:,} admissions ...", highlight=False)
            began = perf_counter()
            await sale.run(database)
            seconds = perf_counter() - began
        checked = await audit(urls)
        in_the_books = Counter(
            (sold.number, sold.buyer)
            for sold in await database.all(_Sold, SOLD_TO, book=BOOK, slot=PERFORMANCE)
        )
    return _figures(sale, admissions, in_the_books, seconds, checked)


def _figures(
    sale: Sale, admissions: int, in_the_books: Counter[tuple[int, int]], seconds: float,
    checked: int,
) -> SaleFigures:  # fmt: skip
    recorded = Counter((number, buyer.id) for buyer in sale.buyers for number in buyer.bought)
    holders = Counter(number for number, _ in recorded.elements())
    stranded = sum(holders[number] == 0 for number in range(1, admissions + 1))
    attempts = len(sale.answers)
    return SaleFigures(
        buyers=len(sale.buyers),
        admissions=admissions,
        sold_out=stranded == 0,
        oversold=sum(count > 1 for count in holders.values()),
        stranded=stranded,
        disputed=((recorded - in_the_books) + (in_the_books - recorded)).total(),
        orders=sum(bool(buyer.bought) for buyer in sale.buyers),
        walked_away=sale.walked_away,
        too_late=sale.too_late,
        attempts=attempts,
        refused=sale.refused,
        seconds=round(seconds, 1),
        attempts_per_second=round(attempts / seconds),
        answers=answers_of(sale.answers),
        invariants_checked=checked,
    )
