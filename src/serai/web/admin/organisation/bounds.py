"""What one person may pay back alone of a company's money, said anew."""

from decimal import Decimal, DecimalException
from typing import Any

from litestar import Request, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from serai.cloud import MOST_ALONE_MINOR
from serai.core import CURRENCY_SCALES, Refusal
from serai.flows import set_refund_bound
from serai.web.admin.organisation.axes import ROOT, seen_by
from serai.web.admin.organisation.nodes import page_of_node
from serai.web.group.console import SharedConsole
from serai.web.group.forms import by_form
from serai.web.languages import N_
from serai.web.problems import NoSuch


@post(
    "/refunds-alone/{entity_id:int}",
    include_in_schema=False,
    status_code=200,
    opt={"right": "organisation.write"},
)
async def bound_form(
    request: Request[Any, Any, Any], console: SharedConsole, entity_id: FromPath[int]
) -> Template | Redirect:
    """Set the bounds of a company as the form says; sent twice, it is done once."""
    form = await request.form()
    seen = await seen_by(request, console)
    entity = seen.organisation.entities.get(entity_id)
    if entity is None or not seen.may_write:
        raise NoSuch(N_("No such node"), action=N_("To the organisation"), href=ROOT)
    alone_minor = minor_of(str(form.get("alone", "")), entity.currency)
    day_minor = minor_of(str(form["day"]), entity.currency) if "day" in form else None
    by = by_form(request, form)
    bound = await set_refund_bound(console.whole.house, by, entity_id, alone_minor, day_minor)
    if isinstance(bound, Refusal):
        return await page_of_node(request, console, "entity", entity_id, bound)
    return Redirect(f"{ROOT}/entity/{entity_id}?done=bound", status_code=303)


def minor_of(text: str, currency: str) -> int:
    """An amount as somebody types it, in minor units; -1, which no bound is, for what is none."""
    try:
        amount = Decimal(text.replace(",", "").strip()).scaleb(CURRENCY_SCALES[currency])
    except DecimalException:  # no number, or one beyond all bounds
        return -1
    if not amount.is_finite() or abs(amount) > MOST_ALONE_MINOR or amount % 1:
        return -1
    return int(amount)
