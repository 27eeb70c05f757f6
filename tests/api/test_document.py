"""The API's own documentation: complete, in the trade's words, and loaded from nowhere else."""

import re
from pathlib import Path
from typing import Any

import pytest_asyncio

import serai
from serai.api.v1.organisation_sheets import FORMS
from tests.api.program import Program

VENDOR = Path(serai.__file__).parent / "web/static/vendor"


@pytest_asyncio.fixture
async def document(program: Program) -> Any:
    document = await program.get("/docs/openapi.json")
    assert len(document["paths"]) > 30
    assert document["components"]["schemas"]
    return document


def operations(document: Any) -> list[tuple[str, Any]]:
    return [
        (f"{method} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


FILES = {
    "get /v1/organisation.csv": "text/csv",
    "get /v1/organisation.xlsx": FORMS["xlsx"],
}
"""What is answered with a file; all else is JSON."""


async def test_every_operation_is_explained(document: Any) -> None:
    tags = {one["name"] for one in document["tags"]}
    for name, operation in operations(document):
        assert operation["summary"], name
        assert operation["description"], name
        assert re.fullmatch("[a-z]+[A-Za-z]+", operation["operationId"]), name
        assert set(operation["tags"]) <= tags, name


async def test_every_answer_and_every_problem_is_documented(document: Any) -> None:
    for name, operation in operations(document):
        answers = operation["responses"]
        assert {"500", "503"} <= answers.keys(), name
        if name.startswith("post"):
            assert {"400", "409", "413", "415", "422"} <= answers.keys(), name
        for status, answer in answers.items():
            media = "application/json" if status < "400" else "application/problem+json"
            if status < "400":
                media = FILES.get(name, media)
            assert list(answer["content"]) == [media], (name, status)


async def test_every_body_has_an_example_that_fits(program: Program, document: Any) -> None:
    bodies = {
        name: operation["requestBody"]["content"]["application/json"]["schema"]
        for name, operation in operations(document)
        if "application/json" in operation.get("requestBody", {}).get("content", ())
    }
    assert len(bodies) == 14
    for name, schema in bodies.items():
        example = schema["examples"][0]
        method, path = re.sub(r"\{\w+\}", "999", name).split()
        answer = await program.ask(method, path, example)
        assert answer.json().get("refusal") not in ("field_invalid", "field_unknown"), name


async def test_types_are_explained_and_closed(document: Any) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert schema["description"], name
        assert (schema.get("additionalProperties") is False) == name.endswith("Request"), name


async def test_no_bound_went_through_a_float(program: Program) -> None:
    text = (await program.client.get("/docs/openapi.json")).text
    assert "e+18" not in text
    assert not re.search(r'"(minimum|maximum)":\d+\.', text)


async def test_the_page_loads_nothing_from_elsewhere(program: Program) -> None:
    page = await program.client.get("/docs")
    assert page.status_code == 200
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert addresses
    assert all(address.startswith("/") for address in addresses)
    assert "<script>" not in page.text
    assert "style=" not in page.text
    for name in ("swagger-ui-bundle.js", "swagger-ui.css"):
        assert (VENDOR / "swagger" / name).is_file()
    for path in ("/docs/start.js", "/docs/page.css"):
        assert (await program.client.get(path)).status_code == 200
