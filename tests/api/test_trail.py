"""The audit trail over the API: what programs did and what it changed, to those who may see it."""

from collections.abc import Awaitable
from itertools import count

from litestar import Litestar

from serai.cloud import Actor, AskedGrant, Level, Origin
from serai.core import Refusal
from serai.flows import (
    By,
    House,
    NewPerson,
    NewProgram,
    RoleOn,
    admit_program,
    end_program,
    give_password,
    grant_role,
    invite,
    rotate_key,
    switch_person,
)
from tests.api.keys import admitted, key_for
from tests.api.program import Program, line
from tests.people import let_in, role_on
from tests.worlds import DINNER, DUCK, DUCK_BRAND, DUCK_SHOP, LAKESIDE_BRAND, ROOM_FLEXIBLE


async def test_what_a_program_did_is_listed_latest_first(program: Program) -> None:
    order = await program.order(line(ROOM_FLEXIBLE), line(DINNER, minute=1110))
    other = await program.order(line(DUCK))
    await program.write(f"/v1/orders/{order}/cancellation")
    page = await program.get("/v1/trail", thing="order", thing_id=order)
    cancelled, placed = page["items"]
    assert page["next"] is None
    assert (cancelled["operation"], placed["operation"]) == ("cancel", "book")
    assert cancelled["actor"].startswith("program:")
    assert {one["state"] for one in cancelled["before"]["lines"].values()} == {"held"}
    assert {one["state"] for one in cancelled["after"]["lines"].values()} == {"cancelled"}
    assert placed["address"]
    assert len(placed["hash"]) == 64
    booked = await program.get("/v1/trail", operation="book", actor=placed["actor"])
    assert [one["thing_id"] for one in booked["items"]] == [other, order]
    assert booked["items"][1] == placed


async def test_a_page_goes_on_where_the_one_before_ended(program: Program) -> None:
    orders = [await program.order(line(DUCK)) for _ in range(3)]
    first = await program.get("/v1/trail", operation="book", limit=2)
    second = await program.get("/v1/trail", operation="book", limit=2, cursor=first["next"])
    assert [one["thing_id"] for one in first["items"] + second["items"]] == orders[::-1]
    assert second["next"] is None


async def test_days_and_addresses_narrow_it(program: Program) -> None:
    await program.order(line(DUCK))
    (placed,) = (await program.get("/v1/trail", operation="book"))["items"]
    day = placed["recorded"][:10]

    async def found(**wanted: str) -> int:
        return len((await program.get("/v1/trail", operation="book", **wanted))["items"])

    assert await found(since=day, until=day) == 1
    assert await found(since="9999-12-31") == 0
    assert await found(until="9999-12-31") == 1
    assert await found(until="0001-01-01") == 0
    assert await found(address=placed["address"], refused="false") == 1
    assert await found(address="203.0.113.9") == 0
    assert await found(refused="true") == 0


async def test_whoever_lacks_the_scope_sees_nothing_of_it(
    program: Program, house: House, application: Litestar
) -> None:
    key = await key_for(house, "shop", "orders")
    answer = await program.client.get("/v1/trail", headers={"Authorization": f"Bearer {key}"})
    await program.refused(answer, 403, "scope_missing")


async def test_what_was_tried_in_vain_is_told_once_a_minute(
    program: Program, house: House, application: Litestar
) -> None:
    order = await program.order(line(DUCK))
    neighbour = await admitted(house, "neighbour", "orders", level="brand", node_id=LAKESIDE_BRAND)
    key, id = neighbour.written.reveal(), neighbour.made.program_id

    async def asks(path: str, shown: str) -> int:
        headers = {"Authorization": f"Bearer {shown}"}
        return (await program.client.get(path, headers=headers)).status_code

    for _ in range(3):
        assert await asks(f"/v1/orders/{order}", key) == 404
        assert await asks("/v1/trail", key) == 403
        assert await asks("/v1/orders", key[:-4] + "AAAA") == 401
        assert await asks("/v1/orders", "serai_nonsense") == 401
    assert (await program.client.get(f"/v1/orders/{order + 10**6}")).status_code == 404
    await application.state.attempts.settle()
    tried = (await program.get("/v1/trail", refused="true"))["items"]
    assert sorted(
        (one["actor"], one["refusal"], one["thing"], one["thing_id"]) for one in tried
    ) == [
        ("nobody", "credentials_wrong", "program", id),
        (f"program:{id}", "not_found", "/v1/orders/{order_id}", order),
        (f"program:{id}", "scope_missing", "/v1/trail", 0),
    ]


