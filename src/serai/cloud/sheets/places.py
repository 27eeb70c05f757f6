"""A store's parents as one line of a sheet after the other would have them."""

from collections.abc import Iterable
from datetime import date
from typing import Literal

from msgspec import Struct

from serai.cloud.organisation import Axis, PlannedMove, StoreParent
from serai.cloud.periods import in_force, move, waits_for_its_day
from serai.cloud.sheets.lines import AXES


class Plan(Struct, frozen=True):
    """A store is to go from one legal entity to another on a day to come."""

    from_id: int
    to_id: int
    since: date


class Places:
    """One store's periods on every axis, and the one move to another legal entity that is carried
    out on its day: `goal` is where it leads, `plan` the one that was not planned before."""

    def __init__(
        self, today: date, periods: Iterable[StoreParent], waiting: PlannedMove | None = None
    ) -> None:
        self._today = today
        rows = tuple(periods)
        self._rows = {axis: tuple(row for row in rows if row.axis == axis) for axis in AXES}
        self._ahead = self._rows["entity"]
        self.plan: Plan | None = None
        self.goal: int | None = None
        if waiting is not None:
            self.goal = waiting.to_id
            self._ahead = move(self._ahead, waiting.to_id, waiting.since)

    @property
    def after(self) -> tuple[StoreParent, ...]:
        """The periods as they would be at once."""
        return tuple(row for axis in AXES for row in self._rows[axis])

    def on(self, axis: Axis, day: date) -> StoreParent | None:
        """The period of a day, with what is planned."""
        return in_force(self._ahead if axis == "entity" else self._rows[axis], day)

    def first_day(self, axis: Axis) -> date | None:
        """The first day on which the store has a parent."""
        return min((row.since for row in self._rows[axis]), default=None)

    def waits_for_its_day(self, since: date) -> bool:
        """Whether another legal entity from that day on would be planned for it."""
        return waits_for_its_day(self._rows["entity"], since, self._today)

    def move(self, axis: Axis, parent_id: int, since: date) -> Literal["moved", "planned"]:
        """Another parent from a day on; one move at most can be ahead, where there is a `goal`
        none may be asked for."""
        if axis != "entity":
            self._rows[axis] = move(self._rows[axis], parent_id, since)
            return "moved"
        row = in_force(self._ahead, since)
        if row is not None and self.waits_for_its_day(since):
            self.plan, self.goal = Plan(row.parent_id, parent_id, since), parent_id
            self._ahead = move(self._ahead, parent_id, since)
            return "planned"
        self._rows[axis] = self._ahead = move(self._ahead, parent_id, since)
        return "moved"
