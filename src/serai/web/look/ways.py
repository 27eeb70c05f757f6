"""Where a link leads, and what right that needs: a page leads nobody to what is not theirs."""

import re
from collections.abc import Mapping

from litestar import Litestar
from litestar.routes import HTTPRoute

_NAMED = re.compile(r"/(?:\{[^}]*\}|\d+)(?=/|$)")


class Ways:
    """The right that each page of the route table needs, found by an address that leads there."""

    def __init__(self, rights: Mapping[str, str]) -> None:
        self._rights = rights

    def right_for(self, href: str) -> str | None:
        """The right without which nobody opens this; None where it is open, or no page of ours."""
        return self._rights.get(_NAMED.sub("/*", href.split("?")[0].split("#")[0]))


def ways_of(application: Litestar) -> Ways:
    """The ways through an application, made out once."""
    ways: Ways | None = application.state.get("ways")
    if ways is None:
        ways = application.state["ways"] = Ways(
            {
                _NAMED.sub("/*", route.path): str(handler.opt["right"])
                for route in application.routes
                if isinstance(route, HTTPRoute)
                for handler in route.route_handlers
                if "GET" in handler.http_methods and "right" in handler.opt
            }
        )
    return ways
