"""The `serai bench` commands: what each is asked, and how its answer is printed."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from serai.cli.terminal import console, print_json, settings_of_environment
from serai.core import ConfigurationError

bench = typer.Typer(no_args_is_help=True, help="Measure the speed of this machine and house.")

LONGEST_SECONDS = 24 * 3600.0

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


@bench.command("books")
def bench_books(
    seconds: Annotated[
        float, typer.Option(min=1, max=LONGEST_SECONDS, help="For each size of batch.")
    ] = 60,
    batch: Annotated[
        list[int] | None, typer.Option(min=1, help="Chains in a batch; 40, 200 and 1,365.")
    ] = None,
    accounts: Annotated[int, typer.Option(min=8, help="Orders are spread over.")] = 10_000,
    hot: Annotated[
        bool, typer.Option("--hot", help="Every order touches one merchant and one stock.")
    ] = False,
    fresh: Annotated[
        float, typer.Option(min=0, max=1, help="The share of lines on accounts not yet open.")
    ] = 0.0,
    journal: Annotated[
        list[int] | None,
        typer.Option(min=1, help="Measure when so many transfers are in the journal."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """How many transfers the books take, and how much of COPY's speed that is."""
    from serai.cli import serving
    from serai.cli.bench.books import command
    from serai.cli.bench.books.market import Shape

    sizes = tuple(batch) if batch else command.BATCHES
    shape = Shape(accounts=accounts, hot=hot, fresh=fresh)
    figures = serving.run(command.bench_books(shape, sizes, tuple(journal or ()), seconds, console))
    if as_json:
        print_json(figures)
    else:
        command.print_books(figures, Console())


@bench.command("orders")
def bench_orders(
    lines: Annotated[int, typer.Option(min=1, max=40, help="Lines of each order.")] = 6,
    seconds: Annotated[float, typer.Option(min=1, max=LONGEST_SECONDS, help="For each step.")] = 20,
    connections: Annotated[
        list[int] | None, typer.Option(min=1, help="Of a step; 64, 256 and 1,024.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="The platform to ask; one of its own without it.")
    ] = None,
    key: Annotated[
        str, typer.Option(envvar="SERAI_KEY", help="With --url: a key that opens everything.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """How many orders a second the platform takes over HTTP, and how fast it answers."""
    from serai.cli import serving
    from serai.cli.bench.orders import command

    if url is not None and not key:
        raise ConfigurationError(
            "With --url the bench needs a key: make one with "
            "`serai key create --name bench --scope all`, and give it in SERAI_KEY."
        )
    steps = connections or command.CONNECTIONS
    figures = serving.run(command.bench_orders(url, key, lines, seconds, steps, console))
    if as_json:
        print_json(figures)
    else:
        command.print_orders(figures, Console())
    if not figures.holds:
        raise typer.Exit(1)


@bench.command("faults")
def bench_faults(
    rounds: Annotated[int, typer.Option(min=1, help="Rounds, each with one fault.")] = 100,
    seed: Annotated[int, typer.Option(help="Another seed, other moments.")] = 1,
    first: Annotated[int, typer.Option(min=1, help="Begin with this round.")] = 1,
    only: Annotated[
        list[str] | None, typer.Option(help="Only this fault; may be given again.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Kill, fill, cut and overtake a platform under load; nothing may be lost (else exit 1)."""
    from serai.cli import serving
    from serai.cli.bench import faults

    report = serving.run(
        faults.bench_faults(rounds, seed, first, only or (), faults.show_progress(console))
    )
    if as_json:
        print_json(report)
    else:
        faults.print_report(report, Console())
    if not report.passed:
        raise typer.Exit(1)


@bench.command("flash")
def bench_flash(
    buyers: Annotated[int, typer.Option(min=1, help="Who come to the sale.")] = 100_000,
    admissions: Annotated[int, typer.Option(min=1, help="Numbered, each sold once.")] = 10_000,
    holds: Annotated[
        int, typer.Option(min=0, help="Run out at one moment; 0 leaves them out.")
    ] = 1_000_000,
    slots: Annotated[
        int, typer.Option(min=0, help="Touched once, then archived; 0 leaves them out.")
    ] = 10_000_000,
    seconds: Annotated[
        float,
        typer.Option(min=0.1, max=LONGEST_SECONDS, help="Orders are measured for, each time."),
    ] = 5.0,
    as_json: AsJson = False,
) -> None:
    """A sale of numbered admissions, a million holds that run out, an archive of past slots."""
    from serai.cli import serving
    from serai.cli.bench.flash import command

    figures = serving.run(command.bench_flash(buyers, admissions, holds, slots, seconds, console))
    if as_json:
        print_json(figures)
    else:
        command.print_flash(figures, Console())
    if not command.is_sound(figures):
        raise typer.Exit(1)


@bench.command("fairness")
def bench_fairness(
    seconds: Annotated[
        float, typer.Option(min=1, max=LONGEST_SECONDS, help="Alone, and beside the flood.")
    ] = 20,
    connections: Annotated[int, typer.Option(min=1, help="Of the flood.")] = 64,
    as_json: AsJson = False,
) -> None:
    """How one brand's desk fares while another brand's program floods (turned away: exit 1)."""
    from serai.cli import serving
    from serai.cli.bench import fairness

    figures = serving.run(fairness.bench_fairness(seconds, connections, console))
    if as_json:
        print_json(figures)
    else:
        fairness.print_fairness(figures, Console())
    if not figures.is_fair:
        raise typer.Exit(1)


@bench.command("isolation")
def bench_isolation(
    requests: Annotated[int, typer.Option(min=1, help="Of each route, each way.")] = 40,
    as_json: AsJson = False,
) -> None:
    """What row-level security costs lists and searches, on the group that runs here."""
    from serai.cli import serving
    from serai.cli.bench import isolation

    settings = settings_of_environment()
    costs = serving.run(isolation.bench_isolation(settings, requests, console))
    if as_json:
        print_json(costs)
    else:
        isolation.print_costs(costs, Console())
