"""The API's documentation: its OpenAPI document, and a page to read it and to try it out."""

from collections.abc import Callable, Mapping
from inspect import cleandoc
from pathlib import Path
from string import Template
from typing import Any

from litestar import MediaType, Request, Response, Router, get
from litestar.enums import OpenAPIMediaType
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme, Tag
from litestar.serialization import encode_json

from serai import __version__
from serai.api.documentation.tidying import tidied
from serai.api.documentation.types import StructDocumentation

__all__ = ["PATH", "Asset", "StructDocumentation", "openapi"]

Asset = Callable[[str], str]
"""The address of a file of the web's static folder."""

HERE = Path(__file__).parent
PATH = "/docs"

DESCRIPTION = """
One API for everything that the house sells: search for offers, place an order over any stores,
confirm it, cancel it, fulfil it.

**Programs** show a key in every request: `Authorization: Bearer serai_...`. `serai key create`
makes one, with scopes, for the group or one node of it; `POST /oauth/token` (client credentials,
RFC 6749) gives an hour's token for it. `RateLimit` tells what is left of a key's share.

**Writes** carry an `Idempotency-Key`. The same key with the same request gets the first answer
again (with the header `Idempotency-Replayed: true`), and nothing is done twice; with another
request it is refused as `key_reused`. So any request may be repeated until it is answered.

**Lists** are `{"items": [...], "next": cursor or null}`. Ask for the next page with `cursor`.

**Problems** are `application/problem+json` (RFC 9457). `refusal` is the name to react to, `field`
the part of the request it is about, `advice` what to do, `missing` how many units were lacking.
Unknown fields and parameters are refused.

**Amounts** are whole numbers in the smallest unit of their currency (`_minor`), tax included;
shares are in hundredths of a percent (`_bp`); a `minute` counts from midnight at the store.
"""

KEY = SecurityScheme(
    type="http", scheme="bearer", description="A key (`serai_...`), or a token made with one."
)

TAGS = [
    Tag(name="Offers", description="What is on sale, at which price, and what is left of it."),
    Tag(name="Orders", description="From the hold to the last guest served, or not."),
    Tag(name="Customers", description="Who orders, who pays, who brings orders."),
    Tag(name="Organisation", description="Stores, and the brands and cities they belong to."),
    Tag(name="Access", description="People and their roles, and who can see what."),
    Tag(name="Payments", description="For payment providers: what became of a payment."),
    Tag(name="Platform", description="Whether it can serve, and what its problems mean."),
]


class _Page(OpenAPIRenderPlugin):
    """Swagger UI, from our own files, in our own colours."""

    def __init__(self, asset: Asset) -> None:
        super().__init__(path="/")
        self._files: Mapping[str, str] = {
            "tokens": asset("serai.css"),
            "mark": asset("mark.svg"),
            "swagger_css": asset("vendor/swagger/swagger-ui.css"),
            "swagger_js": asset("vendor/swagger/swagger-ui-bundle.js"),
        }

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The page; the document itself is fetched by it."""
        page = Template((HERE / "page.html").read_text())
        return page.substitute(self._files, title=openapi_schema["info"]["title"]).encode()


class _Document(OpenAPIRenderPlugin):
    """The document itself."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json", media_type=OpenAPIMediaType.OPENAPI_JSON)

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The document as JSON."""
        return encode_json(tidied(openapi_schema))


@get("/start.js", media_type="text/javascript")
async def start_script() -> Response[bytes]:
    """What starts Swagger UI; a file of its own, for pages run no inline scripts."""
    return Response((HERE / "start.js").read_bytes(), media_type="text/javascript")


@get("/page.css", media_type=MediaType.CSS)
async def page_style() -> Response[bytes]:
    """What makes the page look like the others."""
    return Response((HERE / "page.css").read_bytes(), media_type=MediaType.CSS)


def openapi(asset: Asset) -> OpenAPIConfig:
    """The documentation at `/docs`, and the document at `/docs/openapi.json`."""
    return OpenAPIConfig(
        title="Caravanserai API",
        version=__version__,
        description=cleandoc(DESCRIPTION),
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        tags=TAGS,
        components=Components(security_schemes={"key": KEY}),
        security=[{"key": []}],
        use_handler_docstrings=True,
        render_plugins=[_Page(asset), _Document()],
        openapi_router=Router(
            PATH, route_handlers=[start_script, page_style], include_in_schema=False
        ),
    )
