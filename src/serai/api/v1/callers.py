"""Who calls: programs show a key or a token, and may do what their scopes say.

A route says which right it needs (`opt={"right": "orders.read"}`), or that it is open to all
(`opt={"open": True}`); one that says neither answers nobody.
"""

import asyncio
from typing import Any, cast

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from serai.api.tokens import read_token
from serai.api.v1.problems import RefusedRequest
from serai.cloud import (
    Actor,
    Caller,
    Origin,
    Right,
    Standing,
    longest_wait,
    read_key,
    requests_of,
    rows_of,
    told,
    used_up,
)
from serai.core import Refusal
from serai.flows import Attempts, House, Thing, take_export

PAUSE_SECONDS = 0.25
"""Whoever takes too much is told so after a pause: to be turned away costs time too, and those who
ask again at once would take it from the others."""
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="serai"'}
WRONG_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="serai", error="invalid_token"'}
NOT_THERE = 404
NOBODY = Actor("nobody", holdings=())
_AUTHORIZATION = b"authorization"
_SCHEME = "bearer "

REQUIRED = Refusal(
    name="credentials_required",
    says="A request to the API shows a key: `Authorization: Bearer serai_...`.",
    advice="Make one with `serai key create --name NAME --scope SCOPE`.",
    field="Authorization",
)
WRONG = Refusal(
    name="credentials_wrong",
    says="This key or token opens nothing: it is unknown, has run out, or was ended.",
    advice="Ask for another with `serai key rotate NAME`, or for another token.",
    field="Authorization",
)


def gate(app: ASGIApp) -> ASGIApp:
    """Let in who may come in, and count what they take."""

    async def enter(scope: Scope, receive: Receive, send: Send) -> None:
        opt = cast(Any, scope)["route_handler"].opt
        if opt.get("open"):
            await app(scope, receive, send)
            return
        caller, actor = await _recognise(scope)
        right: Right | None = opt.get("right")
        if right is None or not actor.may(right):
            _attempts(scope).note(actor, origin_of(scope), _no_scope(right), Thing(_route(scope)))
            raise RefusedRequest(_no_scope(right))
        house, export = _house(scope), opt.get("export")
        standings = house.shares.take_each(requests_of(caller.program))
        if export and not longest_wait(standings):
            standings += take_export(house, actor, right)
        if longest_wait(standings):
            await asyncio.sleep(PAUSE_SECONDS)
            _check(standings)
        state = scope.setdefault("state", {})
        state["actor"], state["caller"] = actor, caller
        house.uses.note(caller.key.id, house.clock())
        worn = [(name.lower().encode(), value.encode()) for name, value in told(standings).items()]

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *worn]
                if message["status"] == NOT_THERE:
                    _attempts(scope).note_missing(
                        actor, origin_of(scope), right, _route(scope), scope["path_params"]
                    )
            await send(message)

        async with house.shares.turn(caller.program):
            await app(scope, receive, tell)

    return enter


def origin_of(scope: Scope) -> Origin:
    """Where a request comes from."""
    client = scope.get("client")
    return Origin(client[0] if client else "", scope["state"].get("request_id", ""))


def take_rows(scope: Scope, rows: int) -> None:
    """Count rows that the caller is about to store; raises when their share is used up."""
    caller: Caller | None = scope["state"].get("caller")
    if caller is not None and rows:
        _check(_house(scope).shares.take_each(rows_of(caller.program), rows))


async def _recognise(scope: Scope) -> tuple[Caller, Actor]:
    """Who shows which key or token; raises for one that opens nothing, always the same."""
    shown = [value for name, value in scope["headers"] if name == _AUTHORIZATION]
    if len(shown) != 1:
        raise RefusedRequest(REQUIRED, CHALLENGE)
    text = shown[0].decode("latin-1")
    if text[: len(_SCHEME)].lower() != _SCHEME:
        raise RefusedRequest(REQUIRED, CHALLENGE)
    house, text = _house(scope), text[len(_SCHEME) :].strip()
    written = read_key(text)
    if written is not None:
        caller = (await house.catalogue.callers((written.id,))).get(written.id)
        if caller and written.opens(caller.key) and caller.is_good(house.clock()):
            return caller, caller.program.actor()
        if caller:  # under the number of a key that there is
            program = Thing("program", caller.program.id)
            _attempts(scope).note(NOBODY, origin_of(scope), WRONG, program)
    else:
        token = read_token(text, _app_state(scope)["token_secret"], house.clock())
        if token is not None:
            caller = (await house.catalogue.callers((token.key_id,))).get(token.key_id)
            if caller and caller.is_good(house.clock()):
                return caller, caller.program.actor(token.scopes)
    raise RefusedRequest(WRONG, WRONG_CHALLENGE)


def _check(standings: list[Standing]) -> None:
    over = longest_wait(standings)
    if over is not None:
        again = {"Retry-After": str(over.wait_seconds)}
        raise RefusedRequest(used_up(over), {**told(standings), **again})


def _no_scope(right: Right | None) -> Refusal:
    return Refusal(
        name="scope_missing",
        says=f"This key lacks the scope {right}." if right else "No scope opens this.",
        advice="Ask for a key with that scope." if right else "The documentation is at /docs.",
        field="Authorization",
    )


def _house(scope: Scope) -> House:
    return cast(House, _app_state(scope)["house"])


def _attempts(scope: Scope) -> Attempts:
    return cast(Attempts, _app_state(scope)["attempts"])


def _route(scope: Scope) -> str:
    """The template of the path that was asked for."""
    return str(scope.get("path_template", ""))


def _app_state(scope: Scope) -> Any:
    return cast(Any, scope)["litestar_app"].state
