"""When a page cannot be shown: a page that says why, and what to do next."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import structlog
from litestar import Request
from litestar.exceptions import HTTPException
from litestar.response import Redirect, Response, Template
from msgspec import Struct, structs

from serai.cloud import told
from serai.core import DatabaseAway
from serai.flows import NotFounded
from serai.ledger import Fenced
from serai.web.entry import (
    NewPasswordNeeded,
    NoRights,
    ShareUsedUp,
    SignInNeeded,
    sign_in_address,
)
from serai.web.languages import N_, NN_, Language, gettext_of, translations
from serai.web.look import language_of, with_query
from serai.web.security import request_id

_log = structlog.get_logger()

TRY_AGAIN_SECONDS = 5


class Problem(Struct, frozen=True):
    """What is said of a kind of problem; `scene` is its drawing."""

    scene: str
    title: str
    says: str
    action: str = N_("To the overview")
    href: str = "/"


class NoSuch(HTTPException):
    """The address names a thing that does not exist."""

    status_code = 404

    def __init__(self, title: str, says: str = "", action: str = "", href: str = "") -> None:
        super().__init__(detail=title)
        self.problem = Problem(
            "lost",
            title,
            says or N_("It may have been there under another number."),
            action or N_("To the overview"),
            href or "/",
        )


Need = Literal["day", "choice", "number", "words"]
"""What a field holds: a day, one of several, a number, or free text."""


class Asked(Struct, frozen=True):
    """A field as its form shows it: its label, what it holds (text of at most `most` signs), and
    what was written into it."""

    label: str
    need: Need
    value: str = ""
    most: int = 0


class BadQuery(HTTPException):
    """A field of the address has a value that does not fit; without `asked` it is one that no
    form shows."""

    status_code = 400

    def __init__(self, field: str, asked: Asked | None = None, back: str = "") -> None:
        super().__init__(detail=f"{field} does not fit")
        self.field, self.asked, self.back = field, asked, back


NEEDS: Mapping[Need, str] = {
    "day": N_(
        "“{value}” is no day from 2000 to 2099. Choose one in the calendar, or write it as "
        "2026-12-31."
    ),
    "choice": N_("“{value}” is none of its choices. Choose one of those in the list."),
    "number": N_(
        "“{value}” is no number that anything has here. Choose from the list, or write digits "
        "alone."
    ),
    "words": N_("It takes {most} characters at most, on one line. Write less, or type it anew."),
}
LONGEST_SHOWN = 40


_PROBLEMS: dict[int, Problem] = {
    400: Problem(
        "error", N_("This address does not fit"), N_("A part of it has a value that is not known.")
    ),
    403: Problem(
        "closed",
        N_("This form has waited too long"),
        N_("Nothing was changed. Load the page again and send it once more."),
    ),
    404: Problem("lost", N_("No such page"), N_("The address leads nowhere.")),
    405: Problem(
        "lost", N_("Not this way"), N_("The address exists, but cannot be asked like this.")
    ),
    413: Problem("error", N_("Too much at once"), N_("What was sent is larger than is accepted.")),
    500: Problem(
        "error",
        N_("Something broke on our side"),
        N_("It has been noted under the number below. What was committed is safe."),
    ),
    503: Problem(
        "error",
        N_("The books cannot be reached at the moment"),
        N_("Nothing is lost. This page asks again every few seconds."),
    ),
}


NO_RIGHTS = Problem(
    "closed",
    N_("Nothing here is open to you yet"),
    N_("You are signed in, and hold no role. Ask whoever manages access in your house for one."),
    N_("Your account"),
    "/account",
)


def answer_problem(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The page for what went wrong; nothing of the program shows in it."""
    if isinstance(error, SignInNeeded):
        return _send_to(request, sign_in_address(request))
    if isinstance(error, NewPasswordNeeded):
        return _send_to(request, "/account")
    if isinstance(error, NotFounded):
        return Template("group/unfounded.html")
    status = _status(error)
    if status == 500:
        _log.error(
            "page_failed", request=request_id(request.scope), path=request.url.path, exc_info=error
        )
    say = gettext_of(language_of(request))
    problem = _problem(status, error)
    says = say(problem.says)
    if isinstance(error, BadQuery):
        problem = _bad_query(request, error, say)
        says = problem.says
    headers = {"cache-control": "no-store"}
    if isinstance(error, ShareUsedUp):
        says = _share_says(error, language_of(request))
        headers |= {**told(error.standings), "retry-after": str(error.over.wait_seconds)}
    if status == 503:
        headers |= {"retry-after": str(TRY_AGAIN_SECONDS), "refresh": str(TRY_AGAIN_SECONDS)}
    return Template(
        "problem.html",
        context={
            "problem": problem,
            "says": says,
            "number": request_id(request.scope),
            "bare": is_fragment(request),
        },
        status_code=status,
        headers=headers,
    )


