"""The organisation: its nodes on four axes, stores that move, and all of it as one file."""

from litestar import Router
from litestar.di import Provide

from serai.web.admin.organisation.applying import Imports
from serai.web.admin.organisation.bounds import bound_form
from serai.web.admin.organisation.moves import cancel_form, moves_page
from serai.web.admin.organisation.nodes import node_page, nodes_page
from serai.web.admin.organisation.sheet import (
    apply_file,
    file_csv,
    file_page,
    file_xlsx,
    import_page,
    preview_file,
)
from serai.web.admin.organisation.store import move_form, store_page
from serai.web.group import Console

__all__ = ["Imports", "organisation_pages"]


def organisation_pages(console: Console, imports: Imports) -> Router:
    """Every page below `/admin/organisation`."""
    return Router(
        "/admin/organisation",
        route_handlers=[
            nodes_page,
            node_page,
            bound_form,
            store_page,
            move_form,
            moves_page,
            cancel_form,
            file_page,
            file_csv,
            file_xlsx,
            preview_file,
            apply_file,
            import_page,
        ],
        dependencies={
            "console": Provide(lambda: console, sync_to_thread=False),
            "imports": Provide(lambda: imports, sync_to_thread=False),
        },
    )
