"""The log is for programs where nobody watches, and tells no secret and nobody's name."""

import json
import subprocess
import sys

import pytest

from serai.cli.bench.server import own_server
from serai.cli.logs import be_discreet, discreet

WRITING = """
import logging, sys
import psycopg, structlog
from serai.cli.logs import REQUEST, open_log

open_log(sys.argv[1])
log = structlog.get_logger()
REQUEST.set("0123456789abcdef")
log.info("begun", order=4711, phone="13800138000", token="opensesame")
logging.getLogger("granian").error("it ended with %s", 3)
for _ in range(3):
    logging.getLogger("psycopg.pool").warning("error connecting to postgresql://lin:geheim@db")
    logging.getLogger("opentelemetry.exporter.otlp").error("Failed to export")
try:
    raise psycopg.errors.UniqueViolation(
        'duplicate key value violates unique constraint "people"\\n'
        "DETAIL:  Key (email)=(mei@inn.example) already exists."
    )
except psycopg.Error as error:
    log.error("failed", exc_info=error)
"""


def written(format: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", WRITING, format], capture_output=True, text=True, check=True
    )
    assert run.stdout == ""
    for secret in ("13800138000", "opensesame", "geheim", "mei@inn"):
        assert secret not in run.stderr
    return run.stderr


@pytest.mark.parametrize("format", ["json", "auto"])
def test_a_line_is_an_object_where_no_terminal_is(format: str) -> None:
    lines = [json.loads(line) for line in written(format).splitlines()]
    assert [line["event"] for line in lines] == [
        "begun",
        "it ended with 3",
        "Connections to the database were lost; they are made anew as soon as it answers.",
        "Traces cannot be sent; see whether the collector answers.",
        "failed",
    ]
    assert {line["request_id"] for line in lines} == {"0123456789abcdef"}
    assert all(line["timestamp"].endswith("Z") for line in lines)
    assert (lines[0]["order"], lines[0]["level"]) == (4711, "info")
    assert (lines[1]["logger"], lines[1]["level"]) == ("granian", "error")
    assert 'unique constraint "people"' in lines[-1]["exception"]


def test_text_is_for_people() -> None:
    text = written("text")
    assert "begun" in text
    assert "UniqueViolation" in text
    assert not text.startswith("{")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://lin:geheim@db:5432/books", "postgresql://lin:***@db:5432/books"),
        ("password=geheim host=db", "password=*** host=db"),
        ("Authorization: Bearer abc.def-1", "Authorization: Bearer ***"),
        ("DETAIL:  Key (phone)=(1) already exists.", "DETAIL: ***"),
        ('invalid input syntax for type date: "Mei"', "invalid input syntax for type date: ***"),
        ("asked by mei.lin@inn.example twice", "asked by *** twice"),
        ("call +86 138 0013 8000 or 13800138000", "call *** or ***"),
        ("1234567890123 of 2026-11-22 took 0.135", "1234567890123 of 2026-11-22 took 0.135"),
    ],
)  # fmt: skip
def test_what_slips_in_is_taken_out(text: str, shown: str) -> None:
    assert discreet(text) == shown


def test_values_of_other_kinds_are_looked_at_too() -> None:
    found = be_discreet(None, "info", {"error": ValueError("mei@inn.example"), "n": 3, "s": None})
    assert found == {"error": "***", "n": 3, "s": None}


async def test_a_platform_that_nobody_watches_says_in_objects_that_it_started_and_stopped() -> None:
    async with own_server() as server:
        pass
    lines = [json.loads(line) for line in server.last_words().splitlines()]
    assert [line["event"] for line in lines] == ["started", "stopped"]
    assert lines[0]["address"] == f"{server.address}/"
    assert lines[0]["home"] == str(server.settings.home)
