"""Capital's SQL."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from serai.capital.payments import REFUND_STATUSES, Payment, PaymentStatus
from serai.capital.taxes import TaxRate, TaxTable
from serai.core import Database
from serai.ledger import Table

NEWEST_REFUND = 2**63 - 1
"""No refund has an id as high."""

TABLES = (Table("tax_rates", TaxRate), Table("payments", Payment))

_PAYMENT = f"SELECT {', '.join(Payment.__struct_fields__)} FROM payments "  # noqa: S608 - own names
PAYMENT_BY_ID = _PAYMENT + "WHERE id = %(payment)s"
PAYMENTS_OF_ORDER = _PAYMENT + "WHERE order_id = %(order)s ORDER BY id"
PAYMENTS_BY_ID = _PAYMENT + "WHERE id = ANY(%(payments)s) ORDER BY id"
PAYMENTS_ASKED = "SELECT id FROM payments WHERE status = 'asked' ORDER BY id"
REFUNDS = (
    _PAYMENT
    + """
WHERE kind = 'refund' AND id < %(before)s AND status = ANY(%(statuses)s::text[])
ORDER BY id DESC LIMIT %(limit)s
"""
)
REFUNDS_AGAIN = """
SELECT id, again_of FROM payments WHERE again_of <> 0 AND again_of = ANY(%(refunds)s::bigint[])
"""
REFUNDS_WAITING = _PAYMENT + "WHERE status = 'waiting' ORDER BY id LIMIT %(limit)s"
COUNT_WAITING = "SELECT count(*) FROM payments WHERE status = 'waiting'"
# Of each hand that may have been behind them: two who count as one do not share all that they do.
LET_OUT = """
SELECT coalesce(max(sums.amount), 0)::bigint FROM (
    SELECT sum(p.amount_minor) AS amount FROM payments AS p
    CROSS JOIN LATERAL jsonb_array_elements_text(p.let_out_by) AS own (hand)
    WHERE p.let_out_by <> '[]' AND p.collector_id = %(collector)s AND p.asked_at > %(since)s
        AND p.status IN ('asked', 'succeeded') AND own.hand::bigint = ANY(%(hands)s::bigint[])
    GROUP BY own.hand) AS sums
"""
ALL_TAX_RATES = """
SELECT id, entity_id, tax_class, rate_bp, inclusive, fees_taxed, since, until FROM tax_rates
"""
TAX_RATES = ALL_TAX_RATES + "WHERE entity_id = ANY(%(entities)s)"


async def read_payment(database: Database, payment_id: int) -> Payment | None:
    """A payment or refund, or None when there is no such."""
    return await database.one(Payment, PAYMENT_BY_ID, payment=payment_id)


async def read_payments(database: Database, payment_ids: Sequence[int]) -> list[Payment]:
    """The payments and refunds with these ids."""
    if not payment_ids:
        return []
    return await database.all(Payment, PAYMENTS_BY_ID, payments=list(payment_ids))


async def payments_of(database: Database, order_id: int) -> list[Payment]:
    """The payments and refunds of an order, oldest first."""
    return await database.all(Payment, PAYMENTS_OF_ORDER, order=order_id)


async def payments_asked(database: Database) -> list[int]:
    """The ids of all payments and refunds that their provider has not answered yet."""
    return await database.column(PAYMENTS_ASKED)


async def find_refunds(
    database: Database,
    statuses: Sequence[PaymentStatus] = REFUND_STATUSES,
    *,
    before: int = NEWEST_REFUND,
    limit: int = 100,
) -> list[Payment]:
    """Refunds of these statuses, the newest first, from the one before `before` on."""
    return await database.all(Payment, REFUNDS, statuses=list(statuses), before=before, limit=limit)


async def refunds_waiting(database: Database, limit: int = 100) -> list[Payment]:
    """Refunds that wait for a second person, the oldest first."""
    return await database.all(Payment, REFUNDS_WAITING, limit=limit)


class _Again(Struct, frozen=True):
    id: int
    again_of: int


async def refunds_again(database: Database, refund_ids: Sequence[int]) -> dict[int, int]:
    """The refunds in the place of these, by the one that came to nothing."""
    if not refund_ids:
        return {}
    found = await database.all(_Again, REFUNDS_AGAIN, refunds=list(refund_ids))
    return {one.again_of: one.id for one in found}


async def count_waiting_refunds(database: Database) -> int:
    """How many refunds wait for a second person."""
    return int(await database.value(COUNT_WAITING))


async def let_out_alone(
    database: Database, collector_id: int, hands: Iterable[int], since: datetime
) -> int:
    """The most that one of these hands has let out of a company since then without anybody else,
    in minor units."""
    most = await database.value(LET_OUT, collector=collector_id, hands=sorted(hands), since=since)
    return int(most)


async def read_taxes(database: Database, entity_ids: Sequence[int]) -> TaxTable:
    """The tax rates of the entities."""
    return TaxTable(await database.all(TaxRate, TAX_RATES, entities=list(entity_ids)))


async def read_all_taxes(database: Database) -> TaxTable:
    """The tax rates of every entity."""
    return TaxTable(await database.all(TaxRate, ALL_TAX_RATES))
