"""Moves of a store, each interrupted by another one after each of its reads: as if one had come
after the other."""

from collections.abc import Awaitable, Callable
from datetime import date
from itertools import count

import pytest
from msgspec import Struct, structs

from serai.cloud import Store, StoreParent
from serai.cloud.sheets import lines_of, write_csv
from serai.core import Database, Refusal
from serai.flows import (
    House,
    apply_sheet,
    cancel_move,
    carry_out_moves,
    enter,
    move_store,
    preview_sheet,
)
from tests.flows.clock import at
from tests.flows.desk import Desk, done
from tests.interrupted import ask_both
from tests.pairs import Pairs
from tests.worlds import (
    DUCK_BRAND,
    HANGZHOU,
    LAKESIDE_BRAND,
    LAKESIDE_COMPANY,
    LANTERN_BRAND,
    LANTERN_COMPANY,
    OWN_OPERATOR,
    TEA_COMPANY,
)

TODAY, THIRD = date(2026, 6, 1), date(2026, 6, 3)
DAY_BEGINS = at(3, 10)
NUMBERS = count(1)
NAMES = {
    LANTERN_BRAND: "Lantern", LAKESIDE_BRAND: "Lakeside", DUCK_BRAND: "Duck",
    LANTERN_COMPANY: "Lantern & Co", LAKESIDE_COMPANY: "Lakeside & Co", TEA_COMPANY: "Tea & Co",
}  # fmt: skip

PARENTS = """
SELECT axis, parent_id, parent_id AS from_id, since, until FROM store_parents
WHERE store_id = %(store)s AND axis IN ('brand', 'entity') ORDER BY axis, since
"""
PLANS = """
SELECT state AS axis, to_id AS parent_id, from_id, since, NULL AS until FROM planned_moves
WHERE store_id = %(store)s ORDER BY id
"""


class _Row(Struct, frozen=True):
    axis: str
    parent_id: int
    from_id: int
    since: date
    until: date | None


class Found(Struct, frozen=True):
    """What two deeds were told, and what has come of them."""

    told: frozenset[str]
    is_so: tuple[str, ...]


class Stage(Struct):
    """A store of one try, and a sheet that was looked at."""

    desk: Desk
    store: int = 0
    sheet: bytes = b""
    digest: str = ""

    async def found(self) -> tuple[str, ...]:
        database = self.desk.house.database
        rows = await database.all(_Row, PARENTS, store=self.store)
        rows += await database.all(_Row, PLANS, store=self.store)
        return tuple(
            f"{row.axis}: {NAMES[row.parent_id]} ({NAMES[row.from_id]}) {row.since}..{row.until}"
            for row in rows
        )


Scene = Callable[[Stage], Awaitable[None]]
Act = Callable[[House, Stage], Awaitable[object]]


async def a_store(stage: Stage) -> None:
    """A store that sells nothing yet."""
    desk, number = stage.desk, next(NUMBERS)
    desk.clock.set(at(1, 10))
    stage.store, *ids = await desk.house.ids.take(5)
    store = Store(
        id=stage.store, code=f"X{number}", name_en="Kiosk", name_zh="小店", segment="retail",
        latitude=30.25, longitude=120.15, timezone="Asia/Shanghai", closing_minute=240,
    )  # fmt: skip
    axes = (
        ("brand", LANTERN_BRAND), ("entity", LANTERN_COMPANY), ("operator", OWN_OPERATOR),
        ("city", HANGZHOU),
    )  # fmt: skip
    parents = tuple(
        StoreParent(id=id, store_id=store.id, axis=axis, parent_id=parent, since=date(2020, 1, 1))  # type: ignore[arg-type]  # of four
        for id, (axis, parent) in zip(ids, axes, strict=True)
    )
    done(await enter(desk.house, desk.by(), (store, *parents)))


async def one_whose_day_has_come(stage: Stage) -> None:
    """It is planned to go to another company today."""
    await a_store(stage)
    done(await plans_lakeside(stage.desk.house, stage))
    stage.desk.clock.set(DAY_BEGINS)


