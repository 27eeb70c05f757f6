"""Who asks, under which key: what every write of the API begins with."""

import re
from typing import Annotated, Any, TypeVar, cast, get_args

from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.exceptions import NotFoundException
from litestar.handlers import BaseRouteHandler
from litestar.params import HeaderParameter
from litestar.types import Scope
from msgspec import structs

from serai.api.v1.bodies import ApiRequest, control_characters, has_control
from serai.api.v1.callers import origin_of, take_rows
from serai.api.v1.problems import RefusedRequest, no_such
from serai.cloud import Actor, Right
from serai.core import Refusal
from serai.flows import By, House
from serai.ledger import Books, Outcome, Proposal, Refused, Replayed
from serai.merchants import read_order

KEY = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
PRINTABLE = r"^[\x20-\x7e]{1,255}$"

Answer = TypeVar("Answer")

PROVIDERS = Actor("providers")
"""Payment providers: they sign what they say, and need no key."""

KEY_REQUIRED = Refusal(
    name="key_required",
    says=f"A write needs an {KEY} of 1 to 255 printable ASCII characters.",
    advice="Make a new one for each request, a UUID for example, and repeat it only to ask again.",
    field=KEY,
)


def actor_of(scope: Scope) -> Actor:
    """Whoever sent a request; the gate has let them in, or the route is open to providers."""
    actor: Actor = scope["state"].get("actor", PROVIDERS)
    return actor


def request_bytes(scope: Scope, body: bytes) -> bytes:
    """What a request is told apart by from others under the same key."""
    method, path = scope["method"], scope["path"]  # type: ignore[typeddict-item]  # as of HTTP
    return b"\n".join((method.encode(), path.encode(), body))


class Asked:
    """A write as it was asked for: the house to do it in, and by whom, under which key; `seen` is
    the house as they see it, which says what they may do it to."""

    def __init__(self, house: House, seen: House, by: By, scope: Scope) -> None:
        self._books = _NotedBooks(house.books, scope)
        self.seen = seen
        self.house = structs.replace(house, books=self._books)
        self.by = by

    @property
    def headers(self) -> dict[str, str]:
        """What the answer's headers say of a repeated request."""
        return {REPLAYED: "true"} if self._books.replayed else {}

    async def lines(self, order_id: int, named: tuple[int, ...] | None) -> frozenset[int] | None:
        """The lines of an order that are meant: those named, or all that the asker may touch;
        refuses what they do not see as what is not there."""
        return await seen_lines(self.seen, order_id, named)

    def settle(self, answer: Answer | Refusal) -> Answer:
        """The answer of a flow, unless it is a refusal: then the request ends."""
        if isinstance(answer, Refusal):
            raise RefusedRequest(answer, self.headers)
        return answer


async def seen_lines(
    seen: House, order_id: int, named: tuple[int, ...] | None
) -> frozenset[int] | None:
    """The lines of an order that are meant by whoever sees this much of the house: those named, or
    all (None where all are theirs)."""
    if seen.sight.everything:
        return None if named is None else frozenset(named)
    file = await read_order(seen.database, order_id)
    if file is None:
        raise RefusedRequest(no_such("order", "order_id"))
    lines = frozenset(line.id for line in file.lines)
    if named is not None and not lines.issuperset(named):
        raise RefusedRequest(no_such("line", "lines"))
    if named is not None:
        return frozenset(named)
    return None if file.order.customer_id in seen.sight.customers else lines


class _NotedBooks:
    """The books, with a note of whether their last answer was one given before; what goes in
    counts against the caller's share."""

    def __init__(self, books: Books, scope: Scope) -> None:
        self._books = books
        self._scope = scope
        self.replayed = False

    async def propose(self, proposal: Proposal) -> Outcome:
        rows = sum(len(insert.rows) for insert in proposal.inserts)
        take_rows(self._scope, len(proposal.chain) + rows)
        outcome = await self._books.propose(proposal)
        self.replayed = isinstance(outcome, Replayed) or (
            isinstance(outcome, Refused) and outcome.replayed
        )
        return outcome

    @property
    def position(self) -> int:
        return self._books.position

    async def beyond(self, position: int) -> int:
        return await self._books.beyond(position)


AskedHouse = NamedDependency[House]
AskedWrite = NamedDependency[Asked]


def house_of(state: State) -> House:
    """The house that this application serves."""
    house: House = state.house
    return house


async def house_seen(scope: Scope) -> House:
    """The house as whoever asks sees it, with the right that the route needs. What is on sale is
    public, and what has no actor is the platform's own."""
    house = house_of(cast(Any, scope)["litestar_app"].state)
    right: Right | None = cast(Any, scope)["route_handler"].opt.get("right")
    actor: Actor | None = scope["state"].get("actor")
    if actor is None or right is None or right == "catalogue.read":
        return house
    return await house.seen_by(actor, right)


async def seen_house(request: ApiRequest) -> House:
    """The house as whoever asks sees it."""
    return await house_seen(request.scope)


async def asked_by(
    request: ApiRequest,
    state: State,
    house: AskedHouse,
    idempotency_key: Annotated[
        str,
        HeaderParameter(
            name=KEY,
            description="Names this request: the same key with the same request gets the first "
            "answer again, and nothing is done twice.",
            pattern=PRINTABLE,
            min_length=1,
            max_length=255,
        ),
    ],
) -> Asked:
    """The write that a request asks for; another request under the same key is told apart."""
    said = request_bytes(request.scope, await request.body())
    by = By(actor_of(request.scope), idempotency_key, said, origin_of(request.scope))
    return Asked(house_of(state), house, by, request.scope)


# The two guards below are `async` for the framework alone: others it runs in threads.


async def needs_key(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Refuse a write without an idempotency key."""
    if not re.fullmatch(PRINTABLE, connection.headers.get(KEY, "")):
        raise RefusedRequest(KEY_REQUIRED)


async def check_parameters(
    connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
) -> None:
    """Refuse ids that are not written as numbers are, parameters that the handler does not know,
    and texts that nobody can read."""
    written = connection.scope["path"].split("/")
    for value in connection.path_params.values():
        if isinstance(value, int) and str(value) not in written:
            raise NotFoundException
    fields = handler.parsed_fn_signature.parameters.values()
    known = {getattr(field.kwarg_definition, "name", None) or field.name: field for field in fields}
    for name, value in connection.query_params.multi_items():
        if name not in known:
            raise RefusedRequest(
                Refusal(
                    name="parameter_unknown",
                    says=f"{name[:80]!r} is not a parameter of this request.",
                    advice="Leave it out, or check how it is spelled.",
                    field=name[:80],
                )
            )
        if has_control(value):
            raise RefusedRequest(control_characters("parameter_invalid", name))
        if value == "null" and str not in get_args(known[name].annotation):
            raise RefusedRequest(
                Refusal(
                    name="parameter_invalid",
                    says=f"{name} cannot be null.",
                    advice="Leave it out.",
                    field=name,
                )
            )


PLATFORMS_OWN = {"house": Provide(house_of, sync_to_thread=False)}
DEPENDENCIES = {
    "house": Provide(seen_house),
    "asked": Provide(asked_by),
}
