"""People, roles and approvals as pages: within one's own nodes, and by two where it is needed."""

import re
from pathlib import Path

import httpx
import pytest

from serai.cloud import (
    ROLES,
    Actor,
    AskedGrant,
    Origin,
    Person,
    grants_of,
    person_named,
    person_of,
    waiting_approvals,
)
from serai.flows import (
    By,
    GrantAsked,
    House,
    IssuedKey,
    NewProgram,
    RoleOn,
    admit_program,
    give_password,
    grant_role,
)
from serai.web.languages import LANGUAGES
from tests.people import PASSWORD, by_platform, let_in, role_on
from tests.web.conftest import open_pages
from tests.web.forms import hidden_of, send
from tests.web.test_pages import Elements
from tests.web.visitors import EVERYTHING, Visitor, sign_in_as
from tests.worlds import LAKESIDE_BRAND, LANTERN_BRAND, LANTERN_INN, TEA_HOUSE

PAGES = ("/admin/people", "/admin/people/new", "/admin/roles", "/admin/who", "/admin/approvals")


@pytest.fixture
async def clerk(house: House) -> Person:
    return await let_in(
        house, "clerk", role_on("brand_analyst"), display_name="<b>Clerk</b> & 'Sons'"
    )


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_pages_are_whole(pages: httpx.AsyncClient, clerk: Person, language: str) -> None:
    for address in (*PAGES, f"/admin/people/{clerk.id}"):
        answer = await pages.get(f"{address}?lang={language}")
        assert answer.status_code == 200, address
        assert f'<html lang="{language}"' in answer.text
        assert "<b>Clerk" not in answer.text
        Elements(answer.text)


async def test_somebody_is_let_in_and_told_a_password_once(
    pages: httpx.AsyncClient, house: House, tmp_path: Path
) -> None:
    page = (await pages.get("/admin/people/new")).text
    form = {
        "name": "New@Lantern.example", "display_name": "New", "email": "", "role": "brand_analyst",
        "node": "B0", "active": "no", "id": "1", "external_id": "x",
    }  # fmt: skip
    answer = await send(pages, page, "/admin/people/new", form)
    told = re.search(r"(?:[a-z2-9]{4}-){3}[a-z2-9]{4}", answer.text)
    assert told is not None
    again = await send(pages, page, "/admin/people/new", form)
    assert told.group() not in again.text
    person = await person_named(house.database, "new@lantern.example")
    assert person is not None
    assert (person.active, person.external_id) == (True, "")
    async with open_pages(house, tmp_path) as door:
        entrance = (await door.get("/sign-in")).text
        filled = {"name": "new@lantern.example", "password": told.group()}
        assert (await send(door, entrance, "/sign-in", filled)).status_code == 303
        # A password that somebody else has seen is changed before anything else.
        assert (await door.get("/group")).headers["location"] == "/account"
        assert "Choose a password of your own first" in (await door.get("/account")).text


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", "<script>", "A sign-in name is made of"),
        ("name", "clerk", "Somebody signs in with this name already."),
        ("display_name", "", "A person is shown under a name"),
        ("email", "nobody", "This is not an e-mail address."),
        ("role", "emperor", "There is no such node"),
        ("role", "group_it' OR 1=1", "There is no such node"),
        ("node", "NOWHERE", "There is no such node"),
        ("role", "brand_manager' --", "There is no such node"),
    ],
)
async def test_what_does_not_fit_is_said(
    pages: httpx.AsyncClient, clerk: Person, field: str, value: str, says: str
) -> None:
    page = (await pages.get("/admin/people/new")).text
    form = {
        "name": "new", "display_name": "New", "email": "", "role": "brand_analyst",
        "node": "B0", field: value,
    }  # fmt: skip
    answer = await send(pages, page, "/admin/people/new", form)
    assert answer.status_code == 422
    assert says in answer.text
    assert "<script>" not in answer.text.replace('<script type="module"', "").replace(
        "<script defer", ""
    )


