"""What is owed and paid: the chart of accounts, postings, taxes, payments."""

from serai.capital import chart
from serai.capital.chart import DEBIT_ROLES, OPEN_ITEM_ROLES, VALUE_PREFIX
from serai.capital.moving import hand_over
from serai.capital.payments import REFUND_STATUSES, Payment, PaymentStatus
from serai.capital.postings import (
    Deal,
    DeskMethod,
    Earned,
    ask_refund,
    charge,
    deposit,
    keep_fee,
    move_value,
    pay_at_desk,
    receive,
    return_deposit,
    sell_goods,
    take_in_goods,
)
from serai.capital.providers import SANDBOX_TOKENS, Hear, Provider, Sandbox, Verdict
from serai.capital.tables import (
    NEWEST_REFUND,
    TABLES,
    count_waiting_refunds,
    find_refunds,
    payments_asked,
    payments_of,
    read_all_taxes,
    read_payment,
    read_payments,
    read_taxes,
    refunds_waiting,
)
from serai.capital.taxes import TaxRate, TaxTable, with_tax

__all__ = [
    "DEBIT_ROLES",
    "NEWEST_REFUND",
    "OPEN_ITEM_ROLES",
    "REFUND_STATUSES",
    "SANDBOX_TOKENS",
    "TABLES",
    "VALUE_PREFIX",
    "Deal",
    "DeskMethod",
    "Earned",
    "Hear",
    "Payment",
    "PaymentStatus",
    "Provider",
    "Sandbox",
    "TaxRate",
    "TaxTable",
    "Verdict",
    "ask_refund",
    "charge",
    "chart",
    "count_waiting_refunds",
    "deposit",
    "find_refunds",
    "hand_over",
    "keep_fee",
    "move_value",
    "pay_at_desk",
    "payments_asked",
    "payments_of",
    "read_all_taxes",
    "read_payment",
    "read_payments",
    "read_taxes",
    "receive",
    "refunds_waiting",
    "return_deposit",
    "sell_goods",
    "take_in_goods",
    "with_tax",
]
