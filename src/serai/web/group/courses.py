"""Courses: the balance of a role or an account from day to day."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from serai.capital import DEBIT_ROLES
from serai.ledger import DaySum
from serai.web.group.account_names import flow_of
from serai.web.group.books_day import BooksDay
from serai.web.look import Chart, Series, word

MOST_POINTS = 400
"""Longer courses are drawn week by week."""

GOODS_DEBITS = frozenset({"source", "overbooking", "shortfall", "booked"})


def on_debit_side(role: str) -> bool:
    """Whether the balance of a role is told as debits less credits."""
    return role in DEBIT_ROLES or role in GOODS_DEBITS


def course_of(moved: Sequence[DaySum], days: Sequence[date], *, debit: bool) -> list[int]:
    """The balance at the end of each of the days, which rise."""
    sign = 1 if debit else -1
    balance, place, found = 0, 0, []
    for day in days:
        while place < len(moved) and moved[place].day <= day:
            balance += moved[place].debits - moved[place].credits
            place += 1
        found.append(sign * balance)
    return found


def course_days(days: BooksDay) -> list[date]:
    """The days that a course is drawn for: each, or each week's, the last one among them."""
    count = (days.last - days.first).days + 1
    step = 1 if count <= MOST_POINTS else 7
    return [days.last - timedelta(days=back) for back in range(0, count, step)][::-1]


def course_chart(
    moved: Sequence[DaySum], role: str, unit: str, days: BooksDay, say: Callable[[str], str]
) -> Chart:
    """The course of a role, with the chosen day marked in it."""
    drawn = course_days(days)
    values = course_of(moved, drawn, debit=on_debit_side(role))
    marked = max((day for day in drawn if day <= days.chosen), default=None)
    return Chart(
        "lines",
        word(role, say).capitalize(),
        tuple(drawn),
        say("Day"),
        (Series(word(role, say), tuple(values), flow_of(unit)),),
        unit,
        say("At the end of each business date."),
        marked,
    )
