"""The SCIM tester of others, in full, against the real server."""

import asyncio
import os
import sys
from pathlib import Path

from serai.flows import House
from tests.api.keys import key_for
from tests.worlds import GROUP


async def test_the_scim_tester_passes_in_full(house: House, address: str, tmp_path: Path) -> None:
    key = await key_for(house, "directory", "access", node_id=GROUP)
    running = await asyncio.create_subprocess_exec(
        *(Path(sys.executable).with_name("scim2"), "--url", f"{address}/scim/v2"),
        *("--header", f"Authorization: Bearer {key}", "test", "--verbose"),
        cwd=tmp_path,
        env=os.environ | {"NO_PROXY": "127.0.0.1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await running.communicate()
    text = said.decode()
    assert running.returncode == 0, text
    for status in ("ERROR", "CRITICAL", "DEVIATION", "SKIPPED"):
        assert status not in text, text
    assert text.count("SUCCESS") > 60, text
