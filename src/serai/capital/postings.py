"""What each step of a booking posts in money and agreed value (design section 5).

P runs the platform, C collects (P or the store's own entity), S sells. A principal sells in its
own name, in the book of the store's entity. For an agent P holds the takings in its own book; what
an agent collects itself is its own affair and in nobody's book here but for P's commission. Every
function answers with transfers and writes nothing. Amounts of 0 post nothing. `on` is the business
date where a transfer has another one than its step.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from msgspec import Struct

from serai.capital import chart
from serai.core import share, split, tax_within
from serai.ledger import Account, Belonging, Opening, Transfer

DeskMethod = Literal["till", "card", "company"]


class Deal(Struct, frozen=True, kw_only=True):
    """Who is who in a booking, as its frozen terms say.

    `seller` is the store's entity, `platform` the one that earns the commission, `collector` the
    one of the two that takes customers' payments; `commission_tax_bp` the tax rate on the
    commission; `payer` who is invoiced; `placement` the parents that the store had.
    """

    store: int
    seller: int
    platform: int
    collector: int
    currency: str
    kind: Literal["principal", "agent"]
    commission_bp: int
    commission_tax_bp: int
    payer: int
    placement: int = 0

    @property
    def book(self) -> int:
        """The book in which deposits for this booking stand."""
        return self.platform if self.kind == "agent" else self.seller

    @property
    def takes_deposits(self) -> bool:
        """Whether what is paid in advance comes into our books."""
        return self.kind == "principal" or self.collector == self.platform


class Earned(Struct, frozen=True):
    """What is charged for one service date: `amount` with `tax` in it."""

    service_date: date
    amount: int
    tax: int


def receive(collector: int, currency: str, amount: int, of: Belonging) -> tuple[Transfer, ...]:
    """A provider says that a payment was made."""
    return _post(
        chart.payment_clearing(collector, currency),
        chart.customer_money(collector, currency),
        amount,
        "payment",
        of,
    )


def ask_refund(collector: int, currency: str, amount: int, of: Belonging) -> tuple[Transfer, ...]:
    """Customer money to be paid back: pending until the provider answers."""
    if not amount:
        return ()
    return (
        Transfer(
            debit=chart.customer_money(collector, currency),
            credit=chart.payment_clearing(collector, currency),
            amount=amount,
            reason="refund",
            pending=True,
            of=of,
        ),
    )


def deposit(deal: Deal, amount: int, of: Belonging, on: date | None = None) -> tuple[Transfer, ...]:
    """Customer money becomes the deposit of a confirmed booking."""
    return _across(
        deal,
        chart.customer_money(deal.collector, deal.currency),
        chart.deposits(deal.book, deal.currency, deal.store),
        amount,
        "confirm",
        of,
        on,
    )


def return_deposit(
    deal: Deal, amount: int, of: Belonging, reason: str = "cancel", on: date | None = None
) -> tuple[Transfer, ...]:
    """A deposit becomes customer money again."""
    return _across_back(
        deal,
        chart.deposits(deal.book, deal.currency, deal.store),
        chart.customer_money(deal.collector, deal.currency),
        amount,
        reason,
        of,
        on,
    )


def move_value(
    deal: Deal, amount: int, origin: str, goal: str, reason: str, of: Belonging,
    on: date | None = None,
) -> tuple[Transfer, ...]:  # fmt: skip
    """Agreed value moves on: `booked` to `on_the_books`, then `earned` or otherwise ended."""
    return _post(
        chart.value(deal.seller, deal.currency, deal.store, origin),
        chart.value(deal.seller, deal.currency, deal.store, goal),
        amount,
        reason,
        of,
        on,
    )


def charge(
    deal: Deal, earned: Sequence[Earned], of: Belonging, *, prepaid: bool
) -> tuple[Transfer, ...]:
    """Service was rendered: revenue and tax, or for an agent the seller's claim; commission.

    `prepaid` says that a deposit stands in our books for it.
    """
    made: list[Transfer] = []
    fees, taxes = _commissions(deal, [part.amount for part in earned])
    for part, fee, tax in zip(earned, fees, taxes, strict=True):
        on = part.service_date
        made += move_value(deal, part.amount, "on_the_books", "earned", "charge", of, on)
        if deal.kind == "principal":
            made += _charge_principal(deal, part, of, prepaid=prepaid)
        elif prepaid:
            made += _charge_agent(deal, part, of)
        made += _commission(deal, fee, tax, of, on, held=prepaid)
    return tuple(made)


def _charge_principal(
    deal: Deal, part: Earned, of: Belonging, *, prepaid: bool
) -> tuple[Transfer, ...]:
    receivable = chart.guest_receivable(deal.seller, deal.currency, deal.store)
    on = part.service_date
    net = part.amount - part.tax
    made = _post(
        receivable, chart.revenue(deal.seller, deal.currency, deal.store), net, "charge", of, on
    ) + _post(receivable, chart.output_tax(deal.seller, deal.currency), part.tax, "charge", of, on)
    if prepaid:
        held = chart.deposits(deal.book, deal.currency, deal.store)
        made += _post(held, receivable, part.amount, "charge", of, on)
    return made


def _charge_agent(deal: Deal, part: Earned, of: Belonging) -> tuple[Transfer, ...]:
    return _post(
        chart.deposits(deal.book, deal.currency, deal.store),
        chart.store_payable(deal.platform, deal.currency, deal.store),
        part.amount,
        "charge",
        of,
        part.service_date,
    )


def _commissions(deal: Deal, amounts: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Commission and the tax on top of it for the sum of `amounts`, split over them."""
    fee = share(sum(amounts), deal.commission_bp)
    fees = split(fee, amounts)
    return fees, split(share(fee, deal.commission_tax_bp), fees)


