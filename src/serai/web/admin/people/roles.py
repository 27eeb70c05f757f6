"""Who may do what: the one table of roles, as it stands in the code."""

from litestar import get
from litestar.response import Template

from serai.cloud import RIGHTS, ROLES, needs_two


@get("/roles", include_in_schema=False, opt={"right": "access.read"})
async def roles_page() -> Template:
    """A row for each right, a column for each role."""
    return Template(
        "admin/people/roles.html",
        context={
            "rights": RIGHTS,
            "roles": ROLES,
            "of_two": {role for role in ROLES if needs_two(role)},
        },
    )
