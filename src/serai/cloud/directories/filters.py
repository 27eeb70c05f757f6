"""Filters: which people or groups are asked for, as values that become SQL.

A condition is made of the tests that a directory asks for; `clause_of` turns it into SQL in which
every value is a bound parameter, and every name of a column a constant of this file.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from serai.cloud.people import fold_name

Operator = Literal["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr"]
Kind = Literal["text", "exact", "name", "flag", "moment"]
Value = str | bool | datetime | None


class Test(Struct, frozen=True):
    """An attribute, compared with a value; nothing is equal to None but what is not there."""

    attribute: str
    operator: Operator
    value: Value = None


class OneOf(Struct, frozen=True):
    """One of several values of an attribute satisfies a condition."""

    attribute: str
    condition: "Condition"


class Every(Struct, frozen=True):
    """All of the conditions hold, as they do where there are none."""

    conditions: tuple["Condition", ...]


class Some(Struct, frozen=True):
    """One of the conditions holds, and so none where there are none."""

    conditions: tuple["Condition", ...]


class Never(Struct, frozen=True):
    """The condition does not hold."""

    condition: "Condition"


class Among(Struct, frozen=True):
    """It is one of these, by their ids."""

    ids: tuple[int, ...]


Condition = Test | OneOf | Every | Some | Never | Among


class Clause(Struct, frozen=True):
    """A condition as SQL, and its parameters."""

    sql: str
    parameters: dict[str, object]


class Column(Struct, frozen=True):
    """Where an attribute stands, and how it is compared."""

    sql: str
    kind: Kind


class Many(Struct, frozen=True):
    """Where the several values of an attribute stand: `FROM` them, and the columns of one."""

    source: str
    columns: Mapping[str, Column]


class UnknownAttribute(Exception):
    """A condition asks for what is not kept."""


class UnknownOrder(Exception):
    """A list cannot be sorted by this."""


def _said(field: str) -> str:
    return f"coalesce(u.said ->> '{field}', '')"


USERS: Mapping[str, Column | Many] = {
    "id": Column("u.id::text", "exact"),
    "externalId": Column(_said("external_id"), "exact"),
    "userName": Column("u.name", "name"),
    "displayName": Column(_said("display_name"), "text"),
    "name.formatted": Column(_said("formatted"), "text"),
    "name.givenName": Column(_said("given_name"), "text"),
    "name.familyName": Column(_said("family_name"), "text"),
    "preferredLanguage": Column(_said("language"), "text"),
    "active": Column("u.active", "flag"),
    "groups": Many(
        "directory_members AS m JOIN directory_groups AS g ON g.id = m.group_id "
        "AND m.person_id = u.id AND m.ended_at IS NULL AND g.gone_at IS NULL "
        "AND (%(everybody)s OR (g.level, g.node_id) IN (SELECT n.level, n.id "
        "FROM unnest(%(levels)s::text[], %(nodes)s::bigint[]) AS n (level, id)))",
        {
            "value": Column("g.id::text", "exact"),
            "display": Column("g.display_name", "text"),
        },
    ),
    "meta.created": Column("u.created_at", "moment"),
    "meta.lastModified": Column("u.changed_at", "moment"),
    "meta.resourceType": Column("'User'::text", "exact"),
}
GROUPS: Mapping[str, Column | Many] = {
    "id": Column("u.id::text", "exact"),
    "externalId": Column("u.external_id", "exact"),
    "displayName": Column("u.display_name", "text"),
    "members": Many(
        "directory_members AS m WHERE m.group_id = u.id AND m.ended_at IS NULL",
        {"value": Column("m.person_id::text", "exact")},
    ),
    "meta.created": Column("u.created_at", "moment"),
    "meta.lastModified": Column("u.changed_at", "moment"),
    "meta.resourceType": Column("'Group'::text", "exact"),
}
_TEXTS = {
    "eq": "{column} = {value}",
    "co": "strpos({column}, {value}) > 0",
    "sw": "starts_with({column}, {value})",
    "ew": "right({column}, length({value})) = {value}",
}
_ORDERS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}


def clause_of(condition: Condition | None, attributes: Mapping[str, Column | Many]) -> Clause:
    """The condition as SQL over `u`; raises `UnknownAttribute` for what is not kept."""
    writing = _Writing(attributes)
    sql = "true" if condition is None else writing.write(condition)
    return Clause(sql, writing.parameters)


def order_of(attribute: str, attributes: Mapping[str, Column | Many], *, descending: bool) -> str:
    """The ORDER BY of an attribute: what has no value comes last, or first when descending."""
    column = attributes.get(attribute)
    if isinstance(column, Column):
        sql = column.sql
        if column.kind in ("text", "name"):
            sql = f"lower(nullif({sql}, ''))"
        elif column.kind == "exact":
            sql = f"nullif({sql}, '')"
    else:
        raise UnknownOrder(attribute)
    return f"{sql} {'DESC NULLS FIRST' if descending else 'ASC NULLS LAST'}, u.id"


class _Writing:
    """SQL as it is written, with the parameters it has needed so far."""

    def __init__(self, attributes: Mapping[str, Column | Many]) -> None:
        self._attributes = attributes
        self.parameters: dict[str, object] = {}

    def write(self, condition: Condition) -> str:
        match condition:
            case Every():
                return self._join(condition.conditions, " AND ") or "true"
            case Some():
                return self._join(condition.conditions, " OR ") or "false"
            case Never():
                return f"NOT {self.write(condition.condition)}"
            case OneOf():
                return self._one_of(condition)
            case Test():
                return self._test(condition)
            case Among():
                return f"u.id = ANY({self._bound(list(condition.ids))}::bigint[])"

    def _join(self, conditions: tuple[Condition, ...], word: str) -> str:
        joined = word.join(self.write(one) for one in conditions)
        return f"({joined})" if joined else ""

    def _one_of(self, condition: OneOf) -> str:
        many = self._attributes.get(condition.attribute)
        if not isinstance(many, Many):
            raise UnknownAttribute(condition.attribute)
        inner = _Writing(many.columns)
        inner.parameters = self.parameters
        word = "AND" if " WHERE " in many.source else "WHERE"
        return f"EXISTS (SELECT FROM {many.source} {word} {inner.write(condition.condition)})"

    def _test(self, test: Test) -> str:
        head, _, tail = test.attribute.partition(".")
        if isinstance(self._attributes.get(head), Many):
            inner = Test(tail or "value", test.operator, test.value)
            return self._one_of(OneOf(head, inner))
        column = self._attributes.get(test.attribute)
        if not isinstance(column, Column):
            raise UnknownAttribute(test.attribute)
        return _compared(column, test, self._bound)

    def _bound(self, value: object) -> str:
        name = f"value_{len(self.parameters)}"
        self.parameters[name] = value
        return f"%({name})s"


def _compared(column: Column, test: Test, bind: Callable[[object], str]) -> str:
    sql, text = column.sql, column.kind not in ("flag", "moment")
    present = f"coalesce({sql}, '') <> ''" if text else f"{sql} IS NOT NULL"
    if test.operator == "pr" or (test.operator == "ne" and test.value is None):
        return f"({present})"
    if test.value is None:
        return f"NOT ({present})" if test.operator == "eq" else "false"
    if test.operator == "ne":
        return f"NOT {_compared(column, Test(test.attribute, 'eq', test.value), bind)}"
    value: object = test.value
    if text and isinstance(value, str):
        value = fold_name(value) if column.kind == "name" else value
        bound = f"{bind(value)}::text"
        if column.kind == "text":
            sql, bound = f"lower({sql})", f"lower({bound})"
    else:
        bound = bind(value)
    if test.operator in _ORDERS:
        collation = ' COLLATE "C"' if text else ""
        compared = f"{sql} {_ORDERS[test.operator]} {bound}{collation}"
    else:
        compared = _TEXTS[test.operator].format(column=sql, value=bound)
    return f"coalesce({compared}, false)"
