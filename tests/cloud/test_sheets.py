"""The organisation as a spreadsheet: what is written reads back the same, whatever is in it, and
what is wrong with a file is said cell by cell."""

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from openpyxl import Workbook, load_workbook

from serai.cloud import StoreParent
from serai.cloud.sheets import (
    COLUMNS,
    FAULTS,
    MOST_BYTES,
    MOST_ROWS,
    Comparison,
    Line,
    Plan,
    Sheet,
    compare,
    lines_of,
    read_sheet,
    write_csv,
    write_xlsx,
)
from serai.cloud.sheets.xlsx_files import MOST_SHARED, MOST_UNPACKED
from tests.sheets import lantern

TODAY = date(2026, 6, 1)
WRITERS = (write_csv, write_xlsx)


def lines() -> list[Line]:
    return list(lines_of(lantern()))


def changed(code: str, /, **values: object) -> list[Line]:
    """The Lantern Group's lines, one of them with other values."""
    return [structs.replace(one, **values) if one.code == code else one for one in lines()]


def compared(some: list[Line], booked: dict[int, date] | None = None) -> Comparison:
    sheet = read_sheet(write_csv(some))
    assert not sheet.fault_count, sheet.faults
    return compare(lantern(), sheet, TODAY, booked or {})


def faults(found: Comparison | Sheet) -> list[tuple[int, str, str]]:
    for fault in found.faults:
        assert fault.says
        assert "{value}" not in fault.says
    return [(fault.row, fault.column, fault.name) for fault in found.faults]


def csv_of(*rows: dict[str, object]) -> bytes:
    """A file written by hand: the heading, and rows of what is given."""
    written = [",".join(COLUMNS)]
    written += [",".join(str(row.get(column, "")) for column in COLUMNS) for row in rows]
    return "\n".join(written).encode()


CITY: dict[str, object] = {
    "kind": "city", "code": "C9", "name_en": "Suzhou", "name_zh": "苏州", "country": "CN",
    "latitude": 31.3, "longitude": 120.6, "timezone": "Asia/Shanghai", "population": 5_000_000,
}  # fmt: skip
STORE: dict[str, object] = {
    "kind": "store", "code": "S9", "name_en": "The Ferry", "name_zh": "渡口", "segment": "hotel",
    "latitude": 31.3, "longitude": 120.6, "timezone": "Asia/Shanghai", "closing_minute": 240,
    "brand": "B0", "entity": "E1", "operator": "OP0", "city": "C9", "since": "2026-07-01",
}  # fmt: skip


# Written and read back


@pytest.mark.parametrize("write", WRITERS)
def test_what_is_written_reads_back_the_same(write: Callable[[Iterator[Line]], bytes]) -> None:
    sheet = read_sheet(write(lines_of(lantern())))
    assert not sheet.fault_count, sheet.faults
    assert [structs.replace(line, row=0) for line in sheet.lines] == lines()
    assert [line.row for line in sheet.lines] == list(range(2, len(lines()) + 2))
    found = compare(lantern(), sheet, TODAY, {})
    assert (found.differences, found.edits, found.faults) == ((), (), ())
    assert found.unchanged == 1 + 3 + 2 + 3 + 1 + 3


@pytest.mark.parametrize("write", WRITERS)
def test_the_same_organisation_makes_the_same_bytes(
    write: Callable[[Iterator[Line]], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write(lines_of(lantern()))
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert write(lines_of(lantern())) == first


def test_no_id_is_in_a_sheet() -> None:
    text = write_csv(lines_of(lantern())).decode("utf-8-sig")
    assert "platform_entity_id" not in text
    assert text.splitlines()[0] == ",".join(COLUMNS)
    store = next(line for line in text.splitlines() if line.startswith("store,S0,"))
    assert store.endswith("B0,E1,OP0,C0,2020-01-01")


def test_what_one_person_may_pay_back_alone_is_a_companys() -> None:
    sheet = read_sheet(write_csv(changed("E1", refunds_alone_minor=0)))
    (difference,) = compare(lantern(), sheet, TODAY, {}).differences
    assert (difference.sort, difference.code) == ("changed", "E1")
    (said,) = difference.said
    assert (said.column, said.before, said.after) == ("refunds_alone_minor", "100000", "0")
    for wrong in ("-1", "1.5", "1e9", "1000000000000"):
        text = write_csv(lines()).decode().replace("CNY,CN,100000", f"CNY,CN,{wrong}", 1)
        ((_, column, name),) = faults(read_sheet(text.encode()))
        assert (column, name in ("out_of_range", "not_a_number")) == ("refunds_alone_minor", True)


def test_and_what_it_may_come_to_in_a_day() -> None:
    sheet = read_sheet(write_csv(changed("E1", refunds_day_minor=7)))
    (difference,) = compare(lantern(), sheet, TODAY, {}).differences
    (said,) = difference.said
    assert (said.column, said.before, said.after) == ("refunds_day_minor", "1000000", "7")


@pytest.mark.parametrize("column", ["refunds_alone_minor", "refunds_day_minor"])
def test_a_file_from_before_the_bounds_leaves_them_as_they_are(column: str) -> None:
    rows = [row.split(",") for row in write_csv(lines()).decode("utf-8-sig").splitlines()]
    place = rows[0].index(column)
    old = "\n".join(",".join(row[:place] + row[place + 1 :]) for row in rows)
    empty = write_csv(changed("E1", **{column: None}))
    for data in (old.encode(), empty):
        sheet = read_sheet(data)
        assert not sheet.fault_count, sheet.faults
        assert compare(lantern(), sheet, TODAY, {}).differences == ()


WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cf", "Cn"),
                  exclude_characters="<>"),
    min_size=1, max_size=40,
).map(str.strip).filter(bool)  # fmt: skip


