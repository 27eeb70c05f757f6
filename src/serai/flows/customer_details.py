"""Customers' personal details: changed, forgotten, found, and shown.

What a request says of them is in no answer and no event, and its digest is keyed: whoever has the
database alone cannot find a telephone number by trying them all.
"""

import msgspec
from msgspec import Struct

from serai.core import Refusal
from serai.customers import (
    Customer,
    Details,
    DetailsChange,
    Document,
    Email,
    Phone,
    SealedDetails,
    ShownDetails,
    find_by_detail,
    open_details,
    read_customers,
    read_details,
    seal_details,
    sealed_details,
    shown,
)
from serai.flows.house import House
from serai.flows.step import By, Draft, said_in_bytes, take
from serai.ledger import Change, Deed, Event, Insert, Proposal, Refused

TABLE = "personal_details"
MOST_FOUND = 50
_NOTHING = Details()


class DetailsKept(Struct, frozen=True):
    """The answer of a step: whose details are as they were asked to be."""

    customer_id: int


class DetailsShown(Struct, frozen=True):
    """The answer of a step: whose details somebody has seen."""

    customer_id: int


async def change_details(
    house: House, by: By, customer_id: int, change: DetailsChange
) -> DetailsKept | Refusal:
    """Write a customer's details down, or those that are to change."""
    by = veiled(house, by, change)

    async def draft() -> Draft | Refusal:
        if not await _is_known(house, customer_id):
            return _no_customer()
        kept = (await sealed_details(house.database, [customer_id])).get(customer_id)
        before = open_details(house.ring, kept) if kept else _NOTHING
        sealed = seal_details(house.ring, customer_id, before.after(change))
        moment = house.clock()
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=DetailsKept(customer_id),
            inserts=() if kept else (Insert(TABLE, (sealed,)),),
            changes=_rewritten(kept, sealed),
            events=(Event(type="customer.changed"),),
        )

    return await take(house, by, "change_details", DetailsKept, draft, of=customer_id)


async def forget_details(house: House, by: By, customer_id: int) -> DetailsKept | Refusal:
    """Empty all that is known of a customer besides the name; the row stays."""

    async def draft() -> Draft | Refusal:
        if not await _is_known(house, customer_id):
            return _no_customer()
        kept = (await sealed_details(house.database, [customer_id])).get(customer_id)
        moment = house.clock()
        empty = seal_details(house.ring, customer_id, _NOTHING)
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=DetailsKept(customer_id),
            changes=_rewritten(kept, empty),
            events=(Event(type="customer.forgotten"),),
        )

    return await take(house, by, "forget_details", DetailsKept, draft, of=customer_id)


async def find_customers_with(house: House, detail: Phone | Email | Document) -> list[Customer]:
    """The customers with exactly this telephone, e-mail or document, as far as the house sees."""
    return await find_by_detail(house.database, house.ring, detail, MOST_FOUND)


async def masked_details(house: House, customer_id: int) -> ShownDetails:
    """A customer's details as everybody sees them who sees the customer."""
    return shown(await read_details(house.database, house.ring, customer_id), masked=True)


async def show_details(
    house: House, by: By, customer_id: int, *, seen: House | None = None
) -> ShownDetails | Refusal:
    """Details to be shown in full to somebody who may see them, which is noted first.

    `seen` is the house as they see it.
    """
    database = (seen or house).database
    if customer_id not in await read_customers(database, [customer_id]):
        return _no_customer()
    noted = await _note_shown(house, by, customer_id)
    if isinstance(noted, Refusal):
        return noted
    return shown(await read_details(database, house.ring, customer_id), masked=False)


async def _note_shown(house: House, by: By, customer_id: int) -> DetailsShown | Refusal:
    """The one place where the audit trail is told that somebody saw details in full."""
    moment = house.clock()
    shown_to = Deed(
        actor=by.actor.name,
        actor_id=by.actor.id,
        operation="show_details",
        thing="customer",
        thing_id=customer_id,
        address=by.origin.address,
        request_id=by.origin.request_id,
    )
    answer = DetailsShown(customer_id)
    outcome = await house.books.propose(
        Proposal(
            key=by.for_step(shown_to.operation, customer_id),
            effective=moment,
            business_date=moment.date(),
            deeds=(shown_to,),
            answer=msgspec.json.encode(answer),
            keep_refusal=False,
        )
    )
    return outcome.refusal if isinstance(outcome, Refused) else answer


def veiled(house: House, by: By, said: Struct) -> By:
    """By whom a step is taken, told apart from others by a digest that shows nothing of what was
    `said`."""
    request = b"\x1f".join((by.request, said_in_bytes(said)))
    return msgspec.structs.replace(by, request=house.ring.digest(request))


def _rewritten(kept: SealedDetails | None, sealed: SealedDetails) -> tuple[Change, ...]:
    """The change of the row that is there, if there is one."""
    return (Change(TABLE, sealed.id, kept.version, sealed.values()),) if kept else ()


async def _is_known(house: House, customer_id: int) -> bool:
    return customer_id in await house.catalogue.customers((customer_id,))


def _no_customer() -> Refusal:
    return Refusal(
        name="customer_not_found",
        says="There is no such customer.",
        advice="Check the id, or register the customer first.",
        field="customer_id",
    )
