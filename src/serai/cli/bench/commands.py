"""The `serai bench` commands: what each is asked, and how its answer is printed."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from serai.cli.terminal import print_json, settings_of_environment

bench = typer.Typer(no_args_is_help=True, help="Measure the speed of this machine and house.")

AsJson = Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")]


@bench.command("pages")
def bench_pages(
    requests: Annotated[int, typer.Option(min=1, help="Requests for each page.")] = 30,
    as_json: AsJson = False,
) -> None:
    """How long the running platform takes for each page of the console."""
    from serai.cli.bench import pages

    times = asyncio.run(pages.bench_pages(settings_of_environment(), requests))
    if as_json:
        print_json(times)
    else:
        pages.print_pages(times, Console())
