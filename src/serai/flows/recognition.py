"""Recognition: a customer whom a desk does not see yet shows who they are.

Whoever is nobody's guest there is known by an id that anybody can count up to; so the desk says a
telephone, an e-mail or a document of theirs as well. Each try is noted before anything is compared,
and the others are counted after that, so that many at once are not each the first.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from msgspec import Struct

from serai.cloud import PLATFORM, Actor, Node
from serai.core import Refusal
from serai.customers import (
    Document,
    Email,
    IntroducedAs,
    Phone,
    Recognition,
    are_theirs,
    introduced_on,
    introductions,
    sealed_details,
    tries_in_vain,
)
from serai.flows.customer_details import veiled
from serai.flows.deeds import Thing, note_attempt
from serai.flows.house import House
from serai.flows.refusals import unknown
from serai.flows.step import By, Draft, take
from serai.ledger import Change, Event, Insert

WINDOW = timedelta(hours=1)
MOST_IN_VAIN = 30
"""So often a program or a person may be wrong within it."""
MOST_OF_NODE = 100
"""And all of a node together."""
DEED = "recognise_customer"

TOO_MANY = Refusal(
    name="too_many_tries",
    says="Too many tries in vain from here.",
    advice="Try again in an hour, or register the customer anew.",
)

_log = structlog.get_logger()


class Recognised(Struct, frozen=True):
    """The answer of a step: who has shown who they are."""

    customer_id: int


class _Tried(Struct, frozen=True):
    id: int


async def recognise(
    house: House, by: By, customer_id: int, detail: Phone | Email | Document
) -> Recognised | Refusal:
    """Make a customer known where the asker writes customers, if this detail is theirs; one that is
    not, of somebody or of nobody, is refused as what is not there."""
    by = veiled(house, by, detail)
    tried = await _try(house, by, customer_id)
    if isinstance(tried, Refusal):
        return tried

    async def draft() -> Draft | Refusal:
        sealed = await sealed_details(house.database, [customer_id])
        if not are_theirs(house.ring, sealed.get(customer_id), detail):
            return unknown("customer", "customer_id")
        known = await introduced_on(house.database, customer_id)
        nodes = [node for node in introduced_at(by.actor) if node.id not in known]
        moment = house.clock()
        ids = list(await house.ids.take(len(nodes)))
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=Recognised(customer_id),
            inserts=introducing(ids, nodes, customer_id, "recognised", moment),
            changes=(Change("recognitions", tried.id, 1, {"passed": True}),),
            events=(Event(type="customer.recognised"),),
        )

    answer = await take(house, by, DEED, Recognised, draft, of=customer_id)
    if isinstance(answer, Refusal):
        thing = Thing("customer", customer_id)
        await note_attempt(house, by.actor, by.origin, DEED, answer, thing)
    return answer


def introduced_at(actor: Actor) -> list[Node]:
    """Where a customer is introduced by what an actor does: nowhere by whoever sees all of them."""
    if actor.holdings is None:
        return []
    nodes = dict.fromkeys(actor.nodes("customers.write"))
    if any(node.level == "group" for node in nodes):
        return []
    return [node for node in nodes if node.level != "customer"]


def home_of(actor: Actor) -> int:
    """The first of the nodes on which an actor introduces customers; 0: the group."""
    return min((node.id for node in introduced_at(actor)), default=0)


def introducing(
    ids: Sequence[int], nodes: Sequence[Node], customer_id: int, why: IntroducedAs, at: datetime
) -> tuple[Insert, ...]:
    """The rows that introduce a customer on nodes."""
    rows = introductions(ids, nodes, customer_id, why, at)
    return (Insert("introductions", rows),) if rows else ()


async def _try(house: House, by: By, customer_id: int) -> _Tried | Refusal:
    """Note a try, unless there were too many in vain. The same request is one try, and another one
    under its key is refused before anything is compared."""
    now = house.clock()
    node_id = home_of(by.actor)
    if await _are_too_many(house, by, node_id, now):
        return TOO_MANY

    async def draft() -> Draft | Refusal:
        row = Recognition(
            id=next(await house.ids.take(1)),
            customer_id=customer_id,
            actor=by.actor.name,
            node_id=node_id,
            at=now,
        )
        return Draft(
            effective=now,
            business_date=now.date(),
            answer=_Tried(row.id),
            inserts=(Insert("recognitions", (row,)),),
        )

    own = By(PLATFORM, f"recognition:{by.actor.name}:{by.key}", by.request)
    tried = await take(house, own, "try_recognition", _Tried, draft, of=customer_id)
    if isinstance(tried, _Tried) and await _are_too_many(house, by, node_id, now, tried.id):
        return TOO_MANY
    return tried


async def _are_too_many(house: House, by: By, node_id: int, now: datetime, own: int = 0) -> bool:
    found = await tries_in_vain(house.database, by.actor.name, node_id, now - WINDOW, own)
    if found.of_actor < MOST_IN_VAIN and (node_id == 0 or found.of_node < MOST_OF_NODE):
        return False
    _log.warning("recognition_waits", actor=by.actor.name, address=by.origin.address,
                 request=by.origin.request_id)  # fmt: skip
    return True
