"""Every step of a person or a program is a deed in the audit trail, and tells nothing personal."""

import msgspec

from serai.cloud import Actor, Holding, Node, Origin
from serai.core import Database
from serai.flows import TABLES, cancel
from serai.flows.tellable import TELLABLE
from tests.flows.desk import Desk, done, want
from tests.worlds import DINNER, DUCK, ROOM_FLEXIBLE

DESK = Actor("person:77", id=77, holdings=(Holding(Node("group", 1), frozenset()),))
FROM = Origin("192.0.2.7", "1f2e")
PERSONAL = ("guest", "email", "phone", "document", "address", "display", "hash", "secret", "token")


class Told(msgspec.Struct):
    """A deed as the trail has it."""

    number: int
    actor: str
    actor_id: int
    operation: str
    thing: str
    thing_id: int
    before: dict[str, dict[str, dict[str, object]]]
    after: dict[str, dict[str, dict[str, object]]]
    address: str
    request_id: str
    store_id: int
    placement_id: int


TRAIL = """
SELECT number, actor, actor_id, operation, thing, thing_id, before, after, address, request_id,
    store_id, placement_id
FROM trail ORDER BY number
"""


async def deeds(database: Database) -> list[Told]:
    return await database.all(Told, TRAIL)


def test_of_every_table_it_is_said_what_may_be_told() -> None:
    columns = {
        table.name: {field.encode_name for field in msgspec.structs.fields(table.row)}
        for table in TABLES
    }
    assert TELLABLE.keys() == columns.keys()
    for table, tellable in TELLABLE.items():
        assert columns[table] >= {*tellable.columns, tellable.of, "id"}, table
        assert not [one for one in tellable.columns for word in PERSONAL if word in one], table
    assert "name" not in (*TELLABLE["people"].columns, *TELLABLE["customers"].columns)


async def test_an_order_is_one_deed_and_so_is_each_step_of_it(desk: Desk) -> None:
    database = desk.house.database
    desk.actor, desk.origin = DESK, FROM
    booked = await desk.book(want(ROOM_FLEXIBLE), want(DINNER, minute=1110), want(DUCK))
    order = booked.order_id
    (placed,) = await deeds(database)
    assert (placed.actor, placed.actor_id, placed.operation) == ("person:77", 77, "book")
    assert (placed.thing, placed.thing_id) == ("order", order)
    assert (placed.address, placed.request_id) == ("192.0.2.7", "1f2e")
    assert placed.before == {}
    assert placed.after["orders"][str(order)]["amount_minor"] == booked.amount_minor
    assert [line["state"] for line in placed.after["lines"].values()] == ["held"] * 3
    assert placed.store_id == 0  # it went over several
    await desk.pay(order)
    done(await cancel(desk.house, desk.by(), order))
    told = await deeds(database)
    assert {one.operation for one in told} >= {"book", "confirm", "cancel"}
    last = told[-1]
    assert {line["state"] for line in last.before["lines"].values()} == {"confirmed"}
    assert {line["state"] for line in last.after["lines"].values()} == {"cancelled"}
    assert last.before["lines"].keys() == last.after["lines"].keys()


async def test_what_the_platform_does_by_itself_is_no_deed(desk: Desk) -> None:
    await desk.book(want(DUCK))
    assert await deeds(desk.house.database) == []


async def test_one_store_s_order_is_stamped_with_the_store(desk: Desk) -> None:
    desk.actor = DESK
    await desk.book(want(DUCK))
    (placed,) = await deeds(desk.house.database)
    assert placed.store_id != 0
    assert placed.placement_id != 0
