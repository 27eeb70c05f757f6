"""The organisation as a file: taken away, compared, and applied while one looks on."""

import re
from collections.abc import Sequence
from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template
from msgspec import Struct

from serai.cloud import find_sheet_import, sheets
from serai.core import Refusal
from serai.flows import By, Form, Preview, export_organisation, preview_sheet, tell_export
from serai.web.admin.organisation.applying import Imports
from serai.web.admin.organisation.axes import ROOT, Say, Seen, seen_by
from serai.web.admin.organisation.words import fault_words, refusal_words
from serai.web.entry import actor_of, origin_of
from serai.web.group.console import SharedConsole
from serai.web.languages import N_, gettext_of
from serai.web.look import Column, Table, language_of
from serai.web.problems import BadQuery, NoSuch, is_fragment

MOST_SHOWN = 200
FORM_BYTES = 64 << 10
"""What a form has beside its file."""
MEDIA: dict[Form, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
EXPORT = {"right": "organisation.read", "export": True}
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SORTS = {
    "new": N_("new"),
    "changed": N_("changed"),
    "moved": N_("moved"),
    "planned": N_("planned"),
}
_KINDS = {
    "group": N_("Group"),
    "entity": N_("Legal entity"),
    "operator": N_("Operator"),
    "brand": N_("Brand"),
    "city": N_("City"),
    "store": N_("Store"),
}

SharedImports = NamedDependency[Imports]


class FaultRow(Struct, frozen=True):
    """A mistake as it is listed."""

    row: int
    column: str
    says: str


class DifferenceRow(Struct, frozen=True):
    """A difference as it is listed."""

    sort: str
    kind: str
    code: str
    row: int
    what: str
    since: object


@get("/file", include_in_schema=False, opt={"right": "organisation.read"})
async def file_page(request: Request[Any, Any, Any], console: SharedConsole) -> Template:
    """Where the organisation is taken away as a file, and brought back."""
    seen = await seen_by(request, console)
    return _file_template(seen)


@get("/file.csv", include_in_schema=False, opt=EXPORT)
async def file_csv(request: Request[Any, Any, Any], console: SharedConsole) -> Response[bytes]:
    """The organisation as CSV, as far as the reader sees it."""
    return await _download(request, console, "csv")


@get("/file.xlsx", include_in_schema=False, opt=EXPORT)
async def file_xlsx(request: Request[Any, Any, Any], console: SharedConsole) -> Response[bytes]:
    """The organisation as a workbook, as far as the reader sees it."""
    return await _download(request, console, "xlsx")


@post(
    "/file/preview",
    include_in_schema=False,
    status_code=200,
    opt={"right": "organisation.write"},
    request_max_body_size=sheets.MOST_BYTES + FORM_BYTES,
)
async def preview_file(request: Request[Any, Any, Any], console: SharedConsole) -> Template:
    """What a file would change; nothing is written, and the file is not kept."""
    await _writer(request, console)
    data = await _sent_file(request)
    preview = await preview_sheet(console.house, data)
    say = gettext_of(language_of(request))
    return Template(
        "admin/organisation/preview.html",
        context={"bare": is_fragment(request), **_shown(preview, say)},
        headers={"cache-control": "no-store"},
    )


@post(
    "/file/apply",
    include_in_schema=False,
    status_code=200,
    opt={"right": "organisation.write"},
    request_max_body_size=sheets.MOST_BYTES + FORM_BYTES,
)
async def apply_file(
    request: Request[Any, Any, Any], console: SharedConsole, imports: SharedImports
) -> Template | Redirect:
    """Begin to apply the file that was previewed; its progress has a page of its own."""
    seen = await _writer(request, console)
    data = await _sent_file(request)
    digest = str((await request.form()).get("digest", ""))
    if not _DIGEST.fullmatch(digest):
        raise BadQuery("digest")
    by = By(actor_of(request.scope), digest, origin=origin_of(request.scope))
    refused = imports.start(console.house, by, data, digest)
    if refused is not None:
        return _file_template(seen, refusal_words(refused, language_of(request)), status=409)
    return Redirect(f"{ROOT}/imports/{digest}", status_code=303)


@get(
    "/imports/{digest:str}",
    include_in_schema=False,
    opt={"right": "organisation.write"},
)
async def import_page(
    request: Request[Any, Any, Any],
    console: SharedConsole,
    imports: SharedImports,
    digest: FromPath[str],
) -> Template:
    """How far a file has come: under way, done, refused, or cut short."""
    await _writer(request, console)
    progress = imports.progress(digest)
    known = await find_sheet_import(console.house.database, digest)
    if progress is None and known is None:
        raise NoSuch(N_("No such import"), action=N_("To the file"), href=f"{ROOT}/file")
    refused = progress.outcome if progress and isinstance(progress.outcome, Refusal) else None
    ended = known is not None and known.ended_at is not None
    runs = progress is not None and progress.outcome is None and not progress.failed
    return Template(
        "admin/organisation/import.html",
        context={
            "bare": is_fragment(request),
            "digest": digest,
            "done": known.done if known else 0,
            "nodes": known.nodes if known else 0,
            "ended": ended and not refused,
            "runs": runs and not ended,
            "refused": refusal_words(refused, language_of(request)) if refused else None,
        },
        headers={"cache-control": "no-store"},
    )


def _file_template(seen: Seen, refused: object = None, status: int = 200) -> Template:
    return Template(
        "admin/organisation/file.html",
        context={"may_write": seen.may_write, "refused": refused},
        status_code=status,
        headers={"cache-control": "no-store"},
    )


async def _download(
    request: Request[Any, Any, Any], console: SharedConsole, form: Form
) -> Response[bytes]:
    seen = await seen_by(request, console)
    data = await export_organisation(seen.house, form)
    actor, origin = actor_of(request.scope), origin_of(request.scope)
    await tell_export(console.house, actor, origin, "organisation.read", "organisation")
    return Response(
        data,
        media_type=MEDIA[form],
        headers={"content-disposition": f'attachment; filename="organisation.{form}"'},
    )


async def _writer(request: Request[Any, Any, Any], console: SharedConsole) -> Seen:
    """Who may write the whole; for others the page is not there."""
    seen = await seen_by(request, console)
    if not seen.may_write:
        raise NotFoundException
    return seen


async def _sent_file(request: Request[Any, Any, Any]) -> bytes:
    file = (await request.form()).get("file")
    return await file.read() if isinstance(file, UploadFile) else b""


def _shown(preview: Preview, say: Say) -> dict[str, object]:
    found = preview.comparison
    count = {sort: sum(one.sort == sort for one in found.differences) for sort in _SORTS}
    return {
        "digest": preview.digest,
        "count": count,
        "unchanged": found.unchanged,
        "fault_count": found.fault_count,
        "faults": _faults(found.faults[:MOST_SHOWN], say),
        "difference_count": len(found.differences),
        "differences": _differences(found.differences[:MOST_SHOWN], say),
        "most_shown": MOST_SHOWN,
    }


def _faults(faults: Sequence[sheets.Fault], say: Say) -> Table:
    columns = (
        Column("row", say(N_("Row")), "count"),
        Column("column", say(N_("Column")), "mono"),
        Column("says", say(N_("What is wrong")), place="title"),
    )
    rows = [FaultRow(one.row, one.column, fault_words(one, say)) for one in faults]
    return Table(columns, rows, say(N_("What is wrong")))


def _differences(found: Sequence[sheets.Difference], say: Say) -> Table:
    columns = (
        Column("sort", say(N_("Change")), place="lead"),
        Column("kind", say(N_("Kind"))),
        Column("code", say(N_("Node code")), "mono", place="title"),
        Column("since", say(N_("From")), "day"),
        Column("what", say(N_("What"))),
        Column("row", say(N_("Row")), "count", place="wide"),
    )
    rows = [
        DifferenceRow(
            say(_SORTS[one.sort]), say(_KINDS[one.kind]), one.code, one.row, _what(one), one.since
        )
        for one in found
    ]
    return Table(columns, rows, say(N_("What would change")))


def _what(one: sheets.Difference) -> str:
    if one.sort == "new":
        return next((said.after for said in one.said if said.column == "name_en"), "")
    return "; ".join(f"{said.column}: {said.before} → {said.after}" for said in one.said)
