"""Customers: who orders, pays, or brings orders."""

from typing import Annotated, Literal

from litestar import Response, get, post
from litestar.openapi.spec import Example
from litestar.params import Body
from msgspec import Struct, convert

from serai.api.v1.asking import AskedHouse, AskedWrite, needs_key
from serai.api.v1.fields import Code, Country, Name, PathId
from serai.api.v1.problems import RefusedRequest, no_such
from serai.api.v1.statuses import READ_ONE, WRITE
from serai.customers import Customer, read_customers
from serai.flows import Person, register

TAGS = ["Customers"]
KindName = Literal["person", "company", "agent"]


class CustomerRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody to be registered. `code` is how you know them; without one they get one."""

    kind: KindName
    name: Name
    code: Code | None = None
    country: Country = ""


class CustomerAnswer(Struct, frozen=True, kw_only=True):
    """A person who orders, a company that pays, or an agent who brings orders."""

    id: int
    kind: KindName
    code: str
    name: str
    country: str


_EXAMPLE = Example(
    summary="A guest",
    value={"kind": "person", "name": "王敏 Wang Min", "country": "CN"},
)


@post(
    "/customers",
    operation_id="registerCustomer",
    summary="Register a customer",
    response_description="The customer is registered.",
    tags=TAGS,
    guards=[needs_key],
    responses=WRITE,
    opt={"right": "customers.write"},
)
async def register_customer(
    data: Annotated[CustomerRequest, Body(examples=[_EXAMPLE])], asked: AskedWrite
) -> Response[CustomerAnswer]:
    """Make a person, a company or an agent known to the house."""
    person = Person(kind=data.kind, name=data.name, code=data.code or "", country=data.country)
    customer = asked.settle(await register(asked.house, asked.by, person))
    headers = {"Location": f"/v1/customers/{customer.id}", **asked.headers}
    return Response(customer_answer(customer), headers=headers)


@get(
    "/customers/{customer_id:int}",
    operation_id="getCustomer",
    summary="Get a customer",
    response_description="The customer.",
    tags=TAGS,
    responses=READ_ONE,
    opt={"right": "customers.read"},
)
async def get_customer(house: AskedHouse, customer_id: PathId) -> CustomerAnswer:
    """One customer."""
    found = await read_customers(house.database, [customer_id])
    if customer_id not in found:
        raise RefusedRequest(no_such("customer", "customer_id"))
    return customer_answer(found[customer_id])


def customer_answer(customer: Customer) -> CustomerAnswer:
    """A customer as they are told."""
    return convert(customer, CustomerAnswer, from_attributes=True)
