"""The commands `serai organisation ...`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from serai.cli.terminal import AsJson, console, print_json, settings_of_environment, settled

organisation = typer.Typer(
    name="organisation",
    help="The whole organisation as one spreadsheet.",
    no_args_is_help=True,
)


@organisation.command("export")
def export_file(
    file: Annotated[Path, typer.Argument(help="Where to, .xlsx or .csv.")], as_json: AsJson = False
) -> None:
    """Write every node, and every store with its parents by date, to a file."""
    from serai.cli import serving
    from serai.cli.organisation import exchanging

    written = settled(serving.run(exchanging.export(settings_of_environment(), file)))
    if as_json:
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
    imported = settled(answer)
    print_json(imported) if as_json else exchanging.print_import(imported, Console())
    if imported.preview.faults:
        raise typer.Exit(1)
