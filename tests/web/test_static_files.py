"""Static files: what cannot be one is not there."""

import httpx
import pytest

from serai.web.look import asset


@pytest.mark.parametrize(
    "name",
    ["serai.css%00.png", "a" * 5000, "%2e%2e/%2e%2e/security.py", "..%2f..%2fsecurity.py",
     "%2fetc%2fpasswd", "%ff"],
)  # fmt: skip
async def test_a_name_that_no_file_can_have_is_not_found(
    pages: httpx.AsyncClient, name: str
) -> None:
    assert (await pages.get(asset(name))).status_code == 404
