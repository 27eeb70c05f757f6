"""Groups over SCIM: who is in them, and the roles that they give and take."""

import asyncio
from typing import Any

import httpx
import pytest
import pytest_asyncio

from serai.cloud import (
    PLATFORM,
    ROLES,
    Actor,
    AskedGrant,
    Node,
    Person,
    actor_of_person,
    approval_of,
    directories,
    grants_of,
    person_of,
    waiting_approvals,
)
from serai.core import Refusal
from serai.flows import (
    By,
    Decided,
    GroupBound,
    House,
    bind_group,
    decide_approval,
    grant_role,
    unbind_group,
)
from serai.ledger import Insert, Key, Proposal
from tests.api.directory import GROUP as GROUP_SCHEMA
from tests.api.directory import PATCH, Provider, op, provider_for
from tests.api.program import Program
from tests.people import NODES, by_platform, let_in, role_on
from tests.worlds import DUCK_BRAND, GROUP, LAKESIDE_BRAND, LANTERN_BRAND


@pytest_asyncio.fixture
async def provider(program: Program, house: House) -> Provider:
    return await provider_for(program, house, "directory", node_id=GROUP)


@pytest_asyncio.fixture
async def lantern(program: Program, house: House) -> Provider:
    return await provider_for(
        program, house, "lantern directory", level="brand", node_id=LANTERN_BRAND
    )


async def test_a_directory_is_not_told_of_anothers_groups(
    lantern: Provider, provider: Provider, program: Program, house: House
) -> None:
    lakeside = await provider_for(
        program, house, "lakeside directory", level="brand", node_id=LAKESIDE_BRAND
    )
    both = await let_in(
        house, "both", role_on("brand_analyst"), role_on("brand_analyst", LAKESIDE_BRAND)
    )
    person = {"id": str(both.id)}
    for owner, name in ((lakeside, "Of Lakeside"), (provider, "Of the group")):
        await owner.make_group(name, person)
    own = await lantern.make_group("Own", person)
    told = await lantern.get(f"/Users/{both.id}")
    assert [one["value"] for one in told["groups"]] == [own["id"]]
    assert (await lantern.get("/Users"))["Resources"] == [told]
    assert await lantern.found("/Users", 'groups.display sw "Of"') == []
    assert await lantern.found("/Users", 'groups.display eq "Own"') == ["both"]
    whole = await provider.get(f"/Users/{both.id}")
    assert len(whole["groups"]) == 3


async def roles_of(house: House, user: Any) -> set[str]:
    return {grant.role for grant in await grants_of(house.database, [int(user["id"])])}


async def bind(house: House, group: Any, role: str, node_id: int | None = None) -> str:
    level = ROLES[role].level
    node = Node(level, NODES[level] if node_id is None else node_id)
    bound = await bind_group(house, by_platform(), int(group["id"]), role, node)
    return bound.name if isinstance(bound, Refusal) else f"{bound.members} members"


def members(group: Any) -> set[str]:
    return {one["value"] for one in group.get("members", ())}


async def test_groups_are_kept_found_and_changed(provider: Provider) -> None:
    carol, dave = await provider.make_user("carol"), await provider.make_user("dave")
    made = await provider.make_group("Analysts", carol, externalId="G-7")
    path = f"/Groups/{made['id']}"
    assert made["members"] == [
        {"value": carol["id"], "$ref": carol["meta"]["location"], "type": "User"}
    ]
    assert await provider.get(path) == made
    (group,) = (await provider.get(f"/Users/{carol['id']}"))["groups"]
    assert group == {
        "value": made["id"], "$ref": made["meta"]["location"], "display": "Analysts",
    }  # fmt: skip
    for text in (
        'displayName eq "analysts"', 'externalId eq "G-7"', f'members eq "{carol["id"]}"',
        f'members[value eq "{carol["id"]}"]', "members pr", f'id eq "{made["id"]}"',
    ):  # fmt: skip
        assert await provider.found("/Groups", text) == ["Analysts"], text
    assert await provider.found("/Groups", f'members.value eq "{dave["id"]}"') == []
    assert await provider.found("/Users", f'groups.value eq "{made["id"]}"') == ["carol"]
    body = {"schemas": [GROUP_SCHEMA], "displayName": "Readers", "members": [{"value": dave["id"]}]}
    said = (await provider.ask("PUT", path, body)).json()
    assert (said["displayName"], members(said)) == ("Readers", {dave["id"]})
    assert "externalId" not in said
    bare = await provider.get("/Groups", excludedAttributes="members")
    assert "members" not in bare["Resources"][0]
    few = await provider.get(path, attributes="members.value")
    assert few["members"] == [{"value": dave["id"]}]
    assert (await provider.ask("DELETE", path)).status_code == 204
    await provider.refused(await provider.ask("GET", path), 404)
    assert "groups" not in await provider.get(f"/Users/{dave['id']}")


