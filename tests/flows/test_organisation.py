"""A sheet becomes the organisation: only what was previewed, part by part, and once."""

from collections.abc import Callable
from datetime import date
from typing import Literal

import pytest
from msgspec import structs

from serai.cloud import PLATFORM, read_organisation
from serai.cloud.sheets import Line, lines_of, write_csv
from serai.core import Refusal
from serai.flows import By, House, apply_sheet, export_organisation, preview_sheet
from serai.flows.organisation import apply as applying
from tests.flows.desk import Desk, done, refused, want
from tests.sheets import lantern
from tests.worlds import ADMISSION, LANTERN_INN, ROOM_PREPAID

BY = By(PLATFORM, "sheet")
FORMS: tuple[Literal["csv", "xlsx"], ...] = ("csv", "xlsx")
SEPTEMBER = date(2026, 9, 1)


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applying, "NODES_A_STEP", 2)


async def lines(house: House) -> list[Line]:
    return list(lines_of(await house.organisation()))


async def sheet(house: House, change: Callable[[Line], Line | None]) -> bytes:
    """The organisation's lines with some of them changed, and new ones where None is not said."""
    return write_csv([changed for line in await lines(house) if (changed := change(line))])


def renamed(line: Line) -> Line:
    return structs.replace(line, name_en="The Old Inn") if line.code == "S0" else line


def moved(line: Line) -> Line:
    if line.code == "S0":
        return structs.replace(line, brand="B1", city="C1", since=SEPTEMBER)
    return line


async def test_export_and_import_change_nothing(house: House) -> None:
    for form in FORMS:
        data = await export_organisation(house, form)
        preview = await preview_sheet(house, data)
        assert preview.comparison.differences == ()
        assert preview.comparison.fault_count == 0
        applied = done(await apply_sheet(house, BY, data, preview.digest))
        assert applied.nodes == 0
        assert await export_organisation(house, form) == data


async def test_a_preview_writes_nothing(house: House) -> None:
    before, position = await lines(house), house.books.position
    preview = await preview_sheet(house, await sheet(house, moved))
    assert [one.sort for one in preview.comparison.differences] == ["moved"]
    house.forget_organisation()
    assert (await lines(house), house.books.position) == (before, position)


async def test_names_and_moves_are_applied(house: House) -> None:
    data = await sheet(house, lambda line: moved(renamed(line)))
    preview = await preview_sheet(house, data)
    applied = done(await apply_sheet(house, BY, data, preview.digest))
    assert applied.nodes == 1
    organisation = await house.organisation()
    assert organisation.stores[LANTERN_INN].name_en == "The Old Inn"
    before = organisation.place(LANTERN_INN, date(2026, 8, 31))
    after = organisation.place(LANTERN_INN, SEPTEMBER)
    assert before is not None
    assert after is not None
    assert (before.brand.code, before.city.code) == ("B0", "C0")
    assert (after.brand.code, after.city.code) == ("B1", "C1")
    assert (after.entity.code, after.operator.code) == ("E1", "OP0")
    again = done(await apply_sheet(house, BY, data, preview.digest))
    assert again == applied


async def test_a_preview_grows_stale(house: House) -> None:
    data = await sheet(house, moved)
    preview = await preview_sheet(house, data)
    other = await sheet(house, renamed)
    done(await apply_sheet(house, BY, other, (await preview_sheet(house, other)).digest))
    position = house.books.position
    assert refused(await apply_sheet(house, BY, data, preview.digest)) == "stale_preview"
    anew = await preview_sheet(house, data)
    assert refused(await apply_sheet(house, BY, other, anew.digest)) == "stale_preview"
    assert refused(await apply_sheet(house, BY, data, "no digest")) == "stale_preview"
    assert house.books.position == position


async def test_one_mistake_and_nothing_is_applied(house: House) -> None:
    data = await sheet(
        house, lambda line: structs.replace(renamed(line), brand="B9")
        if line.code == "S1" else renamed(line),
    )  # fmt: skip
    preview = await preview_sheet(house, data)
    answer = await apply_sheet(house, BY, data, preview.digest)
    assert refused(answer) == "sheet_refused"
    assert isinstance(answer, Refusal)
    assert "There is no B9" in answer.says
    assert (await house.organisation()).stores[LANTERN_INN].name_en == "The Lantern Inn"


async def test_an_empty_house_is_founded_by_a_sheet(empty_house: House, small_steps: None) -> None:
    data = write_csv(lines_of(lantern()))
    preview = await preview_sheet(empty_house, data)
    assert preview.comparison.faults == ()
    done(await apply_sheet(empty_house, BY, data, preview.digest))
    assert await export_organisation(empty_house, "csv") == data


async def test_who_is_interrupted_goes_on(
    house: House, small_steps: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is lost between two parts; the same file under the same digest ends it."""
    data = await sheet(house, lambda line: structs.replace(line, name_zh=line.name_zh + "新"))
    preview = await preview_sheet(house, data)
    whole = len(preview.comparison.edits)

    class Lost(Exception):
        pass

    def lose(times: int) -> Callable[[int, int], None]:
        left = [times]

        def watch(done: int, nodes: int) -> None:
            assert nodes == whole
            left[0] -= 1
            if left[0] < 0:
                raise Lost

        return watch

    with pytest.raises(Lost):
        await apply_sheet(house, BY, data, preview.digest, lose(1))
    part = await read_organisation(house.database)
    assert part is not None
    names = [line.name_zh.endswith("新") for line in lines_of(part)]
    assert any(names)
    assert not all(names)
    applied = done(await apply_sheet(house, BY, data, preview.digest))
    assert applied.nodes == whole
    assert all(line.name_zh.endswith("新") for line in await lines(house))
    position = house.books.position
    assert done(await apply_sheet(house, BY, data, preview.digest)) == applied
    assert house.books.position == position


async def test_bookings_keep_the_parents_of_their_day(house: House, desk: Desk) -> None:
    order = (await desk.book(want(ROOM_PREPAID), want(ADMISSION, minute=600))).order_id
    await desk.pay(order)
    past = await sheet(house, lambda line: structs.replace(moved(line), since=date(2026, 5, 1))
                       if line.code == "S0" else line)  # fmt: skip
    found = (await preview_sheet(house, past)).comparison
    assert [(fault.column, fault.name) for fault in found.faults] == [("since", "booked_since")]
    today = date(2026, 6, 1)
    company = await sheet(house, lambda line: structs.replace(line, entity="E0", since=today)
                          if line.code == "S0" else line)  # fmt: skip
    found = (await preview_sheet(house, company)).comparison
    assert [(fault.column, fault.name) for fault in found.faults] == [("entity", "entity_in_use")]
