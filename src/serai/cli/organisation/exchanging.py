"""What the commands of `serai organisation` do, and how it is shown."""

import os
from pathlib import Path

from msgspec import Struct
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from serai.api.v1.organisation_sheets import PreviewAnswer, preview_answer
from serai.cli.running import join_house
from serai.cli.terminal import COMMAND_LINE
from serai.cloud import Actor, sheets
from serai.core import Refusal, Settings
from serai.flows import By, Form, apply_sheet, export_organisation, preview_sheet

OPERATOR = Actor("operator")
"""Whoever may run commands on the platform's machine."""
MOST_LISTED = 40


class Written(Struct, frozen=True):
    """A file that was written."""

    file: str
    bytes: int


class BroughtIn(Struct, frozen=True):
    """What a file would have changed, and whether it was applied."""

    preview: PreviewAnswer
    applied: bool


async def export(settings: Settings, file: Path) -> Written | Refusal:
    """Write the organisation to a file, whole or not at all."""
    form: Form
    match file.suffix.lower():
        case ".csv":
            form = "csv"
        case ".xlsx":
            form = "xlsx"
        case _:
            return Refusal(
                name="form_unknown",
                says=f"{file.name} is neither .xlsx nor .csv.",
                advice="Name the file so.",
                field="file",
            )
    async with join_house(settings) as house:
        data = await export_organisation(house, form)
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        beside.write_bytes(data)
        beside.replace(file)
    except OSError as error:
        beside.unlink(missing_ok=True)
        return Refusal(
            name="file_not_written",
            says=f"{file} cannot be written: {error.strerror}.",
            advice="Choose another place.",
            field="file",
        )
    return Written(str(file), len(data))


async def bring_in(
    settings: Settings, file: Path, console: Console, *, only_preview: bool
) -> BroughtIn | Refusal:
    """Compare a file with the organisation, and make the organisation what it says."""
    data = _read(file)
    if isinstance(data, Refusal):
        return data
    async with join_house(settings) as house:
        preview = await preview_sheet(house, data)
        told = preview_answer(preview)
        if only_preview or told.faults or not preview.comparison.edits:
            return BroughtIn(told, applied=False)
        with Progress(console=console, disable=not console.is_terminal) as bar:
            task = bar.add_task("nodes", total=None)
            applied = await apply_sheet(
                house,
                By(OPERATOR, preview.digest, origin=COMMAND_LINE),
                data,
                preview.digest,
                lambda done, nodes: bar.update(task, completed=done, total=nodes),
            )
    return applied if isinstance(applied, Refusal) else BroughtIn(told, applied=True)


def _read(file: Path) -> bytes | Refusal:
    try:
        with file.open("rb") as opened:
            return opened.read(sheets.MOST_BYTES + 1)
    except OSError as error:
        return Refusal(
            name="file_not_read",
            says=f"{file} cannot be read: {error.strerror}.",
            advice="Check its name and who may read it.",
            field="file",
        )


def print_import(answer: BroughtIn, console: Console) -> None:
    """Tell what changes, or every mistake."""
    told = answer.preview
    if told.faults:
        console.print(
            f"{told.faults:,} mistake{'s' * (told.faults > 1)}; nothing was changed.",
            style="bold red",
            highlight=False,
        )
        _print_faults(told, console)
        return
    console.print(
        f"{told.new:,} new, {told.changed:,} changed, {told.moved:,} moved, "
        + (f"{told.planned:,} planned, " if told.planned else "")
        + f"{told.unchanged:,} as they were"
        + (": applied." if answer.applied else "."),
        highlight=False,
    )
    _print_differences(told, console)


def _print_faults(told: PreviewAnswer, console: Console) -> None:
    table = Table("row", "column", "mistake", box=None, pad_edge=False)
    for fault in told.first_faults[:MOST_LISTED]:
        table.add_row(str(fault.row), escape(fault.column), escape(fault.says))
    console.print(table)
    _print_rest(told.faults, console)


def _print_differences(told: PreviewAnswer, console: Console) -> None:
    if not told.first_differences:
        return
    table = Table("", "kind", "code", "from", "what", box=None, pad_edge=False)
    for one in told.first_differences[:MOST_LISTED]:
        what = ", ".join(
            f"{said.column}: {said.before} -> {said.after}" for said in one.said if said.before
        )
        since = one.since.isoformat() if one.since else ""
        table.add_row(one.sort, one.kind, escape(one.code), since, escape(what))
    console.print(table)
    _print_rest(told.new + told.changed + told.moved + told.planned, console)


def _print_rest(count: int, console: Console) -> None:
    if count > MOST_LISTED:
        console.print(f"... and {count - MOST_LISTED:,} more; --json has them.", highlight=False)
