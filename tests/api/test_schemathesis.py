"""Schemathesis reads the API's document and tries whatever it allows, and what it does not."""

import asyncio
import os
import sys
from pathlib import Path

from serai.core.postgres import DatabaseUrls
from serai.ledger import audit_books
from tests.api.program import Program, line
from tests.worlds import ADMISSION, DINNER, ROOM_FLEXIBLE

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "use_after_free",
)


async def test_what_the_document_says_is_so(
    address: str, program: Program, key: str, urls: DatabaseUrls, tmp_path: Path
) -> None:
    for offer in (ROOM_FLEXIBLE, DINNER, ADMISSION):
        minute = {ROOM_FLEXIBLE: 0, DINNER: 1110, ADMISSION: 600}[offer]
        await program.order(line(offer, minute=minute))
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{address}/docs/openapi.json"),
        *("--checks", ",".join(CHECKS), "--seed", "20260601", "--max-examples", "20"),
        *("--header", f"Authorization: Bearer {key}"),
        *("--phases", "examples,coverage,fuzzing,stateful", "--no-color", "--continue-on-failure"),
        cwd=tmp_path,
        env=os.environ | {"NO_PROXY": "127.0.0.1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await running.communicate()
    assert running.returncode == 0, said.decode()
    assert not [one for one in await audit_books(urls.platform) if one.failed]
