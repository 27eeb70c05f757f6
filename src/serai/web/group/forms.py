"""Forms that change something: sent twice, they do it once."""

from typing import Annotated, Any

import msgspec
from litestar import Request
from litestar.datastructures import FormMultiDict
from msgspec import Meta

from serai.flows import By
from serai.web.entry import actor_of, origin_of
from serai.web.problems import BadQuery

FormKey = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$")]


def by_form(request: Request[Any, Any, Any], form: FormMultiDict) -> By:
    """Whoever has sent the form, by its idempotency key; raises `BadQuery` when it has none."""
    try:
        key = msgspec.convert(form.get("key"), FormKey)
    except msgspec.ValidationError:
        raise BadQuery("key") from None
    return By(actor_of(request.scope), f"console:{key}", origin=origin_of(request.scope))