@pytest.mark.parametrize("write", WRITERS)
@given(name=WORDS | st.sampled_from("=+-@'＝＋－＠#").flatmap(lambda sign: WORDS.map(sign.__add__)))
def test_any_name_reads_back_as_it_was_written(
    write: Callable[[list[Line]], bytes], name: str
) -> None:
    line = Line(kind="brand", code="B", name_en=name, name_zh="'" + name, segment="hotel")
    sheet = read_sheet(write([line]))
    assert sheet.lines == (structs.replace(line, row=2),), sheet.faults


def test_a_name_like_a_formula_is_text_in_every_spreadsheet() -> None:
    name = '=HYPERLINK("http://example.org","Lantern")'
    line = Line(kind="brand", code="-B", name_en=name, name_zh="@灯笼", segment="hotel")
    book = load_workbook(io.BytesIO(write_xlsx([line])))
    cell = book.worksheets[0]["C2"]
    assert (cell.value, cell.data_type) == (name, "s")
    row = write_csv([line]).decode("utf-8-sig").splitlines()[1]
    assert row.startswith("brand,'-B,\"'=HYPERLINK(")
    assert "'@灯笼" in row


# What a sheet would change


def test_a_new_city_and_a_store_in_it() -> None:
    sheet = read_sheet(csv_of(STORE, CITY))
    found = compare(lantern(), sheet, TODAY, {})
    assert faults(found) == []
    assert [(one.sort, one.kind, one.code, one.row) for one in found.differences] == [
        ("new", "city", "C9", 3), ("new", "store", "S9", 2),
    ]  # fmt: skip
    (store,) = [edit for edit in found.edits if edit.line.kind == "store"]
    assert [row.since for row in store.after] == [date(2026, 7, 1)] * 4


def test_a_new_name() -> None:
    found = compared(changed("B0", name_en="Lantern Houses"))
    (one,) = found.differences
    assert (one.sort, one.kind, one.code) == ("changed", "brand", "B0")
    assert [(said.column, said.before, said.after) for said in one.said] == [
        ("name_en", "Lantern Inns", "Lantern Houses")
    ]
    assert found.edits[0].columns == ("name_en",)
    assert found.unchanged == len(lines()) - 1


def test_coordinates_may_lose_the_digits_that_spreadsheets_do() -> None:
    assert compared(changed("S0", latitude=30.25000000000001)).differences == ()
    assert [one.sort for one in compared(changed("S0", latitude=30.251)).differences] == ["changed"]


def test_a_move_on_a_day_to_come() -> None:
    found = compared(changed("S0", brand="B1", since=date(2026, 9, 1)), {50: date(2026, 5, 31)})
    (one,) = found.differences
    assert (one.sort, one.code, one.since) == ("moved", "S0", date(2026, 9, 1))
    assert [(said.column, said.before, said.after) for said in one.said] == [("brand", "B0", "B1")]
    (edit,) = found.edits
    brands = [row for row in edit.after if row.axis == "brand"]
    assert [(row.parent_id, row.since, row.until) for row in brands] == [
        (30, date(2020, 1, 1), date(2026, 9, 1)), (31, date(2026, 9, 1), None),
    ]  # fmt: skip