async def test_members_as_providers_patch_them(provider: Provider) -> None:
    users = [await provider.make_user(f"user{n}") for n in range(5)]
    ids = [user["id"] for user in users]
    group = await provider.make_group("Group", users[0])
    path = f"/Groups/{group['id']}"

    async def after(*operations: dict[str, Any]) -> set[str]:
        answer = await provider.patch(path, *operations)
        assert answer.status_code == 204, answer.text
        return members(await provider.get(path))

    add = [{"value": ids[1]}, {"value": ids[2], "display": "passed over"}]
    assert await after(op("add", "members", add)) == {*ids[:3]}
    assert await after(op("Add", None, {"members": [{"value": ids[3]}]})) == {*ids[:4]}
    assert await after(op("remove", f'members[value eq "{ids[0]}"]')) == {*ids[1:4]}
    both = f'members[value eq "{ids[1]}" or value eq "{ids[0]}"]'
    assert await after(op("remove", both)) == {*ids[2:4]}
    assert await after(op("Remove", "members", [{"value": ids[2]}])) == {ids[3]}
    assert await after(op("replace", "members", [{"value": ids[4]}])) == {ids[4]}
    urn = f"{GROUP_SCHEMA}:members"
    fill = op("add", urn, [{"value": ids[0]}])
    assert await after(op("remove", urn), fill, op("replace", "displayName", "G")) == {ids[0]}
    assert (await provider.get(path))["displayName"] == "G"
    before = await provider.get(path)
    assert await after(op("add", "members", [{"value": ids[0]}])) == {ids[0]}
    assert await provider.get(path) == before
    whole = await provider.ask(
        "PATCH", path, {"schemas": [PATCH], "Operations": [op("remove", "members")]},
        attributes="displayName,members",
    )  # fmt: skip
    assert whole.status_code == 200
    assert "members" not in whole.json()


@pytest.mark.parametrize(("operation", "kind"), [
    (op("add", "members"), "invalidValue"),
    (op("add", "members", [{}]), "invalidValue"),
    (op("add", "members", [{"value": 7}]), "invalidValue"),
    (op("add", "members", [{"value": "no number"}]), "invalidValue"),
    (op("add", "members", [{"value": "9" * 18}]), "invalidValue"),
    (op("add", "members", [{"value": "1", "type": "Group"}]), "invalidValue"),
    (op("add", "members", [[[[]]]]), "invalidValue"),
    (op("add", 'members[value eq "1"]', {"value": "2"}), "noTarget"),
    (op("replace", 'members[value eq "1"].display', "x"), "mutability"),
    (op("remove", 'members[value co "1"]'), "invalidPath"),
    (op("remove", "members[not (" * 50), "invalidPath"),
    (op("remove", "displayName"), "mutability"),
    (op("replace", "displayName", "x" * 121), "invalidValue"),
    (op("replace", "id", "1"), "mutability"),
    (op("replace", None, "x"), "invalidValue"),
    ({"op": "add", "path": 7, "value": 1}, "invalidPath"),
    ({"op": {}, "path": "members"}, "invalidValue"),
])  # fmt: skip
async def test_patches_that_mean_nothing_are_refused(
    provider: Provider, operation: dict[str, Any], kind: str
) -> None:
    carol = await provider.make_user("carol")
    group = await provider.make_group("Group", carol)
    path = f"/Groups/{group['id']}"
    await provider.refused(await provider.patch(path, operation), 400, kind)
    assert await provider.get(path) == group


async def test_two_who_add_at_once_are_both_heard(provider: Provider) -> None:
    users = [await provider.make_user(f"user{n}") for n in range(6)]
    group = await provider.make_group("Group")
    path = f"/Groups/{group['id']}"
    answers = await asyncio.gather(
        *(provider.patch(path, op("add", "members", [{"value": user["id"]}])) for user in users)
    )
    assert {answer.status_code for answer in answers} == {204}
    assert members(await provider.get(path)) == {user["id"] for user in users}


