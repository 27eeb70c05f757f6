"""People, what they hold, who may do what, and what waits for a second person."""

from litestar import Router
from litestar.di import Provide

from serai.web.admin.people.approvals import approvals_page, decide
from serai.web.admin.people.choices import node_choices
from serai.web.admin.people.deeds import (
    end_role,
    end_sessions_of,
    give_new_password,
    grant_another,
    switch_account,
    take_off_codes,
)
from serai.web.admin.people.invite import invite_page, invite_somebody
from serai.web.admin.people.list import people_page
from serai.web.admin.people.person import person_page
from serai.web.admin.people.roles import roles_page
from serai.web.admin.people.who import who_page
from serai.web.group.console import Console


def people_pages(console: Console) -> Router:
    """The pages below `/admin` about people; each looks for itself at what its asker may see."""
    return Router(
        "/admin",
        route_handlers=HANDLERS,
        dependencies={"console": Provide(lambda: console, sync_to_thread=False)},
    )


HANDLERS = (
    people_page,
    invite_page,
    invite_somebody,
    person_page,
    node_choices,
    grant_another,
    end_role,
    give_new_password,
    switch_account,
    end_sessions_of,
    take_off_codes,
    roles_page,
    who_page,
    approvals_page,
    decide,
)

__all__ = ["people_pages"]
