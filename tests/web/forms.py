"""Forms of pages, filled in and sent as a browser would."""

import re
from collections.abc import Mapping, Sequence

import httpx

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def hidden_of(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form that goes to `action`."""
    found = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', page, flags=re.S)
    assert found, f"no form goes to {action}"
    return dict(HIDDEN.findall(found.group(0)))


async def send(
    pages: httpx.AsyncClient, page: str, action: str, filled: Mapping[str, str | Sequence[str]]
) -> httpx.Response:
    """The answer to the form of a page that goes to `action`, with these fields filled in."""
    return await pages.post(action, data={**hidden_of(page, action), **filled})
