"""Feeds: what was read from where, and what waits in quarantine."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal

from litestar import Request, get
from litestar.response import Template
from msgspec import Struct

from serai.information import (
    FeedRun,
    QuarantineCount,
    Quarantined,
    count_quarantine,
    hotel_bookings,
    read_quarantine,
    read_runs,
)
from serai.web.group.console import SharedConsole
from serai.web.group.query import Id, Word, asked
from serai.web.languages import Language, gettext_of
from serai.web.look import Column, Table, language_of, look_of, with_query, word

MOST_RUNS = 20
PAGE_ROWS = 50

Status = Literal["waiting", "released", "dropped"]
STATUSES: tuple[Status, ...] = ("waiting", "released", "dropped")
SAMPLE = ("hotel", "arrival_date_year", "arrival_date_month", "arrival_date_day_of_month")
"""Columns that tell a reader which booking a row is about."""


class FeedsWanted(Struct, frozen=True):
    """Which rows in quarantine are listed; `cursor` is the last one before."""

    status: Status = "waiting"
    reason: Word | None = None
    cursor: Id | None = None


class RunRow(Struct, frozen=True):
    """One reading of a file as it is listed."""

    file: str
    feed: str
    started_at: datetime
    seconds: int | None
    read: int
    accepted: int
    rejected: int
    known: int
    state: str


class WaitingRow(Struct, frozen=True):
    """A row in quarantine as it is listed."""

    line: str
    href: str
    reasons: str
    about: str
    file: str
    seen_at: datetime


@get("/feeds", include_in_schema=False, opt={"right": "feeds.read"})
async def feeds_page(request: Request[Any, Any, Any], console: SharedConsole) -> Template:
    """The feeds, their runs, and the quarantine."""
    wanted = asked(request, FeedsWanted)
    language = language_of(request)
    say = gettext_of(language)
    database = console.house.database
    runs = await read_runs(database, most=MOST_RUNS)
    counts = await count_quarantine(database)
    found = await read_quarantine(
        database,
        status=wanted.status,
        after=wanted.cursor or 0,
        most=PAGE_ROWS + 1,
        reason=wanted.reason or "",
    )
    shown = found[:PAGE_ROWS]
    address = look_of(request, console.now()).address
    return Template(
        "group/feeds/feeds.html",
        context={
            "runs": runs_table(runs, say),
            "accepted": sum(run.accepted for run in runs),
            "by_status": by_status(counts),
            "statuses": status_switch(address, counts, wanted.status, say),
            "reasons": reason_switch(address, counts, wanted, language),
            "quarantine": quarantine_table(
                shown, runs, language, address,
                str(shown[-1].id) if len(found) > PAGE_ROWS else None,
                turned=wanted.cursor is not None,
            ),
        },
    )  # fmt: skip


def by_status(counts: Sequence[QuarantineCount]) -> dict[str, int]:
    """How many rows wait, were released, were dropped."""
    found = {count.status: count.rows for count in counts if not count.reason}
    return {status: found.get(status, 0) for status in STATUSES}


def status_switch(
    address: str, counts: Sequence[QuarantineCount], wanted: str, say: Callable[[str], str]
) -> list[tuple[str, str, bool]]:
    """The switch between statuses: text with the count, address, whether it is chosen."""
    rows = by_status(counts)
    return [
        (
            f"{word(status, say)} · {rows[status]}",
            with_query(address, status=status, reason=None, cursor=None),
            status == wanted,
        )
        for status in STATUSES
    ]


def reason_switch(
    address: str, counts: Sequence[QuarantineCount], wanted: FeedsWanted, language: Language
) -> list[tuple[str, str, bool]]:
    """The switch between the reasons that rows of the status have, the most frequent first."""
    say = gettext_of(language)
    own = [count for count in counts if count.reason and count.status == wanted.status]
    every = (
        say("All reasons"),
        with_query(address, reason=None, cursor=None),
        wanted.reason is None,
    )
    return [
        every,
        *(
            (
                f"{reason_text(count.reason, language)} · {count.rows}",
                with_query(address, reason=count.reason, cursor=None),
                count.reason == wanted.reason,
            )
            for count in own
        ),
    ]


def reason_text(reason: str, language: Language) -> str:
    """Why a row was refused, in words."""
    english, chinese = hotel_bookings.REASONS.get(reason, (reason, reason))
    return chinese if language == "zh-CN" else english


def runs_table(runs: Sequence[FeedRun], say: Callable[[str], str]) -> Table:
    """The last readings of files."""
    rows = [
        RunRow(
            run.file_name,
            run.feed,
            run.started_at,
            round((run.ended_at - run.started_at).total_seconds()) if run.ended_at else None,
            run.read,
            run.accepted,
            run.rejected,
            run.already_known,
            "read_whole" if run.ended_at else "reading",
        )
        for run in runs
    ]
    columns = (
        Column("file", say("File"), place="title", note="feed"),
        Column("started_at", say("Begun"), "when"),
        Column("seconds", say("Seconds"), "count", place="wide"),
        Column("read", say("Read"), "count"),
        Column("accepted", say("Accepted"), "count"),
        Column("rejected", say("Rejected"), "count"),
        Column("known", say("Known already"), "count"),
        Column("state", say("State"), "state", place="lead"),
    )
    return Table(columns, rows, say("Readings"))


def quarantine_table(
    rows: Sequence[Quarantined], runs: Sequence[FeedRun], language: Language, address: str,
    next: str | None, *, turned: bool,
) -> Table:  # fmt: skip
    """Rows in quarantine."""
    say = gettext_of(language)
    files = {run.id: run.file_name for run in runs}
    shown = [
        WaitingRow(
            line=say("line {number}").format(number=row.line_number),
            href=f"/group/feeds/quarantine/{row.id}",
            reasons=("；" if language == "zh-CN" else "; ").join(
                reason_text(reason, language) for reason in row.reasons
            ),
            about=" ".join(value for name in SAMPLE if (value := row.record.get(name))),
            file=files.get(row.run_id, row.feed),
            seen_at=row.seen_at,
        )
        for row in rows
    ]
    columns = (
        Column("line", say("Row"), place="title", href="href"),
        Column("reasons", say("Why it waits")),
        Column("about", say("About"), place="wide"),
        Column("file", say("File"), place="wide"),
        Column("seen_at", say("Seen"), "when"),
    )
    return Table(columns, shown, say("Quarantine"), address, next=next, turned=turned)
