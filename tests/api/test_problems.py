"""Every refusal is a problem with a status of its own choosing."""

import ast
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from litestar import Litestar, get

import serai
from serai.api import Api
from serai.api.v1.problems import KINDS, problem_of
from serai.core import Database, DatabaseAway, Ids, Refusal
from serai.flows import House
from serai.ledger import PROPOSAL_RESULTS, RESULTS, STEP_RESULTS, Fenced, Writer
from serai.merchants import STATES
from tests.api.keys import key_for
from tests.api.program import Program

SOURCE = Path(serai.__file__).parent


def names_refused() -> Iterator[tuple[str, str]]:
    """The name of every refusal that the API may meet, with where it is written."""
    rooms = [room for room in SOURCE.iterdir() if room.name not in ("cli", "web", "jobs")]
    for path in sorted(path for room in rooms for path in room.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                place = f"{path.relative_to(SOURCE)}:{node.lineno}"
                yield from ((name, place) for name in _named(node))


def _named(call: ast.Call) -> Iterator[str]:
    match call.func, call.args:
        case ast.Name(id="Refusal"), _:
            for keyword in call.keywords:
                if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                    yield str(keyword.value.value)
        case ast.Name(id="unknown" | "no_such"), [ast.Constant(value=str(kind)), *_]:
            yield f"{kind}_not_found"


def test_every_refusal_of_the_source_has_a_status() -> None:
    missing = {name: place for name, place in names_refused() if name not in KINDS}
    assert not missing, f"give them a status in api/v1/problems.py: {missing}"


def test_every_result_of_the_books_has_a_status() -> None:
    assert not {*RESULTS, *STEP_RESULTS, *PROPOSAL_RESULTS} - KINDS.keys()
    assert not {f"line_{state}" for state in STATES} - KINDS.keys()


def test_refusals_are_found_in_the_source() -> None:
    found = {name for name, _ in names_refused()}
    assert {"offer_closed", "payment_required", "order_not_found", "key_required"} <= found


def test_what_the_path_names_is_404_and_what_the_body_names_is_422() -> None:
    missing = Refusal(name="customer_not_found", field="customer_id")
    assert problem_of(missing).status == 422
    assert problem_of(missing, frozenset({"customer_id"})).status == 404


async def test_the_type_of_a_problem_leads_to_what_it_means(program: Program) -> None:
    answer = await program.client.get("/v1/orders/1")
    said = await program.refused(answer, 404, "order_not_found")
    meaning = await program.get(said["type"])
    assert meaning == {
        "refusal": "order_not_found",
        "status": 404,
        "title": "There is no such order",
    }


@get("/v1/slip", include_in_schema=False)
async def slip() -> None:
    raise RuntimeError("a secret of the program")


@get("/v1/away", include_in_schema=False)
async def away() -> None:
    raise DatabaseAway("gone")


@get("/v1/fenced", include_in_schema=False)
async def fenced() -> None:
    raise Fenced("another writer")


async def test_a_slip_of_ours_shows_nothing_but_its_number(
    application: Litestar, program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    application.register(slip)
    answer = await program.client.get("/v1/slip")
    said = await program.refused(answer, 500, "internal_error")
    assert "secret" not in answer.text
    logged = capsys.readouterr().out
    assert said["request_id"] in logged
    assert "a secret of the program" in logged


@pytest.mark.parametrize(
    ("path", "refusal"), [("/v1/away", "database_away"), ("/v1/fenced", "writer_away")]
)
async def test_who_cannot_be_served_now_is_told_when_to_come_back(
    application: Litestar, program: Program, path: str, refusal: str
) -> None:
    application.register(away)
    application.register(fenced)
    answer = await program.client.get(path)
    await program.refused(answer, 503, refusal)
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/orders/1_0", "/v1/orders/+1"])
async def test_a_path_that_leads_nowhere(program: Program, path: str) -> None:
    await program.refused(await program.client.get(path), 404, "not_found")


async def test_a_method_that_is_not_allowed(program: Program) -> None:
    answer = await program.client.delete("/v1/orders")
    await program.refused(answer, 405, "method_not_allowed")
    assert "GET" in answer.headers["allow"]


async def test_an_empty_house_says_so(database: Database, books: Writer, tmp_path: Path) -> None:
    empty = House(database, books, Ids(database))
    transport = httpx.ASGITransport(
        Litestar(plugins=[Api(empty, tmp_path, str)])  # type: ignore[arg-type]  # litestar's types
    )
    async with httpx.AsyncClient(transport=transport, base_url="http://house") as client:
        program = Program(client, "")
        client.headers["Authorization"] = f"Bearer {await key_for(empty, 'tests', 'all')}"
        await program.refused(await client.get("/v1/stores"), 503, "not_founded")
        assert (await program.get("/health"))["status"] == "ok"