async def test_a_group_that_is_bound_gives_a_role_and_takes_it(
    provider: Provider, house: House
) -> None:
    carol, dave = await provider.make_user("carol"), await provider.make_user("dave")
    group = await provider.make_group("Analysts", carol)
    path = f"/Groups/{group['id']}"
    assert await roles_of(house, carol) == set()
    assert await bind(house, group, "brand_analyst") == "1 members"
    assert await bind(house, group, "brand_analyst") == "group_bound"
    assert await bind(house, group, "city_officer") == "1 members"
    assert await roles_of(house, carol) == {"brand_analyst", "city_officer"}
    await provider.patch(path, op("add", "members", [{"value": dave["id"]}]))
    assert await roles_of(house, dave) == {"brand_analyst", "city_officer"}
    await provider.patch(path, op("remove", f'members[value eq "{carol["id"]}"]'))
    assert await roles_of(house, carol) == set()
    node = role_on("city_officer").node
    ended = await unbind_group(house, by_platform(), int(group["id"]), "city_officer", node)
    assert isinstance(ended, GroupBound)
    assert await roles_of(house, dave) == {"brand_analyst"}
    await provider.ask("DELETE", path)
    assert await roles_of(house, dave) == set()


async def test_what_somebody_was_granted_beside_a_group_stays(
    provider: Provider, house: House
) -> None:
    carol = await provider.make_user("carol")
    asked = AskedGrant(
        holder_id=int(carol["id"]), role="brand_analyst", level="brand", node_id=LANTERN_BRAND
    )
    await grant_role(house, by_platform(), asked)
    first, second = await provider.make_group("A", carol), await provider.make_group("B", carol)
    for group in (first, second):
        await bind(house, group, "brand_analyst")
        await bind(house, group, "city_officer")
    await provider.ask("DELETE", f"/Groups/{first['id']}")
    assert await roles_of(house, carol) == {"brand_analyst", "city_officer"}
    await provider.ask("DELETE", f"/Groups/{second['id']}")
    assert await roles_of(house, carol) == {"brand_analyst"}


async def test_power_over_others_waits_for_a_second_person(
    provider: Provider, house: House
) -> None:
    boss = await let_in(house, "boss", role_on("group_controller"), role_on("group_it"))
    other = await let_in(house, "other", role_on("group_controller"), role_on("group_it"))

    async def by(person: Any, key: str) -> By:
        held = await grants_of(house.database, [person.id])
        return By(actor_of_person(person, held), key)

    group = await provider.make_group("Managers")
    node = role_on("brand_manager").node
    bound = await bind_group(house, await by(boss, "1"), int(group["id"]), "brand_manager", node)
    assert isinstance(bound, GroupBound), bound
    carol, dave = await provider.make_user("carol"), await provider.make_user("dave")
    path = f"/Groups/{group['id']}"
    await provider.patch(path, op("add", "members", [{"value": u["id"]} for u in (carol, dave)]))
    assert await roles_of(house, carol) == set()
    of_carol, of_dave = await waiting_approvals(house.database)
    assert isinstance(of_carol.asked, AskedGrant)
    assert (of_carol.asked_by, of_carol.asked.holder_id) == (boss.id, int(carol["id"]))
    own = await decide_approval(house, await by(boss, "2"), of_carol.id, approved=True)
    assert isinstance(own, Refusal)
    assert own.name == "second_person_needed"
    decided = await decide_approval(house, await by(other, "3"), of_carol.id, approved=True)
    assert isinstance(decided, Decided)
    assert await roles_of(house, carol) == {"brand_manager"}
    await provider.patch(path, op("remove", "members"))
    assert await roles_of(house, carol) == set()
    withdrawn = await approval_of(house.database, of_dave.id)
    assert withdrawn is not None
    assert withdrawn.state == "refused"
    late = await decide_approval(house, await by(other, "4"), of_dave.id, approved=True)
    assert isinstance(late, Refusal)


async def test_a_directory_gives_nothing_beyond_its_node(
    provider: Provider, lantern: Provider, house: House
) -> None:
    group = await lantern.make_group("Everybody")
    assert await bind(house, group, "brand_analyst") == "0 members"
    assert await bind(house, group, "store_clerk") == "binding_above_directory"  # the ducks'
    assert await bind(house, group, "brand_analyst", DUCK_BRAND) == "binding_above_directory"
    assert await bind(house, group, "group_analyst") == "binding_above_directory"
    assert await bind(house, group, "brand_analyst", 999_999) == "node_not_found"
    assert await bind(house, group, "store_clerk", LANTERN_BRAND) == "node_not_found"
    weak = Actor("program:7", id=7, holdings=())
    node = role_on("brand_analyst").node
    refused = await bind_group(house, By(weak, "1"), int(group["id"]), "brand_analyst", node)
    assert isinstance(refused, Refusal)


