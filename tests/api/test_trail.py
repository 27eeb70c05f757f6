"""The audit trail over the API: what programs did and what it changed, to those who may see it."""

from litestar import Litestar

from serai.flows import House
from tests.api.keys import admitted, key_for
from tests.api.program import Program, line
from tests.worlds import DINNER, DUCK, DUCK_BRAND, LAKESIDE_BRAND, ROOM_FLEXIBLE


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
