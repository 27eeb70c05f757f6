"""The gate of the API: who is let in, with what, and how often."""

import base64
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from serai.cloud import Policy, Share, Shares
from serai.core import Database
from serai.flows import By, House, IssuedKey, end_program, note_uses, rotate_key
from tests.api.keys import OPERATOR, admitted
from tests.api.program import PROBLEM, Program, line
from tests.flows.clock import SetClock
from tests.worlds import DUCK, WANG

KEYS_ROWS = "SELECT string_agg(k::text || convert_from(k.answer, 'UTF8'), ' ') FROM keys AS k"
PROGRAM_ROWS = "SELECT string_agg(p::text, ' ') FROM program_keys AS p"
LAST_USED = "SELECT last_used_at FROM program_keys WHERE id = %(id)s"
OPEN = {
    "/health",
    "/health/live",
    "/health/ready",
    "/problems/{name}",
    "/v1/payments/{payment_id}/answer",
}


@pytest_asyncio.fixture
async def stranger(application: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without a key."""
    transport = httpx.ASGITransport(application)  # type: ignore[arg-type]  # litestar's own types
    async with httpx.AsyncClient(transport=transport, base_url="http://house") as client:
        yield client


async def ask(
    client: httpx.AsyncClient, shown: str | None, path: str = "/v1/stores"
) -> httpx.Response:
    headers = {} if shown is None else {"Authorization": shown}
    return await client.get(path, headers=headers)


def bearer(issued: IssuedKey) -> str:
    return f"Bearer {issued.written.reveal()}"


async def test_a_key_lets_in_and_tells_what_is_left(
    house: House, stranger: httpx.AsyncClient
) -> None:
    issued = await admitted(house, "shop", "catalogue", requests_a_minute=60)
    answer = await ask(stranger, bearer(issued))
    assert answer.status_code == 200
    assert answer.headers["ratelimit-policy"] == '"requests";q=10;w=10'
    assert answer.headers["ratelimit"] == '"requests";r=9;t=1'


async def test_whoever_shows_nothing_good_hears_the_same(
    house: House, stranger: httpx.AsyncClient, clock: SetClock
) -> None:
    good = (await admitted(house, "shop", "all", life=timedelta(hours=1))).written.reveal()
    ended = await admitted(house, "gone", "all")
    await end_program(house, By(OPERATOR, "end"), "gone")
    unknown = f"serai_99_{good.rsplit('_', 1)[1]}"
    other = good[:-1] + ("A" if good[-1] != "A" else "B")
    wrong = [
        unknown,
        other,
        good[:-1],
        bearer(ended)[7:],
        "serai_1_x",
        "x",
        "eyJhbGciOiJub25lIn0.e30.",
    ]
    answers = [await ask(stranger, f"Bearer {one}") for one in wrong]
    assert (await ask(stranger, f"Bearer {good}")).status_code == 200
    clock.forward(hours=2)
    answers.append(await ask(stranger, f"Bearer {good}"))
    assert {(one.status_code, one.content) for one in answers} == {(401, answers[0].content)}
    assert answers[0].json()["refusal"] == "credentials_wrong"
    assert 'error="invalid_token"' in answers[0].headers["www-authenticate"]


@pytest.mark.parametrize("shown", [None, "", "Basic c2VyYWk6c2VyYWk=", "serai_1_abc", "bearer"])
async def test_without_a_key_nobody_is_let_in(
    stranger: httpx.AsyncClient, shown: str | None
) -> None:
    answer = await ask(stranger, shown)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == PROBLEM
    assert answer.headers["www-authenticate"] == 'Bearer realm="serai"'


async def test_every_route_of_the_document_asks_for_a_key_and_a_scope(
    house: House, program: Program, stranger: httpx.AsyncClient
) -> None:
    weak = bearer(await admitted(house, "weak", "platform"))
    document = await program.get("/docs/openapi.json")
    tried = 0
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if path in OPEN:
                assert operation["security"] == [{}]
                continue
            where = re.sub(r"\{\w+\}", "1", path)
            answer = await stranger.request(method, where)
            assert (answer.status_code, answer.json()["refusal"]) == (401, "credentials_required")
            answer = await stranger.request(method, where, headers={"Authorization": weak})
            assert (answer.status_code, answer.json()["refusal"]) == (403, "scope_missing"), where
            tried += 1
    assert tried >= 15


async def test_a_key_may_do_what_its_scopes_say(
    house: House, program: Program, stranger: httpx.AsyncClient
) -> None:
    reader = {"Authorization": bearer(await admitted(house, "reader", "orders.read"))}
    order = await program.order(line(DUCK))
    assert (await stranger.get(f"/v1/orders/{order}", headers=reader)).status_code == 200
    body = {"customer_id": WANG, "lines": [line(DUCK)]}
    wish = reader | {"Idempotency-Key": "a"}
    await program.refused(
        await stranger.post("/v1/orders", json=body, headers=wish), 403, "scope_missing"
    )
    assert len((await program.get("/v1/orders"))["items"]) == 1


async def test_a_key_is_changed_without_an_outage(
    house: House, stranger: httpx.AsyncClient, clock: SetClock
) -> None:
    old = await admitted(house, "shop", "catalogue")
    new = await rotate_key(house, By(OPERATOR, "r"), "shop", overlap=timedelta(hours=1))
    assert isinstance(new, IssuedKey)
    assert [(await ask(stranger, bearer(one))).status_code for one in (old, new)] == [200, 200]
    clock.forward(hours=1)
    assert [(await ask(stranger, bearer(one))).status_code for one in (old, new)] == [401, 200]


async def test_a_key_is_kept_as_a_hash_and_shown_once(house: House, database: Database) -> None:
    issued = await admitted(house, "shop", "catalogue")
    kept = await database.value(KEYS_ROWS) + await database.value(PROGRAM_ROWS)
    assert issued.written.secret not in kept
    assert issued.written.secret not in repr(issued)
    assert str(issued.made.program_id) in kept


async def test_when_a_key_was_last_used_is_written_down(
    house: House, database: Database, stranger: httpx.AsyncClient, clock: SetClock
) -> None:
    issued = await admitted(house, "shop", "catalogue")
    await note_uses(house)
    assert await database.value(LAST_USED, id=issued.written.id) is None
    for _ in range(2):
        await ask(stranger, bearer(issued))
        await note_uses(house)
        assert await database.value(LAST_USED, id=issued.written.id) == clock()
        clock.forward(hours=1)


async def test_a_share_that_is_used_up_is_told_with_the_time_to_wait(
    house: House, stranger: httpx.AsyncClient
) -> None:
    issued = await admitted(house, "greedy", "catalogue", requests_a_minute=12)
    answers = [await ask(stranger, bearer(issued)) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    last = answers[-1]
    assert last.json()["refusal"] == "rate_limited"
    assert 1 <= int(last.headers["retry-after"]) <= 5
    assert last.headers["ratelimit"].startswith('"requests";r=0;t=')
    other = await admitted(house, "modest", "catalogue", requests_a_minute=12)
    assert (await ask(stranger, bearer(other))).status_code == 200


def test_a_share_fills_evenly_and_never_beyond_the_whole() -> None:
    now = [0.0]
    shares, policy = Shares(lambda: now[0]), Policy("requests", 60, 60)
    assert shares.take(policy, 1, 60).wait_seconds == 0
    assert shares.take(policy, 1).wait_seconds == 1
    now[0] = 10.0
    standing = shares.take(policy, 1, 4)
    assert (standing.left, standing.whole_in_seconds, standing.wait_seconds) == (6, 54, 0)
    assert shares.take(policy, 1, 7).wait_seconds == 1
    assert shares.take(policy, 2, 60).wait_seconds == 0
    now[0] = 1e6
    assert shares.take(policy, 1, 0).left == 60


def test_of_several_shares_something_is_taken_of_each_or_of_none() -> None:
    shares, small, large = Shares(lambda: 0.0), Policy("small", 2, 60), Policy("large", 9, 60)
    both = [Share(small, 1), Share(large, 1)]
    assert [one.left for one in shares.take_each(both, 2)] == [0, 7]
    refused = shares.take_each(both)
    assert [(one.left, one.wait_seconds) for one in refused] == [(0, 30), (7, 0)]
    assert shares.take(large, 1, 7).left == 0


class Tokens:
    """What a program asks the token endpoint for."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def ask(self, name: str, secret: str, **form: str) -> httpx.Response:
        fields = {"grant_type": "client_credentials", **form}
        return await self.client.post("/oauth/token", data=fields, auth=(name, secret))


@pytest.fixture
def tokens(stranger: httpx.AsyncClient) -> Tokens:
    return Tokens(stranger)


async def test_a_key_is_given_a_token_for_an_hour(
    house: House, tokens: Tokens, clock: SetClock
) -> None:
    issued = await admitted(house, "site", "orders", "catalogue")
    answer = await tokens.ask("site", issued.written.reveal(), scope="catalogue.read")
    said = answer.json()
    assert (answer.status_code, said["token_type"], said["expires_in"]) == (200, "Bearer", 3600)
    assert said["scope"] == "catalogue.read"
    assert answer.headers["cache-control"] == "no-store"
    shown = f"Bearer {said['access_token']}"
    assert (await ask(tokens.client, shown)).status_code == 200
    assert (await ask(tokens.client, shown, "/v1/orders")).status_code == 403
    clock.forward(hours=1)
    assert (await ask(tokens.client, shown)).status_code == 401


async def test_the_secret_may_be_in_the_form(house: House, tokens: Tokens) -> None:
    issued = await admitted(house, "site", "catalogue")
    form = {
        "grant_type": "client_credentials",
        "client_id": "site",
        "client_secret": issued.written.reveal(),
    }
    answer = await tokens.client.post("/oauth/token", data=form)
    assert answer.json()["scope"] == "catalogue.read"


async def test_a_token_ends_with_its_key(house: House, tokens: Tokens) -> None:
    issued = await admitted(house, "site", "catalogue")
    said = (await tokens.ask("site", issued.written.reveal())).json()
    await end_program(house, By(OPERATOR, "end"), "site")
    assert (await ask(tokens.client, f"Bearer {said['access_token']}")).status_code == 401


async def test_tokens_that_are_not_ours_open_nothing(house: House, tokens: Tokens) -> None:
    issued = await admitted(house, "site", "catalogue")
    token = (await tokens.ask("site", issued.written.reveal())).json()["access_token"]
    head, claims, signature = token.split(".")
    told = json.loads(base64.urlsafe_b64decode(claims + "=="))
    more = encoded({**told, "scope": "orders.write", "exp": told["exp"] + 9_999})
    forged = [
        f"{encoded({'alg': 'none'})}.{claims}.",
        f"{encoded({'alg': 'none', 'typ': 'at+jwt'})}.{more}.{signature}",
        f"{head}.{more}.{signature}",
        f"{head}.{claims}.{signature[:-2]}",
        f"{head}.{claims}",
        "..",
    ]
    for one in forged:
        assert (await ask(tokens.client, f"Bearer {one}")).status_code == 401, one
    assert (await ask(tokens.client, f"Bearer {token}")).status_code == 200


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": "orders.write"}, 400, "invalid_scope"),
        ({"scope": "everything"}, 400, "invalid_scope"),
    ],
)
async def test_what_is_wrong_with_a_wish_for_a_token(
    house: House, tokens: Tokens, form: dict[str, str], status: int, error: str
) -> None:
    issued = await admitted(house, "site", "catalogue")
    answer = await tokens.ask("site", issued.written.reveal(), **form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


async def test_a_client_that_is_unknown_hears_what_one_with_a_wrong_secret_hears(
    house: House, tokens: Tokens
) -> None:
    secret = (await admitted(house, "site", "catalogue")).written.reveal()
    other = (await admitted(house, "other", "catalogue")).written.reveal()
    tries = [("nobody", secret), ("site", other), ("site", "x"), ("", ""), ("site", secret[:-1])]
    answers = [await tokens.ask(*one) for one in tries]
    assert {(one.status_code, one.content) for one in answers} == {(401, answers[0].content)}
    assert answers[0].json()["error"] == "invalid_client"
    broken = await tokens.client.post(
        "/oauth/token",
        data={"grant_type": "client_credentials"},
        headers={"Authorization": "Basic %%%"},
    )
    assert (broken.status_code, broken.content) == (401, answers[0].content)


def encoded(value: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
