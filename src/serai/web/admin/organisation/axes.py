"""What these pages say of axes, and how they find nodes: as far as a reader may see them."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, get_args

from litestar import Request
from msgspec import Struct

from serai.cloud import Axis, Brand, City, LegalEntity, Operator, Organisation
from serai.flows import House, may_write_whole
from serai.web.entry import actor_of
from serai.web.group.console import Console
from serai.web.group.directory import timezone_of, today_in
from serai.web.languages import N_

Say = Callable[[str], str]
AxisNode = Brand | LegalEntity | Operator | City

AXES: tuple[Axis, ...] = get_args(Axis)
AXIS_WORDS: dict[Axis, str] = {
    "brand": N_("Brand"),
    "entity": N_("Legal entity"),
    "operator": N_("Operator"),
    "city": N_("City"),
}
AXES_WORDS: dict[Axis, str] = {
    "brand": N_("Brands"),
    "entity": N_("Legal entities"),
    "operator": N_("Operators"),
    "city": N_("Cities"),
}
ROOT = "/admin/organisation"


class Seen(Struct, frozen=True):
    """The organisation as somebody sees it on a day, and whether they may change it."""

    house: House
    organisation: Organisation
    today: date
    may_write: bool


async def seen_by(request: Request[Any, Any, Any], console: Console) -> Seen:
    """What the sender of a request sees of the organisation."""
    actor = actor_of(request.scope)
    house = await console.house.seen_by(actor, "organisation.read")
    organisation = await house.organisation()
    today = today_in(timezone_of(organisation), console.now())
    return Seen(house, organisation, today, may_write_whole(actor))


def nodes_on(organisation: Organisation, axis: Axis) -> Mapping[int, AxisNode]:
    """The nodes of an axis by their ids."""
    match axis:
        case "brand":
            return organisation.brands
        case "entity":
            return organisation.entities
        case "operator":
            return organisation.operators
        case "city":
            return organisation.cities


def stores_under(organisation: Organisation, axis: Axis, day: date) -> Counter[int]:
    """How many stores hang on each node of an axis on a day."""
    parents = (organisation.parent(store_id, axis, day) for store_id in organisation.stores)
    return Counter(parent for parent in parents if parent is not None)
