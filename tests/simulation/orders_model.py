"""A naive model of the Lantern world: what orders there are, what is left, and who has what money.

Written from the design's table and from the small world's own figures, not from the flows' code:
money is never posted here, but worked out anew from the state of each line and payment.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from tests import worlds as w

HOLD = timedelta(minutes=15)
PLATFORM = w.PLATFORM_ENTITY
SHANGHAI, LISBON = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Lisbon")

Money = Counter[tuple[str, int, str]]
"""Debits less credits by (currency, book, role)."""
Slot = tuple[int, date, int]
"""A resource on a day, at a minute; goods have the first day of all."""


def no_minute(minute: int) -> list[int]:
    return [0]


@dataclass(frozen=True)
class Seller:
    book: int
    agent: bool
    itself: bool
    commission: Fraction
    zone: ZoneInfo = SHANGHAI
    currency: str = "CNY"

    @property
    def collector(self) -> int:
        return self.book if self.itself else PLATFORM


@dataclass(frozen=True)
class Sold:
    """What is sold under which conditions, as `tests/worlds.py` has it."""

    seller: Seller
    guarantee: str
    price: Callable[[date], int]
    uses: dict[int, Callable[[int], list[int]]]
    tax: Fraction = Fraction(6, 100)
    tax_on_top: bool = False
    fee_taxed: bool = True
    free_hours: int = 24
    fee: Fraction = Fraction(1)
    no_show: Fraction = Fraction(1)
    nights: bool = False
    minutes: tuple[int, ...] = (0,)
    each: bool = True
    a_piece: int = 1
    cost: int = 0
    most: int = 20


def flat(amount: int) -> Callable[[date], int]:
    return lambda _: amount


def quarters(count: int) -> Callable[[int], list[int]]:
    return lambda minute: [minute + 15 * quarter for quarter in range(count)]


def itself(minute: int) -> list[int]:
    return [minute]


def weekend(day: date) -> int:
    return 66_600 if day.weekday() in (4, 5) else 50_000


INN = Seller(w.LANTERN_COMPANY, False, False, Fraction(10, 100))
GATE = Seller(w.LAKESIDE_COMPANY, True, False, Fraction(15, 100))
SHOP = Seller(w.PLATFORM_ENTITY, False, False, Fraction(5, 100))
TEA = Seller(w.TEA_COMPANY, False, True, Fraction(8, 100))
BOAT = Seller(w.LAKESIDE_COMPANY, True, True, Fraction(12, 100))
CASA = Seller(w.LISBON_COMPANY, False, False, Fraction(10, 100), LISBON, "EUR")
HALF = Fraction(1, 2)

SOLD: dict[int, Sold] = {
    w.ROOM_FLEXIBLE: Sold(INN, "card", weekend, {w.ROOMS: no_minute}, fee=HALF, nights=True),
    w.ROOM_PREPAID: Sold(
        INN, "prepaid", flat(45_000), {w.ROOMS: no_minute}, free_hours=72, nights=True
    ),
    w.ROOM_HALF_SURE: Sold(
        INN, "prepaid", flat(45_000), {w.ROOMS: no_minute}, fee=Fraction(3333, 10000),
        no_show=Fraction(6667, 10000), nights=True,
    ),
    w.ROOM_COMPANY: Sold(
        INN, "company", flat(48_000), {w.ROOMS: no_minute}, fee=HALF, nights=True
    ),
    w.DINNER: Sold(
        INN, "none", flat(19_900), {w.TABLES_FOR_FOUR: quarters(6)},
        minutes=(1080, 1095, 1110, 1125), each=False, most=4,
    ),
    w.ADMISSION: Sold(
        GATE, "prepaid", flat(8_000), {w.DAY_QUOTA: no_minute, w.WINDOW_QUOTA: itself},
        fee=Fraction(30, 100), minutes=(540, 600, 660),
    ),
    w.BOAT_TOUR: Sold(
        GATE, "prepaid", flat(26_800), {w.BOAT_SEATS: itself}, fee=Fraction(30, 100),
        minutes=(570,),
    ),
    w.DUCK: Sold(
        SHOP, "prepaid", flat(12_800), {w.DUCKS: no_minute}, tax=Fraction(13, 100),
        free_hours=0, fee=Fraction(0), no_show=Fraction(0), cost=3_000,
    ),
    w.TEA_CEREMONY: Sold(
        TEA, "prepaid", flat(9_999), {w.TEA_ROOMS: quarters(4)}, fee_taxed=False, fee=HALF,
        minutes=(600, 840), each=False,
    ),
    w.TEA_TABLE: Sold(
        TEA, "card", flat(12_001), {w.TEA_ROOMS: quarters(4)}, fee_taxed=False, free_hours=2,
        fee=Fraction(1, 4), no_show=HALF, minutes=(600, 840), each=False,
    ),
    w.TEA_TIN: Sold(
        TEA, "prepaid", flat(8_800), {w.TEA_TINS: no_minute}, fee_taxed=False, fee=HALF,
        a_piece=2, cost=2_500,
    ),
    w.SUNSET_CRUISE: Sold(
        BOAT, "prepaid", flat(19_999), {w.DECK_SEATS: itself}, fee=HALF, minutes=(1080,)
    ),
    w.LISBON_ROOM: Sold(
        CASA, "card", flat(12_345), {w.LISBON_ROOMS: no_minute}, tax_on_top=True, fee=HALF,
        no_show=HALF, nights=True,
    ),
}  # fmt: skip

CAPACITY = {
    w.ROOMS: 5, w.TABLES_FOR_FOUR: 2, w.DAY_QUOTA: 100, w.WINDOW_QUOTA: 10, w.BOAT_SEATS: 8,
    w.DUCKS: 50, w.TEA_ROOMS: 3, w.TEA_TINS: 20, w.DECK_SEATS: 12, w.LISBON_ROOMS: 4,
}  # fmt: skip
ROOMS = {w.ROOMS, w.LISBON_ROOMS}
GOODS = {w.DUCKS: (SHOP, 50 * 3_000), w.TEA_TINS: (TEA, 20 * 2_500 // 2)}


def half_even(amount: Fraction) -> int:
    """Python's own rounding of fractions is to the even one."""
    return round(amount)


