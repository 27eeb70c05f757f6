"""The one application: pages for people and the API for programs, over the same house."""

from litestar import Litestar

from serai.core import Settings
from serai.flows import House


def make_application(house: House, settings: Settings) -> Litestar:
    """Pages and API under one address."""
    raise RuntimeError("composed below")
