"""Forms that change something: sent twice, they do it once."""

from typing import Annotated

import msgspec
from litestar.datastructures import FormMultiDict
from msgspec import Meta

from serai.cloud import PLATFORM
from serai.flows import By
from serai.web.problems import BadQuery

FormKey = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$")]


def by_form(form: FormMultiDict) -> By:
    """The console, by the idempotency key of the form; raises `BadQuery` when it has none."""
    try:
        key = msgspec.convert(form.get("key"), FormKey)
    except msgspec.ValidationError:
        raise BadQuery("key") from None
    return By(PLATFORM, f"console:{key}")
