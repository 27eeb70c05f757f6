"""A check is silenced only with its reason beside it."""

import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SILENCE = re.compile(
    r"(noqa: ?[A-Z0-9, ]+|nosec ?[B0-9, ]*|type: ?ignore(\[[a-z, -]+\])?)(?P<reason>.*)"
)


def silences() -> Iterator[tuple[str, str]]:
    """Every comment that silences a check, with what it says besides."""
    for folder in ("src", "tests", "scripts"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            with path.open("rb") as file:
                for token in tokenize.tokenize(file.readline):
                    found = SILENCE.search(token.string) if token.type == tokenize.COMMENT else None
                    if found is not None:
                        yield f"{path.relative_to(ROOT)}:{token.start[0]}", found["reason"]


def test_every_silenced_check_has_its_reason_beside_it() -> None:
    found = list(silences())
    assert len(found) > 100
    assert [place for place, reason in found if not re.search(r"[a-z]{2}", reason)] == []
