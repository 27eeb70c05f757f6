"""What the web gives to the application: pages, static files, and how they are answered."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from litestar import Litestar, Request, Router, get
from litestar.config.app import AppConfig
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.plugins import InitPlugin
from litestar.response import Redirect
from litestar.template import TemplateConfig

from serai.core import SingleSignOn, keep_secret
from serai.flows import House
from serai.web.admin.directories import directory_pages
from serai.web.admin.health import health_pages
from serai.web.admin.organisation import Imports, organisation_pages
from serai.web.admin.people import people_pages
from serai.web.admin.programs import program_pages
from serai.web.admin.trail import trail_pages
from serai.web.entry import OWN, Sessions, actor_of, guard
from serai.web.group import Consoles, group_pages
from serai.web.look import LanguageMemory, Pages, landing, static_files
from serai.web.problems import answer_problem
from serai.web.security import dress, guard_forms, guard_origin
from serai.web.sign_in import Entrance, Provider, ShownPerson, sign_in_pages

AWAY_SECRET = "sign-on"  # noqa: S105 - where it lies, not what it is


@get("/", include_in_schema=False, opt=OWN)
async def front_door(request: Request[Any, Any, Any]) -> Redirect:
    """Whoever comes to the house is shown what is theirs."""
    return Redirect(landing(actor_of(request.scope).rights))


class Web(InitPlugin):
    """The pages of a house: `Litestar(plugins=[Web(house, home)])`.

    `home` is the data folder, where the secret lies that signs the tokens of forms. `guests` are
    people whom a demo offers to sign in as, all with `password`; no other house has any.
    `certificates` are files whose expiry the page of health tells; `single_sign_on` is the
    provider that the sign-in page offers.
    """

    def __init__(
        self,
        house: House,
        home: Path,
        guests: Sequence[ShownPerson] = (),
        password: str = "",
        *,
        certificates: Sequence[Path] = (),
        single_sign_on: SingleSignOn | None = None,
    ) -> None:
        self._house = house
        self._home = home
        self._certificates = certificates
        self._entrance = Entrance(
            house,
            provider=Provider(single_sign_on) if single_sign_on else None,
            secret=keep_secret(home, AWAY_SECRET),
            people=guests,
            password=password,
        )

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        """Add pages, templates, guards and the pulse to the application."""
        consoles = Consoles(self._house)
        console = consoles.whole
        imports = Imports()

        @asynccontextmanager
        async def follow_events(_app: Litestar) -> AsyncIterator[None]:
            priming = asyncio.create_task(console.prime(), name="prime")
            async with console.pulse.beating():
                yield
            priming.cancel()
            await imports.end()

        # The server waits for open connections when it stops; streams must end first.
        app_config.state.setdefault("before_stop", []).append(console.pulse.end)
        pages = Router(
            "/",
            route_handlers=[
                front_door,
                *sign_in_pages(),
                people_pages(console),
                directory_pages(console),
                program_pages(console),
                group_pages(consoles),
                organisation_pages(console, imports),
                trail_pages(console),
                health_pages(self._house, self._home, self._certificates),
            ],
            dependencies={"entrance": Provide(lambda: self._entrance, sync_to_thread=False)},
            middleware=[Sessions(self._house)],
            guards=[guard_origin, guard],
        )
        app_config.route_handlers += [pages, static_files()]
        app_config.template_config = TemplateConfig(instance=Pages(clock=self._house.clock))
        app_config.csrf_config = guard_forms(self._home)
        app_config.middleware = [*app_config.middleware, LanguageMemory()]
        app_config.before_send = [*app_config.before_send, dress]
        app_config.lifespan = [*app_config.lifespan, follow_events]
        app_config.exception_handlers = {
            HTTPException: answer_problem,
            Exception: answer_problem,
            **app_config.exception_handlers,
        }
        return app_config
