"""The authenticator of one's own account: its QR code, its first code, the codes for bad days."""

import io
from secrets import token_hex
from typing import Any

import segno
from litestar import Request, get, post
from litestar.response import Redirect, Template
from markupsafe import Markup

from serai.core import Refusal
from serai.flows import (
    By,
    Enrolment,
    begin_enrolment,
    confirm_enrolment,
    remove_authenticator,
)
from serai.web.entry import OWN, actor_of, origin_of, visit_of
from serai.web.group.forms import by_form
from serai.web.group.refusals import refusal_shown
from serai.web.look import language_of
from serai.web.sign_in.account import own
from serai.web.sign_in.entrance import Entrance, SharedEntrance


@get("/account/authenticator", include_in_schema=False, opt=OWN)
async def authenticator_page(
    request: Request[Any, Any, Any], entrance: SharedEntrance
) -> Template | Redirect:
    """The secret to scan or type, until a first code is shown; or the way to take it off."""
    return await _page(request, entrance)


@post("/account/authenticator", include_in_schema=False, opt=OWN, status_code=200)
async def confirm_authenticator(
    request: Request[Any, Any, Any], entrance: SharedEntrance
) -> Template | Redirect:
    """Take the authenticator into use, and show the recovery codes this once."""
    form = await request.form()
    codes = await confirm_enrolment(
        entrance.house, by_form(request, form), own(request).person, str(form.get("code", ""))
    )
    if isinstance(codes, Refusal):
        return await _page(request, entrance, codes)
    return Template("sign_in/recovery.html", context={"codes": codes.codes})


@post("/account/authenticator/removal", include_in_schema=False, opt=OWN, status_code=200)
async def take_off_authenticator(
    request: Request[Any, Any, Any], entrance: SharedEntrance
) -> Template | Redirect:
    """Go on with the password alone, after a last code."""
    form = await request.form()
    removed = await remove_authenticator(
        entrance.house, by_form(request, form), visit_of(request), own(request).person.id,
        str(form.get("code", "")),
    )  # fmt: skip
    if isinstance(removed, Refusal):
        return await _page(request, entrance, removed)
    return Redirect("/account?done=codes_off", status_code=303)


def qr_code(text: str) -> Markup:
    """A QR code as a drawing: dark modules of its own colour, whatever the theme."""
    drawn = io.BytesIO()
    segno.make(text, error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=3, dark="#000",
        light="#fff", svgclass="qr", lineclass=None,
    )  # fmt: skip
    return Markup(drawn.getvalue().decode())  # noqa: S704 - drawn by segno from our own text


async def _page(
    request: Request[Any, Any, Any], entrance: Entrance, refused: Refusal | None = None
) -> Template:
    signed_in = own(request)
    by = By(actor_of(request.scope), f"enrolment:{token_hex(16)}", origin=origin_of(request.scope))
    enrolment = await begin_enrolment(entrance.house, by, signed_in.person)
    waiting = enrolment if isinstance(enrolment, Enrolment) else None
    return Template(
        "sign_in/authenticator.html",
        context={
            "secret": " ".join(
                waiting.secret[at : at + 4] for at in range(0, len(waiting.secret), 4)
            )
            if waiting
            else "",
            "qr": qr_code(waiting.address) if waiting else None,
            "key": token_hex(16),
            "refused": refusal_shown(refused, language_of(request)) if refused else None,
        },
        status_code=422 if refused else 200,
    )
