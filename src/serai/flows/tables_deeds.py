"""The SQL of deeds: how records were before them, and which nodes they are about."""

from collections.abc import Mapping, Sequence

# What somebody holds somewhere is on the nodes of the roles; a program or a group is at home.
NODES_OF: Mapping[str, str] = {
    "person": "SELECT node_id FROM grants WHERE holder_id = %(id)s AND ended_at IS NULL",
    "program": "SELECT node_id FROM programs WHERE id = %(id)s",
    "directory_group": "SELECT node_id FROM directory_groups WHERE id = %(id)s",
}


def records_before(table: str, of: str, columns: Sequence[str], node: str) -> str:
    """Whose the named rows of a table are, `columns` of them, and the node that the field `node`
    names (all from our own list)."""
    told = ", ".join(f"'{column}', {column}" for column in columns)
    column, _, inner = node.partition(".")
    on = f"coalesce(({column} ->> '{inner}')::bigint, 0)" if inner else column or "0"
    return (
        f"SELECT id, {of} AS thing_id, jsonb_build_object({told}) AS columns, {on} AS node_id "  # noqa: S608 - our own names
        f"FROM {table} WHERE id = ANY(%(ids)s::bigint[])"
    )
