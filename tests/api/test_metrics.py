"""Metrics are for whoever may read them, and tell counts and times, never whose."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from prometheus_client.parser import text_string_to_metric_families

from serai.api import Api
from serai.api.metrics import get_metrics
from serai.core import begin_rounds
from serai.flows import House
from tests.api.program import Program, line
from tests.worlds import DUCK, WANG

TOKEN = "0123456789abcdef"
STRANGER = "203.0.113.9"


def asking(application: Litestar, host: str = "127.0.0.1") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(application, client=(host, 1234))  # type: ignore[arg-type]  # litestar's own types
    return httpx.AsyncClient(transport=transport, base_url="http://house")


def open_api(house: House, home: Path, **told: Any) -> Litestar:
    return Litestar(plugins=[Api(house, home, lambda name: name, **told)])


async def told(application: Litestar) -> dict[str, float]:
    """Every sample by its name with its labels."""
    async with asking(application) as client:
        answer = await client.get("/metrics")
    assert answer.status_code == 200
    return {
        f"{one.name}{sorted(one.labels.items())}": one.value
        for family in text_string_to_metric_families(answer.text)
        for one in family.samples
    }


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_without_a_token_they_are_for_this_machine(
    house: House, tmp_path: Path, host: str
) -> None:
    async with asking(open_api(house, tmp_path), host) as client:
        assert (await client.get("/metrics")).status_code == 200


async def test_strangers_and_proxies_find_nothing(house: House, tmp_path: Path) -> None:
    application = open_api(house, tmp_path)
    async with asking(application, STRANGER) as client:
        refused = await client.get("/metrics")
        nothing = await client.get("/metrics/nothing")
    assert refused.status_code == nothing.status_code == 404
    assert refused.json()["refusal"] == "not_found"
    async with asking(application) as client:
        for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):
            answer = await client.get("/metrics", headers={header: "127.0.0.1"})
            assert answer.status_code == 404, header


async def test_with_a_token_they_are_for_whoever_shows_it(house: House, tmp_path: Path) -> None:
    application = open_api(house, tmp_path, metrics_token=TOKEN)
    async with asking(application, STRANGER) as client:
        assert (await client.get("/metrics")).status_code == 404
        for shown in ("Bearer", f"Bearer {TOKEN[:-1]}x", f"Basic {TOKEN}", "Bearer \xe9"):
            wrong = [(b"authorization", shown.encode("latin-1"))]
            assert (await client.get("/metrics", headers=wrong)).status_code == 404, shown
        good = {"Authorization": f"Bearer {TOKEN}"}
        assert (await client.get("/metrics", headers=good)).status_code == 200
    async with asking(application) as client:  # a proxy on this machine asks from here, too
        assert (await client.get("/metrics")).status_code == 404


async def test_what_an_order_leaves_in_them(
    application: Litestar, program: Program, house: House
) -> None:
    before = await told(application)
    order = await program.order(line(DUCK))
    after = await told(application)

    def grown(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert grown("serai_writer_commit_seconds_count[]") >= 1
    assert grown("serai_writer_batch_proposals_sum[]") >= 1
    assert grown("serai_transfers_total[]") >= 1
    assert after["serai_events_position[]"] == house.books.position
    assert after["serai_writer_queue[]"] == 0
    assert after["serai_database_up[]"] == 1
    assert after["serai_pool_connections[('pool', 'platform'), ('state', 'idle')]"] >= 1
    assert after["serai_disk_free_bytes[]"] > 0
    assert "process_resident_memory_bytes[]" in after
    assert str(order) not in re.findall(r"\w+", " ".join(after))


async def test_refusals_are_counted_by_name(application: Litestar, program: Program) -> None:
    name = "serai_writer_refusals_total[('refusal', 'exceeds_credits')]"
    before = (await told(application)).get(name, 0)
    for _ in range(2):  # there are fifty
        await program.order(line(DUCK, quantity=20))
    body = {"customer_id": WANG, "lines": [line(DUCK, quantity=20)]}
    await program.refused(await program.post("/v1/orders", body), 409, "exceeds_credits")
    assert (await told(application)).get(name, 0) > before


async def test_jobs_tell_when_they_were_done(application: Litestar) -> None:
    round = begin_rounds("check_books", 900)
    assert "serai_books_balanced[]" not in await told(application)
    round.begin()
    round.end()
    found = await told(application)
    assert found["serai_books_balanced[]"] == 1
    assert found["serai_job_late_seconds[('job', 'check_books')]"] == 0
    assert "serai_job_done_timestamp_seconds[('job', 'check_books')]" in found
    round.end("every unit sums to zero in every book")
    found = await told(application)
    assert found["serai_books_balanced[]"] == 0
    assert found["serai_job_trouble[('job', 'check_books')]"] == 1


def test_they_are_not_in_the_documentation() -> None:
    assert not get_metrics.include_in_schema