@dataclass
class Line:
    offer: int
    first_day: date
    quantity: int
    nights: int
    minute: int
    state: str = "held"
    id: int = 0
    deadline: datetime | None = None
    confirmed: bool = False
    fee: int = 0
    desk: str = ""  # how what it owes was settled
    lost: set[Slot] = field(default_factory=set)  # slots that were not given back

    @property
    def sold(self) -> Sold:
        return SOLD[self.offer]

    @property
    def days(self) -> list[date]:
        count = self.nights if self.sold.nights else 1
        return [self.first_day + timedelta(days=n) for n in range(count)]

    def charge(self, day: date) -> tuple[int, int]:
        """What one unit costs on a day, and the tax in it."""
        price, tax = self.sold.price(day), self.sold.tax
        if self.sold.tax_on_top:
            on_top = half_even(price * tax)
            return price + on_top, on_top
        return price, half_even(price * tax / (1 + tax))

    @property
    def amount(self) -> int:
        return sum(self.charge(day)[0] * self.quantity for day in self.days)

    @property
    def tax(self) -> int:
        return sum(self.charge(day)[1] * self.quantity for day in self.days)

    @property
    def begins(self) -> datetime:
        minute = 15 * 60 if self.sold.nights else self.minute
        at = datetime.combine(self.first_day, time(), self.sold.seller.zone)
        return at + timedelta(minutes=minute)

    @property
    def needs(self) -> Counter[Slot]:
        needs: Counter[Slot] = Counter()
        for resource, minutes in self.sold.uses.items():
            count = (self.quantity if self.sold.each else 1) * self.sold.a_piece
            for day in self.days:
                for minute in minutes(self.minute):
                    at = (resource, date(1970, 1, 1) if resource in GOODS else day, minute)
                    needs[at] += count
        return needs

    @property
    def deposited(self) -> bool:
        seller = self.sold.seller
        return self.sold.guarantee == "prepaid" and not (seller.agent and seller.itself)

    @property
    def owes(self) -> int:
        """What the guest still owes the store, in our books."""
        if not self.confirmed or self.state == "confirmed":
            return 0
        if self.deposited or self.sold.seller.agent or self.desk:
            return 0
        return self.amount if self.state == "fulfilled" else self.fee

    def has_begun(self, slot: Slot, now: datetime) -> bool:
        resource, day, minute = slot
        if resource in GOODS or now < self.begins:
            return False
        if resource in ROOMS:
            minute = 15 * 60
        return (
            datetime.combine(day, time(), self.sold.seller.zone) + timedelta(minutes=minute) <= now
        )

    def holds(self, now: datetime) -> Counter[Slot]:
        """What it keeps from others."""
        if self.state in ("paying", "confirmed", "fulfilled"):
            return self.needs
        if self.state == "held":
            return self.needs if self.deadline is not None and now < self.deadline else Counter()
        return Counter({slot: n for slot, n in self.needs.items() if slot in self.lost})


