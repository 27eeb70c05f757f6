"""Groups of directories as pages: who is in them, what they give, bound and ended by whoever may
grant there; what gives power over others waits for a second person, member by member."""

from itertools import count

import httpx
import pytest

from serai.cloud import Node, Person, directories, grants_of, waiting_approvals
from serai.core import Refusal
from serai.flows import House, provision_group
from serai.web.languages import LANGUAGES
from tests.people import by_platform, let_in, role_on
from tests.web.forms import hidden_of, send
from tests.web.test_pages import Elements
from tests.web.visitors import sign_in_as
from tests.worlds import DUCK_BRAND, GROUP, LAKESIDE_BRAND, LANTERN_BRAND

_numbers = count(1)


async def group_of(house: House, name: str, node: Node, *members: Person) -> int:
    """A group that the directory of a node tells of."""
    nodes = None if node.level == "group" else (node,)
    told = await provision_group(
        house,
        by_platform(),
        directories.Directory(node, nodes),
        directories.GroupSaid(display_name=name, external_id=f"ext-{next(_numbers)}"),
        frozenset(one.id for one in members),
    )
    assert not isinstance(told, Refusal), told
    return told.group_id


async def roles_of(house: House, person: Person) -> set[str]:
    return {grant.role for grant in await grants_of(house.database, [person.id])}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_pages_are_whole(pages: httpx.AsyncClient, house: House, language: str) -> None:
    empty = await pages.get(f"/admin/directories?lang={language}")
    assert empty.status_code == 200
    assert "/scim/v2" in empty.text
    lin = await let_in(house, "lin", role_on("store_clerk"))
    group = await group_of(house, "Clerks <b>", Node("group", GROUP), lin)
    for address in ("/admin/directories", f"/admin/directories/{group}", "/admin/people"):
        answer = await pages.get(f"{address}?lang={language}")
        assert answer.status_code == 200, address
        assert f'<html lang="{language}"' in answer.text
        assert "Clerks <b>" not in answer.text
        Elements(answer.text)
    assert f'href="/admin/people/{lin.id}"' in (await pages.get(f"/admin/directories/{group}")).text


async def test_a_group_is_bound_and_its_binding_ended(
    pages: httpx.AsyncClient, house: House
) -> None:
    lin = await let_in(house, "lin", role_on("store_clerk"))
    group = await group_of(house, "Analysts", Node("group", GROUP), lin)
    address = f"/admin/directories/{group}"
    page = (await pages.get(address)).text
    wish = {"role": "brand_analyst", "node": "B0"}
    for _ in range(2):  # sent twice, it is done once
        answer = await send(pages, page, f"{address}/bindings", wish)
        assert answer.headers["location"] == f"{address}?done=bound"
    assert "brand_analyst" in await roles_of(house, lin)
    page = (await pages.get(address)).text
    again = await send(pages, page, f"{address}/bindings", wish)
    assert again.status_code == 422
    assert "bound to this role there already" in again.text
    listed = (await pages.get("/admin/directories?q=analy")).text
    assert "Brand analyst" in listed
    assert "Analysts" not in (await pages.get("/admin/directories?q=nobody")).text

    (binding,) = await directories.bindings_of(house.database, [group])
    ended = await send(pages, page, f"{address}/bindings/{binding.id}/end", {})
    assert ended.headers["location"] == f"{address}?done=ended"
    assert await roles_of(house, lin) == {"store_clerk"}
    assert "it is bound to no role" in (await pages.get(address)).text
    hidden = hidden_of(page, f"{address}/bindings") | {"key": "0" * 32}
    gone = await pages.post(f"{address}/bindings/{binding.id}/end", data=hidden)
    assert (gone.status_code, "This binding has ended already" in gone.text) == (422, True)


async def test_power_over_others_waits_for_a_second_person(
    pages: httpx.AsyncClient, house: House
) -> None:
    lin = await let_in(house, "lin", role_on("store_clerk"))
    group = await group_of(house, "Managers", Node("group", GROUP), lin)
    address = f"/admin/directories/{group}"
    page = (await pages.get(address)).text
    answer = await send(pages, page, f"{address}/bindings", {"role": "brand_manager", "node": "B0"})
    assert answer.headers["location"] == f"{address}?done=waits"
    page = (await pages.get(answer.headers["location"])).text
    assert "It waits for a second person" in page
    assert "Brand manager: waits for a second person" in page
    assert await roles_of(house, lin) == {"store_clerk"}
    (waiting,) = await waiting_approvals(house.database)

    hidden = hidden_of(page, f"{address}/bindings") | {"key": "0" * 32, "decision": "approve"}
    refused = await pages.post(f"/admin/approvals/{waiting.id}", data=hidden)
    assert refused.status_code == 422, "whoever bound the group cannot answer"
    await sign_in_as(pages, house, role_on("group_controller"), role_on("group_it"))
    colleague = (await pages.get("/admin/approvals")).text
    await send(pages, colleague, f"/admin/approvals/{waiting.id}", {"decision": "approve"})
    assert "brand_manager" in await roles_of(house, lin)


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"role": "brand_analyst", "node": "NOWHERE"}, "There is no such node"),
        ({"role": "emperor", "node": ""}, "There is no such node"),
        ({"role": "group_controller", "node": ""}, "rights that you do not hold"),
    ],
)
async def test_what_may_not_be_bound_is_told(
    pages: httpx.AsyncClient, house: House, wish: dict[str, str], says: str
) -> None:
    await sign_in_as(pages, house, role_on("group_it"))
    group = await group_of(house, "Anybody", Node("group", GROUP))
    page = (await pages.get(f"/admin/directories/{group}")).text
    answer = await send(pages, page, f"/admin/directories/{group}/bindings", wish)
    assert answer.status_code == 422
    assert says in answer.text
    assert await directories.bindings_of(house.database, [group]) == []


async def test_who_rules_a_brand_binds_the_groups_of_its_directory_alone(
    pages: httpx.AsyncClient, house: House
) -> None:
    own = await group_of(house, "Ours", Node("brand", LANTERN_BRAND))
    others = [
        await group_of(house, "Theirs", Node("brand", LAKESIDE_BRAND)),
        await group_of(house, "Everybody's", Node("group", GROUP)),
    ]
    await sign_in_as(pages, house, role_on("brand_manager", LANTERN_BRAND))
    listed = (await pages.get("/admin/directories")).text
    assert "Ours" in listed
    assert "Theirs" not in listed
    assert "Everybody" not in listed
    page = (await pages.get(f"/admin/directories/{own}")).text
    bound = await send(
        pages, page, f"/admin/directories/{own}/bindings", {"role": "brand_analyst", "node": "B0"}
    )
    assert bound.status_code == 303
    beyond = {"role": "brand_analyst", "node": await code_of_brand(house, DUCK_BRAND)}
    refused = await send(pages, page, f"/admin/directories/{own}/bindings", beyond)
    assert refused.status_code == 422
    for group in others:
        assert (await pages.get(f"/admin/directories/{group}")).status_code == 404
        hidden = hidden_of(page, f"/admin/directories/{own}/bindings")
        wish = hidden | {"role": "brand_analyst", "node": "B0"}
        answer = await pages.post(f"/admin/directories/{group}/bindings", data=wish)
        assert answer.status_code == 404
        assert await directories.bindings_of(house.database, [group]) == []


async def code_of_brand(house: House, id: int) -> str:
    return (await house.organisation()).brands[id].code
