"""What the project is made from: the two lock files, and the files that `package.json` lists."""

import json
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from hatch_build import VENDOR
from scripts.environment import pip_settings
from serai.cloud.sheets import KINDS, compare, read_sheet

ROOT = Path(__file__).parent.parent


def test_python_packages_are_locked_by_hash_and_by_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    pins = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)[1:]
    assert pins
    assert [pin for pin in pins if "--hash=sha256:" not in pin] == []
    assert [line for line in lock.splitlines() if "://" in line or "/home/" in line] == []


def test_browser_packages_are_locked_by_hash_and_by_no_address() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    assert packages.pop("")["dependencies"] == wanted
    assert [name for name, package in packages.items() if "integrity" not in package] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []


def test_the_vendor_folder_holds_every_listed_file() -> None:
    for entry in json.loads((ROOT / "package.json").read_text())["serai"]["vendor"]:
        folder = ROOT / VENDOR / entry["to"]
        for pattern in entry["files"]:
            assert list(folder.glob(Path(pattern).name)), f"{folder} lacks {pattern}"


def test_what_pip_was_told_is_understood() -> None:
    listing = "\n".join(
        [
            ":env:.cert='/from/the/environment.pem'",
            "global.cert='/from/a/file.pem'",
            r"global.extra-index-url='\nhttps://one.example/simple\nhttps://two.example/simple'",
            "install.no-cache-dir='true'",
            "freeze.all='true'",
        ]
    )
    assert pip_settings(listing) == {
        "cert": "/from/the/environment.pem",
        "extra-index-url": "https://one.example/simple https://two.example/simple",
        "no-cache-dir": "true",
    }


def lines_of_unit(name: str, section: str) -> list[str]:
    unit = (ROOT / "packaging" / name).read_text()
    (found,) = re.findall(rf"^\[{section}\]\n(.*?)(?=^\[|\Z)", unit, re.DOTALL | re.MULTILINE)
    return [line for line in found.splitlines() if line and not line.startswith("#")]


def test_a_backup_runs_in_the_same_walls_as_the_service() -> None:
    own = ("Type=", "ExecStart=", "ReadWritePaths=", "Nice=", "IOSchedulingClass=")
    walls = [
        line
        for line in lines_of_unit("serai-backup.service", "Service")
        if not line.startswith(own)
    ]
    service = lines_of_unit("serai.service", "Service")
    assert [line for line in walls if line not in service] == []
    assert len(walls) > 25
    # It ends each night, and would take the shared memory of the platform's PostgreSQL along.
    assert "RemoveIPC=yes" not in walls


def test_what_a_backup_writes_the_service_that_archives_may_write_too() -> None:
    (folder,) = re.findall(
        r"serai backup (\S+)", "\n".join(lines_of_unit("serai-backup.service", "Service"))
    )
    assert f"ReadWritePaths=-{folder}" in lines_of_unit("serai.service", "Service")


def test_systemd_understands_the_units(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd-analyze here")
    names = ("serai.service", "serai-backup.service", "serai-backup.timer")
    for name in names:
        unit = (ROOT / "packaging" / name).read_text()
        # Where nothing is installed, what there is stands for the program and its pages.
        unit = unit.replace("/opt/serai/.venv/bin/serai", sys.executable)
        unit = unit.replace("file:/opt/serai/docs", f"file:{ROOT}/docs")
        (tmp_path / name).write_text(unit)
    command = [program, "verify", "--recursive-errors=no", *names]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")


def test_the_example_of_an_organisation_founds_one_of_every_kind() -> None:
    sheet = read_sheet((ROOT / "packaging" / "organisation.csv").read_bytes())
    assert {line.kind for line in sheet.lines} == set(KINDS)
    found = compare(None, sheet, date(2026, 11, 22), {})
    assert (found.faults, len(found.edits)) == ((), len(sheet.lines))
