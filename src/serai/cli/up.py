"""`serai up`: the whole platform in one process, on the data folder of this machine."""

from rich.console import Console
from rich.markup import escape

from serai.cli.application import make_application
from serai.cli.running import run_house
from serai.cli.serving import check_address, serve
from serai.core import Settings
from serai.jobs import run_jobs


async def up(settings: Settings, console: Console, *, take_over: bool = False) -> None:
    """Start everything, serve, and stop cleanly when told."""
    check_address(settings)
    async with run_house(settings, take_over=take_over) as running:
        application = make_application(running.house, settings)
        console.print(f"Caravanserai is at http://{settings.host}:{settings.port}/")
        console.print(f"Data folder: {escape(str(settings.home))}   Ctrl-C stops it.")
        await serve(
            application, settings, running.watch(), run_jobs(running.house, running.urls.writer)
        )
    console.print("Stopped.")
