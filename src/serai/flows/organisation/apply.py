"""Apply: a sheet that was previewed becomes the organisation, part by part.

Each part is whole, and says how far the sheet has come; who is interrupted sends the same file
under the same digest again and goes on. What was done is not done again.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct, convert, structs

from serai.cloud import (
    Brand,
    City,
    Group,
    LegalEntity,
    Operator,
    PlannedMove,
    SheetImport,
    Store,
    differences,
    find_sheet_import,
    read_organisation,
    sheets,
)
from serai.core import Refusal
from serai.flows.house import House
from serai.flows.organisation.preview import Preview, compare_anew, preview_of
from serai.flows.step import By, Draft, take
from serai.ledger import Change, Event, Insert

NODES_A_STEP = 1_000
_TABLES: dict[sheets.Kind, str] = {
    "group": "groups", "entity": "entities", "operator": "operators", "brand": "brands",
    "city": "cities", "store": "stores",
}  # fmt: skip
_RECORDS: dict[sheets.Kind, type[Struct]] = {
    "entity": LegalEntity, "operator": Operator, "brand": Brand, "city": City, "store": Store,
}  # fmt: skip

Watch = Callable[[int, int], None]
"""Told how many nodes are done, and of how many."""


class Applied(Struct, frozen=True):
    """A sheet that stands now: how many nodes it has made or changed."""

    digest: str
    nodes: int


class _Step(Struct, frozen=True):
    done: int


async def apply_sheet(
    house: House, by: By, data: bytes, digest: str, watch: Watch = lambda done, nodes: None
) -> Applied | Refusal:
    """Make the organisation what a file wants, if this is what `digest` was given for."""
    sheet = await asyncio.to_thread(sheets.read_sheet, data)
    known = await find_sheet_import(house.database, digest)
    if known is None:
        preview = await preview_of(house, sheet)
        refused = _check(preview, digest) or await _begin(house, by, preview)
        known = await find_sheet_import(house.database, digest)  # somebody else may have begun it
        if known is None:
            return refused or stale_preview()
    if known.file_digest != sheet.digest.hex():
        return stale_preview()
    while known.ended_at is None:
        watch(known.done, known.nodes)
        organisation = await read_organisation(house.database)
        comparison = await compare_anew(house, organisation, sheet)
        if comparison.fault_count:
            return stale_preview()
        stepped = await _go_on(house, by, known, comparison)
        if isinstance(stepped, Refusal):
            return stepped
        known = stepped
    watch(known.done, known.nodes)
    house.forget_organisation()
    return Applied(digest, known.nodes)


def stale_preview() -> Refusal:
    """The organisation or the file is another one than was previewed."""
    return Refusal(
        name="stale_preview",
        says="The organisation or the file has changed since the preview.",
        advice="Look at a new preview, and apply that.",
        field="digest",
    )


def _check(preview: Preview, digest: str) -> Refusal | None:
    if preview.digest != digest:
        return stale_preview()
    if preview.comparison.fault_count:
        first = preview.comparison.faults[0]
        return Refusal(
            name="sheet_refused",
            says=f"The sheet has {preview.comparison.fault_count:,} mistakes; the first is in row "
            f"{first.row}, column {first.column or '-'}: {first.says}",
            advice="Mend all that the preview names, and send it again.",
            field="file",
        )
    return None


async def _begin(house: House, by: By, preview: Preview) -> Refusal | None:
    """Keep that a sheet is being applied, with all that it changes where that is one step: then
    nothing but what was previewed is changed, or nothing is."""
    edits = preview.comparison.edits
    part = _roof_first(edits) if _are_one_step(edits) else ()
    ends = len(part) == len(edits)

    async def draft() -> Draft | Refusal:
        moment = house.clock()
        ids = await house.ids.take(1 + _most_ids(part))
        made = SheetImport(
            id=next(ids),
            digest=preview.digest,
            file_digest=preview.file_digest,
            asked_by=by.actor.name,
            nodes=len(edits),
            done=len(part),
            started_at=moment,
            ended_at=moment if ends else None,
        )
        inserts, changes = _records(part, ids, by.actor.name, moment)
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=_Step(len(part)),
            inserts=(Insert("sheet_imports", (made,)), *inserts),
            changes=changes,
            events=(Event(type="organisation.imported" if ends else "organisation.import_begun"),),
        )

    key = structs.replace(by, key=f"{preview.digest}:begin", request=b"")
    begun = await take(house, key, "apply_sheet", _Step, draft, keep_refusals=False)
    if not isinstance(begun, Refusal):
        return None
    return stale_preview() if begun.name == "stale" else begun


def _are_one_step(edits: Sequence[sheets.Edit]) -> bool:
    """Whether edits can be committed together: stores come after the nodes that they hang on."""
    kinds = {edit.line.kind == "store" for edit in edits}
    return len(edits) <= NODES_A_STEP and len(kinds) <= 1


def _most_ids(part: Sequence[sheets.Edit]) -> int:
    return sum(2 + len(edit.after) for edit in part)


async def _go_on(
    house: House, by: By, known: SheetImport, comparison: sheets.Comparison
) -> SheetImport | Refusal:
    """Commit what a comparison still asks for: nodes first, and stores once those stand."""
    own = _roof_first([edit for edit in comparison.edits if edit.line.kind != "store"])
    own = own or comparison.edits
    last = len(own) == len(comparison.edits)
    for first in range(0, max(len(own), 1), NODES_A_STEP):
        part = own[first : first + NODES_A_STEP]
        ends = last and first + NODES_A_STEP >= len(own)
        stepped = await _commit(house, by, known, part, ends=ends)
        if isinstance(stepped, Refusal):
            return stepped
        known = await _read_import(house, known.digest)
    return known


def _roof_first(edits: Sequence[sheets.Edit]) -> tuple[sheets.Edit, ...]:
    """A new group and the company it rests on before all others, in one step."""
    platform = next((edit.line.entity for edit in edits if edit.line.kind == "group"), None)

    def place(edit: sheets.Edit) -> int:
        line = edit.line
        if line.kind == "entity" and line.code == platform:
            return 0
        return 1 if line.kind == "group" else 2

    return tuple(sorted(edits, key=place))


async def _commit(
    house: House, by: By, known: SheetImport, part: Sequence[sheets.Edit], *, ends: bool
) -> _Step | Refusal:
    async def draft() -> Draft | Refusal:
        moment = house.clock()
        done = known.done + len(part)
        ids = await house.ids.take(_most_ids(part))
        inserts, changes = _records(part, ids, by.actor.name, moment)
        values: dict[str, object] = {"done": done, "ended_at": moment if ends else None}
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=_Step(done),
            inserts=inserts,
            changes=(*changes, Change("sheet_imports", known.id, known.version, values)),
            events=(Event(type="organisation.imported" if ends else "organisation.changed"),),
        )

    key = structs.replace(by, key=f"{known.digest}:{known.version}", request=b"")
    return await take(house, key, "apply_sheet", _Step, draft, keep_refusals=False)


def _records(
    part: Sequence[sheets.Edit], ids: Iterator[int], asked_by: str, asked_at: datetime
) -> tuple[tuple[Insert, ...], tuple[Change, ...]]:
    """The rows that edits make, by table, and those that they change."""
    rows: dict[str, list[Struct]] = {}
    changes: list[Change] = []
    made: dict[str, int] = {}
    for edit in part:
        kind, node_id = edit.line.kind, edit.id
        if not node_id:
            node_id = next(ids)
            rows.setdefault(_TABLES[kind], []).append(_node(edit.line, node_id, made))
            if kind == "entity":
                made[edit.line.code] = node_id
        elif edit.columns:
            values = {column: getattr(edit.line, column) for column in edit.columns}
            changes.append(Change(_TABLES[kind], node_id, edit.version, values))
        new, changed = differences(edit.before, edit.after)
        for row in new:
            period = structs.replace(row, id=next(ids), store_id=node_id)
            rows.setdefault("store_parents", []).append(period)
        if edit.plan is not None:
            kept = PlannedMove(
                id=next(ids), store_id=node_id, from_id=edit.plan.from_id, to_id=edit.plan.to_id,
                since=edit.plan.since, asked_by=asked_by, asked_at=asked_at,
            )  # fmt: skip
            rows.setdefault("planned_moves", []).append(kept)
        changes += (
            Change("store_parents", one.before.id, one.before.version, one.values)
            for one in changed
        )
    return tuple(Insert(table, tuple(own)) for table, own in rows.items()), tuple(changes)


def _node(line: sheets.Line, id: int, entities: Mapping[str, int]) -> Struct:
    """The record of a new node; a new group rests on one of the `entities` made with it."""
    if line.kind == "group":
        return Group(
            id=id, code=line.code, name_en=line.name_en, name_zh=line.name_zh,
            platform_entity_id=entities[line.entity or ""],
        )  # fmt: skip
    kind = _RECORDS[line.kind]
    said = {name: value for name, value in structs.asdict(line).items() if value is not None}
    return convert({**said, "id": id}, kind)


async def _read_import(house: House, digest: str) -> SheetImport:
    found = await find_sheet_import(house.database, digest)
    if found is None:
        raise RuntimeError("an import was begun and cannot be read")
    return found
