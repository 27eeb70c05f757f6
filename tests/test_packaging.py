"""What the project is made from: the two lock files, and the files that `package.json` lists."""

import json
import re
from pathlib import Path

from hatch_build import VENDOR
from scripts.environment import pip_settings

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
