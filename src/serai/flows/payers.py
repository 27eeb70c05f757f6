"""Payers: who can be invoiced."""

from collections.abc import Iterable

from serai.core import Refusal
from serai.flows.house import House
from serai.flows.refusals import payer_required


async def check_companies(house: House, payers: Iterable[int]) -> Refusal | None:
    """Refuse to put on a company's account what its payer cannot be invoiced for."""
    wanted = sorted(set(payers))
    people = await house.catalogue.customers(wanted)
    if all(id in people and people[id].kind == "company" for id in wanted):
        return None
    return payer_required("The payer has no company account.", "method")
