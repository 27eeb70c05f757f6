"""`serai organisation`: out to a file, and in again, on a platform that runs."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio

from serai.cli.bench.server import PROGRAM, own_server
from serai.cloud.sheets import lines_of, write_csv
from tests.cli.alone import alone_in
from tests.sheets import lantern


class Typist:
    """Somebody at the terminal of the platform's machine."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.folder = folder
        self._home = home

    async def types(self, *words: str) -> tuple[int, str, str]:
        """Run `serai organisation` with these words: how it ended, and what it said."""
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, "organisation", *words,
            env=alone_in(self._home, COLUMNS="200"), cwd=self.folder,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, error = await running.communicate()
        return running.returncode or 0, out.decode(), error.decode()

    async def asks(self, *words: str) -> Any:
        """Run it for its JSON."""
        code, out, error = await self.types(*words, "--json")
        assert code == 0, error
        return json.loads(out)


@pytest_asyncio.fixture
async def typist(tmp_path: Path) -> AsyncIterator[Typist]:
    async with own_server() as server:
        yield Typist(server.settings.home, tmp_path)


async def test_a_group_is_founded_renamed_and_taken_out(typist: Typist) -> None:
    folder = typist.folder
    code, _, error = await typist.types("export", "all.csv")
    assert (code, "no organisation yet" in error) == (1, True)
    (folder / "first.csv").write_bytes(write_csv(lines_of(lantern())))
    shown = await typist.asks("import", "first.csv", "--preview")
    assert (shown["applied"], shown["preview"]["new"]) == (False, 13)
    made = await typist.asks("import", "first.csv")
    assert (made["applied"], made["preview"]["new"]) == (True, 13)

    assert (await typist.asks("export", "all.csv"))["file"] == "all.csv"
    assert (folder / "all.csv").read_bytes() == (folder / "first.csv").read_bytes()
    await typist.asks("export", "all.xlsx")
    again = await typist.asks("import", "all.xlsx")
    assert (again["applied"], again["preview"]["unchanged"]) == (False, 13)

    text = (folder / "all.csv").read_text("utf-8-sig")
    (folder / "new.csv").write_text(text.replace("The Lantern Inn", "The Old Inn"), "utf-8-sig")
    code, out, _ = await typist.types("import", "new.csv")
    assert code == 0
    assert "0 new, 1 changed, 0 moved, 12 as they were: applied." in out
    assert "The Lantern Inn -> The Old Inn" in out

    (folder / "bad.csv").write_text(text.replace("B0,E1,OP0", "B9,E1,OP0"), "utf-8-sig")
    code, out, _ = await typist.types("import", "bad.csv")
    assert code == 1
    assert "1 mistake; nothing was changed." in out
    assert "There is no B9" in out


async def test_what_cannot_be_read_or_written_is_told_in_a_line(typist: Typist) -> None:
    for words, said in (
        (("import", "none.csv"), "none.csv cannot be read"),
        (("export", "all.ods"), "neither .xlsx nor .csv"),
    ):
        code, _, error = await typist.types(*words)
        assert (code, said in error) == (1, True), error
    (typist.folder / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    code, out, _ = await typist.types("import", "old.xls")
    assert (code, "This is no spreadsheet" in out) == (1, True)
