"""The pages of the audit trail: who did what to which thing, when, from where."""

from litestar import Router
from litestar.di import Provide

from serai.web.admin.trail.deed import deed_page
from serai.web.admin.trail.list import trail_file, trail_page
from serai.web.group.console import Console

__all__ = ["trail_pages"]


def trail_pages(console: Console) -> Router:
    """`/admin/trail` and what is below it; each looks for itself at what its asker may see."""
    return Router(
        "/admin/trail",
        route_handlers=[trail_page, trail_file, deed_page],
        dependencies={"console": Provide(lambda: console, sync_to_thread=False)},
    )