def _bad_query(
    request: Request[Any, Any, Any], error: BadQuery, say: Callable[[str], str]
) -> Problem:
    """Which field it is, what is wrong with it, and the page without it; in the reader's words."""
    found = structs.replace(_PROBLEMS[400], says=say(_PROBLEMS[400].says))
    if error.asked is not None:
        asked = error.asked
        shown = "".join(letter for letter in asked.value if letter.isprintable())
        if len(shown) > LONGEST_SHOWN:
            shown = f"{shown[:LONGEST_SHOWN]}…"
        found = structs.replace(
            found,
            title=say(N_("“{field}” does not fit")).format(field=say(asked.label)),
            says=say(NEEDS[asked.need]).format(value=shown or "–", most=asked.most),
        )
    if error.back:
        return structs.replace(found, action=N_("Back"), href=error.back)
    if request.method != "GET":
        return found
    without: dict[str, str | None] = {error.field: None, "cursor": None}
    here = with_query(f"{request.url.path}?{request.url.query}", **without)
    return structs.replace(found, action=N_("Show it without that"), href=here)


def _share_says(error: ShareUsedUp, language: Language) -> str:
    """Which share is used up, and when there is something of it again."""
    over = error.over
    whole = (
        N_("All who work for one node of the group may take out {quota} files an hour together.")
        if over.policy.of_node
        else N_("One person may take out {quota} files an hour.")
    )
    words, forms = (
        translations(language),
        NN_("There is one again in {count} second.", "There is one again in {count} seconds."),
    )
    again = words.ngettext(*forms, over.wait_seconds).format(count=over.wait_seconds)
    return f"{words.gettext(whole).format(quota=over.policy.quota)} {again}"


def _send_to(request: Request[Any, Any, Any], address: str) -> Response[Any]:
    """The whole page goes there, also when only a part of it was asked for."""
    if is_fragment(request):
        return Response(b"", status_code=401, headers={"hx-redirect": address})
    if "text/event-stream" in request.headers.get("accept", ""):
        return Response(b"", status_code=401)
    return Redirect(address, status_code=303)


def is_fragment(request: Request[Any, Any, Any]) -> bool:
    """Whether a part of a page is asked for, to be put into one that is shown."""
    return request.headers.get("hx-request") == "true"


def _status(error: Exception) -> int:
    if isinstance(error, DatabaseAway | Fenced):
        return 503
    return error.status_code if isinstance(error, HTTPException) else 500


def _problem(status: int, error: Exception) -> Problem:
    if isinstance(error, NoSuch):
        return error.problem
    if isinstance(error, NoRights):
        return NO_RIGHTS
    if isinstance(error, ShareUsedUp):
        return Problem("closed", N_("Enough files for now"), "", N_("Back"), error.back)
    if status in _PROBLEMS:
        return _PROBLEMS[status]
    return _PROBLEMS[400 if status < 500 else 500]
