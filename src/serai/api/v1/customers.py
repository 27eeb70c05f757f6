"""Customers: who orders, pays, or brings orders."""

import secrets
from typing import Annotated, Literal

from litestar import Response, get, patch, post
from litestar.openapi.spec import Example
from litestar.params import Body
from msgspec import UNSET, Meta, Struct, UnsetType

from serai.api.v1.asking import (
    AskedHouse,
    AskedWrite,
    actor_of,
    house_of,
    needs_key,
)
from serai.api.v1.bodies import ApiRequest
from serai.api.v1.callers import origin_of
from serai.api.v1.customer_details import (
    DetailsRequest,
    DocumentAnswer,
    DocumentRequest,
    EmailText,
    PhoneText,
    details_of,
    document_answer,
    settled,
)
from serai.api.v1.fields import Code, Country, Name, PathId
from serai.api.v1.problems import RefusedRequest, no_such
from serai.api.v1.statuses import READ_ONE, WRITE, WRITE_ONE
from serai.core import Refusal
from serai.customers import (
    Customer,
    DetailsChange,
    Document,
    Email,
    Phone,
    ShownDetails,
    read_customers,
    read_document,
    read_email,
    read_phone,
)
from serai.flows import (
    By,
    House,
    Person,
    as_told,
    change_details,
    find_customers_with,
    forget_details,
    masked_details,
    recognise,
    register,
    show_details,
)

TAGS = ["Customers"]
KindName = Literal["person", "company", "agent"]