@dataclass
class Payment:
    id: int
    kind: str
    amount: int
    collector: int
    currency: str
    lines: tuple[int, ...]
    status: str = "asked"
    of: int = 0
    asked_by: int = 0
    alone_at: datetime | None = None  # when it was let out without anybody else
    replaced: bool = False  # it came to nothing, and another was asked for in its place


@dataclass
class Order:
    id: int
    lines: list[Line]
    payments: list[Payment] = field(default_factory=list)
    company: bool = False  # whether a company pays for it

    @property
    def currency(self) -> str:
        return self.lines[0].sold.seller.currency

    def named(self, ids: frozenset[int] | None) -> list[Line]:
        return [line for line in self.lines if ids is None or line.id in ids]


def in_file_order(lines: Sequence[Line]) -> list[Line]:
    """Lines as the order keeps them: by store, in the order in which stores were first named.

    In this world each seller has one store.
    """
    first: dict[Seller, int] = {}
    for place, line in enumerate(lines):
        first.setdefault(line.sold.seller, place)
    return sorted(lines, key=lambda line: first[line.sold.seller])


@dataclass
class World:
    """Everything that has happened so far."""

    orders: dict[int, Order] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)  # goods that somebody has booked

    def lines(self) -> Iterator[Line]:
        return (line for order in self.orders.values() for line in order.lines)

    def taken(self, now: datetime) -> Counter[Slot]:
        taken: Counter[Slot] = Counter()
        for line in self.lines():
            taken.update(line.holds(now))
        return taken

    def money(self) -> Money:
        """Every balance, from what has become of lines and payments."""
        found: Money = Counter()
        for order in self.orders.values():
            for line in order.lines:
                _add_line(found, line)
            for payment in order.payments:
                _add_payment(found, payment)
        for resource in self.touched:
            seller, cost = GOODS[resource]
            found["CNY", seller.book, "inventory"] += cost
            found["CNY", seller.book, "goods_received"] -= cost
        return Counter({key: amount for key, amount in found.items() if amount})

    def value(self) -> Counter[tuple[str, str]]:
        """Agreed value by currency and what became of it."""
        roles = {"confirmed": "on_the_books", "fulfilled": "earned"}
        found: Counter[tuple[str, str]] = Counter()
        for line in self.lines():
            if line.confirmed:
                role = roles.get(line.state, line.state)
                found[line.sold.seller.currency, role] += line.amount
        return Counter({key: amount for key, amount in found.items() if amount})


