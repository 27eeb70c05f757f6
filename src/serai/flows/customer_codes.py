"""Customer codes: how a brand, or whoever else has registered somebody, calls them."""

from msgspec import structs

from serai.customers import Customer, customer_number
from serai.flows.house import House


async def as_told(seen: House, customer: Customer) -> Customer:
    """The customer as somebody is told of them: by the code that was given by the group or within
    what they see, or else by the number that the house has for them."""
    node = customer.registered_on
    if not node or (await seen.organisation()).has(node):
        return customer
    return structs.replace(customer, code=customer_number(customer.id))
