"""Postings add up to the cent, whoever sells and whoever collects."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from serai.capital import (
    Deal,
    DeskMethod,
    Earned,
    charge,
    deposit,
    keep_fee,
    pay_at_desk,
    receive,
    return_deposit,
    sell_goods,
    take_in_goods,
)
from serai.ledger import NOTHING, Opening, Transfer

SELLER, PLATFORM, STORE, COMPANY = 11, 10, 50, 201
DAY = date(2026, 6, 20)

amounts = st.integers(0, 10**9)
rates = st.integers(0, 10_000)


@st.composite
def deals(draw: st.DrawFn) -> Deal:
    seller = draw(st.sampled_from((SELLER, PLATFORM)))
    return Deal(
        store=STORE,
        seller=seller,
        platform=PLATFORM,
        collector=draw(st.sampled_from((seller, PLATFORM))),
        currency="CNY",
        kind=draw(st.sampled_from(("principal", "agent"))),
        commission_bp=draw(rates),
        commission_tax_bp=draw(rates),
        payer=COMPANY,
    )


@st.composite
def nights(draw: st.DrawFn) -> tuple[Earned, ...]:
    found = []
    for night in range(draw(st.integers(1, 9))):
        amount = draw(amounts)
        found.append(Earned(DAY + timedelta(days=night), amount, draw(st.integers(0, amount))))
    return tuple(found)


def sums(chain: Sequence[Transfer]) -> Counter[tuple[int, str]]:
    """Debits less credits by book and role; nothing of amount 0 is posted, nor across books."""
    found: Counter[tuple[int, str]] = Counter()
    for transfer in chain:
        assert transfer.amount > 0
        assert transfer.debit.book == transfer.credit.book
        assert transfer.debit.unit == transfer.credit.unit
        found[transfer.debit.book, transfer.debit.role] += transfer.amount
        found[transfer.credit.book, transfer.credit.role] -= transfer.amount
    return Counter({key: amount for key, amount in found.items() if amount})


def mirrored(found: Counter[tuple[int, str]]) -> bool:
    """What one of the two entities owes, the other claims."""
    return (
        found[PLATFORM, "due_to"] == -found[SELLER, "due_from"]
        and found[SELLER, "due_to"] == -found[PLATFORM, "due_from"]
    )


@given(deals(), amounts)
def test_a_deposit_that_goes_back_leaves_nothing(deal: Deal, amount: int) -> None:
    there = sums(deposit(deal, amount, NOTHING))
    assert there[deal.book, "deposits"] == -amount
    assert mirrored(there)
    back = sums(
        (*deposit(deal, amount, NOTHING), *return_deposit(deal, amount, NOTHING, "cancel", DAY))
    )
    assert back == Counter()


@given(deals(), nights(), st.booleans())
def test_what_is_earned_is_revenue_and_tax_or_the_sellers(
    deal: Deal, earned: tuple[Earned, ...], prepaid: bool
) -> None:
    amount, tax = sum(one.amount for one in earned), sum(one.tax for one in earned)
    found = sums(charge(deal, earned, NOTHING, prepaid=prepaid))
    assert mirrored(found)
    assert found[deal.seller, "earned"] == -amount
    if deal.kind == "principal":
        own_tax = sums(charge(_free(deal), earned, NOTHING, prepaid=prepaid))
        assert own_tax[deal.seller, "revenue"] == tax - amount
        assert own_tax[deal.seller, "output_tax"] == -tax
        settled = ("deposits", amount) if prepaid else ("guest_receivable", amount)
        assert own_tax[deal.seller, settled[0]] == settled[1]
    elif prepaid:
        kept = found[PLATFORM, "commission_revenue"] + found[PLATFORM, "output_tax"]
        assert found[PLATFORM, "deposits"] == amount
        assert found[PLATFORM, "store_payable"] == -amount - kept


@given(deals(), nights())
def test_commission_is_that_of_the_whole_and_falls_on_each_night(
    deal: Deal, earned: tuple[Earned, ...]
) -> None:
    made = [
        one for one in charge(deal, earned, NOTHING, prepaid=True) if one.reason == "commission"
    ]
    fees = [one for one in made if one.credit.role == "commission_revenue"]
    if deal.kind == "principal" and deal.seller == deal.platform:
        assert made == []
        return
    whole = round_half_even(sum(one.amount for one in earned) * deal.commission_bp)
    assert sum(one.amount for one in fees) == whole
    tax = sum(one.amount for one in made if one.credit.role == "output_tax")
    assert tax == round_half_even(whole * deal.commission_tax_bp)
    by_night = {one.service_date: one.amount for one in earned}
    for fee in fees:
        assert fee.business_date is not None
        exact = by_night[fee.business_date] * deal.commission_bp
        assert abs(fee.amount * 10_000 - exact) < 2 * 10_000  # the rounding of night and whole


def test_a_cent_that_is_left_over_goes_to_the_largest_remainder() -> None:
    deal = Deal(
        store=STORE, seller=SELLER, platform=PLATFORM, collector=PLATFORM, currency="CNY",
        kind="principal", commission_bp=1_000, commission_tax_bp=600, payer=0,
    )  # fmt: skip
    earned = [
        Earned(DAY + timedelta(days=n), amount, 0) for n, amount in enumerate((333, 334, 333))
    ]
    made = charge(deal, earned, NOTHING, prepaid=True)
    fees = [one.amount for one in made if one.credit.role == "commission_revenue"]
    taxes = [
        one.amount for one in made if one.reason == "commission" and one.credit.role == "output_tax"
    ]
    assert fees == [33, 34, 33]
    assert taxes == [2, 2, 2]


@given(deals(), amounts, rates, st.booleans())
def test_what_is_kept_and_what_goes_back_are_the_deposit(
    deal: Deal, amount: int, fee_bp: int, taxed: bool
) -> None:
    fee = amount * fee_bp // 10_000
    kept = keep_fee(deal, fee, 600 if taxed else 0, NOTHING, "cancel", prepaid=True)
    back = return_deposit(deal, amount - fee, NOTHING)
    found = sums((*deposit(deal, amount, NOTHING), *kept, *back))
    assert mirrored(found)
    assert found[deal.book, "deposits"] == 0
    assert found[deal.collector, "customer_money"] == fee
    commission = found[PLATFORM, "commission_revenue"]
    if deal.kind == "principal":
        assert found[deal.seller, "fee_revenue"] + found[deal.seller, "output_tax"] == -fee
        assert commission == 0
    else:
        assert commission == -round_half_even(fee * deal.commission_bp)


@given(deals(), amounts)
def test_only_a_principals_desk_and_goods_are_in_our_books(deal: Deal, amount: int) -> None:
    desks: tuple[tuple[DeskMethod, str], ...] = (
        ("till", "till"), ("card", "payment_clearing"), ("company", "company_receivable"),
    )  # fmt: skip
    for method, role in desks:
        paid = sums(pay_at_desk(deal, amount, method, NOTHING))
        assert paid[deal.seller, role] == (amount if deal.kind == "principal" else 0)
    goods = take_in_goods(deal, 65, amount)
    assert all(isinstance(one, Opening) for one in goods)
    assert len(goods) == (1 if deal.kind == "principal" and amount else 0)
    sold = sums(sell_goods(deal, amount, NOTHING))
    assert sold[deal.seller, "inventory"] == (-amount if deal.kind == "principal" else 0)


def test_nothing_is_posted_for_nothing() -> None:
    assert receive(PLATFORM, "CNY", 0, NOTHING) == ()


def round_half_even(numerator: int) -> int:
    """A ten-thousandth of a whole number."""
    whole, rest = divmod(numerator, 10_000)
    if rest * 2 > 10_000 or (rest * 2 == 10_000 and whole % 2):
        return whole + 1
    return whole


def _free(deal: Deal) -> Deal:
    """The same without commission, so that its tax is not mixed with that of the sale."""
    return Deal(
        store=deal.store, seller=deal.seller, platform=deal.platform, collector=deal.collector,
        currency=deal.currency, kind=deal.kind, commission_bp=0, commission_tax_bp=0,
        payer=deal.payer,
    )  # fmt: skip