async def one_on_a_sheet(stage: Stage) -> None:
    """A sheet that gives it another brand was looked at."""
    await a_store(stage)
    organisation = await stage.desk.house.organisation()
    code = organisation.stores[stage.store].code
    lines = [
        structs.replace(line, brand="B1") if line.code == code else line
        for line in lines_of(organisation)
    ]
    last = next(line for line in lines if line.code == code)
    lines.append(structs.replace(last, since=TODAY))
    lines[lines.index(last)] = structs.replace(last, brand="B0")
    stage.sheet = write_csv(lines)
    preview = await preview_sheet(stage.desk.house, stage.sheet)
    assert not preview.comparison.faults, preview.comparison.faults
    stage.digest = preview.digest


async def _moves(house: House, stage: Stage, axis: str, parent: int, since: date) -> object:
    return await move_store(house, stage.desk.by(), stage.store, axis, parent, since)  # type: ignore[arg-type]  # of four


async def plans_lakeside(house: House, stage: Stage) -> object:
    return await _moves(house, stage, "entity", LAKESIDE_COMPANY, THIRD)


async def plans_tea(house: House, stage: Stage) -> object:
    return await _moves(house, stage, "entity", TEA_COMPANY, THIRD)


async def moves_to_lakeside(house: House, stage: Stage) -> object:
    today = house.clock().date()
    return await _moves(house, stage, "entity", LAKESIDE_COMPANY, today)


async def takes_the_brand(house: House, stage: Stage) -> object:
    return await _moves(house, stage, "brand", DUCK_BRAND, house.clock().date())


async def is_called_off(house: House, stage: Stage) -> object:
    plan = await stage.desk.house.database.value(
        "SELECT id FROM planned_moves WHERE store_id = %(store)s", store=stage.store
    )
    answer = await cancel_move(house, stage.desk.by(), plan)
    # A move is carried out in several steps: whoever comes between them cannot call it off either.
    begun = isinstance(answer, Refusal) and answer.name == "move_begun"
    return "move_ended" if begun else answer


async def is_carried_out(house: House, _stage: Stage) -> object:
    return await carry_out_moves(house)


async def sheet_is_applied(house: House, stage: Stage) -> object:
    return await apply_sheet(house, stage.desk.by(), stage.sheet, stage.digest)


NOW = (plans_lakeside, moves_to_lakeside)
ON_THE_DAY = (is_carried_out, is_called_off)
BY_SHEET = (sheet_is_applied, takes_the_brand)
SCENES: dict[Scene, tuple[tuple[Act, ...], tuple[Act, ...]]] = {
    a_store: (NOW, (plans_tea, *NOW)),
    one_whose_day_has_come: ((is_carried_out,), (*ON_THE_DAY, moves_to_lakeside)),
    one_on_a_sheet: ((sheet_is_applied,), (*BY_SHEET, plans_tea)),
}


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__.replace("_", "-"))
async def test_it_is_as_if_one_had_come_after_the_other(
    desk: Desk, scene: Scene, record_property: Callable[[str, object], None]
) -> None:
    async def tried(one: Act, other: Act, after: int) -> tuple[Found, int]:
        stage = Stage(desk)
        await scene(stage)
        return await _tried(stage, one, other, after)

    pairs = await Pairs().of(*SCENES[scene], tried)
    record_property("tried", f"{scene.__name__}: {pairs}")
    assert not pairs.wrong, "\n".join(pairs.wrong)


async def _tried(stage: Stage, one: Act, other: Act, after: int) -> tuple[Found, int]:
    """The interrupted house reads its organisation by itself, and forgets it when another one has
    changed it, as it does within one process."""
    whole, houses = stage.desk.house, list[House]()
    apart = House(whole.database, whole.books, whole.ids, whole.clock)

    async def first(database: Database) -> str:
        houses.append(House(database, whole.books, whole.ids, whole.clock))
        return told(await one(houses[0], stage))

    async def second() -> str:
        answer = told(await other(apart, stage))
        for house in houses:
            house.forget_organisation()
        return f"other {answer}"

    *answers, reads = await ask_both(whole.database, first, second, after)
    return Found(frozenset(answers), await stage.found()), reads


def told(answer: object) -> str:
    if isinstance(answer, str):
        return answer
    return answer.name if isinstance(answer, Refusal) else type(answer).__name__
