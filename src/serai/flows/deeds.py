"""What the audit trail is told of a step: who took it, to which thing, and what it has changed."""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from contextlib import suppress
from operator import attrgetter
from typing import Any, Protocol, TypeVar

import msgspec
from msgspec import Struct

from serai.cloud import Actor, Origin
from serai.core import DatabaseAway, Refusal
from serai.flows.house import House
from serai.flows.tables_deeds import NODES_OF, records_before
from serai.flows.tellable import TELLABLE, Tellable
from serai.ledger import Change, Deed, Event, Fenced, Insert, Key, Proposal

MOST_ROWS = 100
"""Rows that are told of one deed; of more it is told how many there were."""
NOWHERE = Origin()

_id = attrgetter("id")
_ORDER = {table: place for place, table in enumerate(TELLABLE)}


One = TypeVar("One")


class Thing(Struct, frozen=True):
    """What something was done to."""

    kind: str = ""
    id: int = 0


NOTHING = Thing()


class _Before(Struct, frozen=True):
    """A record before a deed: whose it is, what may be told of it, and on which node it gives
    somebody something (0 for none)."""

    id: int
    thing_id: int
    columns: dict[str, Any]
    node_id: int = 0


class Writes(Protocol):
    """What a step is about to write."""

    @property
    def inserts(self) -> tuple[Insert, ...]: ...
    @property
    def changes(self) -> tuple[Change, ...]: ...
    @property
    def events(self) -> tuple[Event, ...]: ...


def is_told(actor: Actor, origin: Origin) -> bool:
    """Whether a deed is a person's or a program's; what the platform does by itself is not told,
    unless somebody has asked for it from somewhere."""
    return actor.holdings is not None or origin != NOWHERE


async def deeds_of(
    house: House, actor: Actor, origin: Origin, operation: str, step: Writes
) -> tuple[Deed, ...]:
    """The deed of a step that is about to be proposed; none where it is not told, or is nothing."""
    if not is_told(actor, origin) or not (step.inserts or step.changes or step.events):
        return ()
    before = await _before(house, step.changes)
    thing, events = _thing(step, before), step.events
    stamp = _one({(event.book, event.store, event.placement) for event in events if event.store})
    book, store, placement = stamp or (0, thing.id if thing.kind == "store" else 0, 0)
    return (
        Deed(
            actor=actor.name,
            actor_id=actor.id,
            operation=operation,
            thing=thing.kind,
            thing_id=thing.id,
            before=msgspec.json.encode(_by_table(before)),
            after=msgspec.json.encode(_after(step)),
            address=origin.address,
            request_id=origin.request_id,
            book=book,
            store=store,
            placement=placement,
            nodes=() if stamp else await _nodes(house, thing, step, before),
        ),
    )


async def note_attempt(
    house: House, actor: Actor, origin: Origin, operation: str, refusal: Refusal,
    thing: Thing = NOTHING,
) -> None:  # fmt: skip
    """Put into the audit trail that somebody tried what they may not. Whoever tried is answered
    as ever: a database that is away does not change that."""
    deed = Deed(
        actor=actor.name,
        actor_id=actor.id,
        operation=operation,
        thing=thing.kind,
        thing_id=thing.id,
        refusal=refusal.name,
        address=origin.address,
        request_id=origin.request_id,
    )
    with suppress(DatabaseAway, Fenced):
        nodes = await _nodes_of(house, thing)
        await _note(house, msgspec.structs.replace(deed, nodes=nodes))


async def note_export(
    house: House, actor: Actor, origin: Origin, what: str, nodes: tuple[int, ...] = ()
) -> None:
    """Put into the audit trail that somebody takes `what` of some nodes out in a file, before they
    get it."""
    await _note(
        house,
        Deed(
            actor=actor.name,
            actor_id=actor.id,
            operation="export",
            thing=what,
            address=origin.address,
            request_id=origin.request_id,
            nodes=nodes,
        ),
    )


async def _note(house: House, deed: Deed) -> None:
    now = house.clock()
    (id,) = await house.ids.take(1)
    await house.books.propose(
        Proposal(
            key=Key("platform", "note", str(id)),
            effective=now,
            business_date=now.date(),
            deeds=(deed,),
            keep_refusal=False,
        )
    )


