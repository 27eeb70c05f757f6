"""Periods: a store's parents on an axis, one after the other, and what a move makes of them.

Nothing is deleted: a period is cut short and another one begins, or, from a period's first day on,
its parent is another one.
"""

from collections.abc import Sequence
from datetime import date
from typing import get_args

from msgspec import Struct, structs

from serai.cloud.organisation import Axis, Organisation, StoreParent


class PeriodChange(Struct, frozen=True):
    """A period that stands otherwise than before."""

    before: StoreParent
    after: StoreParent

    @property
    def values(self) -> dict[str, object]:
        """The columns that are new."""
        return {
            name: getattr(self.after, name)
            for name in ("parent_id", "until")
            if getattr(self.after, name) != getattr(self.before, name)
        }


def in_force(periods: Sequence[StoreParent], day: date) -> StoreParent | None:
    """The period of an axis that a day lies in."""
    for row in periods:
        if row.since <= day and (row.until is None or day < row.until):
            return row
    return None


def move(periods: Sequence[StoreParent], parent_id: int, since: date) -> tuple[StoreParent, ...]:
    """The periods of one axis when the parent is another one from a day on, until the next change.

    A new period has the id 0. A day before the first period is nobody's: raises `ValueError`.
    """
    row = in_force(periods, since)
    if row is None:
        raise ValueError(f"no parent on {since}")
    if row.parent_id == parent_id:
        return tuple(periods)
    if row.since == since:
        made = [structs.replace(row, parent_id=parent_id)]
    else:
        made = [
            structs.replace(row, until=since),
            structs.replace(row, id=0, parent_id=parent_id, since=since, version=1),
        ]
    return tuple(other for one in periods for other in (made if one is row else [one]))


def waits_for_its_day(periods: Sequence[StoreParent], since: date, today: date) -> bool:
    """Whether another legal entity from a day on is planned for it: then its store's bookings,
    cash and goods go over. A store that is not there before that day has none."""
    row = in_force(periods, since)
    return since > today and row is not None and row.since < since


def with_planned(organisation: Organisation, store_id: int) -> tuple[StoreParent, ...]:
    """Every parent of a store, as if the move that waits for its day had been carried out."""
    periods = tuple(organisation.parents(store_id))
    plan = organisation.planned.get(store_id)
    if plan is None:
        return periods
    after = move([row for row in periods if row.axis == "entity"], plan.to_id, plan.since)
    return tuple(
        row for axis in get_args(Axis)
        for row in (after if axis == "entity" else [one for one in periods if one.axis == axis])
    )  # fmt: skip


def differences(
    before: Sequence[StoreParent], after: Sequence[StoreParent]
) -> tuple[tuple[StoreParent, ...], tuple[PeriodChange, ...]]:
    """The periods that are new, and those that have changed."""
    known = {row.id: row for row in before}
    return (
        tuple(row for row in after if row.id == 0),
        tuple(PeriodChange(known[row.id], row) for row in after if row.id and known[row.id] != row),
    )
