"""The programs' SQL."""

from collections.abc import Sequence

from serai.cloud.programs import Caller, Program, ProgramKey
from serai.core import Database
from serai.ledger import Table

TABLES = (Table("programs", Program), Table("program_keys", ProgramKey))

_PROGRAM = """
id, name, scopes, level, node_id, requests_a_minute, made_at, made_by, ended_at, version
"""
_KEY = "id, program_id, secret_hash, made_at, expires_at, ended_at, last_used_at, version"

PROGRAMS = f"SELECT {_PROGRAM} FROM programs ORDER BY name"  # noqa: S608 - of constants of this file
BY_NAME = f"SELECT {_PROGRAM} FROM programs WHERE name = %(name)s"  # noqa: S608 - as above
BY_ID = f"SELECT {_PROGRAM} FROM programs WHERE id = ANY(%(ids)s)"  # noqa: S608 - as above
KEYS = f"SELECT {_KEY} FROM program_keys WHERE id = ANY(%(ids)s)"  # noqa: S608 - as above
KEYS_OF = f"""
SELECT {_KEY} FROM program_keys WHERE program_id = ANY(%(programs)s) ORDER BY id
"""  # noqa: S608 - as above


async def read_programs(database: Database) -> list[Program]:
    """Every program, by name."""
    return await database.all(Program, PROGRAMS)


async def find_program(database: Database, name: str) -> Program | None:
    """The program of that name."""
    return await database.one(Program, BY_NAME, name=name)


async def program_of(database: Database, id: int) -> Program | None:
    """The program of that id."""
    return await database.one(Program, BY_ID, ids=[id])


async def keys_of(database: Database, program_ids: Sequence[int]) -> list[ProgramKey]:
    """The keys of programs, the oldest first."""
    return await database.all(ProgramKey, KEYS_OF, programs=list(program_ids))


async def read_callers(database: Database, key_ids: Sequence[int]) -> dict[int, Caller]:
    """The keys of those ids that exist, each with its program."""
    keys = await database.all(ProgramKey, KEYS, ids=list(key_ids))
    ids = sorted({key.program_id for key in keys})
    programs = {one.id: one for one in await database.all(Program, BY_ID, ids=ids)}
    return {key.id: Caller(key, programs[key.program_id]) for key in keys}
