"""Register: somebody becomes known to the house."""

from typing import Literal

from msgspec import Struct

from serai.core import Refusal
from serai.customers import (
    Customer,
    Details,
    customer_number,
    customer_numbered,
    find_customers,
    seal_details,
)
from serai.flows.customer_details import veiled
from serai.flows.house import House
from serai.flows.recognition import home_of, introduced_at, introducing
from serai.flows.step import By, Draft, take
from serai.ledger import Event, Insert


class Person(Struct, frozen=True, kw_only=True):
    """Who is to be registered; without a `code` they get one.

    Codes are one on each node: what others call somebody is nothing to whoever registers.
    """

    kind: Literal["person", "company", "agent"]
    name: str
    code: str = ""
    country: str = ""
    details: Details = Details()


async def register(house: House, by: By, person: Person) -> Customer | Refusal:
    """Make somebody a customer, who may order, pay, or bring orders."""
    by = veiled(house, by, person)

    async def draft() -> Draft | Refusal:
        nodes = introduced_at(by.actor)
        registered_on = home_of(by.actor)
        code = person.code
        if code and (
            customer_numbered(code) is not None
            or await find_customers(house.database, [code], registered_on)
        ):
            return code_taken(code)
        id, *others = await house.ids.take(1 + len(nodes))
        customer = Customer(
            id=id,
            kind=person.kind,
            code=code or customer_number(id),
            name=person.name,
            country=person.country,
            registered_on=registered_on,
        )
        sealed = (seal_details(house.ring, id, person.details),) if person.details else ()
        moment = house.clock()
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=customer,
            inserts=(
                Insert("customers", (customer,)),
                *(Insert("personal_details", (one,)) for one in sealed),
                *introducing(others, nodes, id, "registered", moment),
            ),
            events=(Event(type="customer.registered"),),
        )

    return await take(house, by, "register", Customer, draft)


def code_taken(code: str) -> Refusal:
    """Numbers of the house are taken too, whether or not there is such a customer."""
    numbered = customer_numbered(code) is not None
    return Refusal(
        name="code_taken",
        says=f"{code} has the form of the house's own numbers."
        if numbered
        else f"{code} is the code of another customer.",
        advice="Choose another code, or leave it out.",
        field="code",
    )
