"""One's own account: password, sessions, language, and what one holds."""

from collections.abc import Sequence
from secrets import token_hex
from typing import Any

from litestar import Request, get, post
from litestar.response import Redirect, Template

from serai.cloud import (
    Session,
    SignedIn,
    emails_of,
    first_email,
    has_one_time_codes,
    open_sessions,
    password_of,
)
from serai.core import Refusal
from serai.flows import change_password, end_sessions, set_language
from serai.web.entry import OWN, session_cookies, signed_in_of, visit_of
from serai.web.group.forms import by_form
from serai.web.group.refusals import refusal_shown
from serai.web.languages import LANGUAGES
from serai.web.look import language_of
from serai.web.sign_in.entrance import Entrance, SharedEntrance
from serai.web.sign_in.holdings import held_rows


@get("/account", include_in_schema=False, opt=OWN)
async def account_page(request: Request[Any, Any, Any], entrance: SharedEntrance) -> Template:
    """What is whose own."""
    return await _page(request, entrance)


@post("/account/password", include_in_schema=False, opt=OWN, status_code=200)
async def change_own_password(
    request: Request[Any, Any, Any], entrance: SharedEntrance
) -> Template | Redirect:
    """Change the password; every other session ends."""
    form = await request.form()
    person = own(request).person
    old, new, again = (str(form.get(name, "")) for name in ("old", "password", "again"))
    if new != again:
        return await _page(request, entrance, _UNLIKE)
    changed = await change_password(
        entrance.house, by_form(request, form), visit_of(request), person, old, new
    )
    if isinstance(changed, Refusal):
        return await _page(request, entrance, changed)
    return Redirect(
        "/account?done=password", status_code=303, cookies=session_cookies(request, changed)
    )


@post("/account/language", include_in_schema=False, opt=OWN, status_code=200)
async def choose_language(
    request: Request[Any, Any, Any], entrance: SharedEntrance
) -> Template | Redirect:
    """Keep the language in which somebody wants their pages, wherever they sign in."""
    form = await request.form()
    wanted = str(form.get("language", ""))
    if wanted not in ("", *LANGUAGES):
        wanted = ""
    kept = await set_language(
        entrance.house, by_form(request, form), own(request).person.id, wanted
    )
    if isinstance(kept, Refusal):
        return await _page(request, entrance, kept)
    return Redirect(f"/account?lang={wanted}" if wanted else "/account", status_code=303)


@post("/account/sessions", include_in_schema=False, opt=OWN, status_code=200)
async def end_own_sessions(
    request: Request[Any, Any, Any], entrance: SharedEntrance
) -> Template | Redirect:
    """End another session of one's own."""
    form = await request.form()
    signed_in = own(request)
    number = str(form.get("session", ""))
    open_ids = {one.id for one in await _others(entrance, signed_in)}
    if number.isascii() and number.isdigit() and int(number) in open_ids:
        ended = await end_sessions(
            entrance.house, by_form(request, form), signed_in.person.id, "ended_by_owner",
            only=int(number),
        )  # fmt: skip
        if isinstance(ended, Refusal):
            return await _page(request, entrance, ended)
    return Redirect("/account", status_code=303)


def own(request: Request[Any, Any, Any]) -> SignedIn:
    """Who is signed in, on a page that only they get to."""
    signed_in = signed_in_of(request.scope)
    assert signed_in is not None
    return signed_in


_UNLIKE = Refusal(
    name="passwords_differ",
    says="The two new passwords are not the same.",
    advice="Type the new one twice.",
    field="again",
)


async def _page(
    request: Request[Any, Any, Any], entrance: Entrance, refused: Refusal | None = None
) -> Template:
    house, signed_in = entrance.house, own(request)
    language = language_of(request)
    person = signed_in.person
    emails = await emails_of(house.database, house.ring, [person.id])
    first = first_email(emails.get(person.id, ()))
    return Template(
        "sign_in/account.html",
        context={
            "person": person,
            "email": first.value if first else "",
            "must_change": signed_in.must_change,
            "done": request.query_params.get("done", ""),
            "has_password": await password_of(house.database, person.id) is not None,
            "has_codes": await has_one_time_codes(house.database, person.id),
            "held": await held_rows(house, signed_in.grants, language),
            "session": signed_in.session,
            "others": await _others(entrance, signed_in),
            "key": token_hex(16),
            "refused": refusal_shown(refused, language) if refused else None,
            "fault": refused.field if refused else "",
        },
        status_code=422 if refused else 200,
    )


async def _others(entrance: Entrance, signed_in: SignedIn) -> Sequence[Session]:
    now = entrance.house.clock()
    found = await open_sessions(entrance.house.database, signed_in.person.id)
    return [one for one in found if one.is_open(now) and one.id != signed_in.session.id]
