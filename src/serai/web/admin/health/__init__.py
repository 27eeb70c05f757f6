"""The page of health."""

from collections.abc import Sequence
from pathlib import Path

from litestar import Router
from litestar.di import Provide

from serai.flows import House
from serai.web.admin.health.page import Platform, health_page

__all__ = ["health_pages"]


def health_pages(house: House, home: Path, certificates: Sequence[Path] = ()) -> Router:
    """`/admin/health`, for a house whose data is in `home`."""
    platform = Platform(house, home, certificates)
    return Router(
        "/admin/health",
        route_handlers=[health_page],
        dependencies={"platform": Provide(lambda: platform, sync_to_thread=False)},
    )
