"""Places in PostgreSQL's log, and the names of its segments."""

from __future__ import annotations

import re
from itertools import pairwise

SEGMENT_BYTES = 16 * 1024 * 1024
SEGMENTS_IN_LOG = 0x1_0000_0000 // SEGMENT_BYTES
NAME = re.compile(r"[0-9A-F]{24}")


def is_segment(name: str) -> bool:
    """Tell whether a file's name is that of a segment."""
    return NAME.fullmatch(name) is not None


def lsn(text: str) -> int:
    """Return a place in the log, from the form that PostgreSQL writes (`16/B374D848`)."""
    high, _, low = text.partition("/")
    return (int(high, 16) << 32) + int(low, 16)


def lsn_text(place: int) -> str:
    """Return a place in the log as PostgreSQL writes it."""
    return f"{place >> 32:X}/{place & 0xFFFF_FFFF:08X}"


def segment_at(timeline: int, place: int) -> str:
    """Return the name of the segment that holds a place of a timeline's log."""
    return segment_named(timeline, place // SEGMENT_BYTES)


def segment_named(timeline: int, number: int) -> str:
    """Return the name of the segment of this number."""
    return f"{timeline:08X}{number // SEGMENTS_IN_LOG:08X}{number % SEGMENTS_IN_LOG:08X}"


def segment_number(name: str) -> int:
    """Return a segment's number, by which those of a timeline are counted."""
    return int(name[8:16], 16) * SEGMENTS_IN_LOG + int(name[16:24], 16)


def segment_timeline(name: str) -> int:
    """Return the timeline that a segment belongs to."""
    return int(name[:8], 16)


def next_segment(name: str) -> str:
    """Return the name of the segment that follows in the same timeline."""
    return segment_named(segment_timeline(name), segment_number(name) + 1)


def gap_after(names: list[str]) -> str | None:
    """Return the first segment that is missing in a row of segments of one timeline, if any."""
    for earlier, later in pairwise(names):
        if later != next_segment(earlier):
            return next_segment(earlier)
    return None
