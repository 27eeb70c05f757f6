"""A guest who is there and whom the reader does not see yet: they show who they are."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from litestar import Request, get, post
from litestar.response import Redirect, Template

from serai.core import Refusal
from serai.customers import (
    Document,
    DocumentKind,
    Email,
    Phone,
    customer_called,
    read_document,
    read_email,
    read_phone,
)
from serai.flows import recognise
from serai.web.group.console import SharedConsole
from serai.web.group.customer import DOCUMENTS
from serai.web.group.forms import by_form
from serai.web.group.refusals import refusal_shown
from serai.web.languages import N_, gettext_of
from serai.web.look import language_of

WRITE = {"right": "customers.write"}
FIELDS = ("code", "phone", "email", "kind", "country", "number")
LONGEST = 254
NOBODY = 0

ONE_THING = Refusal(
    name="one_detail",
    says="A customer is known by one of phone, email and document.",
    advice="Fill in one of them.",
    field="phone",
)
_STATUS = {"too_many_tries": 429}
_REFUSED = {
    "too_many_tries": (
        N_("Too many tries in vain from here."),
        N_("Try again in an hour, or let them be registered anew."),
    ),
}


@get("/customers/recognition", include_in_schema=False, opt=WRITE)
async def recognition_page(request: Request[Any, Any, Any]) -> Template:
    """The empty form."""
    return _page(request, {"kind": "passport", "country": "CN"})


@post("/customers/recognition", include_in_schema=False, opt=WRITE, status_code=200)
async def recognise_guest(
    request: Request[Any, Any, Any], console: SharedConsole
) -> Template | Redirect:
    """To the guest's page, or what is in the way: the same for a wrong number and for nobody's."""
    form = await request.form()
    filled = {name: str(form.get(name, "")).strip()[:LONGEST] for name in FIELDS}
    by = by_form(request, form)
    detail = _detail_of(filled)
    if isinstance(detail, Refusal):
        return _page(request, filled, detail)
    house = console.whole.house
    guest = await customer_called(house.database, filled["code"])
    known = await recognise(house, by, guest.id if guest else NOBODY, detail)
    if isinstance(known, Refusal):
        return _page(request, filled, known)
    return Redirect(f"/group/customers/{known.customer_id}", status_code=303)


def _detail_of(filled: Mapping[str, str]) -> Phone | Email | Document | Refusal:
    """The one thing that the guest has shown."""
    phone, email, number = (filled[name] for name in ("phone", "email", "number"))
    if sum(map(bool, (phone, email, number))) != 1:
        return ONE_THING
    if phone:
        return read_phone(phone)
    if email:
        return read_email(email)
    kinds: dict[str, DocumentKind] = {kind: kind for kind in DOCUMENTS}
    return read_document(kinds.get(filled["kind"], "other"), filled["country"], number)


def _page(
    request: Request[Any, Any, Any], filled: Mapping[str, str], refused: Refusal | None = None
) -> Template:
    language = language_of(request)
    say = gettext_of(language)
    return Template(
        "group/recognition.html",
        context={
            "filled": {name: filled.get(name, "") for name in FIELDS},
            "kinds": [(kind, say(text)) for kind, text in DOCUMENTS.items()],
            "key": uuid4().hex,
            "refused": refusal_shown(refused, language, _REFUSED) if refused else None,
        },
        status_code=_STATUS.get(refused.name, 422) if refused else 200,
        headers={"cache-control": "no-store"},
    )