async def test_two_people_are_needed(
    pages: httpx.AsyncClient, house: House, clerk: Person, tmp_path: Path
) -> None:
    address = f"/admin/people/{clerk.id}"
    page = (await pages.get(address)).text
    asked = await send(pages, page, f"{address}/roles", {"role": "brand_manager", "node": "B0"})
    assert asked.headers["location"].endswith("done=waits")
    (approval,) = await waiting_approvals(house.database)
    own = (await pages.get("/admin/approvals")).text
    assert "A colleague decides this." in own
    forced = await pages.post(
        f"/admin/approvals/{approval.id}",
        data={**hidden_of(page, f"{address}/roles"), "decision": "approve"},
    )
    assert forced.status_code == 422
    assert len(await grants_of(house.database, [clerk.id])) == 1
    async with open_pages(house, tmp_path) as other:
        await sign_in_as(other, house, *EVERYTHING)
        assert "1 role waits for your approval" in (await other.get("/admin/people")).text
        shown = (await other.get("/admin/approvals")).text
        decided = await send(
            other, shown, f"/admin/approvals/{approval.id}", {"decision": "approve"}
        )
        assert decided.status_code == 303
    assert len(await grants_of(house.database, [clerk.id])) == 2


async def test_an_account_is_managed(
    pages: httpx.AsyncClient, house: House, clerk: Person, tmp_path: Path
) -> None:
    address = f"/admin/people/{clerk.id}"
    async with open_pages(house, tmp_path) as theirs:
        entrance = (await theirs.get("/sign-in")).text
        await send(theirs, entrance, "/sign-in", {"name": "clerk", "password": PASSWORD})
        page = (await pages.get(address)).text
        await send(pages, page, f"{address}/standing", {})
        assert (await theirs.get("/account")).status_code == 303
    left = await person_of(house.database, clerk.id)
    assert left is not None
    assert not left.active
    page = (await pages.get(address)).text
    given = await send(pages, page, f"{address}/password", {})
    assert re.search(r"(?:[a-z2-9]{4}-){3}[a-z2-9]{4}", given.text)
    (grant,) = await grants_of(house.database, [clerk.id])
    await send(pages, given.text, f"{address}/roles/{grant.id}/end", {})
    assert await grants_of(house.database, [clerk.id]) == []


async def test_a_brands_manager_knows_their_own_people(
    door: httpx.AsyncClient, house: House, clerk: Person
) -> None:
    other = await let_in(house, "other", role_on("brand_analyst", LAKESIDE_BRAND))
    chief = await let_in(house, "chief", *EVERYTHING)
    await sign_in_as(door, house, role_on("brand_manager"), name="manager")
    listed = (await door.get("/admin/people")).text
    assert "clerk" in listed
    assert f"/admin/people/{other.id}" not in listed
    assert f"/admin/people/{chief.id}" not in listed
    for person in (other, chief):
        answer = await door.get(f"/admin/people/{person.id}")
        assert answer.status_code == 404
    who = (await door.get("/admin/who?level=brand&code=B0")).text
    assert f"/admin/people/{clerk.id}" in who
    part_of_a_name = (await door.get("/admin/who?level=store&code=lantern+inn")).text
    assert f"/admin/people/{clerk.id}" in part_of_a_name
    assert "There is no such node" in (await door.get("/admin/who?level=group")).text
    assert "There is no such node" in (await door.get("/admin/who?level=brand&code=B1")).text
    page = (await door.get(f"/admin/people/{clerk.id}")).text
    above = await send(
        door, page, f"/admin/people/{clerk.id}/roles", {"role": "group_controller", "node": ""}
    )
    assert above.status_code == 422
    elsewhere = await door.post(
        f"/admin/people/{other.id}/roles",
        data={
            **hidden_of(page, f"/admin/people/{clerk.id}/roles"), "role": "brand_analyst",
            "node": "B0",
        },
    )  # fmt: skip
    assert elsewhere.status_code == 404


