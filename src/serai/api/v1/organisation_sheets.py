"""The whole organisation as one spreadsheet: taken out, compared with a file, made what it says."""

from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Literal

from litestar import Response, get, post
from litestar.datastructures import State
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import QueryParameter
from msgspec import Struct

from serai.api.v1.asking import AskedHouse, AskedWrite, actor_of, house_of, needs_key
from serai.api.v1.bodies import ApiRequest
from serai.api.v1.callers import origin_of
from serai.api.v1.problems import RefusedRequest
from serai.api.v1.statuses import GATE, WRITE, problems
from serai.cloud import sheets
from serai.core import Refusal
from serai.flows import (
    Form,
    House,
    Preview,
    apply_sheet,
    export_organisation,
    may_write_whole,
    preview_sheet,
    tell_export,
)

TAGS = ["Organisation"]
MOST_SHOWN = 1_000
FORMS: dict[Form, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FORMS_OF_PAGES = frozenset({
    "application/json", "application/x-www-form-urlencoded", "multipart/form-data",
})  # fmt: skip
_SAYS = {
    "csv": "The organisation as CSV in UTF-8.",
    "xlsx": "The organisation as a workbook.",
}


class SaidAnswer(Struct, frozen=True):
    """A column that says something else than before."""

    column: str
    before: str
    after: str


class DifferenceAnswer(Struct, frozen=True, kw_only=True):
    """One thing that would be new, be called otherwise, or move from the day `since` on. What is
    `planned`, another legal entity on a day to come, is carried out when that day begins."""

    sort: Literal["new", "changed", "moved", "planned"]
    kind: str
    code: str
    row: int
    said: tuple[SaidAnswer, ...]
    since: date | None


class FaultAnswer(Struct, frozen=True, kw_only=True):
    """A mistake: in which row (1 is the heading, 0 the file), in which column, and which."""

    row: int
    column: str
    fault: str
    value: str
    says: str


class PreviewAnswer(Struct, frozen=True, kw_only=True):
    """What a file would change. With any fault nothing can be applied; `digest` names this file
    on the organisation as it stands, and applies nothing else. Long lists are cut; the counts are
    of all."""

    digest: str
    new: int
    changed: int
    moved: int
    planned: int
    unchanged: int
    faults: int
    first_differences: tuple[DifferenceAnswer, ...]
    first_faults: tuple[FaultAnswer, ...]


class AppliedAnswer(Struct, frozen=True):
    """The organisation is what the file says: so many nodes were made or changed."""

    digest: str
    nodes: int


@dataclass
class FileOperation(Operation):
    """An operation whose body is a file, as it is."""

    request_body: RequestBody | None = field(
        default_factory=lambda: RequestBody(
            content={
                "application/octet-stream": OpenAPIMediaType(
                    schema=Schema(
                        type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY, min_length=1
                    )
                )
            },
            description="The file: .xlsx, or .csv in UTF-8.",
            required=True,
        )
    )


def _file_response(form: Form) -> ResponseSpec:
    return ResponseSpec(
        data_container=bytes,
        generate_examples=False,
        description=_SAYS[form],
        media_type=FORMS[form].partition(";")[0],
    )


@get(
    "/organisation.csv",
    opt={"right": "organisation.read", "export": True},
    operation_id="exportOrganisationCsv",
    summary="Export the organisation as CSV",
    tags=TAGS,
    responses={**problems(*GATE), 200: _file_response("csv")},
)
async def export_csv(house: AskedHouse, request: ApiRequest, state: State) -> Response[bytes]:
    """Every node, and every store with its parents by date: a line each, by codes. The same
    organisation always makes the same bytes."""
    return await _file(house, request, state, "csv")


@get(
    "/organisation.xlsx",
    opt={"right": "organisation.read", "export": True},
    operation_id="exportOrganisationXlsx",
    summary="Export the organisation as a workbook",
    tags=TAGS,
    responses={**problems(*GATE), 200: _file_response("xlsx")},
)
async def export_xlsx(house: AskedHouse, request: ApiRequest, state: State) -> Response[bytes]:
    """The same lines as a workbook of Excel."""
    return await _file(house, request, state, "xlsx")


@post(
    "/organisation/preview",
    opt={"right": "organisation.write"},
    operation_id="previewOrganisation",
    operation_class=FileOperation,
    summary="Preview a changed organisation",
    response_description="What the file would change, and every mistake in it.",
    status_code=200,
    tags=TAGS,
    responses=WRITE,
    request_max_body_size=sheets.MOST_BYTES,
)
async def preview_organisation(house: AskedHouse, request: ApiRequest) -> PreviewAnswer:
    """Compare a file with the organisation as it stands; nothing is written."""
    check_group(request)
    return preview_answer(await preview_sheet(house, await _sent(request)))


@post(
    "/organisation/apply",
    opt={"right": "organisation.write"},
    operation_id="applyOrganisation",
    operation_class=FileOperation,
    summary="Apply a previewed organisation",
    response_description="The organisation is what the file says.",
    status_code=200,
    tags=TAGS,
    guards=[needs_key],
    responses=WRITE,
    request_max_body_size=sheets.MOST_BYTES,
)
async def apply_organisation(
    asked: AskedWrite,
    request: ApiRequest,
    digest: Annotated[
        str,
        QueryParameter(
            description="The digest of the preview.", pattern="^[0-9a-f]{64}$",
            min_length=64, max_length=64,
        ),
    ],
) -> AppliedAnswer:  # fmt: skip
    """Make the organisation what a file says, if it is the one that was previewed and nobody has
    changed the organisation meanwhile. Who is interrupted sends the same again."""
    check_group(request)
    data = await _sent(request)
    applied = asked.settle(await apply_sheet(asked.house, asked.by, data, digest))
    return AppliedAnswer(applied.digest, applied.nodes)


async def _file(house: House, request: ApiRequest, state: State, form: Form) -> Response[bytes]:
    data = await export_organisation(house, form)
    scope = request.scope
    await tell_export(
        house_of(state), actor_of(scope), origin_of(scope), "organisation.read", "organisation"
    )
    return Response(
        data,
        media_type=FORMS[form],
        headers={"Content-Disposition": f'attachment; filename="organisation.{form}"'},
    )


async def _sent(request: ApiRequest) -> bytes:
    if request.content_type[0].lower() in _FORMS_OF_PAGES:
        raise RefusedRequest(
            Refusal(
                name="wrong_content_type",
                says="The body must be the file itself.",
                advice="Send it as application/octet-stream.",
                field="Content-Type",
            )
        )
    data = await request.body()
    if not data:
        raise RefusedRequest(
            Refusal(
                name="body_required",
                says="The request has no body.",
                advice="Send the file itself as the body.",
            )
        )
    return data


def check_group(request: ApiRequest) -> None:
    """Refuse who may write a part of the organisation alone: a sheet is of the whole, and so is
    where stores go."""
    if not may_write_whole(actor_of(request.scope)):
        raise RefusedRequest(
            Refusal(
                name="outside_scope",
                says="This is of the whole group, and the key is for a part of it.",
                advice="Ask for a key of the group.",
            )
        )


def preview_answer(preview: Preview) -> PreviewAnswer:
    """A preview as it is told."""
    found = preview.comparison
    count = dict.fromkeys(("new", "changed", "moved", "planned"), 0)
    for one in found.differences:
        count[one.sort] += 1
    return PreviewAnswer(
        digest=preview.digest,
        new=count["new"],
        changed=count["changed"],
        moved=count["moved"],
        planned=count["planned"],
        unchanged=found.unchanged,
        faults=found.fault_count,
        first_differences=tuple(
            DifferenceAnswer(
                sort=one.sort, kind=one.kind, code=one.code, row=one.row, since=one.since,
                said=tuple(SaidAnswer(said.column, said.before, said.after) for said in one.said),
            )
            for one in found.differences[:MOST_SHOWN]
        ),
        first_faults=tuple(
            FaultAnswer(
                row=one.row, column=one.column, fault=one.name, value=one.value, says=one.says
            )
            for one in found.faults
        ),
    )  # fmt: skip
