"""A file is verified from its first byte to its last, and refused whole when it is broken."""

import gzip
from pathlib import Path

import pytest

from serai.core import Refusal
from serai.information import Fingerprints, VerifiedFile, fingerprint, read_rows, verify_file

COLUMNS = ("name", "age")
GOOD = "name,age\nWang,40\nLi,30\n"


async def verified(path: Path) -> VerifiedFile:
    found = await verify_file(path, COLUMNS)
    assert isinstance(found, VerifiedFile), found
    return found


@pytest.mark.parametrize("name", ["people.csv", "people.csv.gz"])
async def test_a_whole_file_is_read_plain_or_gzipped(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(GOOD.encode()) if name.endswith("gz") else GOOD.encode())
    assert (await verified(path)).rows == 2
    assert [(row.line_number, row.values) for row in read_rows(path, COLUMNS)] == [
        (2, ("Wang", "40")),
        (3, ("Li", "30")),
    ]


async def test_columns_may_come_in_another_order_and_after_a_byte_order_mark(
    tmp_path: Path,
) -> None:
    path = tmp_path / "people.csv"
    path.write_text("\ufeffage,name\r\n40,Wang\r\n", encoding="utf-8", newline="")
    assert (await verified(path)).rows == 1
    assert [row.values for row in read_rows(path, COLUMNS)] == [("Wang", "40")]


async def test_lines_are_numbered_as_an_editor_numbers_them(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text('name,age\n"Wang\nMin",40\n\nLi,30\nZhao\nSun,20,old\n')
    rows = list(read_rows(path, COLUMNS))
    assert [row.line_number for row in rows] == [2, 5, 6, 7]
    assert [row.ragged for row in rows] == [False, False, True, True]
    assert rows[0].values == ("Wang\nMin", "40")


BROKEN = {
    "empty": (b"", "is empty"),
    "lacks": (b"name\nWang\n", "lacks 'age'"),
    "beyond": (b"name,age,shoe\nWang,40,41\n", "has unknown 'shoe'"),
    "twice": (b"name,age,name\nWang,40,Wang\n", "repeats 'name'"),
    "latin": ("name,age\nMüller,40\n".encode("latin-1"), "is not text in UTF-8"),
    "late": (GOOD.encode() * 20_000 + b"\xff,1\n", "is not text in UTF-8"),
    "zeros": (GOOD.encode() + b"\0\0\0\n", "is not a line of text"),
    "quote": (GOOD.encode() + b'"Zhao,20\n', "is not a CSV"),
    "endless": (GOOD.encode() + b"x" * 2_000_000, "is not a line of text"),
    "image": (b"\x89PNG\r\n\x1a\n\x00\x00", "is not text in UTF-8"),
}


@pytest.mark.parametrize("kind", BROKEN)
async def test_a_broken_file_is_refused_in_one_sentence(tmp_path: Path, kind: str) -> None:
    content, says = BROKEN[kind]
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    refused = await verify_file(path, COLUMNS)
    assert isinstance(refused, Refusal)
    assert refused.name == "file_refused"
    assert refused.says.startswith(str(path))
    assert says in refused.says
    assert refused.says.endswith(".")


async def test_a_gzip_file_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress((GOOD + "Sun,20\n" * 100_000).encode(), 1)
    damaged = bytearray(packed)
    damaged[-6] ^= 0xFF
    for content, says in (
        (packed[: len(packed) // 2], "cut off before its end"),
        (packed[:-4], "cut off before its end"),
        (bytes(damaged), "damaged gzip"),
        (packed + b"more", "damaged gzip"),
        (GOOD.encode(), "is not a gzip file"),
    ):
        path = tmp_path / "people.csv.gz"
        path.write_bytes(content)
        refused = await verify_file(path, COLUMNS)
        assert isinstance(refused, Refusal), says
        assert says in refused.says


async def test_what_is_not_there_or_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.csv", tmp_path):
        refused = await verify_file(path, COLUMNS)
        assert isinstance(refused, Refusal)
        assert "cannot be read" in refused.says


def test_duplicates_are_told_apart_by_their_occurrence() -> None:
    marks = Fingerprints()
    wang, li = ("Wang", "40"), ("Li", "30")
    seen = [marks.of(values) for values in (wang, li, wang, wang)]
    assert len(set(seen)) == 4
    assert seen == [fingerprint(wang, 0), fingerprint(li, 0), fingerprint(wang, 1),
                    fingerprint(wang, 2)]  # fmt: skip


def test_values_do_not_run_into_each_other() -> None:
    assert fingerprint(("ab", "c"), 0) != fingerprint(("a", "bc"), 0)
