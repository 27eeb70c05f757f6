"""What the API gives to the application: routes, their documentation, and how they fail."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from litestar import Request, Response, Router
from litestar.config.app import AppConfig
from litestar.exceptions import HTTPException
from litestar.plugins import InitPlugin

from serai.api.documentation import PATH, Asset, StructDocumentation, openapi
from serai.api.health import Pulse, health, live, ready
from serai.api.metrics import PATH as METRICS_PATH
from serai.api.metrics import Metrics, get_metrics
from serai.api.oauth import get_token
from serai.api.protocols.scim import PATH as SCIM_PATH
from serai.api.protocols.scim import answer_scim_error, scim
from serai.api.v1 import version_one
from serai.api.v1.asking import PLATFORMS_OWN
from serai.api.v1.failing import answer_error
from serai.api.v1.statuses import get_problem
from serai.core import keep_secret
from serai.flows import Attempts, House, VitalSigns

Answer = Callable[[Request[Any, Any, Any], Any], Response[Any]]
"""What is answered to a request that failed."""

PATHS = ("/v1", SCIM_PATH, "/health", METRICS_PATH, PATH, "/problems", "/oauth")
PROVIDER_SECRET = "sandbox-provider"  # noqa: S105 - where it lies, not what it is
TOKEN_SECRET = "access-tokens"  # noqa: S105 - as above


class Api(InitPlugin, StructDocumentation):
    """The API of a house: `Litestar(plugins=[Web(...), Api(house, home, asset)])`, after the web.

    `home` is the data folder with the secret that the payment provider signs with; `asset` tells
    where a file of the web's static folder is served. `metrics_token` opens the metrics, which
    tell of `certificates` too.
    """

    def __init__(
        self,
        house: House,
        home: Path,
        asset: Asset,
        *,
        metrics_token: str | None = None,
        certificates: Sequence[Path] = (),
    ) -> None:
        self._house = house
        self._pulse = Pulse(home)
        self._metrics = Metrics(
            house.database, VitalSigns(house), home, metrics_token, certificates
        )
        self._secret = keep_secret(home, PROVIDER_SECRET)
        self._token_secret = keep_secret(home, TOKEN_SECRET)
        self._asset = asset

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        """Add routes, documentation, and answers to what goes wrong on the API's paths."""
        app_config.state["house"] = self._house
        app_config.state["pulse"] = self._pulse
        app_config.state["metrics"] = self._metrics
        app_config.state["provider_secret"] = self._secret
        app_config.state["token_secret"] = self._token_secret
        app_config.state["attempts"] = Attempts(self._house)
        app_config.route_handlers += [
            version_one(),
            scim(),
            get_token,
            Router(
                "/",
                route_handlers=[health, live, ready, get_metrics, get_problem],
                dependencies=PLATFORMS_OWN,
            ),
        ]
        app_config.openapi_config = openapi(self._asset)
        others = app_config.exception_handlers
        app_config.exception_handlers = {
            HTTPException: _answer_program,
            Exception: _answer_program,
            **{kind: _divided(other) for kind, other in others.items()},
        }
        return app_config


def _divided(other: Answer) -> Answer:
    """Problems for programs on the API's paths, whatever `other` says on the rest."""

    def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        if is_for_programs(request.url.path):
            return _answer_program(request, error)
        return other(request, error)

    return answer


def _answer_program(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A failure as the protocol of its path tells it."""
    if _is_below(request.url.path, SCIM_PATH):
        return answer_scim_error(request, error)
    return answer_error(request, error)


def is_for_programs(path: str) -> bool:
    """Whether a path belongs to the API, so that a program reads the answer."""
    return any(_is_below(path, one) for one in PATHS)


def _is_below(path: str, root: str) -> bool:
    return path == root or path.startswith(f"{root}/")
