"""People and roles by the API: below the program's node, and never above its own rights."""

from serai.flows import House
from tests.api.keys import key_for
from tests.api.program import Program
from tests.people import let_in, role_on
from tests.worlds import GROUP, LAKESIDE_BRAND, LANTERN_BRAND, LANTERN_INN


def new(name: str, role: str = "brand_analyst", node_id: int = LANTERN_BRAND) -> dict[str, object]:
    level = role.split("_")[0]
    grants = [{"role": role, "level": level, "node_id": node_id}]
    return {"name": name, "display_name": "<b>New</b>", "grants": grants}


async def test_the_table_of_roles(program: Program) -> None:
    roles = {one["role"]: one for one in (await program.get("/v1/roles"))["items"]}
    assert roles["brand_manager"]["level"] == "brand"
    assert roles["brand_manager"]["of_two"]
    assert "access.write" not in roles["group_controller"]["rights"]


async def test_somebody_comes_in_and_is_known(program: Program) -> None:
    answer = await program.post("/v1/people", new("New@x.example"), "first")
    assert answer.status_code == 201
    made = answer.json()
    assert made["password"]
    assert (made["granted"], made["waiting"]) == (1, 0)
    again = await program.post("/v1/people", new("New@x.example"), "first")
    assert again.json() == {**made, "password": ""}
    person = await program.get(f"/v1/people/{made['id']}")
    assert (person["name"], person["display_name"]) == ("new@x.example", "<b>New</b>")
    sight = (await program.get(f"/v1/people/{made['id']}/sight"))["items"]
    assert {one["node_id"] for one in sight} == {LANTERN_BRAND}
    assert "password" not in person
    viewers = await program.get("/v1/viewers", level="store", node_id=LANTERN_INN)
    assert made["id"] in {one["person_id"] for one in viewers["items"]}
    assert (await program.get("/v1/people", text="new@x"))["items"] == [person]
    (grant,) = person["grants"]
    assert (await program.write(f"/v1/grants/{grant['id']}/ending"))["id"] == grant["id"]
    assert (await program.get(f"/v1/people/{made['id']}"))["grants"] == []
    path = f"/v1/people/{made['id']}/grants"
    asked = {"role": "brand_manager", "level": "brand", "node_id": LANTERN_BRAND}
    assert (await program.write(path, asked))["grant_id"] is None  # a person approves it


async def test_more_fields_than_there_are(program: Program) -> None:
    for more in ({"active": True}, {"id": 1}, {"external_id": "x"}, {"password": "x"}):
        answer = await program.post("/v1/people", {**new("new"), **more})
        assert answer.status_code == 422


async def test_a_brands_program_knows_and_grants_in_its_brand(
    program: Program, house: House
) -> None:
    own = await let_in(house, "own", role_on("brand_analyst"))
    other = await let_in(house, "other", role_on("brand_analyst", LAKESIDE_BRAND))
    key = await key_for(
        house, "brand", "access.read", "access.write", level="brand", node_id=LANTERN_BRAND
    )
    program.client.headers["Authorization"] = f"Bearer {key}"
    assert [one["id"] for one in (await program.get("/v1/people"))["items"]] == [own.id]
    for path in (f"/v1/people/{other.id}", f"/v1/people/{other.id}/sight"):
        await program.refused(await program.client.get(path), 404, "person_not_found")
    answer = await program.client.get("/v1/viewers", params={"level": "group", "node_id": GROUP})
    await program.refused(answer, 422, "node_not_found")
    for role, node_id, refusal in (
        ("brand_analyst", LANTERN_BRAND, "role_above_own"),  # figures.read is no scope of it
        ("brand_analyst", LAKESIDE_BRAND, "node_not_found"),
        ("group_controller", GROUP, "node_not_found"),
    ):
        answer = await program.post("/v1/people", new("new", role, node_id))
        assert answer.json()["refusal"] == refusal, answer.text


async def test_what_somebody_is_elsewhere_is_not_told(program: Program, house: House) -> None:
    both = await let_in(
        house, "both", role_on("brand_analyst"), role_on("brand_manager", LAKESIDE_BRAND)
    )
    key = await key_for(house, "brand", "access.read", level="brand", node_id=LANTERN_BRAND)
    whole = await program.get(f"/v1/people/{both.id}")
    assert {one["node_id"] for one in whole["grants"]} == {LANTERN_BRAND, LAKESIDE_BRAND}
    program.client.headers["Authorization"] = f"Bearer {key}"
    person = await program.get(f"/v1/people/{both.id}")
    assert [(one["role"], one["node_id"]) for one in person["grants"]] == [
        ("brand_analyst", LANTERN_BRAND)
    ]
    assert (await program.get("/v1/people"))["items"] == [person]
    sight = (await program.get(f"/v1/people/{both.id}/sight"))["items"]
    assert {one["node_id"] for one in sight} == {LANTERN_BRAND}


async def test_an_address_is_masked_for_whom_a_program_does_not_manage(
    program: Program, house: House
) -> None:
    made = await program.write("/v1/people", {**new("lin"), "email": "lin.secret@example.com"})
    path = f"/v1/people/{made['id']}"
    assert (await program.get(path))["email"] == "lin.secret@example.com"
    assert (await program.get("/v1/people"))["items"][0]["email"] == "lin.secret@example.com"
    told = await program.post("/v1/people", {**new("bad"), "email": "lin.secret at example"})
    assert told.status_code == 422
    assert "lin.secret" not in told.text
    weak = await key_for(house, "weak", "access", level="brand", node_id=LANTERN_BRAND)
    for key in (await key_for(house, "reader", "access.read"), weak):
        program.client.headers["Authorization"] = f"Bearer {key}"
        for answer in (await program.get(path), (await program.get("/v1/people"))["items"][0]):
            assert answer["email"] == "l***@example.com"
