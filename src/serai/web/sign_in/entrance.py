"""The entrance: a name and a password, then a code where one is needed; and the way out."""

from collections.abc import Sequence
from typing import Any

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect, Template
from msgspec import Struct

from serai.cloud import is_anybody_known
from serai.core import Refusal
from serai.flows import House, Opened, enter_code, sign_in, sign_out
from serai.web.entry import (
    OPEN,
    SESSION_COOKIE,
    cookie_ended,
    origin_of,
    own_path,
    session_cookies,
    signed_in_of,
    visit_of,
)
from serai.web.group.refusals import refusal_shown
from serai.web.look import language_of, with_query
from serai.web.sign_in.provider import Provider

MOST_LETTERS = 300
_STATUS = {"too_many_tries": 429}


class ShownPerson(Struct, frozen=True):
    """Somebody whom a demo offers to sign in as; names of the role and the node in both languages
    come from the page."""

    name: str
    role: str
    node_en: str
    node_zh: str


class Entrance(Struct, frozen=True):
    """What the sign-in page offers besides the form: single sign-on, and in a demo its people with
    the one password of all. `secret` signs what a browser takes along to the provider."""

    house: House
    provider: Provider | None = None
    secret: str = ""
    people: Sequence[ShownPerson] = ()
    password: str = ""


SharedEntrance = NamedDependency[Entrance]


@get("/sign-in", include_in_schema=False, opt=OPEN)
async def sign_in_page(
    request: Request[Any, Any, Any], entrance: SharedEntrance
) -> Template | Redirect:
    """The form, or straight on for whoever is signed in."""
    onward = own_path(request.query_params.get("next", ""))
    if signed_in_of(request.scope) is not None:
        return Redirect(onward, status_code=303)
    nobody = not await is_anybody_known(entrance.house.database)
    return form_page(request, entrance, onward, nobody=nobody)


@post("/sign-in", include_in_schema=False, opt=OPEN, status_code=200)
async def check_password(
    request: Request[Any, Any, Any], entrance: SharedEntrance
) -> Template | Redirect:
    """Open a session, or say that it was not right, and nothing more."""
    form = await request.form()
    onward = own_path(_text(form.get("next")))
    name, password = _text(form.get("name")), _text(form.get("password"))
    opened = await sign_in(entrance.house, visit_of(request), name, password)
    if isinstance(opened, Refusal):
        return form_page(request, entrance, onward, name, opened)
    if opened.needs_code:
        return Redirect(
            _code_address(onward), status_code=303, cookies=session_cookies(request, opened)
        )
    return _in(request, opened, onward)


@get("/sign-in/code", include_in_schema=False, opt=OPEN)
async def code_page(request: Request[Any, Any, Any]) -> Template | Redirect:
    """The form for the second step, while the first one is fresh."""
    onward = own_path(request.query_params.get("next", ""))
    signed_in = request.scope["state"]["signed_in"]
    if signed_in is None:
        return Redirect("/sign-in", status_code=303)
    if signed_in.session.passed:
        return Redirect(onward, status_code=303)
    return _code_form(onward)


@post("/sign-in/code", include_in_schema=False, opt=OPEN, status_code=200)
async def check_code(
    request: Request[Any, Any, Any], entrance: SharedEntrance
) -> Template | Redirect:
    """Pass the second step."""
    form = await request.form()
    onward = own_path(_text(form.get("next")))
    token, code = request.scope["state"]["token"], _text(form.get("code"))
    opened = await enter_code(entrance.house, visit_of(request), token, code)
    if isinstance(opened, Refusal):
        if opened.name == "session_over":
            return form_page(request, entrance, onward, refused=opened)
        return _code_form(onward, refusal_shown(opened, language_of(request)), _status(opened))
    return _in(request, opened, onward)


@post("/sign-out", include_in_schema=False, opt=OPEN, status_code=303)
async def leave(request: Request[Any, Any, Any], entrance: SharedEntrance) -> Redirect:
    """End the session; its cookie opens nothing any more, wherever it was copied to."""
    signed_in = request.scope["state"]["signed_in"]
    if signed_in is not None:
        await sign_out(entrance.house, signed_in, origin_of(request.scope))
    return Redirect("/sign-in", status_code=303, cookies=[cookie_ended(SESSION_COOKIE)])


def _in(request: Request[Any, Any, Any], opened: Opened, onward: str) -> Redirect:
    """On to the page, in the language that the person has chosen."""
    language = opened.person.language
    address = with_query(onward, lang=language) if language else onward
    return Redirect(address, status_code=303, cookies=session_cookies(request, opened))


def form_page(
    request: Request[Any, Any, Any],
    entrance: Entrance,
    onward: str,
    name: str = "",
    refused: Refusal | None = None,
    *,
    nobody: bool = False,
) -> Template:
    """The form; with a refusal, what was wrong."""
    return Template(
        "sign_in/password.html",
        context={
            "nobody": nobody,
            "onward": onward,
            "name": name,
            "refused": refusal_shown(refused, language_of(request)) if refused else None,
            "entrance": entrance,
        },
        status_code=_status(refused) if refused else 200,
    )


def _code_form(onward: str, refused: object = None, status_code: int = 200) -> Template:
    return Template(
        "sign_in/code.html",
        context={"onward": onward, "refused": refused},
        status_code=status_code,
    )


def _code_address(onward: str) -> str:
    return with_query("/sign-in/code", next=None if onward == "/" else onward)


def _status(refused: Refusal) -> int:
    return _STATUS.get(refused.name, 401)


def _text(value: object) -> str:
    """A field of a form; a file in its place counts as empty."""
    return value[:MOST_LETTERS] if isinstance(value, str) else ""