def test_one_store_may_have_several_days() -> None:
    more = [
        structs.replace(one, brand="B1", since=date(2026, 9, 1)) for one in lines()
        if one.code == "S0"
    ] + [
        structs.replace(one, brand="B2", operator="OP1", since=date(2027, 1, 1))
        for one in lines() if one.code == "S0"
    ]  # fmt: skip
    found = compared([*lines(), *more])
    assert [(one.sort, one.since) for one in found.differences] == [
        ("moved", date(2026, 9, 1)), ("moved", date(2027, 1, 1)),
    ]  # fmt: skip
    assert [said.column for said in found.differences[1].said] == ["brand", "operator"]


def test_a_store_that_has_moved_stands_once_for_each_of_its_days() -> None:
    parents = [row for store in (50, 51, 52) for row in lantern().parents(store)]
    parents[0] = structs.replace(parents[0], until=date(2026, 9, 1))
    parents.append(
        StoreParent(id=9, store_id=50, axis="brand", parent_id=31, since=date(2026, 9, 1))
    )
    moved = lantern(*parents)
    own = [line for line in lines_of(moved) if line.code == "S0"]
    assert [(line.since, line.brand, line.entity) for line in own] == [
        (date(2020, 1, 1), "B0", "E1"), (date(2026, 9, 1), "B1", "E1"),
    ]  # fmt: skip
    found = compare(moved, read_sheet(write_csv(lines_of(moved))), TODAY, {})
    assert (found.differences, found.faults) == ((), ())


def test_another_company_on_a_day_to_come_is_planned() -> None:
    """Its period stays as it is: a parent by date would change the store's book by itself."""
    found = compared(changed("S0", entity="E0", brand="B1", since=date(2026, 9, 1)))
    assert [(one.sort, one.since) for one in found.differences] == [
        ("moved", date(2026, 9, 1)), ("planned", date(2026, 9, 1)),
    ]  # fmt: skip
    (edit,) = found.edits
    assert edit.plan == Plan(11, 10, date(2026, 9, 1))
    assert [row.parent_id for row in edit.after if row.axis == "entity"] == [11]
    past = compared(changed("S0", entity="E0", since=date(2026, 5, 1)))
    (edit,) = past.edits
    assert edit.plan is None
    assert [row.parent_id for row in edit.after if row.axis == "entity"] == [11, 10]


def test_a_new_store_may_have_one_company_ahead_of_it() -> None:
    first = {**STORE, "code": "S9", "city": "C0"}
    later = [{**first, "entity": entity, "since": since} for entity, since in (
        ("E2", "2026-09-01"), ("E0", "2026-10-01"), ("E0", "2027-01-01"),
    )]  # fmt: skip
    found = compare(lantern(), read_sheet(csv_of(first, later[0])), TODAY, {})
    (edit,) = found.edits
    assert edit.plan == Plan(11, 12, date(2026, 9, 1))
    assert [row.parent_id for row in edit.after if row.axis == "entity"] == [11]
    found = compare(lantern(), read_sheet(csv_of(first, *later)), TODAY, {})
    assert faults(found) == [(4, "entity", "move_planned"), (5, "entity", "move_planned")]


def test_an_empty_house_needs_a_group() -> None:
    whole = read_sheet(write_csv(lines_of(lantern())))
    found = compare(None, whole, TODAY, {})
    assert faults(found) == []
    assert {one.sort for one in found.differences} == {"new"}
    headless = read_sheet(write_csv(line for line in lines() if line.kind != "group"))
    assert faults(compare(None, headless, TODAY, {})) == [(0, "kind", "group_missing")]


# What is wrong against what stands


@pytest.mark.parametrize(
    ("code", "values", "booked", "fault"),
    [
        ("S0", {"brand": "B9"}, {}, ("brand", "parent_unknown")),
        ("S0", {"brand": "B1"}, {50: date(2026, 5, 1)}, ("since", "booked_since")),
        ("S0", {"brand": "B1", "since": None}, {}, ("since", "since_missing")),
        ("S0", {"brand": "B1", "since": date(2019, 1, 1)}, {}, ("since", "since_too_early")),
        ("S0", {"brand": "B1", "since": date(2099, 1, 1)}, {}, ("since", "since_too_late")),
        ("S0", {"timezone": "Europe/Lisbon"}, {}, ("timezone", "fixed")),
        ("B0", {"segment": "dining"}, {}, ("segment", "fixed")),
        ("E1", {"currency": "EUR"}, {}, ("currency", "fixed")),
        ("G", {"entity": "E1"}, {}, ("entity", "fixed")),
        ("G", {"code": "H"}, {}, ("code", "group_other")),
    ],
)
def test_what_cannot_be(
    code: str, values: dict[str, object], booked: dict[int, date], fault: tuple[str, str]
) -> None:
    some = changed(code, **values)
    row = next(place for place, line in enumerate(some, start=2) if line not in lines())
    assert faults(compared(some, booked)) == [(row, *fault)]


