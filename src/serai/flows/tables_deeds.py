"""The SQL of deeds: how records were before them."""

from collections.abc import Sequence


def records_before(table: str, of: str, columns: Sequence[str]) -> str:
    """Whose the named rows of a table are, and `columns` of them (all from our own list)."""
    told = ", ".join(f"'{column}', {column}" for column in columns)
    return (
        f"SELECT id, {of} AS thing_id, jsonb_build_object({told}) AS columns "  # noqa: S608 - our own names
        f"FROM {table} WHERE id = ANY(%(ids)s::bigint[])"
    )