async def _before(house: House, changes: Iterable[Change]) -> dict[str, dict[int, _Before]]:
    """The records that are to be changed, as they are; what is read is what the changes expect,
    or the step is refused."""
    by_table: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        if change.values:  # one without any only expects what it names to be as it was read
            by_table[change.table].append(change)
    found: dict[str, dict[int, _Before]] = {}
    for table, same in by_table.items():
        tellable = TELLABLE[table]
        columns = _told_columns(tellable, {name for change in same for name in change.values})
        if columns or tellable.of != "id" or tellable.node:
            sql = records_before(table, tellable.of, columns, tellable.node)
            ids = [change.id for change in same]
            rows = await house.database.all(_Before, sql, ids=ids)
            found[table] = {row.id: row for row in rows}
    return found


async def _nodes(
    house: House, thing: Thing, step: Writes, before: Mapping[str, Mapping[int, _Before]]
) -> tuple[int, ...]:
    """The nodes that a step is about: those on which it gives or takes something, or else those of
    whom it was done to. A deed on the whole group is about no node that could be named."""
    named = {row.node_id for rows in before.values() for row in rows.values()}
    for insert in step.inserts:
        node = TELLABLE[insert.table].node
        if node:
            named |= {_node(row, node) for row in insert.rows}
    named.discard(0)
    return tuple(sorted(named)) if named else await _nodes_of(house, thing)


def _node(row: Struct, field: str) -> int:
    """The node that a row names in a field, or in a part of one; not every approval names one."""
    name, _, inner = field.partition(".")
    value = getattr(row, name)
    return int(getattr(value, inner, 0) if inner else value)


async def _nodes_of(house: House, thing: Thing) -> tuple[int, ...]:
    sql = NODES_OF.get(thing.kind)
    found = set(await house.database.column(sql, id=thing.id)) if sql and thing.id else set()
    return tuple(sorted(found - {0}))


def _after(step: Writes) -> dict[str, Any]:
    told: dict[str, dict[str, Any]] = defaultdict(dict)
    for insert in step.inserts:
        columns = TELLABLE[insert.table].columns
        if columns:
            for row in insert.rows:
                told[insert.table][str(_id(row))] = {name: getattr(row, name) for name in columns}
    for change in step.changes:
        names = _told_columns(TELLABLE[change.table], change.values)
        if names:
            told[change.table][str(change.id)] = {name: change.values[name] for name in names}
    return _bounded(told)


def _by_table(before: Mapping[str, Mapping[int, _Before]]) -> dict[str, Any]:
    return _bounded({
        table: {str(id): row.columns for id, row in rows.items() if row.columns}
        for table, rows in before.items()
    })  # fmt: skip


def _bounded(told: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The first rows of each table, and how many more there are."""
    return {
        table: dict(list(rows.items())[:MOST_ROWS]) | {"more": len(rows) - MOST_ROWS}
        if len(rows) > MOST_ROWS
        else rows
        for table, rows in told.items()
        if rows
    }


def _told_columns(tellable: Tellable, names: Container[str]) -> list[str]:
    return [column for column in tellable.columns if column in names]


def _thing(step: Writes, before: Mapping[str, Mapping[int, _Before]]) -> Thing:
    """What a step was done to: the order that its events tell of, or the first of its tables'."""
    order = _one({event.order for event in step.events if event.order})
    if order is not None:
        return Thing("order", order)
    ids: dict[str, int] = {}
    for insert in step.inserts:
        if insert.rows:
            ids.setdefault(insert.table, getattr(insert.rows[0], TELLABLE[insert.table].of))
    for change in step.changes:
        if not change.values:
            continue
        known = before.get(change.table, {}).get(change.id)
        ids.setdefault(change.table, known.thing_id if known else change.id)
    if not ids:
        return Thing()
    table = min(ids, key=_ORDER.__getitem__)
    return Thing(TELLABLE[table].thing, ids[table])


def _one(values: set[One]) -> One | None:
    """The one value of a set that has no other."""
    return next(iter(values)) if len(values) == 1 else None
