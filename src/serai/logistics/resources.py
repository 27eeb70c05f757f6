"""Resources: what an offer uses up, and how much of it there is at what time.

Capacity is a rule, a calendar with exceptions; a slot's account opens with its opening transfer
on first touch.
"""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from serai.core import MINUTES_A_DAY, day_of
from serai.ledger import Account, Belonging, Opening, Step, Transfer

ResourceKind = Literal["room", "table", "seat", "quota", "stock"]
SlotPattern = Literal["nights", "span", "day", "entry", "stock"]
"""How a line's times become slots: each night; consecutive quarter-hours; the day; the moment of
entry or departure; or none, for stock."""

QUARTER_MINUTES = 15
MOST_ACCOUNTS = 200_000
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)


class CapacityRule(Struct, frozen=True, kw_only=True, gc=False):
    """From `since` up to but not including `until`, on those weekdays (0 is Monday), slots that
    begin from `from_minute` up to but not including `until_minute` of the day have `quantity`."""

    quantity: int
    since: date = date.min
    until: date = date.max
    weekdays: tuple[int, ...] = EVERY_DAY
    from_minute: int = 0
    until_minute: int = MINUTES_A_DAY


class Resource(Struct, frozen=True, kw_only=True, gc=False):
    """Something a store has a limited number of; the last rule that fits a slot says how many."""

    id: int
    store_id: int
    code: str
    name_en: str
    name_zh: str
    kind: ResourceKind
    calendar: tuple[CapacityRule, ...]
    version: int = 1

    @property
    def unit(self) -> str:
        """The unit in which the books keep it."""
        return f"{self.kind}:{self.id}"


class Need(Struct, frozen=True, gc=False):
    """`quantity` of a resource in one slot."""

    resource_id: int
    kind: ResourceKind
    slot: int
    quantity: int
    capacity: int
    """What the calendar has for the slot, so that the first to touch it can open it."""


def capacity(resource: Resource, slot: int) -> int:
    """How many of the resource there are in a slot, by its calendar (0 where no rule fits)."""
    if resource.kind == "stock":
        return resource.calendar[-1].quantity if resource.calendar else 0
    day = day_of(slot)
    weekday = day.weekday()
    minute = slot % MINUTES_A_DAY
    for rule in reversed(resource.calendar):
        if (
            rule.from_minute <= minute < rule.until_minute
            and weekday in rule.weekdays
            and rule.since <= day < rule.until
        ):
            return rule.quantity
    return 0


def slots(pattern: SlotPattern, first_slot: int, length: int, span: int) -> range:
    """The slots that a line takes: `length` nights, or `span` quarter-hours from `first_slot`."""
    day_start = first_slot - first_slot % MINUTES_A_DAY
    match pattern:
        case "nights":
            return range(day_start, day_start + length * MINUTES_A_DAY, MINUTES_A_DAY)
        case "span":
            return range(first_slot, first_slot + span * QUARTER_MINUTES, QUARTER_MINUTES)
        case "day":
            return range(day_start, day_start + 1)
        case "entry":
            return range(first_slot, first_slot + 1)
        case "stock":
            return range(1)


def available(book: int, need: Need) -> Account:
    """What can still be sold of a resource in a slot; it cannot be overdrawn."""
    return _available(book, need.kind, need.resource_id, need.slot)


# One order after the other wants the same slots: their accounts are made once.
@lru_cache(maxsize=MOST_ACCOUNTS)
def _available(book: int, kind: str, resource_id: int, slot: int) -> Account:
    return Account(book, f"{kind}:{resource_id}", resource_id, "available", slot, "debits")


def is_available(account: Account) -> bool:
    """Whether an account says what can still be sold of a resource."""
    return account.role == "available"


def source(book: int, need: Need) -> Account:
    """Where units come from that a calendar gives, and go when it takes them."""
    return _of_resource(book, need, "source")


def sold(book: int, need: Need) -> Account:
    """What was sold of a resource and is still to be used."""
    return _of_resource(book, need, "sold")


def _of_resource(book: int, need: Need, role: str) -> Account:
    return _whole(book, need.kind, need.resource_id, role)


