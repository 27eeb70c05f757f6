"""Users over SCIM: what is kept, found, changed, refused, and what becomes of whoever leaves."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from serai.cloud import Origin, emails_of, first_email, person_named, person_of
from serai.core import Refusal
from serai.flows import House, Opened, Visit, give_password, sign_in, who_is
from tests.api.directory import PATCH, USER, Provider, op, provider_for
from tests.api.keys import key_for
from tests.api.program import Program
from tests.people import PASSWORD, by_platform, let_in, role_on
from tests.worlds import DUCK_BRAND, GROUP, LANTERN_BRAND

BJENSEN: dict[str, Any] = {
    "externalId": "701984",
    "name": {"formatted": "Barbara Jensen", "familyName": "Jensen", "givenName": "Barbara"},
    "displayName": "Babs",
    "preferredLanguage": "zh-CN",
    "active": True,
    "emails": [
        {"value": "babs@example.com", "type": "home"},
        {"value": "bjensen@example.com", "type": "work", "primary": True},
    ],
}
DESK = Visit(Origin("192.0.2.7"))


@pytest_asyncio.fixture
async def provider(program: Program, house: House) -> Provider:
    return await provider_for(program, house, "directory", node_id=GROUP)


@pytest_asyncio.fixture
async def lantern(program: Program, house: House) -> Provider:
    return await provider_for(
        program, house, "lantern directory", level="brand", node_id=LANTERN_BRAND
    )


@pytest_asyncio.fixture
async def duck(program: Program, house: House) -> Provider:
    return await provider_for(program, house, "duck directory", level="brand", node_id=DUCK_BRAND)


async def test_what_is_said_is_kept_and_the_person_is_made_of_it(
    provider: Provider, house: House
) -> None:
    made = await provider.make_user("BJensen", **BJENSEN)
    assert {name: made[name] for name in BJENSEN} == BJENSEN
    assert (made["userName"], made["schemas"]) == ("BJensen", [USER])
    assert made["meta"]["location"].endswith(f"/scim/v2/Users/{made['id']}")
    assert await provider.get(f"/Users/{made['id']}") == made
    person = await person_of(house.database, int(made["id"]))
    assert person is not None
    emails = (await emails_of(house.database, house.ring, [person.id]))[person.id]
    first = first_email(emails)
    assert first is not None
    assert (person.name, person.display_name, first.value) == (
        "bjensen", "Babs", "bjensen@example.com",
    )  # fmt: skip
    assert (person.language, person.active, person.external_id) == ("zh-CN", True, "701984")


async def test_single_sign_on_knows_whom_the_directory_of_the_group_tells_of(
    provider: Provider, lantern: Provider, house: House
) -> None:
    async def subject(name: str) -> str:
        person = await person_named(house.database, name)
        assert person is not None
        return person.external_id

    made = await provider.make_user("ann", externalId="sub-1")
    await provider.make_user("bea", externalId="sub-1")
    await lantern.make_user("cat", externalId="sub-3")
    assert [await subject(name) for name in ("ann", "bea", "cat")] == ["sub-1", "", ""]
    await provider.patch(f"/Users/{made['id']}", op("replace", "externalId", "sub-2"))
    assert await subject("ann") == "sub-2"
    await provider.patch(f"/Users/{made['id']}", op("remove", "externalId"))
    assert await subject("ann") == ""


async def test_nobody_makes_themselves_more_than_they_are(provider: Provider) -> None:
    made = await provider.make_user(
        "mallory", id="1", password="hunter2 hunter2", roles=[{"value": "group_it"}],
        entitlements=[{"value": "all"}], groups=[{"value": "7"}], nickName="Mal",
        meta={"version": "x", "location": "https://elsewhere.test/"},
    )  # fmt: skip
    assert made["id"] != "1"
    assert not made.keys() & {"password", "roles", "entitlements", "groups", "nickName"}
    assert "elsewhere" not in made["meta"]["location"]
    path = f"/Users/{made['id']}"
    for attribute in ("id", "groups", "meta.version"):
        answer = await provider.patch(path, op("replace", attribute, "1"))
        await provider.refused(answer, 400, "mutability")
    for attribute in ("password", "roles"):
        answer = await provider.patch(path, op("add", attribute, "x"))
        assert answer.json()["meta"]["version"] == made["meta"]["version"]


@pytest.mark.parametrize("said", [
    {"userName": ""},
    {"userName": "a b"},
    {"userName": "王敏"},
    {"userName": "x" * 65},
    {"userName": 7},
    {"displayName": "two\nlines"},
    {"displayName": "x" * 257},
    {"name": "Barbara"},
    {"name": {"formatted": "x" * 300}},
    {"emails": [{"value": "not an address"}]},
    {"emails": [{"type": "work"}]},
    {"emails": [{"value": f"a{n}@example.com"} for n in range(11)]},
    {"emails": [{"value": "a@b.cd", "primary": True}, {"value": "b@b.cd", "primary": True}]},
    {"active": "perhaps"},
    {"externalId": "\u202egnp.exe"},
])  # fmt: skip
async def test_what_cannot_be_kept_is_refused(provider: Provider, said: dict[str, Any]) -> None:
    answer = await provider.ask(
        "POST", "/Users", {"schemas": [USER], "userName": "somebody", **said}
    )
    await provider.refused(answer, 400, "invalidValue")
    assert await provider.found("/Users", "userName pr") == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff", b"[" * 100_000])
async def test_what_is_no_object_is_refused(provider: Provider, body: bytes) -> None:
    answer = await provider.client.post(
        "/scim/v2/Users", content=body,
        headers={**provider._headers, "Content-Type": "application/scim+json"},
    )  # fmt: skip
    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidSyntax")
    plain = await provider.client.post("/scim/v2/Users", content=b"{}", headers=provider._headers)
    assert plain.status_code == 415


async def test_markup_in_a_name_is_text(provider: Provider) -> None:
    made = await provider.make_user("marked", displayName="<script>alert(1)</script>'; DROP TABLE")
    assert made["displayName"] == "<script>alert(1)</script>'; DROP TABLE"
    found = await provider.found("/Users", 'displayName co "\'; drop"')
    assert found == ["marked"]


async def test_a_name_is_had_once_also_by_two_at_once(provider: Provider) -> None:
    answers = await asyncio.gather(*(
        provider.ask("POST", "/Users", {"schemas": [USER], "userName": "Twin"}) for _ in range(5)
    ))  # fmt: skip
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refused.json()["scimType"] == "uniqueness"
    other = await provider.make_user("other")
    answer = await provider.patch(f"/Users/{other['id']}", op("replace", "userName", "TWIN"))
    await provider.refused(answer, 409, "uniqueness")


async def test_filters(provider: Provider) -> None:
    await provider.make_user("bjensen", **BJENSEN)
    await provider.make_user("carol", displayName="Carol", active=False)
    await provider.make_user("dave", name={"familyName": "Jensen"}, externalId="ABC")
    expected = {
        'userName eq "BJENSEN"': {"bjensen"},
        'userName ne "bjensen"': {"carol", "dave"},
        'USERNAME sw "B" or username eq "carol"': {"bjensen", "carol"},
        'userName ew "e"': {"dave"},
        'name.familyName eq "jensen" and not (displayName pr)': {"dave"},
        'name.familyName pr and (active eq true and userName co "jen")': {"bjensen"},
        "active eq false": {"carol"},
        'externalId eq "abc"': set(),
        'externalId eq "ABC"': {"dave"},
        "externalId eq null": {"carol"},
        'emails.value eq "BABS@example.com"': {"bjensen"},
        'emails eq "babs@example.com"': {"bjensen"},
        'emails[type eq "work" and value co "@example"]': {"bjensen"},
        'emails[type eq "work" and value co "babs"]': set(),
        'emails[type eq "home"].value eq "babs@example.com"': {"bjensen"},
        "emails[primary eq true]": {"bjensen"},
        "not (emails pr)": {"carol", "dave"},
        'urn:ietf:params:scim:schemas:core:2.0:User:userName eq "dave"': {"dave"},
        'meta.lastModified gt "2000-01-01T00:00:00Z"': {"bjensen", "carol", "dave"},
        'meta.created lt "2000-01-01T00:00:00Z"': set(),
        'meta.resourceType eq "User" and userName eq "dave"': {"dave"},
        'displayName gt "b" and displayName lt "c"': {"bjensen"},
        'userName eq "%" or userName eq "_" or displayName eq "\\\\"': set(),
        'userName eq "x\\" or \\"1\\" eq \\"1"': set(),
    }  # fmt: skip
    for text, names in expected.items():
        assert set(await provider.found("/Users", text)) == names, text


@pytest.mark.parametrize("text", [
    "userName", "userName eq", "userName xx 3", 'nope eq "x"', 'password eq "x"',
    'userName eq "x', "userName eq 3", "active gt true", 'emails[nope eq "x"]',
    'userName eq "\\u0000"', "not (" * 40 + "active pr" + ")" * 40,
    " or ".join(['userName eq "x"'] * 100), 'userName eq "' + "x" * 5_000 + '"', 'schemas eq "x"',
])  # fmt: skip
async def test_filters_that_mean_nothing_are_refused(provider: Provider, text: str) -> None:
    await provider.refused(await provider.ask("GET", "/Users", filter=text), 400, "invalidFilter")
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": text}
    answer = await provider.ask("POST", "/Users/.search", body)
    await provider.refused(answer, 400, "invalidFilter")


async def test_lists_are_sorted_and_cut(provider: Provider) -> None:
    for name in ("c", "a", "b"):
        await provider.make_user(name, **({} if name == "c" else {"displayName": name.upper()}))

    async def names(**params: Any) -> list[str]:
        return [one["userName"] for one in (await provider.get("/Users", **params))["Resources"]]

    assert await names() == ["b", "a", "c"]
    assert await names(sortBy="userName") == ["a", "b", "c"]
    assert await names(sortBy="displayName") == ["a", "b", "c"]
    assert await names(sortBy="displayName", sortOrder="descending") == ["c", "b", "a"]
    assert await names(sortBy="userName", startIndex=2, count=1) == ["b"]
    assert await names(startIndex=-5, count=-5) == []
    assert await names(startIndex=10**30) == []
    part = await provider.get("/Users", sortBy="userName", startIndex=3, count=10**9)
    assert [part[name] for name in ("totalResults", "startIndex", "itemsPerPage")] == [3, 3, 1]
    for wrong in ({"sortBy": "nope"}, {"sortBy": "name"}):
        await provider.refused(await provider.ask("GET", "/Users", **wrong), 400, "invalidPath")
    for wrong in ({"sortOrder": "up"}, {"count": "many"}):
        await provider.refused(await provider.ask("GET", "/Users", **wrong), 400, "invalidValue")


async def test_attributes_that_are_asked_for(provider: Provider) -> None:
    made = await provider.make_user("bjensen", **BJENSEN)
    path = f"/Users/{made['id']}"
    few = await provider.get(path, attributes="userName,emails.value")
    assert few.keys() == {"schemas", "id", "userName", "emails"}
    assert few["emails"][0] == {"value": "babs@example.com"}
    most = await provider.get(path, excludedAttributes="emails,name.givenName,id")
    assert "emails" not in most
    assert most["id"] == made["id"]
    assert most["name"].keys() == {"formatted", "familyName"}


async def test_replacing_says_everything_anew(provider: Provider, house: House) -> None:
    made = await provider.make_user("bjensen", **BJENSEN)
    path = f"/Users/{made['id']}"
    await provider.patch(path, op("replace", "active", False))
    answer = await provider.ask("PUT", path, {"schemas": [USER], "userName": "barbara"})
    said = answer.json()
    assert (answer.status_code, said["userName"], said["active"]) == (200, "barbara", False)
    assert not said.keys() & {"emails", "name", "displayName", "externalId"}
    person = await person_of(house.database, int(made["id"]))
    assert person is not None
    assert (person.name, person.display_name) == ("barbara", "barbara")
    assert await emails_of(house.database, house.ring, [person.id]) == {}


async def test_patches_as_providers_write_them(provider: Provider) -> None:
    made = await provider.make_user("bjensen", **BJENSEN)
    path = f"/Users/{made['id']}"
    answer = await provider.patch(
        path,
        op("Replace", "active", "False"),
        op("replace", None, {"displayName": "Barbara", "name.givenName": "Barb", "title": "VP"}),
        op("replace", 'emails[type eq "work"].value', "b@example.com"),
        op("add", 'emails[type eq "other"].value', "o@example.com"),
        op("remove", 'emails[type eq "home"]'),
        op("remove", "preferredLanguage"),
        op("add", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "IT"),
    )
    said = answer.json()
    assert (said["active"], said["displayName"], said["name"]["givenName"]) == (
        False, "Barbara", "Barb",
    )  # fmt: skip
    assert {one["type"]: one["value"] for one in said["emails"]} == {
        "work": "b@example.com", "other": "o@example.com",
    }  # fmt: skip
    assert "preferredLanguage" not in said
    for operations, kind in (
        ([op("replace", "userName", "")], "invalidValue"),
        ([op("remove", "userName")], "mutability"),
        ([op("remove")], "noTarget"),
        ([op("jump", "active", True)], "invalidValue"),
        ([op("replace", "emails[", "x")], "invalidPath"),
        ([op("replace", 'emails[type gt "x" or value pr].value', "x")], "invalidValue"),
        ([], "invalidValue"),
        ([op("replace", "active", True)] * 101, "invalidValue"),
    ):
        await provider.refused(await provider.patch(path, *operations), 400, kind)
    body = {"schemas": [PATCH], "Operations": "x"}
    await provider.refused(await provider.ask("PATCH", path, body), 400, "invalidValue")
    assert await provider.get(path) == said


async def test_the_same_again_changes_nothing(provider: Provider) -> None:
    made = await provider.make_user("bjensen", **BJENSEN)
    path = f"/Users/{made['id']}"
    again = await provider.ask("PUT", path, {"schemas": [USER], "userName": "BJensen", **BJENSEN})
    assert again.json()["userName"] == "BJensen"
    third = await provider.ask("PUT", path, {"schemas": [USER], "userName": "BJensen", **BJENSEN})
    assert third.json() == again.json()
    await provider.patch(path, op("replace", "active", True))
    assert await provider.get(path) == third.json()


async def test_versions(provider: Provider) -> None:
    made = await provider.make_user("bjensen", **BJENSEN)
    path, version = f"/Users/{made['id']}", made["meta"]["version"]
    unread = await provider.ask("GET", path, headers={"If-None-Match": version})
    assert (unread.status_code, unread.headers["etag"], unread.content) == (304, version, b"")
    changed = await provider.patch(path, op("replace", "displayName", "B"), **{"If-Match": version})
    assert changed.headers["etag"] == changed.json()["meta"]["version"] != version
    for method, body in (
        ("PUT", {"schemas": [USER], "userName": "bjensen"}),
        ("PATCH", {"schemas": [PATCH], "Operations": [op("replace", "displayName", "C")]}),
        ("DELETE", None),
    ):
        late = await provider.ask(method, path, body, {"If-Match": version})
        await provider.refused(late, 412)
    assert (await provider.ask("DELETE", path, headers={"If-Match": "*"})).status_code == 204


async def test_two_who_change_at_once_lose_nothing(provider: Provider) -> None:
    made = await provider.make_user("bjensen")
    path = f"/Users/{made['id']}"
    changes = {"displayName": "B", "externalId": "7", "preferredLanguage": "en"}
    answers = await asyncio.gather(
        *(provider.patch(path, op("add", name, value)) for name, value in changes.items())
    )
    assert {answer.status_code for answer in answers} == {200}
    said = await provider.get(path)
    assert {name: said[name] for name in changes} == changes


async def signed_in(house: House, provider: Provider, name: str) -> tuple[str, str]:
    made = await provider.make_user(name)
    given = await give_password(house, by_platform(), int(made["id"]), PASSWORD, must_change=False)
    assert not isinstance(given, Refusal), given
    opened = await sign_in(house, DESK, name, PASSWORD)
    assert isinstance(opened, Opened), opened
    assert await who_is(house, opened.token) is not None
    return made["id"], opened.token


async def test_who_is_switched_off_is_out_at_once(provider: Provider, house: House) -> None:
    id, token = await signed_in(house, provider, "leaver")
    await provider.patch(f"/Users/{id}", op("replace", "active", False))
    assert await who_is(house, token) is None
    refused = await sign_in(house, DESK, "leaver", PASSWORD)
    assert isinstance(refused, Refusal)
    assert refused.name == "sign_in_wrong"
    await provider.patch(f"/Users/{id}", op("replace", "active", True))
    assert await who_is(house, token) is None
    assert isinstance(await sign_in(house, DESK, "leaver", PASSWORD), Opened)


async def test_who_is_deleted_is_gone_and_the_name_is_free(
    provider: Provider, house: House
) -> None:
    id, token = await signed_in(house, provider, "leaver")
    assert (await provider.ask("DELETE", f"/Users/{id}")).status_code == 204
    assert await who_is(house, token) is None
    assert isinstance(await sign_in(house, DESK, "leaver", PASSWORD), Refusal)
    for method, body in (
        ("GET", None),
        ("DELETE", None),
        ("PUT", {"schemas": [USER], "userName": "leaver"}),
        ("PATCH", {"schemas": [PATCH], "Operations": [op("replace", "active", True)]}),
    ):
        await provider.refused(await provider.ask(method, f"/Users/{id}", body), 404)
    assert await provider.found("/Users", 'userName eq "leaver"') == []
    again = await provider.make_user("leaver")
    assert again["id"] != id
    gone = await person_of(house.database, int(id))
    assert gone is not None
    assert not gone.active


async def test_ids_of_others_are_not_there(
    provider: Provider, lantern: Provider, duck: Provider, house: House
) -> None:
    made = await lantern.make_user("lamplighter", displayName="Lamplighter")
    path = f"/Users/{made['id']}"
    assert await provider.get(path)
    assert await lantern.found("/Users", "userName pr") == ["lamplighter"]
    assert await duck.found("/Users", "userName pr") == []
    for method, body in (
        ("GET", None),
        ("DELETE", None),
        ("PUT", {"schemas": [USER], "userName": "mine"}),
        ("PATCH", {"schemas": [PATCH], "Operations": [op("replace", "active", False)]}),
    ):
        await duck.refused(await duck.ask(method, path, body), 404)
    assert await lantern.get(path) == made
    wide = await provider.make_user("controller")
    await lantern.refused(await lantern.ask("GET", f"/Users/{wide['id']}"), 404)
    for nobody in ("0", "01", "x", "-1", "9" * 19, "9" * 400, "1.0", "١"):
        await provider.refused(await provider.ask("GET", f"/Users/{nobody}"), 404)


async def test_people_of_the_house_are_seen_and_left_alone(
    provider: Provider, lantern: Provider, house: House
) -> None:
    person = await let_in(house, "keeper", role_on("group_controller"))
    path = f"/Users/{person.id}"
    assert (await provider.get(path))["userName"] == "keeper"
    await lantern.refused(await lantern.ask("GET", path), 404)
    answer = await provider.patch(path, op("replace", "active", False))
    await provider.refused(answer, 403)
    await provider.refused(await provider.ask("DELETE", path), 403)
    assert (await provider.get(path))["active"]


async def test_keys_say_who_may(provider: Provider, program: Program, house: House) -> None:
    for key in ("", "Bearer serai_1_" + "x" * 43):
        answer = await program.client.get("/scim/v2/Users", headers={"Authorization": key})
        assert (answer.status_code, answer.json()["status"]) == (401, "401")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    reader = Provider(program.client, await key_for(house, "reader", "access.read"))
    assert (await reader.get("/Users"))["totalResults"] == 0
    body = {"schemas": [USER], "userName": "x"}
    await reader.refused(await reader.ask("POST", "/Users", body), 403)
    stranger = Provider(program.client, await key_for(house, "stranger", "orders"))
    await stranger.refused(await stranger.ask("GET", "/Users"), 403)


async def test_what_is_not_served_says_so(provider: Provider) -> None:
    await provider.refused(await provider.ask("GET", "/Me"), 501)
    await provider.refused(await provider.ask("POST", "/Bulk", {}), 501)
    config = await provider.get("/ServiceProviderConfig")
    assert not config["bulk"]["supported"]
    assert not config["changePassword"]["supported"]


async def test_times_are_told_with_their_zone(provider: Provider) -> None:
    made = await provider.make_user("bjensen")
    created = datetime.fromisoformat(made["meta"]["created"])
    assert created.astimezone(UTC) == datetime(2026, 6, 1, 2, tzinfo=UTC)