def _commission(
    deal: Deal, fee: int, tax: int, of: Belonging, on: date | None, *, held: bool
) -> tuple[Transfer, ...]:
    """What the platform earns on a sale, whoever collects for it.

    An agent's comes out of what the platform holds for it (`held`), or stands as owed by the
    store that collected for itself. A principal owes it between entities; an entity owes itself
    nothing.
    """
    p, s, currency, store = deal.platform, deal.seller, deal.currency, deal.store
    if deal.kind == "agent":
        debtor = chart.store_payable if held else chart.due_from_store
        payer = debtor(p, currency, store)
        return _post(
            payer, chart.commission_revenue(p, currency, store), fee, "commission", of, on
        ) + _post(payer, chart.output_tax(p, currency), tax, "commission", of, on)
    if p == s:
        return ()
    owed, claim = chart.due_to(s, currency, p), chart.due_from(p, currency, s)
    return (
        _post(chart.commission_cost(s, currency, store), owed, fee, "commission", of, on)
        + _post(chart.input_tax(s, currency), owed, tax, "commission", of, on)
        + _post(claim, chart.commission_revenue(p, currency, store), fee, "commission", of, on)
        + _post(claim, chart.output_tax(p, currency), tax, "commission", of, on)
    )


def pay_at_desk(
    deal: Deal, amount: int, method: DeskMethod, of: Belonging, on: date | None = None
) -> tuple[Transfer, ...]:
    """A guest settles what they owe the store; an agent's takings are its own affair."""
    if deal.kind == "agent":
        return ()
    s, currency = deal.seller, deal.currency
    match method:
        case "till":
            received = chart.till(s, currency, deal.store)
        case "card":
            received = chart.payment_clearing(s, currency)
        case "company":
            received = chart.company_receivable(s, currency, deal.payer)
    receivable = chart.guest_receivable(s, currency, deal.store)
    return _post(received, receivable, amount, "desk", of, on)


def keep_fee(
    deal: Deal, fee: int, tax_bp: int, of: Belonging, reason: str, *, prepaid: bool,
    on: date | None = None,
) -> tuple[Transfer, ...]:  # fmt: skip
    """A fee is kept from the deposit, or owed by the guest; `tax_bp` is 0 where it is not taxed.

    What is kept of an agent's deposit is the store's, less the commission on it, as with all that
    reaches an agent through the platform; other fees are between the agent and its guest. A
    principal pays no commission on fees: nothing was sold.
    """
    s, currency, store = deal.seller, deal.currency, deal.store
    if deal.kind == "agent":
        if not prepaid:
            return ()
        held = chart.deposits(deal.book, currency, store)
        owed = chart.store_payable(deal.platform, currency, store)
        (earned,), (tax,) = _commissions(deal, [fee])
        return _post(held, owed, fee, reason, of, on) + _commission(
            deal, earned, tax, of, on, held=True
        )
    source = (
        chart.deposits(deal.book, currency, store)
        if prepaid
        else chart.guest_receivable(s, currency, store)
    )
    tax = tax_within(fee, tax_bp)
    return _post(source, chart.fee_revenue(s, currency, store), fee - tax, reason, of, on) + _post(
        source, chart.output_tax(s, currency), tax, reason, of, on
    )


def take_in_goods(deal: Deal, resource: int, cost: int) -> tuple[Opening, ...]:
    """Goods that are first touched come into the inventory at what all of them have cost.

    They belong to the store and to no order. An agent's goods are its own.
    """
    if deal.kind == "agent" or not cost:
        return ()
    return (
        Opening(
            account=chart.goods_received(deal.seller, deal.currency, resource),
            source=chart.inventory(deal.seller, deal.currency, deal.store),
            amount=cost,
            of=Belonging(store=deal.store, placement=deal.placement),
        ),
    )


def sell_goods(
    deal: Deal, cost: int, of: Belonging, on: date | None = None
) -> tuple[Transfer, ...]:
    """Goods that were handed over leave the inventory at what they had cost."""
    if deal.kind == "agent":
        return ()
    return _post(
        chart.cost_of_sales(deal.seller, deal.currency, deal.store),
        chart.inventory(deal.seller, deal.currency, deal.store),
        cost,
        "charge",
        of,
        on,
    )


def _across(
    deal: Deal, debit: Account, credit: Account, amount: int, reason: str, of: Belonging,
    on: date | None,
) -> tuple[Transfer, ...]:  # fmt: skip
    """From the collector's book to the booking's, through what the two entities owe each other."""
    a, b = debit.book, credit.book
    if a == b:
        return _post(debit, credit, amount, reason, of, on)
    return _post(debit, chart.due_to(a, deal.currency, b), amount, reason, of, on) + _post(
        chart.due_from(b, deal.currency, a), credit, amount, reason, of, on
    )


def _across_back(
    deal: Deal, debit: Account, credit: Account, amount: int, reason: str, of: Belonging,
    on: date | None,
) -> tuple[Transfer, ...]:  # fmt: skip
    """The way back of `_across`: what was owed is owed no more."""
    b, a = debit.book, credit.book
    if a == b:
        return _post(debit, credit, amount, reason, of, on)
    return _post(debit, chart.due_from(b, deal.currency, a), amount, reason, of, on) + _post(
        chart.due_to(a, deal.currency, b), credit, amount, reason, of, on
    )


def _post(
    debit: Account, credit: Account, amount: int, reason: str, of: Belonging,
    on: date | None = None,
) -> tuple[Transfer, ...]:  # fmt: skip
    if not amount:
        return ()
    return (
        Transfer(debit=debit, credit=credit, amount=amount, reason=reason, of=of, business_date=on),
    )
