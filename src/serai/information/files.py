"""Files of rows: CSV in UTF-8, plain or gzipped, read as a stream.

A file is verified from its first byte to its last before anything is done with it; one that is
broken anywhere is refused whole.
"""

import asyncio
import csv
import gzip
import hashlib
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from serai.core import Refusal

GZIP_MAGIC = b"\x1f\x8b"
LONGEST_LINE = 1 << 20
"""A line beyond this many characters is no row of any feed; it bounds the memory of reading."""

_BLOCK_BYTES = 1 << 20


class Row(Struct, frozen=True, gc=False):
    """A record as it came: the line it begins at (the header is line 1), and its values in the
    order of the feed's columns. A row of another width than the header is `ragged`."""

    line_number: int
    values: tuple[str, ...]
    ragged: bool = False


class VerifiedFile(Struct, frozen=True):
    """A file that can be read to its end; `digest` is the SHA-256 of its bytes."""

    path: Path
    digest: str
    rows: int


class _Broken(Exception):
    """Why a file cannot be used, in words for whoever sent it."""


async def verify_file(path: Path, columns: Sequence[str]) -> VerifiedFile | Refusal:
    """Read a file to its end and see that it is a CSV with these columns, in any order."""
    return await asyncio.to_thread(_verify, path, columns)


def read_rows(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """The rows of a verified file; lines without anything on them are passed over."""
    with path.open("rb") as raw:
        yield from _rows(raw, path, columns)


def fingerprint(values: Sequence[str], occurrence: int) -> str:
    """32 hexadecimal digits that stand for a row and how often it has come before in its file."""
    text = "\x1f".join(values) + f"\x1e{occurrence}"
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


class Fingerprints:
    """Tells exact duplicates within one file apart: each is an occurrence of its own."""

    def __init__(self) -> None:
        self._seen: dict[bytes, int] = defaultdict(int)

    def of(self, values: Sequence[str]) -> str:
        """The fingerprint of the next row of the file."""
        first = fingerprint(values, 0)
        key = bytes.fromhex(first)
        occurrence = self._seen[key]
        self._seen[key] = occurrence + 1
        return fingerprint(values, occurrence) if occurrence else first


def _verify(path: Path, columns: Sequence[str]) -> VerifiedFile | Refusal:
    try:
        with path.open("rb") as raw:
            digest = hashlib.sha256()
            while block := raw.read(_BLOCK_BYTES):
                digest.update(block)
            raw.seek(0)
            return VerifiedFile(path, digest.hexdigest(), sum(1 for _ in _rows(raw, path, columns)))
    except (_Broken, OSError) as error:
        why = error.strerror if isinstance(error, OSError) else None
        says = f"{path} cannot be read: {why}." if why else str(error)
        return Refusal(
            name="file_refused",
            says=says,
            advice="Nothing was written. Mend or fetch the file again, and import it then.",
            field="file",
        )


def _rows(raw: BinaryIO, path: Path, columns: Sequence[str]) -> Iterator[Row]:
    text = TextIOWrapper(_unpacked(raw, path), encoding="utf-8-sig", newline="")
    reader = csv.reader(_lines(text, path), strict=True)
    try:
        header = next(reader, None)
        places = _places(path, header, columns)
        width = len(columns)
        line_number = reader.line_num + 1
        for values in reader:
            if len(values) == width:
                yield Row(line_number, tuple([values[place] for place in places]))
            elif values:
                yield Row(line_number, tuple(values), ragged=True)
            line_number = reader.line_num + 1
    except UnicodeDecodeError as error:
        raise _Broken(f"{path} is not text in UTF-8: {error.reason}.") from error
    except csv.Error as error:
        raise _Broken(f"{path} is not a CSV: {error}, near line {reader.line_num}.") from error
    except EOFError as error:
        raise _Broken(f"{path} is a gzip file that was cut off before its end.") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise _Broken(f"{path} is a damaged gzip file: {error}.") from error


def _unpacked(raw: BinaryIO, path: Path) -> BinaryIO:
    magic = raw.read(2)
    raw.seek(0)
    if magic == GZIP_MAGIC:
        return gzip.open(raw, "rb")  # type: ignore[return-value]  # GzipFile reads as BinaryIO does
    if path.suffix == ".gz":
        raise _Broken(f"{path} ends in .gz and is not a gzip file.")
    return raw


def _lines(text: TextIOWrapper, path: Path) -> Iterator[str]:
    number = 0
    while line := text.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE or "\0" in line:
            raise _Broken(f"{path} is not a CSV: line {number} is not a line of text.")
        yield line


def _places(path: Path, header: list[str] | None, columns: Sequence[str]) -> list[int]:
    """Where each of the columns stands in the file."""
    if header is None:
        raise _Broken(f"{path} is empty.")
    missing = [column for column in columns if column not in header]
    beyond = [column for column in header if column not in columns]
    twice = sorted({column for column in header if header.count(column) > 1})
    for names, words in ((missing, "lacks"), (beyond, "has unknown"), (twice, "repeats")):
        if names:
            shown = ", ".join(repr(name[:40]) for name in names[:5])
            more = f" and {len(names) - 5} more" if len(names) > 5 else ""
            raise _Broken(f"{path} has other columns than this feed: it {words} {shown}{more}.")
    return [header.index(column) for column in columns]
