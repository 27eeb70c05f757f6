"""The commands `serai organisation ...`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from serai.cli.terminal import console, print_json, settings_of_environment, tell_wrong
from serai.core import Refusal

organisation = typer.Typer(
    name="organisation",
    help="The whole organisation as one spreadsheet.",
    no_args_is_help=True,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]


@organisation.command("export")
def export_file(
    file: Annotated[Path, typer.Argument(help="Where to, .xlsx or .csv.")], as_json: AsJson = False
) -> None:
    """Write every node, and every store with its parents by date, to a file."""
    from serai.cli import serving
    from serai.cli.organisation import exchanging

    written = serving.run(exchanging.export(settings_of_environment(), file))
    if isinstance(written, Refusal):
        _fail(written)
    elif as_json:
        print_json(written)
    else:
        console.print(f"{written.bytes:,} bytes are in {written.file}.", highlight=False)


@organisation.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="The file, .xlsx or .csv.")],
    preview: Annotated[
        bool, typer.Option("--preview", help="Only say what would change; write nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the organisation what a file says; with a mistake in it nothing is written (exit 1)."""
    from serai.cli import serving
    from serai.cli.organisation import exchanging

    settings = settings_of_environment()
    try:
        answer = serving.run(exchanging.bring_in(settings, file, console, only_preview=preview))
    except KeyboardInterrupt:
        console.print("Stopped. Start the import again: it goes on where it was.")
        raise typer.Exit(130) from None
    if isinstance(answer, Refusal):
        _fail(answer)
        return
    print_json(answer) if as_json else exchanging.print_import(answer, Console())
    if answer.preview.faults:
        raise typer.Exit(1)


def _fail(refusal: Refusal) -> None:
    tell_wrong(f"{refusal.says} {refusal.advice}")
    raise typer.Exit(1)
