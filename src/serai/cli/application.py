"""The one application: pages for people and the API for programs, over the same house."""

from litestar import Litestar
from litestar.datastructures import State

from serai.core import Settings
from serai.flows import House
from serai.web import Web


def make_application(house: House, settings: Settings) -> Litestar:
    """Pages and API under one address."""
    return Litestar(
        state=State({"house": house}),
        plugins=[Web(house, settings.home)],
        openapi_config=None,
        debug=False,
    )
