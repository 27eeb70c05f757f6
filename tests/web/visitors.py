"""Somebody who is signed in, for tests of pages: by the flow that opens every session.

Only the password is left out, which takes a tenth of a second: its own tests type it.
"""

from collections.abc import AsyncGenerator
from itertools import count

import httpx

from serai.cloud import Grant, Origin, Person
from serai.core import Refusal
from serai.flows import House, RoleOn, Visit, begin_attempt, enter, open_session
from tests.people import by_platform, role_on

EVERYTHING = (role_on("group_controller"), role_on("group_it"))
HERE = Visit(Origin("127.0.0.1", "test"))
_numbers = count(1)


async def come_in(house: House, *roles: RoleOn, name: str = "", display_name: str = "") -> Person:
    """Somebody new who holds these roles."""
    name = name or f"visitor{next(_numbers)}"
    ids = await house.ids.take(1 + len(roles))
    now = house.clock()
    person = Person(
        id=next(ids), name=name, display_name=display_name or name.title(), created_at=now
    )
    grants = tuple(
        Grant(
            id=id,
            holder_id=person.id,
            role=one.role,
            level=one.node.level,
            node_id=one.node.id,
            granted_at=now,
        )
        for id, one in zip(ids, roles, strict=True)
    )
    entered = await enter(house, by_platform(), (person, *grants))
    assert not isinstance(entered, Refusal), entered
    return person


async def token_for(house: House, person: Person) -> str:
    """The token of a session of theirs."""
    attempt = await begin_attempt(house, HERE, person.name, person.id)
    assert not isinstance(attempt, Refusal), attempt
    opened = await open_session(house, HERE, person, attempt)
    assert not isinstance(opened, Refusal), opened
    return opened.token


class Visitor(httpx.Auth):
    """Whoever is at the browser: they sign in again when their session has ended, for the clock of
    the tests goes on by weeks."""

    def __init__(self, house: House, person: Person) -> None:
        self._house, self._person = house, person
        self._token = ""

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        others = request.headers.get("cookie", "")
        for _ in range(2):
            self._token = self._token or await token_for(self._house, self._person)
            request.headers["cookie"] = f"serai_session={self._token}; {others}".rstrip("; ")
            answer = yield request
            if not answer.headers.get("location", "").startswith("/sign-in"):
                return
            self._token = ""


async def sign_in_as(
    pages: httpx.AsyncClient, house: House, *roles: RoleOn, name: str = "", display_name: str = ""
) -> Person:
    """Let a browser without a window be somebody who holds these roles."""
    person = await come_in(house, *roles, name=name, display_name=display_name)
    pages.auth = Visitor(house, person)
    return person
