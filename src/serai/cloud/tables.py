"""The organisation's SQL."""

from serai.cloud.directories import TABLES as DIRECTORIES
from serai.cloud.organisation import (
    Brand,
    City,
    Group,
    LegalEntity,
    Operator,
    Organisation,
    Placement,
    PlannedMove,
    Store,
    StoreParent,
)
from serai.cloud.tables_people import PEOPLE_TABLES
from serai.cloud.tables_programs import TABLES as PROGRAMS
from serai.cloud.tables_shares import TABLES as SHARES
from serai.cloud.tables_sheets import TABLES as SHEETS
from serai.core import Database
from serai.ledger import Table

NODES = (
    Table("groups", Group),
    Table("brands", Brand),
    Table("entities", LegalEntity),
    Table("operators", Operator),
    Table("cities", City),
    Table("stores", Store),
    Table("store_parents", StoreParent),
    Table("planned_moves", PlannedMove),
)
"""The organisation itself."""
TABLES = (*NODES, *PEOPLE_TABLES, *PROGRAMS, *SHARES, *SHEETS, *DIRECTORIES)
"""Every table of this room."""

# The one founded last: a group that takes over a house which an import has founded, is its roof.
GROUP = """
SELECT id, code, name_en, name_zh, platform_entity_id, version FROM groups ORDER BY id DESC LIMIT 1
"""
BRANDS = "SELECT id, code, name_en, name_zh, segment, version FROM brands"
ENTITIES = """
SELECT id, code, name_en, name_zh, currency, country, refunds_alone_minor, refunds_day_minor,
    version
FROM entities
"""
OPERATORS = "SELECT id, code, name_en, name_zh, own, version FROM operators"
CITIES = """
SELECT id, code, name_en, name_zh, country, latitude, longitude, timezone, population, version
FROM cities
"""
STORES = """
SELECT id, code, name_en, name_zh, segment, latitude, longitude, timezone, closing_minute,
    version
FROM stores
"""
PARENTS = """
SELECT id, store_id, axis, parent_id, since, until, version FROM store_parents ORDER BY id
"""

# The database makes them itself, whoever gives a store its parents.
PLACEMENTS = """
SELECT id, store_id, brand_id, entity_id, operator_id, city_id, carried_from FROM placements
"""

_MOVES = """
SELECT id, store_id, from_id, to_id, since, asked_by, asked_at, state, begun_at, refusal,
    refused_at, ended_at, version
FROM planned_moves
"""
MOVES_WAITING = _MOVES + "WHERE state = 'waiting' ORDER BY since, id"
MOVE = _MOVES + "WHERE id = %(id)s"


async def read_organisation(database: Database) -> Organisation | None:
    """The organisation as it stands, or None before a group was founded."""
    group = await database.one(Group, GROUP)
    if group is None:
        return None
    return Organisation(
        group,
        await database.all(Brand, BRANDS),
        await database.all(LegalEntity, ENTITIES),
        await database.all(Operator, OPERATORS),
        await database.all(City, CITIES),
        await database.all(Store, STORES),
        await database.all(StoreParent, PARENTS),
        await database.all(Placement, PLACEMENTS),
        await waiting_moves(database),
    )


async def waiting_moves(database: Database) -> list[PlannedMove]:
    """The moves that wait for their day, the next one first."""
    return await database.all(PlannedMove, MOVES_WAITING)


async def planned_move_of(database: Database, id: int) -> PlannedMove | None:
    """A move that was planned, whatever became of it."""
    return await database.one(PlannedMove, MOVE, id=id)
