"""The commands `serai key ...`."""

from typing import Annotated

import typer
from rich.console import Console

from serai.cli.terminal import AsJson, console, print_json, settings_of_environment, settled
from serai.cloud import LONGEST_LIFE, MOST_REQUESTS_A_MINUTE, USUAL_LIFE, USUAL_REQUESTS_A_MINUTE

key = typer.Typer(
    name="key",
    help="Programs that use the API, and their keys.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Option("--name", help="The program's name; its OAuth2 client id.")]
Known = Annotated[str, typer.Argument(help="The program's name.")]
Days = Annotated[
    int, typer.Option("--days", min=1, max=LONGEST_LIFE.days, help="How long the key is good.")
]


@key.command()
def create(
    name: Name,
    scope: Annotated[
        list[str],
        typer.Option(
            help="What it may do: orders.read, orders (all of them), all. May be given again."
        ),
    ],
    node: Annotated[
        str, typer.Option(help="For what: group, or brand:CODE, store:CODE ... and all below.")
    ] = "group",
    days: Days = USUAL_LIFE.days,
    requests_a_minute: Annotated[
        int, typer.Option(min=1, max=MOST_REQUESTS_A_MINUTE, help="Its share.")
    ] = USUAL_REQUESTS_A_MINUTE,
    as_json: AsJson = False,
) -> None:
    """Let a program in, and show its key once."""
    from serai.cli import serving
    from serai.cli.keys import keeping

    asked = keeping.Asked(
        name=name, scopes=tuple(scope), node=node, days=days, requests_a_minute=requests_a_minute
    )
    shown = settled(serving.run(keeping.create(settings_of_environment(), asked)))
    print_json(shown) if as_json else keeping.print_shown(shown, console)


@key.command()
def rotate(
    name: Known,
    overlap_hours: Annotated[
        float, typer.Option(min=0, help="How long its older keys stay good.")
    ] = 168,
    days: Days = USUAL_LIFE.days,
    as_json: AsJson = False,
) -> None:
    """Give a program another key; the older ones go on for a while, so that nothing stops."""
    from serai.cli import serving
    from serai.cli.keys import keeping

    settings = settings_of_environment()
    shown = settled(serving.run(keeping.rotate(settings, name, days, overlap_hours)))
    print_json(shown) if as_json else keeping.print_shown(shown, console)


@key.command()
def end(name: Known, as_json: AsJson = False) -> None:
    """Send a program away: its keys open nothing from now on."""
    from serai.cli import serving
    from serai.cli.keys import keeping

    ended = settled(serving.run(keeping.end(settings_of_environment(), name)))
    if as_json:
        print_json(ended)
    else:
        console.print(f"{name} was sent away; {ended.keys} of its keys were good until now.")


@key.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """Show every program and its keys; never the keys themselves."""
    from serai.cli import serving
    from serai.cli.keys import keeping

    programs = serving.run(keeping.listed(settings_of_environment()))
    print_json(programs) if as_json else keeping.print_list(programs, Console())
