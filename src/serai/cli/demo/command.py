"""`serai demo`: the demo group, its past, and its life from now on, live in the browser."""

import asyncio
from time import perf_counter

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from serai.capital import OPEN_ITEM_ROLES
from serai.cli.application import make_application
from serai.cli.demo.curated import place_late, place_traced
from serai.cli.demo.founding import Founding, found
from serai.cli.demo.guests import CHIEF, PASSWORD, let_in_guests
from serai.cli.demo.guide import Shown, guide
from serai.cli.demo.history import PROVIDER, draw_lives, play
from serai.cli.demo.market import Market, read_market
from serai.cli.demo.people import Crowd, read_crowd
from serai.cli.demo.present import Present
from serai.cli.demo.programs import let_in_programs
from serai.cli.demo.refunds import pay_back
from serai.cli.demo.scale import Scale
from serai.cli.demo.traffic import run_traffic
from serai.cli.running import Running, run_house
from serai.cli.serving import check_address, serve
from serai.core import Settings
from serai.jobs import run_jobs
from serai.ledger import fold


async def demo(
    settings: Settings, console: Console, scale: Scale, seed: int, *, take_over: bool = False
) -> None:
    """Found the group, serve it, play its past, and let it live until told to stop."""
    began = perf_counter()
    check_address(settings)
    async with run_house(settings, take_over=take_over) as running:
        with Bars(console) as bars:
            founding = await found(running.house, seed, scale, bars.show)
        guests = await let_in_guests(running.house)
        await let_in_programs(running.house)
        application = make_application(running.house, settings, guests, PASSWORD)
        console.print(
            f"The group stands after {perf_counter() - began:.0f} s: "
            f"http://{settings.host}:{settings.port}/\n"
            f"Sign in as {CHIEF}, or as anybody else on that page, with {PASSWORD}\n"
            "Its past is being played in, day by day.",
            highlight=False,
        )
        present = Present(running.house.clock())
        jobs = run_jobs(running.house, running.urls.writer, {PROVIDER: present})
        life = _live(running, settings, console, founding, scale, present)
        await serve(application, settings, running.watch(), jobs, life)
    console.print("Stopped.")


async def _live(
    running: Running,
    settings: Settings,
    console: Console,
    founding: Founding,
    scale: Scale,
    present: Present,
) -> None:
    """The past first, in the order of time; then the present. Guests are served all the while."""
    began = perf_counter()
    house = running.house
    organisation = await house.organisation()
    market = await read_market(house.database, organisation, founding.seed, founding.anchor.date())
    crowd = await read_crowd(house.database, scale)
    traced = await place_traced(house, founding, market, crowd)
    with Bars(console) as bars:
        await _play_past(running, founding, market, crowd, scale, bars)
    shown = Shown(traced, await place_late(house, founding, market, crowd))
    await pay_back(house, founding, market, crowd)
    present.begin()
    console.print(f"Its past is in the books after {perf_counter() - began:.0f} s more.\n")
    today = house.clock().date()
    console.print(
        guide(settings, organisation, market, shown, today), highlight=False, soft_wrap=True
    )
    await run_traffic(house, market, crowd)


async def _play_past(
    running: Running, founding: Founding, market: Market, crowd: Crowd, scale: Scale, bars: "Bars"
) -> None:
    lives = await asyncio.to_thread(draw_lives, market, crowd, founding, scale)
    await play(running.house, founding, lives, bars.show)
    await fold(running.urls.writer, OPEN_ITEM_ROLES)


class Bars:
    """Progress of each part: bars on a terminal, elsewhere a line for each tenth."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description:>10}"),
            BarColumn(),
            MofNCompleteColumn(),
            console=console,
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}
        self._tenths: dict[str, int] = {}

    def __enter__(self) -> "Bars":
        if self._console.is_terminal:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, part: str, done: int, total: int) -> None:
        """How far a part has come."""
        if not self._console.is_terminal:
            tenth = 10 * done // max(total, 1)
            if tenth > self._tenths.get(part, 0):
                self._console.print(f"{part} {done:,} of {total:,}", highlight=False)
            self._tenths[part] = tenth
            return
        if part not in self._tasks:
            self._tasks[part] = self._progress.add_task(part, total=total)
        self._progress.update(self._tasks[part], completed=done, total=total)
