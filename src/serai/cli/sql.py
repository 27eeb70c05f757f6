"""`serai sql`: psql on the running platform's database, in the owner's role.

For those who look after the data, and for whoever wants to see `serai audit` find what was
damaged by hand: the owner may do what the application and the writer may not.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from serai.core import PostgresError, Settings, program, running_postgres


async def psql_call(
    settings: Settings, arguments: Sequence[str]
) -> tuple[Path, list[str], dict[str, str]]:
    """The program, its arguments, and its environment, in which alone the password travels."""
    url = settings.database_url
    if url is None:
        urls = await running_postgres(settings)
        if urls is None:
            raise PostgresError(
                f"No platform runs in {settings.home}. Start it with `serai up` first."
            )
        url = urls.owner
    parameters = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    names = {"user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE",
             "host": "PGHOST", "port": "PGPORT"}  # fmt: skip
    environment = dict(os.environ)
    environment.update({names[name]: parameters[name] for name in names if name in parameters})
    psql = program("psql")
    return psql, [str(psql), *arguments], environment
