"""The root of the `serai` command: settings, errors as sentences, and the commands themselves."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from serai import __version__
from serai.cli.backup.commands import backup, restore
from serai.cli.bench.commands import bench
from serai.cli.keys.commands import key
from serai.cli.organisation.commands import organisation
from serai.cli.personal_keys.commands import personal_keys
from serai.cli.scim.commands import scim
from serai.cli.terminal import console, settings_of_environment, speak_plainly, tell_wrong
from serai.cli.trail.commands import trail
from serai.cli.users.commands import role, user
from serai.core import ConfigurationError, DatabaseAway, PostgresError, Refusal
from serai.flows import NotFounded
from serai.ledger import Fenced

app = typer.Typer(
    name="serai",
    help="Caravanserai: one roof for a tourism group.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(bench, name="bench")
app.add_typer(user, name="user")
app.add_typer(role, name="role")
app.add_typer(key, name="key")
app.add_typer(scim, name="scim")
app.add_typer(organisation, name="organisation")
app.add_typer(personal_keys, name="personal-keys")
app.add_typer(trail, name="trail")
app.command()(backup)
app.command()(restore)

TakeOver = Annotated[
    bool, typer.Option("--take-over", help="Write even though another serai does; it stops then.")
]


def main() -> None:
    """Run the command; what goes wrong is told in a sentence, and the exit is 1."""
    speak_plainly()
    try:
        app()
    except (ConfigurationError, DatabaseAway, Fenced, NotFounded, PostgresError) as error:
        tell_wrong(str(error))
        raise SystemExit(1) from None
    except PermissionError as error:
        tell_wrong(
            f"This user may not use {error.filename}. Run the command as the user whose it is, "
            "or name another folder."
        )
        raise SystemExit(1) from None


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


@app.command()
def up(take_over: TakeOver = False) -> None:
    """Start the whole platform on this machine."""
    from serai.cli import serving
    from serai.cli import up as command

    serving.run(command.up(settings_of_environment(), console, take_over=take_over))


@app.command()
def demo(
    seed: Annotated[int, typer.Option(help="Another seed makes another group.")] = 2026,
    take_over: TakeOver = False,
) -> None:
    """Start the platform with a demo group: 132 brands, 7,000 stores, 400 cities, live."""
    from serai.cli import serving
    from serai.cli.demo.command import demo as command
    from serai.cli.demo.scale import WHOLE

    settings = settings_of_environment()
    serving.run(command(settings, console, WHOLE, seed, take_over=take_over))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def sql(context: typer.Context) -> None:
    """Open psql on the running platform's database; arguments go to psql."""
    from serai.cli.sql import psql_call

    program, arguments, environment = asyncio.run(
        psql_call(settings_of_environment(), context.args)
    )
    os.execve(program, arguments, environment)


@app.command()
def audit(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Prove the books: check every invariant, and name the rows that break one (exit 1)."""
    from serai.cli import auditing

    report = asyncio.run(auditing.audit(settings_of_environment()))
    auditing.print_report(report, Console(), as_json=as_json)
    if not report.passed:
        raise typer.Exit(1)


@app.command()
def check(
    as_json: Annotated[bool, typer.Option("--json", help="Print what holds as JSON.")] = False,
) -> None:
    """Say what environment and file told the platform, and whether it can be (else exit 1)."""
    from serai.cli import checking

    report = asyncio.run(checking.check(settings_of_environment(), os.environ))
    checking.print_report(report, Console(), as_json=as_json)
    if not report.passed:
        raise typer.Exit(1)


@app.command("step-back")
def step_back() -> None:
    """Open the schema to the release before this one; this one closes it when it starts again."""
    from serai.cli import upgrading

    asyncio.run(upgrading.step_back(settings_of_environment()))
    console.print("The release before this one can be started now: docs/RELEASES.md.")


@app.command("import")
def import_feed(
    feed: Annotated[str, typer.Argument(help="The feed: hotel-bookings.")],
    files: Annotated[list[Path], typer.Argument(help="Its files, .csv or .csv.gz.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
    take_over: TakeOver = False,
) -> None:
    """Bring files of a feed in, each booking at its own dates; again changes nothing."""
    from serai.cli import importing, serving

    try:
        imported = serving.run(
            importing.import_feed(
                settings_of_environment(), feed, files, console, take_over=take_over
            )
        )
    except KeyboardInterrupt:
        console.print("Stopped. Start the import again: it goes on where it was.")
        raise typer.Exit(130) from None
    if isinstance(imported, Refusal):
        importing.print_refusal(imported, console)
        raise typer.Exit(1)
    importing.print_import(imported, Console(), as_json=as_json)
