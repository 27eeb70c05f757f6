"""A room of the house is entered by its front door: `serai.X` and what its `__all__` names.

The doors to the world (web, api, jobs, cli) and the migrations are open inside. Which room may
enter which is import-linter's to check.
"""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

import serai

SOURCE = Path(serai.__file__).parent
OPEN = {"web", "api", "jobs", "cli", "migrations"}
ROOMS = sorted(
    door.parent.name for door in SOURCE.glob("*/__init__.py") if door.parent.name not in OPEN
)


class Import(msgspec.Struct, frozen=True):
    """`from module import name` at a line, or `import module` when there is no name."""

    line: int
    module: str
    name: str | None = None


@pytest.mark.parametrize("room", ROOMS)
def test_a_front_door_names_what_it_offers(room: str) -> None:
    offered = names_offered(room)
    assert len(offered) == len(set(offered))
    assert not [name for name in offered if name.startswith("_")]
    door = importlib.import_module(f"serai.{room}")
    assert not [name for name in offered if not hasattr(door, name)]


def test_rooms_are_entered_by_their_front_doors() -> None:
    found = [
        f"{path.relative_to(SOURCE)}:{offence}"
        for path in sorted(SOURCE.rglob("*.py"))
        for offence in trespasses(path.read_text(), path)
    ]
    assert not found, "\n".join(["", *found])


@pytest.mark.parametrize(
    "line",
    [
        "import serai.ledger.writer",
        "from serai.ledger.writer import Writer",
        "from serai.ledger import writer_not_offered",
        "from serai.ledger import *",
        "from ..ledger.writer import Writer",
        "from ..ledger import writer_not_offered",
    ],
)
def test_a_side_entrance_is_noticed(line: str) -> None:
    assert list(trespasses(line, SOURCE / "flows" / "booking.py"))


@pytest.mark.parametrize(
    "line",
    [
        "import serai.ledger",
        "from serai import ledger",
        "from serai.web.group.pages import routes",
        "from serai.flows.booking import book",
        "from .booking import book",
        "from ..web.group import pages",
        "from datetime import date",
    ],
)
def test_front_doors_and_own_files_are_free(line: str) -> None:
    assert not list(trespasses(line, SOURCE / "flows" / "cancellation.py"))


def trespasses(source: str, path: Path) -> Iterator[str]:
    """The imports of a file of `serai` that enter a room otherwise than by its front door."""
    home = path.relative_to(SOURCE).parts[0]
    for found in imports(source, path):
        parts = found.module.split(".")
        if parts[0] != "serai" or len(parts) < 2 or parts[1] == home or parts[1] not in ROOMS:
            continue
        room = parts[1]
        if len(parts) > 2:
            yield f"{found.line} enters {found.module}, which is private to serai.{room}"
        elif found.name is not None and found.name not in names_offered(room):
            yield f"{found.line} takes {found.name}, which serai.{room} does not offer in __all__"


def imports(source: str, path: Path) -> Iterator[Import]:
    package = ["serai", *path.relative_to(SOURCE).parent.parts]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                yield Import(node.lineno, module, alias.name)


def names_offered(room: str) -> list[str]:
    """The `__all__` of a room, as it is written in its `__init__.py`."""
    tree = ast.parse((SOURCE / room / "__init__.py").read_text())
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            assert isinstance(node, ast.Assign | ast.AnnAssign)
            assert node.value is not None
            names: list[str] = ast.literal_eval(node.value)
            return names
    raise AssertionError(f"serai.{room} has no __all__")
