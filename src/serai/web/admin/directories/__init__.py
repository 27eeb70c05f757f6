"""Groups that directories tell of: who is in them, and which roles they give."""

from litestar import Router
from litestar.di import Provide

from serai.web.admin.directories.deeds import bind, unbind
from serai.web.admin.directories.group import group_page
from serai.web.admin.directories.list import groups_page
from serai.web.group.console import Console


def directory_pages(console: Console) -> Router:
    """The pages below `/admin/directories`; each looks for itself at what its asker may see."""
    return Router(
        "/admin/directories",
        route_handlers=[groups_page, group_page, bind, unbind],
        dependencies={"console": Provide(lambda: console, sync_to_thread=False)},
    )


__all__ = ["directory_pages"]
