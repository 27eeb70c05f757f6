"""The page of health says what is well, what is worth a look, and what needs somebody."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from serai.core import Certificate, Round, begin_rounds, utc_now
from serai.flows import DatabaseVitals, House, Vitals, VitalSigns, WaitingPayments
from serai.web import Web
from serai.web.admin.health.signs import (
    Disk,
    Sign,
    bytes_text,
    of_books,
    of_certificate,
    of_database,
    of_disk,
    of_queues,
    of_round,
    worst,
)
from serai.web.languages import LANGUAGES, gettext_of
from serai.web.look import Formats
from tests.cli.test_checking import certificate
from tests.flows.clock import SetClock
from tests.flows.desk import Desk, want
from tests.people import role_on
from tests.web.test_group_pages import text_of
from tests.web.test_pages import Elements
from tests.web.visitors import sign_in_as
from tests.worlds import ROOM_PREPAID

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SAY, FORMATS = gettext_of("en"), Formats("en")
GB = 1024**3


@pytest.fixture
def jobs() -> Iterator[Round]:
    balances = begin_rounds("check_books", 900)
    balances.begin()
    balances.end()
    yield balances
    balances.end()


@pytest_asyncio.fixture
async def keeper(house: House, tmp_path: Path, jobs: Round) -> AsyncIterator[httpx.AsyncClient]:
    watched = [certificate(tmp_path / "inn.pem", days=5), tmp_path / "gone.pem"]
    application = Litestar(plugins=[Web(house, tmp_path, certificates=watched)])
    transport = httpx.ASGITransport(application)  # type: ignore[arg-type]  # litestar's own types
    async with httpx.AsyncClient(
        transport=transport, base_url="http://house", headers={"accept-language": "en"}
    ) as client:
        await sign_in_as(client, house, role_on("group_it"))
        yield client


async def test_it_is_for_those_who_keep_the_platform(door: httpx.AsyncClient, house: House) -> None:
    assert (await door.get("/admin/health")).status_code == 303
    await sign_in_as(door, house, role_on("group_finance"))
    assert (await door.get("/admin/health")).status_code == 404
    await sign_in_as(door, house, role_on("group_it"))
    page = await door.get("/admin/health")
    assert page.status_code == 200
    assert 'href="/admin/health"' in page.text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_is_whole_in_both_languages(
    keeper: httpx.AsyncClient, language: str
) -> None:
    answer = await keeper.get(f"/admin/health?lang={language}")
    assert answer.status_code == 200
    page = Elements(answer.text)
    assert len([tag for tag, _ in page.found if tag == "h1"]) == 1
    assert "PostgreSQL" in answer.text
    assert "check_books" not in text_of(answer.text)


async def test_it_tells_of_books_jobs_and_certificates(
    keeper: httpx.AsyncClient, jobs: Round
) -> None:
    page = text_of((await keeper.get("/admin/health")).text)
    assert "Balanced, as of" in page
    assert "The balances of the books are checked" in page
    assert "inn.pem" in page
    assert "Something needs somebody." in page  # a certificate that is watched is not there
    jobs.end("every unit sums to zero in every book")
    page = text_of((await keeper.get("/admin/health")).text)
    assert "Not balanced, as of" in page
    assert "every unit sums to zero in every book" in page


def vitals(*, unfolded: int = 0, waits: timedelta | None = None, used: int = 10) -> Vitals:
    return Vitals(
        at=NOW,
        position=9,
        database=DatabaseVitals("18.1 (Debian)", 3 * GB // 2, used, 100),
        payments=WaitingPayments(1 if waits else 0, NOW - waits if waits else None),
        unfolded=unfolded,
        feeds=(),
    )


def states(signs: list[Sign]) -> list[str]:
    return [sign.state for sign in signs]


def test_a_database_that_is_away_or_nearly_full_of_connections_is_told() -> None:
    assert of_database(None, SAY, FORMATS).state == "trouble"
    assert of_database(vitals(), SAY, FORMATS).says == "PostgreSQL 18.1, 1.5 GB"
    assert of_database(vitals(used=90), SAY, FORMATS).state == "worth_a_look"


def test_what_waits_too_long_is_told() -> None:
    assert states(of_queues(vitals(), 0, SAY, FORMATS)) == ["well", "well", "well"]
    late = vitals(unfolded=600_000, waits=timedelta(minutes=20))
    assert states(of_queues(late, 5000, SAY, FORMATS)) == ["worth_a_look"] * 3
    very_late = vitals(unfolded=6_000_000, waits=timedelta(hours=2))
    assert states(of_queues(very_late, 0, SAY, FORMATS)) == ["well", "trouble", "trouble"]
    assert len(of_queues(None, 0, SAY, FORMATS)) == 1


def test_little_room_is_told() -> None:
    found = [of_disk(Disk(free * GB, 100 * GB), SAY, FORMATS)[0].state for free in (50, 5, 1)]
    assert found == ["well", "worth_a_look", "trouble"]
    assert of_disk(None, SAY, FORMATS) == []
    assert [bytes_text(one, FORMATS) for one in (0, 2048, 5 * GB, 500 * GB)] == [
        "0 B", "2 KB", "5.0 GB", "500 GB",
    ]  # fmt: skip


def test_a_job_that_is_late_or_in_trouble_is_told() -> None:
    job = Round("fold_journal", 5, NOW, done_at=NOW)
    assert of_round(job, NOW + timedelta(seconds=60)) == "well"
    assert of_round(job, NOW + timedelta(minutes=5)) == "worth_a_look"
    assert of_round(job, NOW + timedelta(hours=1)) == "trouble"
    job.trouble = "database_away"
    assert of_round(job, NOW) == "trouble"


def test_a_certificate_is_told_before_it_ends() -> None:
    def state(days: int) -> str:
        return of_certificate(Certificate(Path("/inn.pem"), NOW + timedelta(days=days)), NOW)

    assert [state(days) for days in (60, 10, 0, -1)] == [
        "well", "worth_a_look", "trouble", "trouble",
    ]  # fmt: skip
    assert of_certificate(Certificate(Path("/inn.pem"), problem="gone"), NOW) == "trouble"


def test_books_that_nobody_has_looked_at_are_not_called_balanced() -> None:
    assert of_books([], SAY, FORMATS).state == "not_yet"
    assert of_books([Round("check_books", 900, utc_now())], SAY, FORMATS).state == "not_yet"
    assert worst(["well", "not_yet"]) == "not_yet"
    assert worst(["well", "trouble", "worth_a_look"]) == "trouble"
    assert worst([]) == "well"


async def test_what_was_asked_long_ago_waits_since_we_look(
    house: House, desk: Desk, clock: SetClock
) -> None:
    before = VitalSigns(house)
    booked = await desk.book(want(ROOM_PREPAID, nights=2))
    await desk.ask(booked.order_id)
    asked_at = clock()
    clock.forward(hours=2)
    after = VitalSigns(house)
    assert (await before.read()).payments == WaitingPayments(1, asked_at)
    assert (await after.read()).payments == WaitingPayments(1, clock())
