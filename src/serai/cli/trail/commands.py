"""The commands `serai trail ...`."""

import sys
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console

from serai.cli.terminal import AsJson, print_json, settings_of_environment

trail = typer.Typer(
    name="trail",
    help="The audit trail: who did what to which thing, when, from where.",
    no_args_is_help=True,
)


@trail.command()
def export(
    actor: Annotated[str, typer.Option(help="Only theirs: person:7, program:9.")] = "",
    operation: Annotated[str, typer.Option(help="Only such deeds: book, grant_role.")] = "",
    thing: Annotated[str, typer.Option(help="Only to such things: order, person.")] = "",
    thing_id: Annotated[int, typer.Option("--id", min=0, help="Only to this one.")] = 0,
    address: Annotated[str, typer.Option(help="Only from there.")] = "",
    since: Annotated[datetime | None, typer.Option(help="From this moment on (UTC).")] = None,
    until: Annotated[datetime | None, typer.Option(help="Before this moment (UTC).")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="A line of JSON for each deed, not CSV.")
    ] = False,
) -> None:
    """Write deeds to standard output, the latest first; 100,000 at most."""
    from serai.cli import serving
    from serai.cli.trail import reading
    from serai.cloud import DeedsWanted, TrailForm

    wanted = DeedsWanted(
        actor=actor, operation=operation, thing=thing, thing_id=thing_id, address=address,
        since=reading.in_utc(since), until=reading.in_utc(until),
    )  # fmt: skip
    form: TrailForm = "jsonl" if as_json else "csv"
    serving.run(reading.export(settings_of_environment(), wanted, form, sys.stdout))


@trail.command()
def verify(
    against: Annotated[
        str, typer.Option(help="NUMBER:HASH as an earlier `serai trail verify` has printed it.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Compute every hash again; what was cut out, put in or changed is named (exit 1)."""
    from serai.cli import serving
    from serai.cli.trail import reading

    verdict = serving.run(reading.verify(settings_of_environment(), against))
    print_json(verdict) if as_json else reading.print_verdict(verdict, Console())
    if not verdict.whole:
        raise typer.Exit(1)
