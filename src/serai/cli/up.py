"""`serai up`: the whole platform in one process, on the data folder of this machine."""

import structlog
from rich.console import Console
from rich.markup import escape

from serai import __version__
from serai.cli.application import make_application
from serai.cli.logs import is_text
from serai.cli.running import run_house
from serai.cli.serving import check_address, serve
from serai.core import Settings
from serai.jobs import run_jobs

_log = structlog.get_logger()


async def up(settings: Settings, console: Console, *, take_over: bool = False) -> None:
    """Start everything, serve, and stop cleanly when told."""
    check_address(settings)
    async with run_house(settings, take_over=take_over) as running:
        application = make_application(running.house, settings)
        _tell_started(settings, console)
        await serve(
            application, settings, running.watch(), run_jobs(running.house, running.urls.writer)
        )
    if is_text(settings.log_format):
        console.print("Stopped.")
    else:
        _log.info("stopped")


def _tell_started(settings: Settings, console: Console) -> None:
    address = f"http://{settings.host}:{settings.port}/"
    if is_text(settings.log_format):
        console.print(f"Caravanserai is at {address}")
        console.print(f"Data folder: {escape(str(settings.home))}   Ctrl-C stops it.")
    else:
        _log.info("started", address=address, home=str(settings.home), version=__version__)
