"""The organisation, what it sells, and what was sold: the rows of the five modules.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"

CLOUD = """
CREATE TABLE groups (
    id bigint PRIMARY KEY, code text NOT NULL UNIQUE, name_en text NOT NULL,
    name_zh text NOT NULL, platform_entity_id bigint NOT NULL
);
CREATE TABLE brands (
    id bigint PRIMARY KEY, code text NOT NULL UNIQUE, name_en text NOT NULL,
    name_zh text NOT NULL, segment text NOT NULL
);
CREATE TABLE entities (
    id bigint PRIMARY KEY, code text NOT NULL UNIQUE, name_en text NOT NULL,
    name_zh text NOT NULL, currency text NOT NULL, country text NOT NULL
);
CREATE TABLE operators (
    id bigint PRIMARY KEY, code text NOT NULL UNIQUE, name_en text NOT NULL,
    name_zh text NOT NULL, own boolean NOT NULL
);
CREATE TABLE cities (
    id bigint PRIMARY KEY, code text NOT NULL UNIQUE, name_en text NOT NULL,
    name_zh text NOT NULL, country text NOT NULL, latitude double precision NOT NULL,
    longitude double precision NOT NULL, timezone text NOT NULL, population bigint NOT NULL
);
CREATE TABLE stores (
    id bigint PRIMARY KEY, code text NOT NULL UNIQUE, name_en text NOT NULL,
    name_zh text NOT NULL, segment text NOT NULL, latitude double precision NOT NULL,
    longitude double precision NOT NULL, timezone text NOT NULL, closing_minute integer NOT NULL
);
CREATE TABLE store_parents (
    id bigint PRIMARY KEY, store_id bigint NOT NULL,
    axis text NOT NULL CHECK (axis IN ('brand', 'entity', 'operator', 'city')),
    parent_id bigint NOT NULL, since date NOT NULL, until date CHECK (until > since),
    UNIQUE (store_id, axis, since)
);
CREATE INDEX store_parents_parent ON store_parents (parent_id);
"""

MERCHANTS = """
CREATE TABLE products (
    id bigint PRIMARY KEY, store_id bigint NOT NULL, code text NOT NULL, name_en text NOT NULL,
    name_zh text NOT NULL, segment text NOT NULL, tax_class text NOT NULL, uses jsonb NOT NULL,
    most integer NOT NULL CHECK (most > 0), starts jsonb NOT NULL,
    cost_minor bigint NOT NULL CHECK (cost_minor >= 0), version integer NOT NULL,
    UNIQUE (store_id, code)
);
CREATE TABLE rate_plans (
    id bigint PRIMARY KEY, store_id bigint NOT NULL, code text NOT NULL, name_en text NOT NULL,
    name_zh text NOT NULL,
    guarantee text NOT NULL
        CHECK (guarantee IN ('none', 'card', 'prepaid', 'company')),
    cancellation jsonb NOT NULL, meals text NOT NULL, version integer NOT NULL,
    UNIQUE (store_id, code)
);
CREATE TABLE offers (
    id bigint PRIMARY KEY, store_id bigint NOT NULL, product_id bigint NOT NULL,
    plan_id bigint NOT NULL, currency text NOT NULL, prices jsonb NOT NULL,
    since date NOT NULL, until date NOT NULL, version integer NOT NULL,
    UNIQUE (product_id, plan_id)
);
CREATE INDEX offers_store ON offers (store_id);
CREATE TABLE terms (
    id bigint PRIMARY KEY, store_id bigint NOT NULL, channel text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('principal', 'agent')),
    commission_bp integer NOT NULL CHECK (commission_bp BETWEEN 0 AND 10000),
    commission_tax_bp integer NOT NULL CHECK (commission_tax_bp BETWEEN 0 AND 10000),
    collects text NOT NULL CHECK (collects IN ('platform', 'store')),
    since date NOT NULL, until date CHECK (until > since),
    UNIQUE (store_id, channel, since)
);
CREATE TABLE orders (
    id bigint PRIMARY KEY, number text NOT NULL UNIQUE, customer_id bigint NOT NULL,
    channel text NOT NULL, agent_id bigint NOT NULL, currency text NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0), placed_at timestamptz NOT NULL,
    held_until timestamptz, version integer NOT NULL
);
CREATE INDEX orders_placed ON orders (placed_at, id);
CREATE INDEX orders_customer ON orders (customer_id, id);
CREATE TABLE bookings (
    id bigint PRIMARY KEY, order_id bigint NOT NULL, number text NOT NULL UNIQUE,
    store_id bigint NOT NULL, brand_id bigint NOT NULL, entity_id bigint NOT NULL,
    operator_id bigint NOT NULL, city_id bigint NOT NULL, segment text NOT NULL,
    customer_id bigint NOT NULL, payer_id bigint NOT NULL, channel text NOT NULL,
    agent_id bigint NOT NULL, currency text NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0), terms jsonb NOT NULL,
    platform_id bigint NOT NULL, collector_id bigint NOT NULL,
    first_day date NOT NULL, last_day date NOT NULL,
    adults integer NOT NULL, children integer NOT NULL, babies integer NOT NULL,
    guest_name text NOT NULL, placed_at timestamptz NOT NULL, country text NOT NULL,
    market text NOT NULL, meals text NOT NULL, CHECK (last_day >= first_day)
);
CREATE INDEX bookings_order ON bookings (order_id);
CREATE INDEX bookings_store ON bookings (store_id, placed_at);
CREATE INDEX bookings_placed ON bookings (placed_at);
CREATE INDEX bookings_store_day ON bookings (store_id, first_day);
CREATE TABLE lines (
    id bigint PRIMARY KEY, order_id bigint NOT NULL, booking_id bigint NOT NULL,
    store_id bigint NOT NULL, offer_id bigint NOT NULL, product_id bigint NOT NULL,
    plan_id bigint NOT NULL, name_en text NOT NULL, name_zh text NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0), first_day date NOT NULL,
    minute integer NOT NULL, length integer NOT NULL CHECK (length > 0),
    begins_at timestamptz NOT NULL, guarantee text NOT NULL, cancellation jsonb NOT NULL,
    needs jsonb NOT NULL, amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
    cost_minor bigint NOT NULL, fee_tax_bp integer NOT NULL,
    state text NOT NULL CHECK (state IN
        ('held', 'paying', 'confirmed', 'fulfilled', 'cancelled', 'not_shown', 'expired')),
    state_at timestamptz NOT NULL, fee_minor bigint NOT NULL, version integer NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX lines_order ON lines (order_id);