async def test_a_role_is_granted_on_a_node_by_its_name(
    pages: httpx.AsyncClient, house: House, clerk: Person
) -> None:
    address = f"/admin/people/{clerk.id}/roles"
    page = (await pages.get(f"/admin/people/{clerk.id}")).text
    form = {"role": "store_clerk", "node": "the lantern INN"}
    assert (await send(pages, page, address, form)).status_code == 303
    held = await grants_of(house.database, [clerk.id])
    assert ("store_clerk", LANTERN_INN) in [(one.role, one.node_id) for one in held]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_part_of_a_name_is_answered_with_a_choice(
    pages: httpx.AsyncClient, clerk: Person, language: str
) -> None:
    for address, action, filled in (
        (f"/admin/people/{clerk.id}", f"/admin/people/{clerk.id}/roles", {}),
        ("/admin/people/new", "/admin/people/new", {"name": "new", "display_name": "New"}),
        (
            "/admin/programs/new", "/admin/programs/new",
            {"name": "shop", "level": "store", "scopes": "orders.read", "days": "9"},
        ),
    ):  # fmt: skip
        page = (await pages.get(f"{address}?lang={language}")).text
        form = {"role": "store_clerk", "node": "lantern", "requests_a_minute": "9", **filled}
        answer = await send(pages, page, action, form)
        assert answer.status_code == 422, address
        elements = Elements(answer.text)
        chosen = [one for tag, one in elements.found if tag == "select"]
        assert "node" in [one.get("name") for one in chosen], address
        assert "S0" in [one.get("value") for tag, one in elements.found if tag == "option"]
    asked = (await pages.get(f"/admin/who?level=store&code=lantern&lang={language}")).text
    assert '<select id="field-code"' in asked


@pytest.mark.parametrize(
    ("address", "everything"),
    [
        ("/admin/people?q=nobody", "/admin/people"),
        ("/admin/organisation?axis=city&q=nowhere", "/admin/organisation?axis=city"),
        ("/group/stores?q=nowhere&sort=name&lang=en", "/group/stores?sort=name&amp;lang=en"),
        ("/group/orders?since=2031-01-01", "/group/orders"),
    ],
)
async def test_a_search_in_vain_leads_back_to_everything(
    pages: httpx.AsyncClient, address: str, everything: str
) -> None:
    answer = (await pages.get(address)).text
    assert "Nothing fits" in answer
    assert f'href="{everything}">Show everything' in answer


async def test_only_roles_that_one_may_grant_are_offered(
    door: httpx.AsyncClient, house: House
) -> None:
    async def offered() -> set[str]:
        page = (await door.get("/admin/people/new")).text
        select = page[page.index('<select id="field-role"') :].split("</select>")[0]
        return set(re.findall(r'value="(\w+)"', select))

    await sign_in_as(door, house, role_on("brand_manager"))
    assert await offered() == {
        "brand_manager", "brand_analyst", "store_manager", "store_clerk",
    }  # fmt: skip
    await sign_in_as(door, house, role_on("store_manager"))
    assert await offered() == {"store_manager", "store_clerk"}
    await sign_in_as(door, house, *EVERYTHING)
    assert await offered() == set(ROLES)


async def test_only_nodes_that_one_may_grant_a_role_on_are_offered(
    door: httpx.AsyncClient, house: House
) -> None:
    await sign_in_as(door, house, role_on("brand_manager"))

    async def offered(query: str) -> list[str | None]:
        answer = await door.get(f"/admin/nodes?{query}")
        assert answer.status_code == 200
        return [one.get("value") for tag, one in Elements(answer.text).found if tag == "option"]

    assert await offered("role=brand_analyst") == ["B0"]
    assert await offered("role=brand_analyst&node=lakeside") == []
    assert sorted(str(code) for code in await offered("role=store_clerk")) == ["S0", "S3", "S5"]
    assert await offered("role=store_clerk&node=lakeside") == []
    assert await offered("role=group_it") == []
    assert await offered("role=traveller&node=wang") == []
    assert await offered("role=emperor") == []
    assert await offered("level=brand") == ["B0"]
    assert await offered("level=brand&code=lakeside") == []
    assert await offered("level=store&code=灯笼") == ["S0", "S5"]
    assert await offered("level=store&code=s0") == ["S0"]
    assert await offered("level=store&code=s1") == []
    assert await offered("") == []
    await sign_in_as(door, house, role_on("store_manager"))
    assert await offered("role=store_clerk") == ["S2"]


