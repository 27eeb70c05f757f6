"""The page of health: whether the platform is well, for those who keep it running."""

import asyncio
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.response import Template
from msgspec import Struct

from serai.core import Certificate, DatabaseAway, read_certificate, rounds
from serai.flows import House, Vitals, VitalSigns
from serai.ledger import waiting_proposals
from serai.web.admin.health import signs
from serai.web.admin.health.signs import Disk, State
from serai.web.languages import gettext_of
from serai.web.look import Column, Formats, Table, language_of


class Platform:
    """The platform as its keepers see it: what it says of itself, and what it stands on."""

    def __init__(self, house: House, home: Path, certificates: Sequence[Path] = ()) -> None:
        self.clock = house.clock
        self._signs = VitalSigns(house)
        self._home = home
        self._certificates = certificates

    async def vitals(self) -> Vitals | None:
        """What the database says; None while it is away."""
        with suppress(DatabaseAway):
            return await self._signs.read()
        return None

    def disk(self) -> Disk | None:
        """The room where the data folder is; None where there is no such folder."""
        try:
            usage = shutil.disk_usage(self._home)
        except OSError:
            return None
        return Disk(usage.free, usage.total)

    def certificates(self) -> list[Certificate]:
        """The certificates that are watched."""
        return [read_certificate(path) for path in self._certificates]


SharedPlatform = NamedDependency[Platform]


class JobRow(Struct, frozen=True):
    """A job as it is listed."""

    name: str
    code: str
    every: str
    done_at: datetime | None
    took: str
    state: State


class FeedRow(Struct, frozen=True):
    """A feed as it is listed."""

    feed: str
    read_at: datetime
    rows: int
    waiting: int
    state: str


class CertificateRow(Struct, frozen=True):
    """A certificate as it is listed."""

    file: str
    ends_at: datetime | None
    days: int | None
    state: State


@get("/", include_in_schema=False, opt={"right": "platform.read"})
async def health_page(request: Request[Any, Any, Any], platform: SharedPlatform) -> Template:
    """How the platform is."""
    language = language_of(request)
    say, formats, now = gettext_of(language), Formats(language), platform.clock()
    vitals = await platform.vitals()
    certificates = await asyncio.to_thread(platform.certificates)
    looked_at = [
        signs.of_database(vitals, say, formats),
        signs.of_books(rounds(), say, formats),
        *signs.of_queues(vitals, waiting_proposals(), say, formats),
        *signs.of_disk(platform.disk(), say, formats),
    ]
    jobs = jobs_table(now, formats, say)
    watched = certificates_table(certificates, now, say)
    return Template(
        "admin/health.html",
        context={
            "state": signs.worst(
                [
                    *(sign.state for sign in looked_at),
                    *(signs.of_round(one, now) for one in rounds()),
                    *(signs.of_certificate(one, now) for one in certificates),
                ]
            ),
            "troubles": [sign for sign in looked_at if sign.state == "trouble"],
            "signs": looked_at,
            "jobs": jobs,
            "feeds": feeds_table(vitals, say),
            "certificates": watched,
            "position": vitals.position if vitals else None,
        },
    )


def jobs_table(now: datetime, formats: Formats, say: Callable[[str], str]) -> Table:
    """What is done again and again."""
    rows = [
        JobRow(
            say(signs.JOBS[one.name]) if one.name in signs.JOBS else one.name,
            one.name,
            signs.period_text(one.pause_seconds, formats),
            one.done_at,
            say("{seconds} s").format(seconds=formats.number(one.seconds, 2)),
            signs.of_round(one, now),
        )
        for one in sorted(rounds(), key=lambda one: one.name)
    ]
    columns = (
        Column("name", say("Job"), place="title"),
        Column("every", say("Pause"), place="wide"),
        Column("done_at", say("Last done"), "when"),
        Column("took", say("Took")),
        Column("state", say("State"), "state", place="lead"),
    )
    return Table(columns, rows, say("Jobs"))


def feeds_table(vitals: Vitals | None, say: Callable[[str], str]) -> Table:
    """How fresh the feeds are."""
    rows = [
        FeedRow(
            one.feed,
            one.ended_at or one.started_at,
            one.read,
            one.waiting,
            "read_whole" if one.ended_at else "reading",
        )
        for one in (vitals.feeds if vitals else ())
    ]
    columns = (
        Column("feed", say("Feed"), place="title"),
        Column("read_at", say("Last read"), "when"),
        Column("rows", say("Read"), "count"),
        Column("waiting", say("Wait in quarantine"), "count"),
        Column("state", say("State"), "state", place="lead"),
    )
    return Table(columns, rows, say("Feeds"))


def certificates_table(
    found: Sequence[Certificate], now: datetime, say: Callable[[str], str]
) -> Table:
    """Until when the certificates hold."""
    rows = [
        CertificateRow(
            signs.name_of(one.path),
            one.ends_at,
            one.days_left(now),
            signs.of_certificate(one, now),
        )
        for one in found
    ]
    columns = (
        Column("file", say("File"), "mono", place="title"),
        Column("ends_at", say("Ends"), "when"),
        Column("days", say("Days left"), "count"),
        Column("state", say("State"), "state", place="lead"),
    )
    return Table(columns, rows, say("Certificates"))
