"""The organisation, imported and exported; stores that move.

Revision ID: 0011
"""

from alembic import op

revision = "0011"
down_revision = "0010"

SCHEMA = """
ALTER TABLE groups ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE brands ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE entities ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE operators ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE cities ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE stores ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE store_parents ADD COLUMN version integer NOT NULL DEFAULT 1;

CREATE TABLE sheet_imports (
    id bigint PRIMARY KEY, digest text NOT NULL UNIQUE, file_digest text NOT NULL,
    asked_by text NOT NULL, nodes integer NOT NULL, done integer NOT NULL,
    started_at timestamptz NOT NULL, ended_at timestamptz, version integer NOT NULL
);

ALTER TABLE bookings ADD COLUMN version integer NOT NULL DEFAULT 1;
CREATE TABLE carried_bookings (
    id bigint PRIMARY KEY, booking_id bigint NOT NULL, store_id bigint NOT NULL,
    from_id bigint NOT NULL, to_id bigint NOT NULL CHECK (to_id <> from_id),
    done jsonb NOT NULL, carried_at timestamptz NOT NULL
);
CREATE INDEX carried_bookings_booking ON carried_bookings (booking_id);
GRANT SELECT ON carried_bookings TO serai_app, serai_writer;
GRANT INSERT ON carried_bookings TO serai_writer;
GRANT UPDATE (entity_id, version) ON bookings TO serai_writer;

-- Whoever moves a store has looked that nothing of it is open in the book that it leaves; an order
-- may come in between.
CREATE FUNCTION refuse_move_of_open_store() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM lines AS l JOIN bookings AS b ON b.id = l.booking_id
        WHERE l.store_id = NEW.store_id AND l.state IN ('held', 'paying', 'confirmed')
            AND b.entity_id <> NEW.parent_id)
    THEN
        RAISE EXCEPTION 'store % has lines that are open in another book', NEW.store_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse_move_of_open_store BEFORE INSERT ON store_parents
    FOR EACH ROW
    WHEN (NEW.axis = 'entity' AND (NEW.until IS NULL OR NEW.until > current_date))
    EXECUTE FUNCTION refuse_move_of_open_store();

GRANT SELECT ON sheet_imports TO serai_app, serai_writer;
GRANT INSERT ON sheet_imports TO serai_writer;
GRANT UPDATE (done, ended_at, version) ON sheet_imports TO serai_writer;
GRANT UPDATE (name_en, name_zh, version) ON groups, brands TO serai_writer;
GRANT UPDATE (name_en, name_zh, country, version) ON entities TO serai_writer;
GRANT UPDATE (name_en, name_zh, own, version) ON operators TO serai_writer;
GRANT UPDATE (name_en, name_zh, latitude, longitude, population, version) ON cities
    TO serai_writer;
GRANT UPDATE (name_en, name_zh, latitude, longitude, version) ON stores TO serai_writer;
GRANT UPDATE (parent_id, until, version) ON store_parents TO serai_writer;
"""

UNDO = """
DROP TRIGGER refuse_move_of_open_store ON store_parents;
DROP FUNCTION refuse_move_of_open_store();
DROP TABLE sheet_imports, carried_bookings;
ALTER TABLE bookings DROP COLUMN version;
ALTER TABLE groups DROP COLUMN version;
ALTER TABLE brands DROP COLUMN version;
ALTER TABLE entities DROP COLUMN version;
ALTER TABLE operators DROP COLUMN version;
ALTER TABLE cities DROP COLUMN version;
ALTER TABLE stores DROP COLUMN version;
ALTER TABLE store_parents DROP COLUMN version;
"""


def upgrade() -> None:
    op.execute(SCHEMA)


def downgrade() -> None:
    op.execute(UNDO)