def test_a_past_day_is_good_where_nothing_is_booked_since() -> None:
    some = changed("S0", brand="B1", since=date(2026, 5, 1))
    assert faults(compared(some, {50: date(2026, 4, 30)})) == []


def test_every_mistake_is_told_at_once() -> None:
    sheet = read_sheet(csv_of(
        {**CITY, "latitude": "north", "population": -1},
        {**CITY, "code": "C8"}, {**CITY, "code": "C8"},
        STORE, {**STORE, "name_en": "Other", "since": "2026-08-01"},
        {**STORE, "code": "S8", "brand": "B9", "operator": "OP9"},
    ))  # fmt: skip
    found = compare(lantern(), sheet, TODAY, {})
    assert faults(found) == [
        (2, "latitude", "not_a_number"), (2, "population", "out_of_range"),
        (4, "code", "twice"), (6, "name_en", "differs"),
        (7, "brand", "parent_unknown"), (7, "operator", "parent_unknown"),
    ]  # fmt: skip
    assert found.fault_count == 6


# What is wrong in a cell


@pytest.mark.parametrize(
    ("column", "text", "fault"),
    [
        ("name_en", "=1+1", "formula"),
        ("name_en", "x" * 10_000, "too_long"),
        ("name_en", "<script>alert(1)</script>", "markup"),
        ("name_en", '"two\nlines"', "not_plain"),
        ("name_en", "back\u202ewards", "not_plain"),
        ("name_zh", "", "missing"),
        ("code", "C 9", "not_a_code"),
        ("country", "China", "not_a_country"),
        ("latitude", "91", "out_of_range"),
        ("latitude", "nan", "not_a_number"),
        ("longitude", "1e2", "not_a_number"),
        ("timezone", "Asia/Atlantis", "timezone_unknown"),
        ("timezone", "../../etc/passwd", "timezone_unknown"),
        ("population", "1.5", "out_of_range"),
        ("brand", "B0", "not_for_kind"),
        ("kind", "town", "kind_unknown"),
    ],
)
def test_a_bad_cell(column: str, text: str, fault: str) -> None:
    assert faults(read_sheet(csv_of(CITY, {**CITY, column: text}))) == [(3, column, fault)]


@pytest.mark.parametrize(
    ("text", "fault"), [("2026-13-01", "not_a_date"), ("20260701", "not_a_date"),
                        ("1/7/2026", "not_a_date"), ("=TODAY()", "formula")],
)  # fmt: skip
def test_a_bad_day(text: str, fault: str) -> None:
    assert faults(read_sheet(csv_of({**STORE, "since": text}))) == [(2, "since", fault)]


# What is wrong with a file


def test_wrong_encodings_name_the_row() -> None:
    assert faults(read_sheet(csv_of(CITY).decode().encode("gb18030"))) == [(2, "", "not_utf8")]
    assert faults(read_sheet(csv_of(CITY).decode().encode("utf-16"))) == [(0, "", "not_a_sheet")]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", (0, "", "file_empty")),
        (b"\xef\xbb\xbf", (0, "", "file_empty")),
        (b"\n\n,,,\n", (0, "", "file_empty")),
        (b"%PDF-1.7 something", (1, "", "not_a_sheet")),
        (b"\xd0\xcf\x11\xe0 an old workbook", (0, "", "not_a_sheet")),
        (b"PK\x03\x04 not a zip at all", (0, "", "broken")),
        (b"kind,code\n", (1, "name_en", "column_missing")),
        (csv_of().replace(b"since", b"until"), (1, "until", "column_unknown")),
        (csv_of().replace(b"since", b"since,since"), (1, "since", "column_twice")),
        (csv_of(CITY).replace(b"Suzhou", b'Su"zhou" "x'), None),
        (csv_of(CITY).replace(b"Suzhou", b'"Suzhou'), (2, "", "broken")),
    ],
)
def test_what_is_no_sheet(data: bytes, fault: tuple[int, str, str] | None) -> None:
    found = faults(read_sheet(data))
    assert found[:1] == ([fault] if fault else [])


def test_a_million_rows_are_too_many() -> None:
    row = csv_of(CITY).splitlines()[1] + b"\n"
    many = csv_of() + b"\n" + row.replace(b"Suzhou", b"S") * (MOST_ROWS + 1)
    assert faults(read_sheet(many))[-1] == (MOST_ROWS + 2, "", "too_many_rows")
    assert faults(read_sheet(csv_of() + b"x" * MOST_BYTES)) == [(0, "", "file_too_large")]


