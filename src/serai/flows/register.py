"""Register: somebody becomes known to the house."""

from typing import Literal

from msgspec import Struct

from serai.core import Refusal
from serai.customers import Customer, Details, find_customers, seal_details
from serai.flows.customer_details import veiled
from serai.flows.house import House
from serai.flows.recognition import introduced_at, introducing
from serai.flows.step import By, Draft, take
from serai.ledger import Event, Insert


class Person(Struct, frozen=True, kw_only=True):
    """Who is to be registered; without a `code` they get one."""

    kind: Literal["person", "company", "agent"]
    name: str
    code: str = ""
    country: str = ""
    details: Details = Details()


async def register(house: House, by: By, person: Person) -> Customer | Refusal:
    """Make somebody a customer, who may order, pay, or bring orders."""
    by = veiled(house, by, person)

    async def draft() -> Draft | Refusal:
        if person.code and await find_customers(house.database, [person.code]):
            return Refusal(
                name="code_taken",
                says=f"{person.code} is the code of another customer.",
                advice="Choose another code, or leave it out.",
                field="code",
            )
        nodes = introduced_at(by.actor)
        id, *others = await house.ids.take(1 + len(nodes))
        customer = Customer(
            id=id,
            kind=person.kind,
            code=person.code or f"C{id:09d}",
            name=person.name,
            country=person.country,
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
