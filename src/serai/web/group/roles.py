"""The chart of accounts as a reader goes through it: what is had, owed, earned and spent."""

from serai.web.languages import N_

ROLE_GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "assets",
        N_("What there is and what is owed to us"),
        ("bank", "till", "payment_clearing", "guest_receivable", "company_receivable",
         "due_from_store", "due_from", "inventory", "input_tax"),
    ),
    (
        "debts",
        N_("What we owe"),
        ("customer_money", "deposits", "store_payable", "due_to", "goods_received", "output_tax"),
    ),
    ("income", N_("What was earned"), ("revenue", "fee_revenue", "commission_revenue")),
    ("costs", N_("What it cost"), ("commission_cost", "cost_of_sales", "till_difference")),
    (
        "value",
        N_("Agreed with guests"),
        ("booked", "on_the_books", "earned", "cancelled", "not_shown"),
    ),
    (
        "goods",
        N_("Capacity and stock"),
        ("source", "overbooking", "shortfall", "available", "sold", "consumed", "forfeited"),
    ),
)  # fmt: skip
"""Groups of roles, each with its name, in the order of a balance sheet."""

_PLACES = {
    role: place for place, role in enumerate(role for _, _, roles in ROLE_GROUPS for role in roles)
}


def place_of_role(role: str) -> tuple[int, str]:
    """Where a role stands in the order of the chart; one that is not known, at the end."""
    return _PLACES.get(role, len(_PLACES)), role


def group_of_role(role: str) -> str:
    """The name of the group that a role belongs to; `others` when it is in none."""
    return next((name for name, _, roles in ROLE_GROUPS if role in roles), "others")


def group_text(group: str) -> str:
    """What a group is called."""
    return next((text for name, text, _ in ROLE_GROUPS if name == group), N_("Other accounts"))
