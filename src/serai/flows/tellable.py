"""What the audit trail may tell of records: the list of their columns. No name of a person, no
contact and no secret is on it; what is not on it is not told.
"""

from collections.abc import Mapping

from msgspec import Struct


class Tellable(Struct, frozen=True):
    """Which columns of a table may be told, and whose its rows are: the thing and the column that
    holds its id. `node` is the field that says on which node of the organisation a row gives
    somebody something."""

    thing: str
    columns: tuple[str, ...] = ()
    of: str = "id"
    node: str = ""


_NODE = ("code", "name_en", "name_zh")
_LINE = ("store_id", "offer_id", "quantity", "amount_minor", "state", "fee_minor")
_OFFER = ("store_id", "product_id", "plan_id", "currency", "prices", "since", "until")
_TERMS = ("channel", "kind", "commission_bp", "commission_tax_bp", "collects", "since", "until")
_TAX = ("tax_class", "rate_bp", "inclusive", "fees_taxed", "since", "until")

TELLABLE: Mapping[str, Tellable] = {
    "orders": Tellable("order", ("channel", "currency", "amount_minor", "held_until")),
    "lines": Tellable("order", _LINE, "order_id"),
    "payments": Tellable(
        "order", ("kind", "provider", "currency", "amount_minor", "collector_id", "status",
                  "refund_of", "again_of"), "order_id",
    ),
    "bookings": Tellable("order", ("store_id", "entity_id", "segment", "amount_minor"), "order_id"),
    "carried_bookings": Tellable("store", ("booking_id", "from_id", "to_id"), "store_id"),
    "charges": Tellable("order", (), "order_id"),
    "customers": Tellable("customer", ("kind", "country")),
    "personal_details": Tellable("customer"),
    "introductions": Tellable("customer", ("level", "node_id", "why"), "customer_id"),
    "recognitions": Tellable("customer", (), "customer_id"),
    "people": Tellable("person", ("language", "active")),
    "person_emails": Tellable("person"),
    "directory_people": Tellable("person", ("level", "node_id", "gone_at")),
    "directory_groups": Tellable("directory_group", ("level", "node_id", "gone_at")),
    "directory_bindings": Tellable(
        "directory_group", ("role", "level", "node_id", "bound_by", "ended_at"), "group_id",
        node="node_id",
    ),
    "directory_members": Tellable("directory_group", ("person_id", "ended_at"), "group_id"),
    "directory_grants": Tellable(
        "person", ("binding_id", "grant_id", "approval_id", "ended_at"), "person_id"
    ),
    "credentials": Tellable("person"),
    "one_time_codes": Tellable("person"),
    "grants": Tellable(
        "person", ("role", "level", "node_id", "granted_at", "ended_at"), "holder_id",
        node="node_id",
    ),
    "approvals": Tellable(
        "approval", ("asked", "state", "asked_by", "decided_by"), node="asked.node_id"
    ),
    "sessions": Tellable("person", ("passed", "method", "ended_at", "ended_why"), "person_id"),
    "sign_ins": Tellable("person", (), "person_id"),
    "programs": Tellable(
        "program", ("name", "scopes", "level", "node_id", "requests_a_minute", "ended_at"),
        node="node_id",
    ),
    "program_keys": Tellable("program", ("expires_at", "ended_at"), "program_id"),
    "kept_shares": Tellable("share"),
    "sheet_imports": Tellable("sheet_import", ("digest", "nodes", "done", "ended_at")),
    "groups": Tellable("group", (*_NODE, "platform_entity_id")),
    "brands": Tellable("brand", (*_NODE, "segment")),
    "entities": Tellable(
        "entity", (*_NODE, "currency", "country", "refunds_alone_minor", "refunds_day_minor")
    ),
    "operators": Tellable("operator", (*_NODE, "own")),
    "cities": Tellable("city", (*_NODE, "country", "timezone")),
    "stores": Tellable("store", (*_NODE, "segment", "timezone", "closing_minute")),
    "store_parents": Tellable("store", ("axis", "parent_id", "since", "until"), "store_id"),
    "planned_moves": Tellable(
        "store", ("from_id", "to_id", "since", "state", "begun_at", "refusal"), "store_id"
    ),
    "terms": Tellable("store", _TERMS, "store_id"),
    "products": Tellable(
        "product", ("store_id", *_NODE, "segment", "tax_class", "most", "cost_minor")
    ),
    "rate_plans": Tellable(
        "rate_plan", ("store_id", *_NODE, "guarantee", "cancellation", "meals")
    ),
    "offers": Tellable("offer", _OFFER),
    "resources": Tellable("resource", ("store_id", *_NODE, "kind", "calendar")),
    "tax_rates": Tellable("entity", _TAX, "entity_id"),
    "feed_runs": Tellable("feed_run", ("feed", "read", "accepted", "rejected", "already_known")),
    "quarantine": Tellable("quarantined", ("feed", "line_number", "reasons", "status")),
    "external_references": Tellable("reference", ("system", "kind", "internal_id")),
}  # fmt: skip
"""By table. The first of a step's tables in this order says what the step was done to."""