class CustomerRequest(DetailsRequest, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody to be registered. `code` is how you call them, and one at the home of your key: what
    others call somebody is nothing to you. Without one they get one."""

    kind: KindName
    name: Name
    code: Code | None = None
    country: Country = ""
    phone: PhoneText | None = None
    email: EmailText | None = None
    document: DocumentRequest | None = None


class CustomerChangeRequest(DetailsRequest, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to change: another value, `null` to forget the one there is, or left out."""

    phone: PhoneText | UnsetType | None = UNSET
    email: EmailText | UnsetType | None = UNSET
    document: DocumentRequest | UnsetType | None = UNSET


class CustomerSearchRequest(DetailsRequest, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the customers are found by: exactly one of these, whole."""

    phone: PhoneText | None = None
    email: EmailText | None = None
    document: DocumentRequest | None = None


class RecognitionRequest(DetailsRequest, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody shows to be known by: exactly one of these, whole."""

    phone: PhoneText | None = None
    email: EmailText | None = None
    document: DocumentRequest | None = None


class CustomerAnswer(Struct, frozen=True, kw_only=True):
    """A person who orders, a company that pays, or an agent who brings orders. What is known of
    them besides the name is empty where nothing is, and `masked` unless it is told in full."""

    id: int
    kind: KindName
    code: str
    name: str
    country: str
    phone: str
    email: str
    document: DocumentAnswer | None
    masked: bool

    def __repr__(self) -> str:
        return f"CustomerAnswer(id={self.id})"


class CustomerPage(Struct, frozen=True):
    """Customers that were found; `next` is null, for there is one page."""

    items: Annotated[tuple[CustomerAnswer, ...], Meta(max_length=50)]
    next: str | None = None


# The telephone is of a range that is kept for films (see the demo's).
_EXAMPLE = Example(
    summary="A guest",
    value={
        "kind": "person",
        "name": "王敏 Wang Min",
        "country": "CN",
        "phone": "+33 6 39 98 01 23",
        "email": "wang.min@example.com",
        "document": {"kind": "passport", "country": "CN", "number": "E00000000"},
    },
)
_CHANGE = Example(
    summary="Another telephone, and no e-mail any more",
    value={"phone": "+33 6 39 98 04 56", "email": None},
)
_SEARCH = Example(summary="By telephone", value={"phone": "+33 6 39 98 01 23"})


@post(
    "/customers",
    operation_id="registerCustomer",
    summary="Register a customer",
    response_description="The customer is registered; their details are masked.",
    tags=TAGS,
    guards=[needs_key],
    responses=WRITE,
    opt={"right": "customers.write"},
)
async def register_customer(
    data: Annotated[CustomerRequest, Body(examples=[_EXAMPLE])], asked: AskedWrite
) -> Response[CustomerAnswer]:
    """Make a person, a company or an agent known to the house. A key of a part of the group sees
    whom it has registered. That somebody is known elsewhere by the same telephone is not told: they
    are registered all the same."""
    person = Person(
        kind=data.kind,
        name=data.name,
        code=data.code or "",
        country=data.country,
        details=details_of(data.phone, data.email, data.document, data.country),
    )
    customer = asked.settle(await register(asked.house, asked.by, person))
    headers = {"Location": f"/v1/customers/{customer.id}", **asked.headers}
    return Response(await _masked(asked.house, customer), headers=headers)


@post(
    "/customers/search",
    operation_id="searchCustomers",
    summary="Find customers by telephone, e-mail or document",
    response_description="The customers with exactly this; their details are masked.",
    tags=TAGS,
    status_code=200,
    responses=WRITE,
    opt={"right": "customers.personal"},
)
async def search_customers(
    data: Annotated[CustomerSearchRequest, Body(examples=[_SEARCH])], house: AskedHouse
) -> CustomerPage:
    """Find who has exactly this telephone, e-mail or document. What is searched for stands in the
    body, since addresses end in logs; and it takes the scope `customers.personal`, since whoever
    may try all numbers has no need of masks to be lifted."""
    found = await find_customers_with(house, _one_detail(data))
    return CustomerPage(tuple([await _masked(house, await as_told(house, one)) for one in found]))


@get(
    "/customers/{customer_id:int}",
    operation_id="getCustomer",
    summary="Get a customer",
    response_description="The customer.",
    tags=TAGS,
    responses=READ_ONE,
    opt={"right": "customers.read"},
)
async def get_customer(
    request: ApiRequest, house: AskedHouse, customer_id: PathId
) -> CustomerAnswer:
    """One customer. With the scope `customers.personal` telephone, e-mail and document are told in
    full, and that they were is noted; otherwise they are masked."""
    customer = await _find(house, customer_id)
    actor = actor_of(request.scope)
    if actor.may("customers.personal"):
        whole = house_of(request.app.state)
        seen = await whole.seen_by(actor, "customers.personal")  # it may be less than they read
        by = By(actor, secrets.token_hex(16), origin=origin_of(request.scope))
        full = await show_details(whole, by, customer_id, seen=seen)
        if not isinstance(full, Refusal):
            return customer_answer(customer, full)
    return await _masked(house, customer)


@patch(
    "/customers/{customer_id:int}",
    operation_id="changeCustomer",
    summary="Change a customer's telephone, e-mail or document",
    response_description="The customer; their details are masked.",
    tags=TAGS,
    guards=[needs_key],
    responses=WRITE_ONE,
    opt={"right": "customers.write"},
)
async def change_customer(
    customer_id: PathId,
    data: Annotated[CustomerChangeRequest, Body(examples=[_CHANGE])],
    asked: AskedWrite,
) -> Response[CustomerAnswer]:
    """Write down what has changed; what is left out stays as it is."""
    customer = await _find(asked.seen, customer_id)
    phone, email, document = data.phone, data.email, data.document
    change = DetailsChange(
        phone=settled(read_phone(phone, customer.country)) if isinstance(phone, str) else phone,
        email=settled(read_email(email)) if isinstance(email, str) else email,
        document=settled(read_document(document.kind, document.country, document.number))
        if isinstance(document, DocumentRequest)
        else document,
    )
    asked.settle(await change_details(asked.house, asked.by, customer_id, change))
    return Response(await _masked(asked.house, customer), headers=asked.headers)


@post(
    "/customers/{customer_id:int}/erasure",
    operation_id="eraseCustomerDetails",
    summary="Forget a customer's telephone, e-mail and document",
    response_description="The customer, of whom nothing is known besides the name.",
    tags=TAGS,
    status_code=200,
    guards=[needs_key],
    responses=WRITE_ONE,
    opt={"right": "customers.write"},
)
async def erase_customer_details(
    customer_id: PathId, asked: AskedWrite
) -> Response[CustomerAnswer]:
    """Empty all three at once. Orders, and the name they were made under, stay."""
    customer = await _find(asked.seen, customer_id)
    asked.settle(await forget_details(asked.house, asked.by, customer_id))
    return Response(await _masked(asked.house, customer), headers=asked.headers)


@post(
    "/customers/{customer_id:int}/recognition",
    operation_id="recogniseCustomer",
    summary="Recognise a customer whom you do not see yet",
    response_description="The customer, whom you see from now on; their details are masked.",
    tags=TAGS,
    status_code=200,
    guards=[needs_key],
    responses=WRITE_ONE,
    opt={"right": "customers.write"},
)
async def recognise_customer(
    customer_id: PathId,
    data: Annotated[RecognitionRequest, Body(examples=[_SEARCH])],
    asked: AskedWrite,
) -> Response[CustomerAnswer]:
    """A key of a part of the group sees the customers who have booked there, and those it has
    registered. Whoever is somebody else's guest so far says who they are: their id, and a telephone
    number, an e-mail address or a document that the house knows of them. What is wrong is answered
    like an id that nobody has, is noted, and 30 times an hour at most."""
    detail = _one_detail(data)
    known = asked.settle(await recognise(asked.house, asked.by, customer_id, detail))
    customer = await _find(asked.seen, known.customer_id)
    return Response(await _masked(asked.house, customer), headers=asked.headers)


def _one_detail(data: CustomerSearchRequest | RecognitionRequest) -> Phone | Email | Document:
    """The detail that a request brings; refuses none, and more than one."""
    wanted = details_of(data.phone, data.email, data.document)
    given = [one for one in (wanted.phone, wanted.email, wanted.document) if one is not None]
    if len(given) != 1:
        raise RefusedRequest(
            Refusal(
                name="field_invalid",
                says="A customer is known by one of phone, email and document.",
                advice="Send exactly one of them.",
                field="phone",
            )
        )
    return given[0]


async def _find(house: House, customer_id: int) -> Customer:
    found = await read_customers(house.database, [customer_id])
    if customer_id not in found:
        raise RefusedRequest(no_such("customer", "customer_id"))
    return await as_told(house, found[customer_id])


async def _masked(house: House, customer: Customer) -> CustomerAnswer:
    return customer_answer(customer, await masked_details(house, customer.id))


def customer_answer(customer: Customer, details: ShownDetails) -> CustomerAnswer:
    """A customer as they are told."""
    return CustomerAnswer(
        id=customer.id,
        kind=customer.kind,
        code=customer.code,
        name=customer.name,
        country=customer.country,
        phone=details.phone,
        email=details.email,
        document=document_answer(details),
        masked=details.masked,
    )
