"""What a sheet would change: every difference to the organisation as it stands, and every mistake.

Pure. A sheet adds and changes; what it does not name stays as it is.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date, timedelta

from msgspec import structs

from serai.cloud.organisation import Axis, Organisation, StoreParent
from serai.cloud.reach import AnyNode, nodes_at
from serai.cloud.sheets.differences import Comparison, Difference, Edit, Said, Sort
from serai.cloud.sheets.faults import Fault, Faults
from serai.cloud.sheets.lines import (
    AXES,
    COLUMNS_OF,
    KINDS,
    LATER_COLUMNS,
    Kind,
    Line,
    line_of_node,
)
from serai.cloud.sheets.places import Places
from serai.cloud.sheets.reading import Sheet

FARTHEST = timedelta(days=3 * 366)
"""So far ahead a move can be planned."""

_CHANGEABLE: Mapping[Kind, frozenset[str]] = {
    "group": frozenset({"name_en", "name_zh"}),
    "entity": frozenset({"name_en", "name_zh", "country", *LATER_COLUMNS}),
    "operator": frozenset({"name_en", "name_zh", "own"}),
    "brand": frozenset({"name_en", "name_zh"}),
    "city": frozenset({"name_en", "name_zh", "latitude", "longitude", "population"}),
    "store": frozenset({"name_en", "name_zh", "latitude", "longitude"}),
}
"""What may be said anew of something that stands; the books and bookings rest on all else."""


def compare(
    organisation: Organisation | None,
    sheet: Sheet,
    today: date,
    booked: Mapping[int, date],
    selling: Container[int] = frozenset(),
) -> Comparison:
    """Compare the organisation (None: an empty house) with a sheet.

    `booked` are the last days on which stores have taken a booking, for those that have;
    `selling` are the stores that have anything on sale.
    """
    return _Comparing(organisation, sheet, today, booked, selling).compare()


class _Comparing:
    def __init__(
        self,
        organisation: Organisation | None,
        sheet: Sheet,
        today: date,
        booked: Mapping[int, date],
        selling: Container[int],
    ) -> None:
        self._organisation = organisation
        self._sheet = sheet
        self._today = today
        self._booked = booked
        self._selling = selling
        self._faults = Faults()
        self._known = {kind: _nodes(organisation, kind) for kind in KINDS}
        self._ids, self._codes = self._parents()
        self._currencies = self._entity_currencies()
        self._differences: list[Difference] = []
        self._edits: list[Edit] = []
        self._unchanged = 0

    def compare(self) -> Comparison:
        sheet = self._sheet
        for kind in KINDS[:-1]:
            self._compare_nodes(kind, [line for line in sheet.lines if line.kind == kind])
        self._compare_stores(line for line in sheet.lines if line.kind == "store")
        groups = [line for line in sheet.lines if line.kind == "group"]
        if self._organisation is None and not groups and not sheet.fault_count:
            self._faults.add(0, "kind", "group_missing")
        faults = sorted((*sheet.faults, *self._faults), key=lambda fault: fault.row)
        return Comparison(
            differences=tuple(self._differences),
            edits=tuple(self._edits),
            unchanged=self._unchanged,
            faults=tuple(faults),
            fault_count=sheet.fault_count + self._faults.count,
        )

    # Nodes of the axes, and the group

    def _compare_nodes(self, kind: Kind, lines: Sequence[Line]) -> None:
        seen: dict[str, int] = {}
        for line in lines:
            if line.code in seen:
                self._faults.add(line.row, "code", "twice", seen[line.code])
                continue
            seen[line.code] = line.row
            if kind == "group" and not self._is_group(line):
                continue
            node = self._known[kind].get(line.code)
            if node is None:
                self._add("new", line, Edit(lines=(line,)), _filled(line))
            else:
                self._change(line, node)

    def _is_group(self, line: Line) -> bool:
        if self._organisation is not None and self._organisation.group.code != line.code:
            self._faults.add(line.row, "code", "group_other", self._organisation.group.code)
            return False
        return self._knows(line, "entity")

    def _change(self, line: Line, node: AnyNode) -> None:
        """A node that stands: its columns, but for its parents."""
        said = self._said(line, node)
        if said:
            edit = Edit(
                lines=(line,),
                id=node.id,
                version=node.version,
                columns=tuple(one.column for one in said),
            )
            self._add("changed", line, edit, said)
        else:
            self._unchanged += 1

    def _said(self, line: Line, node: AnyNode) -> tuple[Said, ...]:
        known = line_of_node(line.kind, node)
        if line.kind == "group" and self._organisation is not None:
            platform = self._organisation.entities[self._organisation.group.platform_entity_id]
            known = structs.replace(known, entity=platform.code)
        own = [
            one
            for one in COLUMNS_OF[line.kind]
            if (line.kind != "store" or one not in _DATED)
            and (one not in LATER_COLUMNS or getattr(line, one) is not None)
        ]
        said = tuple(
            Said(column, _shown(getattr(known, column)), _shown(getattr(line, column)))
            for column in own
            if not _are_same(getattr(known, column), getattr(line, column))
        )
        for one in said:
            if one.column not in _CHANGEABLE[line.kind]:
                self._faults.add(line.row, one.column, "fixed", one.before)
        return said

    # Stores, with their parents by date

    def _compare_stores(self, lines: Iterable[Line]) -> None:
        grouped: dict[str, list[Line]] = {}
        for line in lines:
            grouped.setdefault(line.code, []).append(line)
        for own in grouped.values():
            first = own[0]
            known = [self._knows(line, axis) for line in own for axis in AXES]
            if self._agree(own) and all(known):
                store = self._known["store"].get(first.code)
                if store is None:
                    self._found(own)
                else:
                    self._compare_store(own, store)

    def _agree(self, lines: Sequence[Line]) -> bool:
        """Whether the lines of one store say the same of it, each for another day."""
        before = self._faults.count
        first, days = lines[0], {lines[0].since: lines[0].row}
        for line in lines[1:]:
            if line.since in days:
                column = "code" if line.since is None else "since"
                self._faults.add(line.row, column, "twice", days[line.since])
            days[line.since] = line.row
            for column in COLUMNS_OF["store"]:
                if column not in _DATED and getattr(line, column) != getattr(first, column):
                    self._faults.add(line.row, column, "differs", first.row)
        return self._faults.count == before

    def _found(self, lines: Sequence[Line]) -> None:
        """A store that does not stand yet."""
        dated = sorted((self._dated(line) for line in lines), key=_since)
        first = dated[0]
        begin = (
            StoreParent(
                id=0, store_id=0, axis=axis, parent_id=self._id(first, axis), since=_since(first)
            )
            for axis in AXES
        )
        places = Places(self._today, begin)
        for line in dated:
            fault = self._against_far(line)
            for axis in AXES:
                now, parent_id = places.on(axis, _since(line)), self._id(line, axis)
                if now is not None and now.parent_id != parent_id:
                    if axis == "entity":
                        fault = fault or self._against_goal(line, places, now.parent_id)
                    if fault is None:
                        places.move(axis, parent_id, _since(line))
            if fault is not None:
                self._faults.note(fault)
        edit = Edit(lines=tuple(dated), after=places.after, plan=places.plan)
        self._add("new", lines[0], edit, _filled(lines[0]))

    def _compare_store(self, lines: Sequence[Line], store: AnyNode) -> None:
        assert self._organisation is not None  # there is a store
        line = lines[0]
        before = tuple(self._organisation.parents(store.id))
        said = self._said(line, store)
        places, moves = self._move(lines, store.id)
        edit = Edit(
            lines=tuple(lines),
            id=store.id,
            version=store.version,
            columns=tuple(one.column for one in said),
            before=before,
            after=places.after,
            plan=places.plan,
        )
        if not said and not moves:
            self._unchanged += 1
            return
        self._edits.append(edit)
        if said:
            self._note("changed", line, said)
        for sort, moved, what in moves:
            self._note(sort, moved, what, moved.since)

    def _move(
        self, lines: Sequence[Line], store_id: int
    ) -> tuple[Places, list[tuple[Sort, Line, tuple[Said, ...]]]]:
        """The places of a store as its lines want them, and what that moves, day by day."""
        assert self._organisation is not None  # there is a store
        organisation = self._organisation
        waiting = organisation.planned.get(store_id)
        places = Places(self._today, organisation.parents(store_id), waiting)
        moves: list[tuple[Sort, Line, tuple[Said, ...]]] = []
        for line in sorted(lines, key=lambda line: line.since or date.min):
            day = line.since or self._today
            said: dict[Sort, list[Said]] = {"moved": [], "planned": []}
            for axis in AXES:
                row = places.on(axis, day)
                if row is None:
                    first = places.first_day(axis) or day
                    self._faults.add(line.row, "since", "since_too_early", first)
                    break
                parent_id = self._id(line, axis)
                if row.parent_id != parent_id and self._may_move(line, axis, store_id, places):
                    sort = places.move(axis, parent_id, day)
                    code = self._codes[axis][row.parent_id]
                    said[sort].append(Said(axis, code, line.parent(axis)))
            moves += [(sort, line, tuple(all)) for sort, all in said.items() if all]
        return places, moves

    def _may_move(self, line: Line, axis: Axis, store_id: int, places: Places) -> bool:
        fault = self._against_day(line, store_id)
        if fault is None and axis == "entity":
            fault = self._against_entity(line, store_id, places)
        if fault is not None:
            self._faults.note(fault)
        return fault is None

    def _against_day(self, line: Line, store_id: int) -> Fault | None:
        last = self._booked.get(store_id)
        if line.since is None:
            return Fault(line.row, "since", "since_missing")
        if last is not None and line.since < self._today and line.since <= last:
            return Fault(line.row, "since", "booked_since", str(last))
        return self._against_far(line)

    def _against_far(self, line: Line) -> Fault | None:
        if line.since is None or line.since <= self._today + FARTHEST:
            return None
        return Fault(line.row, "since", "since_too_late", "3 years")

    def _against_entity(self, line: Line, store_id: int, places: Places) -> Fault | None:
        assert self._organisation is not None  # there is a store
        now = self._organisation.parent(store_id, "entity", self._today) or 0
        ahead = line.since is not None and places.waits_for_its_day(line.since)
        if not ahead and (store_id in self._booked or store_id in self._selling):
            return Fault(line.row, "entity", "entity_in_use", self._codes["entity"].get(now, ""))
        return self._against_goal(line, places, now)

    def _against_goal(self, line: Line, places: Places, now: int) -> Fault | None:
        """A store has one move to another entity ahead of it, and one currency."""
        codes = self._codes["entity"]
        if places.goal is not None:
            return Fault(line.row, "entity", "move_planned", codes[places.goal])
        currency = self._currencies.get(codes.get(now, ""))
        other = self._currencies.get(line.parent("entity"))
        if currency and other and currency != other:
            return Fault(line.row, "entity", "currency_differs", other)
        return None

    # What all of them ask

    def _parents(self) -> tuple[dict[Axis, dict[str, int]], dict[Axis, dict[int, str]]]:
        """Ids by code of all that stores may hang on, those that are new below 0; and back."""
        ids: dict[Axis, dict[str, int]] = {}
        for axis in AXES:
            ids[axis] = {code: one.id for code, one in self._known[axis].items()}
        for place, line in enumerate(self._sheet.lines, start=1):
            for axis in AXES:
                if line.kind == axis:
                    ids[axis].setdefault(line.code, -place)
        return ids, {axis: {id: code for code, id in of.items()} for axis, of in ids.items()}

    def _entity_currencies(self) -> dict[str, str]:
        new = {
            line.code: line.currency or "" for line in self._sheet.lines if line.kind == "entity"
        }
        if self._organisation is None:
            return new
        return {**new, **{one.code: one.currency for one in self._organisation.entities.values()}}

    def _knows(self, line: Line, axis: Axis) -> bool:
        """Whether a line's parent is there; one whose own line is bad is not named again."""
        code = line.parent(axis)
        if code in self._ids[axis]:
            return True
        if (axis, code) not in self._sheet.named:
            self._faults.add(line.row, axis, "parent_unknown", code)
        return False

    def _id(self, line: Line, axis: Axis) -> int:
        return self._ids[axis][line.parent(axis)]

    def _dated(self, line: Line) -> Line:
        return line if line.since is not None else structs.replace(line, since=self._today)

    def _add(self, sort: Sort, line: Line, edit: Edit, said: tuple[Said, ...]) -> None:
        self._edits.append(edit)
        self._note(sort, line, said, line.since if sort == "new" else None)

    def _note(
        self, sort: Sort, line: Line, said: tuple[Said, ...], since: date | None = None
    ) -> None:
        self._differences.append(
            Difference(
                sort=sort, kind=line.kind, code=line.code, row=line.row, said=said, since=since
            )
        )


_DATED = frozenset({*AXES, "since"})


def _nodes(organisation: Organisation | None, kind: Kind) -> dict[str, AnyNode]:
    if organisation is None:
        return {}
    return {one.code: one for one in nodes_at(organisation, kind).values()}


def _are_same(one: object, other: object) -> bool:
    """Whether two values are the same; coordinates are to the centimetre, for spreadsheets keep
    fewer digits than we do."""
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) < 1e-7
    return one == other


def _filled(line: Line) -> tuple[Said, ...]:
    return tuple(
        Said(column, "", _shown(getattr(line, column)))
        for column in COLUMNS_OF[line.kind]
        if column not in ("kind", "code") and getattr(line, column) is not None
    )


def _shown(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
    return str(value)


def _since(line: Line) -> date:
    assert line.since is not None  # dated before it is asked
    return line.since
