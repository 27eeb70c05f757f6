"""The records that go with a chain: which tables they may go to, and how values become rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from serai.core import holds_json
from serai.ledger.encoding import RecordEncoder
from serai.ledger.proposals import Change, Proposal
from serai.ledger.tables import copy_into


class Table(Struct, frozen=True):
    """A table that proposals may insert into, and the value that each of its rows is.

    Tables are registered in the order in which they refer to each other, parents first.
    """

    name: str
    row: type[Struct]


class BadRecord(Exception):
    """A proposal holds a record that no table takes: a slip of the program, not of a user."""


class Records:
    """The registered tables; `names` are in the order in which rows go into them.

    Once the types of their columns are learned, `encoders` make rows and `copies` take them.
    """

    def __init__(self, registered: Sequence[Table]) -> None:
        self._shapes = {table.name: _Shape(table.row) for table in registered}
        self.names = tuple(self._shapes)
        self.encoders: dict[str, RecordEncoder] = {}
        self.copies: dict[str, str] = {}
        self._types: Mapping[str, Mapping[str, str]] = {}

    def learn(self, types: Mapping[str, Mapping[str, str]]) -> None:
        """Take in the types of the tables' columns, which say how rows are encoded and copied."""
        self._types = types
        for name, shape in self._shapes.items():
            columns = {field: column for column, field in shape.fields.items()}
            encoder = RecordEncoder(
                {field: types[name][column] for field, column in columns.items()}
            )
            self.encoders[name] = encoder
            self.copies[name] = copy_into(name, tuple(columns[field] for field in encoder.fields))

    def check(self, proposal: Proposal) -> None:
        """Raise `BadRecord` unless every record of the proposal fits a registered table."""
        for insert in proposal.inserts:
            kind = self._shape(insert.table).kind
            for row in insert.rows:
                if type(row) is not kind:
                    raise BadRecord(f"{insert.table} takes {kind.__name__}, not {type(row)}")
        changed = set()
        for change in proposal.changes:
            unknown = change.values.keys() - set(self._shape(change.table).columns)
            if unknown:
                raise BadRecord(f"{change.table} has no columns {sorted(unknown)}")
            if (change.table, change.id) in changed:
                raise BadRecord(f"row {change.id} of {change.table} is changed twice")
            changed.add((change.table, change.id))

    def types(self, table: str, columns: Sequence[str]) -> tuple[str, ...]:
        """The types of columns of a table."""
        return tuple(self._types[table][column] for column in columns)

    def changed(
        self, table: str, columns: Sequence[str], changes: Sequence[Change]
    ) -> list[list[object]]:
        """The new values of each column, as the database takes them."""
        shape = self._shapes[table]
        return [
            [shape.value(column, change.values[column]) for change in changes] for column in columns
        ]

    def _shape(self, table: str) -> _Shape:
        if table not in self._shapes:
            raise BadRecord(f"no table {table} is registered")
        return self._shapes[table]


class _Shape:
    """The columns of a table; values inside values are kept as JSON."""

    def __init__(self, kind: type[Struct]) -> None:
        self.kind = kind
        fields = msgspec.structs.fields(kind)
        self.fields = {field.encode_name: field.name for field in fields}
        self.columns = tuple(self.fields)
        self._json = {field.encode_name for field in fields if holds_json(field.type)}

    def value(self, column: str, value: object) -> object:
        if value is None or column not in self._json:
            return value
        return msgspec.json.encode(value).decode()