def _add_line(money: Money, line: Line) -> None:
    seller, currency = line.sold.seller, line.sold.seller.currency

    def debit(book: int, role: str, amount: int) -> None:
        money[currency, book, role] += amount

    kept = {"confirmed": line.amount, "fulfilled": line.amount}.get(line.state, line.fee)
    if line.deposited and line.confirmed:
        home = PLATFORM if seller.agent else seller.book
        if home != seller.collector:
            debit(seller.collector, "due_to", -kept)
            debit(home, "due_from", kept)
        if line.state == "confirmed":
            debit(home, "deposits", -kept)
        elif seller.agent:
            debit(home, "store_payable", -kept)
    elif line.confirmed and line.state != "confirmed" and not seller.agent:
        desks = {
            "": "guest_receivable", "till": "till", "card": "payment_clearing",
            "company": "company_receivable",
        }  # fmt: skip
        debit(seller.book, desks[line.desk], kept)
    if line.state == "fulfilled" and not seller.agent:
        debit(seller.book, "revenue", line.tax - line.amount)
        debit(seller.book, "output_tax", -line.tax)
        debit(seller.book, "cost_of_sales", line.sold.cost * line.quantity)
        debit(seller.book, "inventory", -line.sold.cost * line.quantity)
    elif line.fee and not seller.agent:
        tax = line.sold.tax if line.sold.fee_taxed else Fraction(0)
        of_fee = half_even(line.fee * tax / (1 + tax))
        debit(seller.book, "fee_revenue", of_fee - line.fee)
        debit(seller.book, "output_tax", -of_fee)
    _add_commission(money, line)


def _add_commission(money: Money, line: Line) -> None:
    seller, currency = line.sold.seller, line.sold.seller.currency
    base = 0
    if line.state == "fulfilled" and seller.book != PLATFORM:
        base = line.amount
    elif seller.agent and line.deposited:
        base = line.fee
    commission = half_even(base * seller.commission)
    tax = half_even(commission * Fraction(6, 100))
    money[currency, PLATFORM, "commission_revenue"] -= commission
    money[currency, PLATFORM, "output_tax"] -= tax
    if seller.agent:
        owing = "store_payable" if line.deposited else "due_from_store"
        money[currency, PLATFORM, owing] += commission + tax
    else:
        money[currency, PLATFORM, "due_from"] += commission + tax
        money[currency, seller.book, "due_to"] -= commission + tax
        money[currency, seller.book, "commission_cost"] += commission
        money[currency, seller.book, "input_tax"] += tax


def _add_payment(money: Money, payment: Payment) -> None:
    clearing = (payment.currency, payment.collector, "payment_clearing")
    if payment.kind == "payment" and payment.status in ("succeeded", "returned"):
        money[clearing] += payment.amount
    if payment.kind == "refund" and not payment.replaced:
        if payment.status == "succeeded":
            money[clearing] -= payment.amount
        else:
            money[payment.currency, payment.collector, "customer_money"] -= payment.amount


def business_day(moment: datetime, zone: ZoneInfo) -> date:
    """The houses close at four in the morning."""
    return (moment.astimezone(zone) - timedelta(hours=4)).date()


def cancellation_fee(line: Line, now: datetime) -> int:
    sold = line.sold
    if sold.guarantee == "none" or line.state != "confirmed":
        return 0
    if now <= line.begins.astimezone(UTC) - timedelta(hours=sold.free_hours):
        return 0
    return int(line.amount * sold.fee)


def no_show_fee(line: Line) -> int:
    return 0 if line.sold.guarantee == "none" else int(line.amount * line.sold.no_show)


def paid_days(line: Line, fee: int) -> set[date]:
    """The days that a fee pays for in full."""
    found = set()
    for day in line.days:
        amount = line.charge(day)[0] * line.quantity
        if not 0 < amount <= fee:
            break
        found.add(day)
        fee -= amount
    return found


def by_collector(lines: Sequence[Line]) -> list[tuple[int, list[Line]]]:
    """The payments that lines need: one for each collector; free riders go with the first."""
    groups: dict[int, list[Line]] = {}
    for line in lines:
        if line.deposited:
            groups.setdefault(line.sold.seller.collector, []).append(line)
    found = list(groups.items())
    if found:
        found[0][1].extend(line for line in lines if not line.deposited)
    return found
