"""What a command is told wrongly: a sentence, an exit that is not 0, and nothing left behind."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from serai.cli.root import app
from tests.cli.alone import alone_in

MAIN = (sys.executable, "-c", "from serai.cli import main; main()")
WITHOUT_RIGHTS = (
    "setpriv",
    "--bounding-set=-dac_override,-dac_read_search",
    "--inh-caps=-dac_override,-dac_read_search",
)
"""As root every folder is open; without these two rights it is as it is for others."""


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o000)
    yield folder
    folder.chmod(0o700)


def serai(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    rights = WITHOUT_RIGHTS if os.geteuid() == 0 else ()
    return subprocess.run(
        [*rights, *MAIN, *arguments],
        env=alone_in(home),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("command", "length"), [("books", "inf"), ("orders", "inf"), ("flash", "inf"), ("books", "1e9")]
)
def test_a_bench_without_end_is_refused(command: str, length: str) -> None:
    answer = CliRunner().invoke(app, ["bench", command, "--seconds", length])
    assert answer.exit_code == 2
    assert "--seconds" in answer.output


def test_a_folder_that_may_not_be_entered_is_told_of_in_a_line(
    closed: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    for answer in (
        serai(home, "restore", str(tmp_path), "--to", str(closed / "new")),
        serai(home, "backup", "--list", str(closed / "backups")),
        serai(closed / "home", "backup", str(tmp_path / "backups")),
        serai(closed / "home", "backup", "--list", str(tmp_path)),
    ):
        assert answer.returncode == 1
        assert answer.stderr.startswith(f"serai: This user may not use {closed}")
        assert len(answer.stderr.splitlines()) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["closed"]


def test_what_goes_with_a_list_is_not_taken_for_something_else(tmp_path: Path) -> None:
    home = tmp_path / "home"
    check = serai(home, "backup", str(tmp_path / "backups"), "--check")
    keep = serai(home, "backup", "--list", "--keep", "3")
    assert check.returncode == keep.returncode == 1
    assert "--check goes with --list" in check.stderr
    assert "--keep goes with a new backup" in keep.stderr
    assert list(tmp_path.iterdir()) == []
