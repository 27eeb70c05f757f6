"""The organisation as a file: taken out, compared, and put in, by a program with the right to."""

import io
from typing import Any

import httpx
from openpyxl import load_workbook

from serai.cloud.sheets import COLUMNS, MOST_BYTES
from tests.api.program import Program
from tests.worlds import LAKESIDE_COMPANY, LANTERN_COMPANY, LANTERN_INN

PREVIEW, APPLY = "/v1/organisation/preview", "/v1/organisation/apply"


async def preview(program: Program, data: bytes) -> Any:
    answer = await program.client.post(PREVIEW, content=data)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def apply(program: Program, data: bytes, digest: str, key: str = "apply") -> httpx.Response:
    return await program.client.post(
        APPLY, content=data, params={"digest": digest}, headers={"Idempotency-Key": key}
    )


async def export(program: Program, form: str = "csv") -> bytes:
    answer = await program.client.get(f"/v1/organisation.{form}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == (f'attachment; filename="organisation.{form}"')
    return answer.content


async def test_the_same_organisation_as_csv_and_as_a_workbook(program: Program) -> None:
    text = await export(program)
    assert text.decode("utf-8-sig").splitlines()[0].split(",") == list(COLUMNS)
    book = await export(program, "xlsx")
    assert load_workbook(io.BytesIO(book)).sheetnames == ["organisation"]
    for data in (text, book):
        found = await preview(program, data)
        assert (found["new"], found["changed"], found["moved"], found["faults"]) == (0, 0, 0, 0)
        assert found["unchanged"] == 13


async def test_a_preview_and_what_it_was_given_for(program: Program) -> None:
    data = (await export(program)).replace(b"The Lantern Inn", b"The Old Inn")
    found = await preview(program, data)
    assert found["changed"] == 1
    assert found["first_differences"] == [{
        "sort": "changed", "kind": "store", "code": "S0", "row": 12, "since": None,
        "said": [{"column": "name_en", "before": "The Lantern Inn", "after": "The Old Inn"}],
    }]  # fmt: skip
    applied = await apply(program, data, found["digest"])
    assert applied.json() == {"digest": found["digest"], "nodes": 1}
    assert await export(program) == data
    again = await apply(program, data, found["digest"], key="another")
    assert again.json() == applied.json()


async def test_what_was_not_previewed_is_not_applied(program: Program) -> None:
    data = (await export(program)).replace(b"The Lantern Inn", b"The Old Inn")
    answer = await apply(program, data, "0" * 64)
    await program.refused(answer, 409, "stale_preview")
    answer = await program.client.post(APPLY, content=data, params={"digest": "0" * 64})
    await program.refused(answer, 400, "key_required")
    await program.refused(await apply(program, data, "yes"), 422, "parameter_invalid")


async def test_every_mistake_has_its_cell(program: Program) -> None:
    data = (await export(program)).replace(b"B0,E1,OP0", b"B9,E1,OP9")
    data = data.replace(b"The Lantern Inn", b"<b>Inn</b>")
    found = await preview(program, data)
    assert [(one["row"], one["column"], one["fault"]) for one in found["first_faults"]] == [
        (12, "name_en", "markup")
    ]
    data = data.replace(b"<b>Inn</b>", b"Inn")
    found = await preview(program, data)
    assert [(one["row"], one["column"], one["says"]) for one in found["first_faults"]] == [
        (12, "brand", "There is no B9, neither here nor in the organisation."),
        (12, "operator", "There is no OP9, neither here nor in the organisation."),
    ]
    answer = await apply(program, data, found["digest"])
    said = await program.refused(answer, 422, "sheet_refused")
    assert "row 12" in said["detail"]


async def test_a_file_that_is_too_large_or_none(program: Program) -> None:
    answer = await program.client.post(PREVIEW, content=b"x" * (MOST_BYTES + 1))
    await program.refused(answer, 413, "body_too_large")
    await program.refused(await program.client.post(PREVIEW), 422, "body_required")
    found = await preview(program, b"\x00\x01\x02")
    assert found["first_faults"][0]["fault"] == "not_a_sheet"


async def test_a_sheet_plans_a_move_that_is_seen_and_called_off(program: Program) -> None:
    assert (await program.get("/v1/planned-moves"))["items"] == []
    data = await export(program)
    (inn,) = [line for line in data.splitlines() if b",S0," in line]
    text = data + inn.replace(b"E1", b"E2").replace(b"2020-01-01", b"2026-06-03") + b"\r\n"
    found = await preview(program, text)
    assert (found["moved"], found["planned"], found["faults"]) == (0, 1, 0)
    (said,) = found["first_differences"]
    assert (said["sort"], said["since"]) == ("planned", "2026-06-03")
    assert said["said"] == [{"column": "entity", "before": "E1", "after": "E2"}]
    assert (await apply(program, text, found["digest"])).status_code == 200
    assert len((await export(program)).splitlines()) == len(data.splitlines()) + 1
    (plan,) = (await program.get("/v1/planned-moves"))["items"]
    assert (plan["store_id"], plan["from_id"], plan["to_id"], plan["since"]) == (
        LANTERN_INN, LANTERN_COMPANY, LAKESIDE_COMPANY, "2026-06-03",
    )  # fmt: skip
    assert (plan["begun"], plan["refusal"]) == (False, "")
    assert plan["asked_by"].startswith("program:")
    path = f"/v1/planned-moves/{plan['id']}/cancellation"
    for replayed in (False, True):
        answer = await program.post(path, key="call-off")
        assert answer.json() == {"move_id": plan["id"], "store_id": LANTERN_INN}
        assert ("idempotency-replayed" in answer.headers) == replayed
    await program.refused(await program.post(path), 409, "move_ended")
    nobodys = await program.post("/v1/planned-moves/999/cancellation")
    await program.refused(nobodys, 404, "planned_move_not_found")
    assert (await program.get("/v1/planned-moves"))["items"] == []
    assert await export(program) == data
