"""Texts that others send: what may stand in a name, a note or a code."""

import re

_UNPLAIN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def is_plain(text: str) -> bool:
    """Whether a text is one line and reads in the order in which it is written.

    Control signs, line breaks, half characters, and signs that turn the direction of what stands
    around them are not plain: they make a page or a log show something else than there is.
    """
    return text.isprintable() or _UNPLAIN.search(text) is None


def mask_address(address: str) -> str:
    """What everybody may see of an e-mail address: `w***@example.com`."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}***@{domain}"
