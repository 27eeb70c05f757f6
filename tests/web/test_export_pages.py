"""Files that pages offer: counted against the shares of whoever takes them and of their nodes, as
programs' are, told in the trail, and refused on a page that says when there is one again."""

from pathlib import Path

import httpx
import pytest
from litestar import Litestar

from serai.api import Api
from serai.cloud import Level
from serai.cloud.shares import EXPORTS, NODE_EXPORTS, Policy
from serai.flows import House
from serai.web import Web
from tests.api.keys import admitted
from tests.people import role_on
from tests.web.visitors import EVERYTHING, sign_in_as
from tests.worlds import DUCK_BRAND, LAKESIDE_BRAND

SHEET = "/admin/organisation/file.csv"
FILES = (SHEET, "/admin/organisation/file.xlsx", "/admin/trail/file")
TOLD = """
SELECT thing || ' ' || nodes::text FROM trail WHERE operation = 'export' ORDER BY number
"""


def use_up(house: House, policy: Policy, whose: int, leave: int = 0) -> None:
    assert house.shares.take(policy, whose, policy.quota - leave).wait_seconds == 0


@pytest.mark.parametrize("address", FILES)
async def test_whoever_has_taken_enough_files_is_told_when_there_is_one_again(
    door: httpx.AsyncClient, house: House, address: str
) -> None:
    person = await sign_in_as(door, house, *EVERYTHING)
    use_up(house, EXPORTS, person.id, leave=1)
    given = await door.get(address)
    assert given.status_code == 200
    assert given.headers["ratelimit"].startswith('"exports";r=0;t=36')
    assert given.headers["ratelimit-policy"] == '"exports";q=60;w=3600'
    refused = await door.get(address)
    assert refused.status_code == 429
    assert 50 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["ratelimit"].startswith('"exports";r=0;')
    assert "Enough files for now" in refused.text
    assert "One person may take out 60 files an hour." in refused.text
    assert f'href="{address.rpartition("/")[0]}"' in refused.text
    chinese = (await door.get(address, params={"lang": "zh-CN"})).text
    assert "每人每小时最多导出 60 个文件" in chinese
    assert "秒后可再导出一个" in chinese
    what = "trail" if "trail" in address else "organisation"
    assert await house.database.column(TOLD) == [f"{what} {{}}"], "what was given, and no more"


async def test_a_brand_s_people_and_programs_share_what_the_brand_may_take_out(
    house: House, tmp_path: Path
) -> None:
    application = Litestar(plugins=[Web(house, tmp_path), Api(house, tmp_path, str)])
    transport = httpx.ASGITransport(application)  # type: ignore[arg-type]  # litestar's own types
    async with httpx.AsyncClient(transport=transport, base_url="http://house") as client:

        async def programs(level: Level, node_id: int) -> httpx.Response:
            issued = await admitted(
                house, f"program {node_id}", "organisation.read", level=level, node_id=node_id
            )
            shown = {"Authorization": f"Bearer {issued.written.reveal()}"}
            return await client.get("/v1/organisation.csv", headers=shown)

        use_up(house, NODE_EXPORTS, DUCK_BRAND, leave=1)
        given = await programs("brand", DUCK_BRAND)
        assert given.status_code == 200
        assert '"exports";r=59;' in given.headers["ratelimit"]
        assert '"node-exports";r=0;' in given.headers["ratelimit"]

        await sign_in_as(client, house, role_on("brand_manager", DUCK_BRAND))
        refused = await client.get(SHEET, params={"lang": "en"})
        assert refused.status_code == 429
        assert "may take out 240 files an hour together" in refused.text
        assert (await programs("brand", LAKESIDE_BRAND)).status_code == 200, "another brand's own"
        neighbour = role_on("brand_manager", LAKESIDE_BRAND)
        await sign_in_as(client, house, role_on("brand_manager", DUCK_BRAND), neighbour)
        assert (await client.get(SHEET)).status_code == 429, "of each share, or of none"
        await sign_in_as(client, house, neighbour)
        assert (await client.get(SHEET)).status_code == 200
    assert await house.database.column(TOLD) == [
        f"organisation {{{DUCK_BRAND}}}",
        f"organisation {{{LAKESIDE_BRAND}}}",
        f"organisation {{{LAKESIDE_BRAND}}}",
    ]


async def test_what_is_not_given_is_no_file_that_was_taken_out(
    door: httpx.AsyncClient, house: House
) -> None:
    await sign_in_as(door, house, *EVERYTHING)
    assert (await door.get("/admin/trail/file?since=tomorrow")).status_code == 400
    assert await house.database.column(TOLD) == []