async def test_a_brands_manager_is_not_told_what_somebody_is_elsewhere(
    door: httpx.AsyncClient, house: House
) -> None:
    await sign_in_as(door, house, role_on("brand_manager"))
    both = await let_in(
        house, "both", role_on("brand_analyst"), role_on("brand_analyst", LAKESIDE_BRAND)
    )
    for address in ("/admin/people", f"/admin/people/{both.id}"):
        page = (await door.get(address)).text
        assert "Brand analyst" in page
        assert "Lakeside" not in page


async def test_an_analyst_manages_nobody(door: httpx.AsyncClient, house: House) -> None:
    await sign_in_as(door, house, role_on("brand_analyst"))
    for address in PAGES:
        assert (await door.get(address)).status_code == 404, address


async def test_an_address_is_masked_for_whom_the_reader_does_not_manage(
    pages: httpx.AsyncClient, house: House, tmp_path: Path
) -> None:
    page = (await pages.get("/admin/people/new")).text
    form = {
        "name": "lin", "display_name": "Lin", "email": "lin.secret@example.com",
        "role": "brand_analyst", "node": "B0",
    }  # fmt: skip
    await send(pages, page, "/admin/people/new", form)
    person = await person_named(house.database, "lin")
    assert person is not None
    address = f"/admin/people/{person.id}"
    assert "lin.secret@example.com" in (await pages.get(address)).text
    async with open_pages(house, tmp_path) as others:
        await sign_in_as(others, house, role_on("group_controller"))
        shown = (await others.get(address)).text
        assert "l***@example.com" in shown
        assert "lin.secret" not in shown
    async with open_pages(house, tmp_path) as own:
        own.auth = Visitor(house, person)
        await give_password(house, by_platform(), person.id, PASSWORD, must_change=False)
        assert "lin.secret@example.com" in (await own.get("/account")).text


async def test_what_was_done_to_somebody_is_seen_where_they_hold_it(
    pages: httpx.AsyncClient, house: House
) -> None:
    """A brand's manager sees deeds about the people and programs of the brand, and no more."""

    async def shown(address: str) -> list[str]:
        text = (await pages.get(address)).text
        _, _, table = text.partition("<h2>What was done</h2>")
        return re.findall(r'is-title"[^>]*>(?:<[^>]+>)*([^<]+)', table)

    async def grants(role: RoleOn, key: str) -> None:
        asked = AskedGrant(
            holder_id=lin.id, role=role.role, level=role.node.level, node_id=role.node.id
        )
        by = By(Actor("operator"), key, origin=Origin("the machine"))
        assert isinstance(await grant_role(house, by, asked), GrantAsked)

    lin = await let_in(house, "lin", role_on("brand_analyst", LANTERN_BRAND))
    await grants(role_on("store_clerk", TEA_HOUSE), "a")
    await grants(role_on("brand_analyst", LAKESIDE_BRAND), "b")
    page = f"/admin/people/{lin.id}"
    assert await shown(page) == ["Granted or asked for a role"] * 2
    by = By(Actor("operator"), "c", origin=Origin("the machine"))
    wanted = NewProgram(name="till", scopes=("orders.read",), level="brand", node_id=LANTERN_BRAND)
    till = await admit_program(house, by, wanted)
    assert isinstance(till, IssuedKey)
    await sign_in_as(pages, house, role_on("brand_manager", LANTERN_BRAND))
    assert await shown(page) == ["Granted or asked for a role"], "the other was at another brand"
    assert await shown(f"/admin/programs/{till.made.program_id}") == ["Let a program in"]
    assert "/admin/trail/" not in (await pages.get(page)).text, "the trail itself is not theirs"
    await sign_in_as(pages, house, role_on("brand_manager", LAKESIDE_BRAND))
    assert await shown(page) == ["Granted or asked for a role"]