async def test_ids_of_others_are_not_there(
    provider: Provider, lantern: Provider, program: Program, house: House
) -> None:
    lakeside = await provider_for(program, house, "lakeside", level="brand", node_id=LAKESIDE_BRAND)
    ours, theirs = await lantern.make_user("ours"), await lakeside.make_user("theirs")
    group = await lantern.make_group("Lanterns", ours)
    path = f"/Groups/{group['id']}"
    for method, body in (
        ("GET", None),
        ("DELETE", None),
        ("PUT", {"schemas": [GROUP_SCHEMA], "displayName": "x"}),
        ("PATCH", {"schemas": [PATCH], "Operations": [op("remove", "members")]}),
    ):
        await lakeside.refused(await lakeside.ask(method, path, body), 404)
    assert await lakeside.found("/Groups", "displayName pr") == []
    answer = await lantern.patch(path, op("add", "members", [{"value": theirs["id"]}]))
    nobody = await lantern.patch(path, op("add", "members", [{"value": "999999"}]))
    assert (answer.status_code, answer.json()) == (400, nobody.json())
    assert members(await provider.get(path)) == {ours["id"]}


async def test_who_is_gone_is_in_no_group_and_holds_nothing(
    provider: Provider, house: House
) -> None:
    carol = await provider.make_user("carol")
    group = await provider.make_group("Analysts", carol)
    await bind(house, group, "brand_analyst")
    await bind(house, group, "brand_manager")
    await provider.ask("DELETE", f"/Users/{carol['id']}")
    assert await roles_of(house, carol) == set()
    assert await waiting_approvals(house.database) == []
    now = await provider.get(f"/Groups/{group['id']}")
    assert "members" not in now
    assert now["meta"]["version"] != group["meta"]["version"]
    person = await person_of(house.database, int(carol["id"]))
    assert person is not None
    assert person.name == f"carol#{person.id}"


async def test_users_and_groups_in_one_list(provider: Provider) -> None:
    carol = await provider.make_user("carol", displayName="Carol")
    await provider.make_group("Band", carol)

    async def search(**more: Any) -> httpx.Response:
        schema = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
        return await provider.ask("POST", "/.search", {"schemas": [schema], **more})

    async def kinds(**more: Any) -> list[str]:
        said = (await search(**more)).json()
        return [one["meta"]["resourceType"] for one in said["Resources"]]

    assert await kinds() == ["Group", "User"]
    assert await kinds(sortBy="displayName", sortOrder="descending") == ["User", "Group"]
    assert await kinds(filter='userName eq "carol"') == ["User"]
    assert await kinds(filter=f'members.value eq "{carol["id"]}"') == ["Group"]
    assert await kinds(startIndex=2, count=1) == ["User"]
    await provider.refused(await search(startIndex=1_000_000), 400, "tooMany")
    await provider.refused(await search(filter='nope eq "x"'), 400, "invalidFilter")


async def test_ten_thousand_members(provider: Provider, house: House) -> None:
    ids = await many_people(house, 10_000)
    group = (
        await provider.ask(
            "POST", "/Groups",
            {"schemas": [GROUP_SCHEMA], "displayName": "Everybody",
             "members": [{"value": str(id), "type": "User"} for id in ids]},
            excludedAttributes="members",
        )
    ).json()  # fmt: skip
    path = f"/Groups/{group['id']}"
    assert "members" not in group
    assert await bind(house, group, "brand_analyst") == "10000 members"
    await provider.patch(path, op("remove", f'members[value eq "{ids[0]}"]'))
    assert len((await provider.get(path))["members"]) == 9_999
    assert await grants_of(house.database, [ids[0]]) == []
    assert len(await grants_of(house.database, ids)) == 9_999
    await provider.patch(path, op("replace", "members", []))
    assert await grants_of(house.database, ids) == []


async def many_people(house: House, count: int) -> list[int]:
    """So many people of the group's directory, let in at once."""
    ids = list(await house.ids.take(count))
    now = house.clock()
    people = tuple(
        Person(id=id, name=f"person{id}", display_name=f"Person {id}", created_at=now) for id in ids
    )
    said = tuple(
        directories.DirectoryPerson(
            id=one.id, level="group", node_id=GROUP, changed_at=now,
            said=directories.PersonSaid(user_name=one.name),
        )
        for one in people
    )  # fmt: skip
    await house.books.propose(
        Proposal(
            key=Key(PLATFORM.name, "many", "people"), effective=now, business_date=now.date(),
            inserts=(Insert("people", people), Insert("directory_people", said)),
        )
    )  # fmt: skip
    return ids
