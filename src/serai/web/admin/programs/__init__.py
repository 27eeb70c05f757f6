"""Programs that use the API, and their keys."""

from litestar import Router
from litestar.di import Provide

from serai.web.admin.programs.admit import admit, admit_page
from serai.web.admin.programs.deeds import give_key, send_away
from serai.web.admin.programs.list import programs_page
from serai.web.admin.programs.program import program_page
from serai.web.group.console import Console


def program_pages(console: Console) -> Router:
    """The pages below `/admin/programs`; each looks for itself at what its asker may see."""
    return Router(
        "/admin/programs",
        route_handlers=[programs_page, admit_page, admit, program_page, give_key, send_away],
        dependencies={"console": Provide(lambda: console, sync_to_thread=False)},
    )


__all__ = ["program_pages"]
