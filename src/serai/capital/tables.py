"""Capital's SQL."""

from collections.abc import Sequence

from serai.capital.payments import Payment
from serai.capital.taxes import TaxRate, TaxTable
from serai.core import Database
from serai.ledger import Table

TABLES = (Table("tax_rates", TaxRate), Table("payments", Payment))

_PAYMENT = f"SELECT {', '.join(Payment.__struct_fields__)} FROM payments "  # noqa: S608 - own names
PAYMENT_BY_ID = _PAYMENT + "WHERE id = %(payment)s"
PAYMENTS_OF_ORDER = _PAYMENT + "WHERE order_id = %(order)s ORDER BY id"
PAYMENTS_BY_ID = _PAYMENT + "WHERE id = ANY(%(payments)s) ORDER BY id"
PAYMENTS_ASKED = "SELECT id FROM payments WHERE status = 'asked' ORDER BY id"
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


async def read_taxes(database: Database, entity_ids: Sequence[int]) -> TaxTable:
    """The tax rates of the entities."""
    return TaxTable(await database.all(TaxRate, TAX_RATES, entities=list(entity_ids)))


async def read_all_taxes(database: Database) -> TaxTable:
    """The tax rates of every entity."""
    return TaxTable(await database.all(TaxRate, ALL_TAX_RATES))