CREATE INDEX lines_store_day ON lines (store_id, first_day);
CREATE INDEX lines_long_stays ON lines (store_id, first_day) WHERE length > 14;
CREATE INDEX lines_open ON lines (state, begins_at) WHERE state IN ('held', 'paying', 'confirmed');
CREATE INDEX lines_lost ON lines (state, order_id) WHERE state IN ('not_shown', 'expired');
CREATE TABLE charges (
    id bigint PRIMARY KEY, order_id bigint NOT NULL, booking_id bigint NOT NULL,
    line_id bigint NOT NULL, store_id bigint NOT NULL, service_date date NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0), tax_class text NOT NULL,
    tax_bp integer NOT NULL, tax_minor bigint NOT NULL CHECK (tax_minor >= 0)
);
CREATE INDEX charges_order ON charges (order_id);
"""

OTHERS = """
CREATE TABLE customers (
    id bigint PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('person', 'company', 'agent')),
    code text NOT NULL UNIQUE, name text NOT NULL, country text NOT NULL
);
CREATE TABLE resources (
    id bigint PRIMARY KEY, store_id bigint NOT NULL, code text NOT NULL, name_en text NOT NULL,
    name_zh text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('room', 'table', 'seat', 'quota', 'stock')),
    calendar jsonb NOT NULL, version integer NOT NULL, UNIQUE (store_id, code)
);
CREATE TABLE tax_rates (
    id bigint PRIMARY KEY, entity_id bigint NOT NULL, tax_class text NOT NULL,
    rate_bp integer NOT NULL CHECK (rate_bp >= 0), inclusive boolean NOT NULL,
    fees_taxed boolean NOT NULL, since date NOT NULL, until date CHECK (until > since),
    UNIQUE (entity_id, tax_class, since)
);
CREATE TABLE payments (
    id bigint PRIMARY KEY, order_id bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('payment', 'refund')), provider text NOT NULL,
    token text NOT NULL, currency text NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0), collector_id bigint NOT NULL,
    lines jsonb NOT NULL,
    status text NOT NULL CHECK (status IN ('asked', 'succeeded', 'declined', 'returned')),
    asked_at timestamptz NOT NULL, answered_at timestamptz, provider_reference text NOT NULL,
    refund_of bigint NOT NULL, version integer NOT NULL
);
CREATE INDEX payments_order ON payments (order_id);
CREATE INDEX payments_asked ON payments (id) WHERE status = 'asked';
CREATE TABLE feed_runs (
    id bigint PRIMARY KEY, feed text NOT NULL, file_name text NOT NULL, digest text NOT NULL,
    started_at timestamptz NOT NULL, ended_at timestamptz, read bigint NOT NULL,
    accepted bigint NOT NULL, rejected bigint NOT NULL, already_known bigint NOT NULL,
    version integer NOT NULL
);
CREATE TABLE quarantine (
    id bigint PRIMARY KEY, feed text NOT NULL, run_id bigint NOT NULL,
    line_number bigint NOT NULL, fingerprint text NOT NULL, reasons jsonb NOT NULL,
    record jsonb NOT NULL,
    status text NOT NULL CHECK (status IN ('waiting', 'released', 'dropped')),
    seen_at timestamptz NOT NULL, corrected jsonb NOT NULL, settled_at timestamptz,
    version integer NOT NULL, UNIQUE (feed, fingerprint)
);
CREATE TABLE external_references (
    id bigint PRIMARY KEY, system text NOT NULL, kind text NOT NULL, external_id text NOT NULL,
    internal_id bigint NOT NULL, UNIQUE (system, kind, external_id)
);
CREATE INDEX external_references_internal ON external_references (internal_id);
"""

GRANTS = """
GRANT SELECT ON ALL TABLES IN SCHEMA public TO serai_app, serai_writer;
GRANT INSERT ON groups, brands, entities, operators, cities, stores, store_parents, products,
    rate_plans, offers, terms, orders, bookings, lines, charges, customers, resources, tax_rates,
    payments, feed_runs, quarantine, external_references TO serai_writer;
GRANT UPDATE (held_until, version) ON orders TO serai_writer;
GRANT UPDATE (state, state_at, fee_minor, version) ON lines TO serai_writer;
GRANT UPDATE (calendar, version) ON resources TO serai_writer;
GRANT UPDATE (prices, since, until, version) ON offers TO serai_writer;
GRANT UPDATE (status, answered_at, provider_reference, version) ON payments TO serai_writer;
GRANT UPDATE (ended_at, read, accepted, rejected, already_known, version)
    ON feed_runs TO serai_writer;
GRANT UPDATE (status, corrected, settled_at, version) ON quarantine TO serai_writer;
"""

UNDO = """
DROP TABLE groups, brands, entities, operators, cities, stores, store_parents, products,
    rate_plans, offers, terms, orders, bookings, lines, charges, customers, resources, tax_rates,
    payments, feed_runs, quarantine, external_references
"""


def upgrade() -> None:
    for part in (CLOUD, MERCHANTS, OTHERS, GRANTS):
        op.execute(part)


def downgrade() -> None:
    op.execute(UNDO)