@lru_cache(maxsize=MOST_ACCOUNTS)
def _whole(book: int, kind: str, resource_id: int, role: str) -> Account:
    return Account(book, f"{kind}:{resource_id}", resource_id, role)


def open_slots(book: int, needs: Sequence[Need]) -> tuple[Opening, ...]:
    """Openings for slots that nobody has touched before; a slot of capacity 0 opens to nothing."""
    return tuple(
        [
            Opening(
                account=available(book, need),
                source=_of_resource(book, need, "source"),
                amount=need.capacity,
            )
            for need in needs
            if need.capacity > 0
        ]
    )


def widen(book: int, resource: Resource, slots: Sequence[int], by: int) -> tuple[Step, ...]:
    """Put `by` more of a resource on slots that are open already."""
    needs = [Need(resource.id, resource.kind, slot, by, 0) for slot in slots]
    return tuple(
        Transfer(
            debit=_of_resource(book, need, "source"),
            credit=available(book, need),
            amount=by,
            reason="open",
        )
        for need in needs
    )


def hold(
    book: int, needs: Sequence[Need], of: Belonging, *, timeout_seconds: int
) -> tuple[Step, ...]:
    """Set needs aside: pending until confirmed or released, 0 seconds meaning no deadline."""
    return open_slots(book, needs) + tuple(
        [
            Transfer(
                debit=available(book, need),
                credit=_of_resource(book, need, "sold"),
                amount=need.quantity,
                reason="hold",
                pending=True,
                timeout_seconds=timeout_seconds,
                of=of,
            )
            for need in needs
        ]
    )


def sell(book: int, needs: Sequence[Need], of: Belonging) -> tuple[Step, ...]:
    """Sell needs at once, without a hold: history, and sales at the desk."""
    return open_slots(book, needs) + tuple(
        Transfer(
            debit=available(book, need),
            credit=_of_resource(book, need, "sold"),
            amount=need.quantity,
            reason="sell",
            of=of,
        )
        for need in needs
    )


def consume(
    book: int, needs: Sequence[Need], of: Belonging, *, on: Sequence[date] = ()
) -> tuple[Step, ...]:
    """What was sold is used; `on` gives each need's business date where it has one of its own."""
    return _move(book, needs, of, "consumed", "fulfil", on)


def forfeit(
    book: int, needs: Sequence[Need], of: Belonging, *, on: date | None = None,
    reason: str = "no_show",
) -> tuple[Step, ...]:  # fmt: skip
    """What was sold was not used and cannot be sold again: its slot has begun."""
    return _move(book, needs, of, "forfeited", reason, [on] * len(needs) if on else ())


def give_back(
    book: int, needs: Sequence[Need], of: Belonging, *, on: date | None = None,
    reason: str = "cancel",
) -> tuple[Step, ...]:  # fmt: skip
    """What was sold can be sold again."""
    return tuple(
        Transfer(
            debit=_of_resource(book, need, "sold"),
            credit=available(book, need),
            amount=need.quantity,
            reason=reason,
            of=of,
            business_date=on,
        )
        for need in needs
    )


def shortfall(account: Account) -> Account:
    """Where units come from that a fact needs and the calendar did not have."""
    return Account(account.book, account.unit, account.holder, "shortfall")


def open_missing(
    book: int, needs: Sequence[Need], missing: Sequence[int], of: Belonging
) -> tuple[Step, ...]:
    """Open what each need lacks from `shortfall`, for facts whose lack is known beforehand."""
    return tuple(
        Transfer(
            debit=_of_resource(book, need, "shortfall"),
            credit=available(book, need),
            amount=lacks,
            reason="shortfall",
            of=of,
        )
        for need, lacks in zip(needs, missing, strict=True)
        if lacks
    )


def _move(
    book: int, needs: Sequence[Need], of: Belonging, role: str, reason: str, on: Sequence[date]
) -> tuple[Step, ...]:
    return tuple(
        Transfer(
            debit=_of_resource(book, need, "sold"),
            credit=_of_resource(book, need, role),
            amount=need.quantity,
            reason=reason,
            of=of,
            business_date=on[place] if on else None,
        )
        for place, need in enumerate(needs)
    )