async def test_a_brand_s_program_sees_the_deeds_of_its_brand_alone(
    program: Program, house: House
) -> None:
    duck = await program.order(line(DUCK))
    await program.order(line(ROOM_FLEXIBLE))
    await program.order(line(DUCK), line(ROOM_FLEXIBLE))
    key = await key_for(house, "duck", "trail", level="brand", node_id=DUCK_BRAND)
    answer = await program.client.get("/v1/trail", headers={"Authorization": f"Bearer {key}"})
    assert [one["thing_id"] for one in answer.json()["items"]] == [duck]
    assert len((await program.get("/v1/trail"))["items"]) == 3


async def test_deeds_about_people_roles_and_programs_are_seen_where_those_hold(
    program: Program, house: House
) -> None:
    """Whoever holds the right on every node that a deed is about sees it, and nobody else."""
    numbers = count(1)

    def by() -> By:
        return By(Actor("operator"), f"deed {next(numbers)}", origin=Origin("the machine"))

    async def does(step: Awaitable[object]) -> None:
        done = await step
        assert not isinstance(done, Refusal), done

    async def give(holder: int, role: RoleOn) -> None:
        asked = AskedGrant(
            holder_id=holder, role=role.role, level=role.node.level, node_id=role.node.id
        )
        await does(grant_role(house, by(), asked))

    async def invited(name: str, *roles: RoleOn) -> None:
        await does(invite(house, by(), NewPerson(name=name, display_name=name, roles=roles)))

    async def let_program_in(name: str, level: Level, node_id: int) -> None:
        wanted = NewProgram(name=name, scopes=("orders.read",), level=level, node_id=node_id)
        await does(admit_program(house, by(), wanted))

    clerk, analyst = role_on("store_clerk", DUCK_SHOP), role_on("brand_analyst", DUCK_BRAND)
    neighbour = role_on("brand_analyst", LAKESIDE_BRAND)
    keeper = (await let_in(house, "keeper", clerk)).id
    await invited("both", clerk, analyst)  # on a store of the brand, and on the brand
    await give(keeper, analyst)
    await does(give_password(house, by(), keeper))
    await give(keeper, neighbour)
    await does(switch_person(house, by(), keeper, active=False))  # of two brands by now
    await invited("across", clerk, neighbour)
    await let_program_in("duck-till", "store", DUCK_SHOP)
    await let_program_in("lake-till", "brand", LAKESIDE_BRAND)
    await does(rotate_key(house, by(), "duck-till"))
    await does(end_program(house, by(), "duck-till"))
    await give(keeper, role_on("brand_manager", DUCK_BRAND))  # which waits for a second person

    async def told(level: Level, node_id: int) -> list[str]:
        key = await key_for(house, f"eye-{node_id}", "trail", level=level, node_id=node_id)
        answer = await program.client.get("/v1/trail", headers={"Authorization": f"Bearer {key}"})
        return [one["operation"] for one in answer.json()["items"]][::-1]

    shop = ["admit_program", "rotate_key", "end_program"]
    assert await told("store", DUCK_SHOP) == shop
    assert await told("brand", DUCK_BRAND) == [
        "invite", "grant_role", "set_password", *shop, "grant_role",
    ]  # fmt: skip
    assert await told("brand", LAKESIDE_BRAND) == ["grant_role", "admit_program"]
    everything = (await program.get("/v1/trail"))["items"]
    assert [one["operation"] for one in everything][::-1] == [
        "invite", "grant_role", "set_password", "grant_role", "switch_person", "invite",
        "admit_program", "admit_program", "rotate_key", "end_program", "grant_role",
    ]  # fmt: skip


async def test_whoever_tries_a_program_s_key_in_vain_is_seen_where_it_is_at_home(
    program: Program, house: House, application: Litestar
) -> None:
    till = await admitted(house, "till", "orders", level="brand", node_id=DUCK_BRAND)
    wrong = till.written.reveal()[:-4] + "AAAA"
    answer = await program.client.get("/v1/orders", headers={"Authorization": f"Bearer {wrong}"})
    assert answer.status_code == 401
    await application.state.attempts.settle()
    for brand, seen in ((DUCK_BRAND, ["credentials_wrong"]), (LAKESIDE_BRAND, [])):
        key = await key_for(house, f"eye-{brand}", "trail", level="brand", node_id=brand)
        answer = await program.client.get(
            "/v1/trail", params={"refused": "true"}, headers={"Authorization": f"Bearer {key}"}
        )
        assert [one["refusal"] for one in answer.json()["items"]] == seen