def workbook(*rows: list[object]) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def as_row(values: dict[str, object]) -> list[object]:
    return [values.get(column) for column in COLUMNS]


def test_a_workbook_of_a_person() -> None:
    """Spreadsheets turn codes into numbers and days into dates, and leave rows empty."""
    store = {**STORE, "code": 9, "since": date(2026, 7, 1), "name_en": "  The Ferry  "}
    sheet = read_sheet(workbook(list(COLUMNS), [], as_row(CITY), as_row(store)))
    assert not sheet.fault_count, sheet.faults
    line = sheet.lines[1]
    assert (line.code, line.since, line.name_en) == ("9", date(2026, 7, 1), "The Ferry")
    assert line.row == 4


def test_a_formula_in_a_workbook() -> None:
    found = read_sheet(workbook(list(COLUMNS), as_row({**CITY, "population": "=1000*1000"})))
    assert faults(found) == [(2, "population", "formula")]


def rezipped(change: Callable[[str, bytes], bytes], extra: str = "") -> bytes:
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(write_xlsx(lines()))) as good,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as bad,
    ):
        for name in good.namelist():
            bad.writestr(name, change(name, good.read(name)))
        if extra:
            with bad.open(extra, "w", force_zip64=True) as file:
                most = MOST_SHARED if "shared" in extra else MOST_UNPACKED
                for _ in range((most >> 20) + 1):
                    file.write(b"0" * (1 << 20))
    return made.getvalue()


@pytest.mark.parametrize("name", ["xl/media/bomb.xml", "xl/sharedStrings.xml"])
def test_a_bomb_is_not_unpacked(name: str) -> None:
    bomb = rezipped(lambda part, data: b"" if part == name else data, extra=name)
    assert len(bomb) < 1 << 20
    assert faults(read_sheet(bomb)) == [(0, "", "unpacked_too_large")]


def long_sheet(rows: bytes, before: bytes = b"") -> bytes:
    name = "xl/worksheets/sheet1.xml"
    main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = b'<worksheet xmlns="' + main + b'"><sheetData>' + rows + b"</sheetData></worksheet>"
    return rezipped(lambda part, data: before + sheet if part == name else data)


def test_a_row_of_half_a_million_cells_is_not_read() -> None:
    """In memory it would be thirty times as large as unpacked, and a thousand times as in the
    file."""
    cells = b'<c r="A1"><v>1</v></c>' * 500_000
    bomb = long_sheet(b'<row r="1">' + cells + b"</row>")
    assert len(bomb) < 1 << 20
    assert faults(read_sheet(bomb)) == [(0, "", "broken")]


def test_blanks_before_a_long_row_do_not_hide_it() -> None:
    cells = b'<c r="A1"><v>1</v></c>' * 500_000
    bomb = long_sheet(b'<row r="1">' + cells + b"</row>", before=b" " * 5_000)
    assert faults(read_sheet(bomb)) == [(0, "", "broken")]


def test_a_picture_in_a_workbook_is_nothing() -> None:
    whole = write_xlsx(lines())
    made = io.BytesIO(whole)
    with zipfile.ZipFile(made, "a") as book:
        book.writestr("xl/media/picture.png", b"\x89PNG" + b"\0" * (9 << 20))
    assert read_sheet(made.getvalue()).lines == read_sheet(whole).lines


def test_entities_are_not_expanded() -> None:
    laughs = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    sheet = rezipped(
        lambda part, data: data.replace(b"<worksheet", laughs + b"<worksheet", 1)
        if "sheet1" in part else data
    )  # fmt: skip
    assert faults(read_sheet(sheet)) == [(0, "", "broken")]


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml"])
def test_a_broken_workbook(part: str) -> None:
    cut = rezipped(lambda name, data: data[: len(data) // 2] if name == part else data)
    assert [fault[2] for fault in faults(read_sheet(cut))] == ["broken"]


def test_a_workbook_that_claims_all_columns_and_rows() -> None:
    whole = b'<dimension ref="A1:XFD1048576"/><sheetData>'
    wide = rezipped(
        lambda name, data: data.replace(b"<sheetData>", whole) if "sheet1" in name else data
    )
    sheet = read_sheet(wide)
    assert not sheet.fault_count, sheet.faults
    assert len(sheet.lines) == len(lines())


def test_every_fault_has_a_sentence() -> None:
    for text in FAULTS.values():
        assert text.endswith(".")
        assert text[0].isupper() or text[0] == "{"
