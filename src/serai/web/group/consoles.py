"""The consoles: one for each sight, so that nothing that is kept for one is shown to another."""

from collections import OrderedDict
from typing import Any

from litestar import Request

from serai.cloud import Right
from serai.flows import House, NotFounded
from serai.web.entry import actor_of
from serai.web.group.console import Console

MOST_CONSOLES = 64
"""Consoles that are kept; whoever comes after so many others has theirs made anew."""


class Consoles:
    """The console of the whole house, and those of parts of it."""

    def __init__(self, house: House) -> None:
        self.whole = Console(house)
        self._parts: OrderedDict[tuple[int, int], Console] = OrderedDict()

    async def of(self, request: Request[Any, Any, Any]) -> Console:
        """The house as whoever asks sees it with the right that the page is for.

        What happens, order by order, is told to those alone who may see orders.
        """
        right: Right = request.route_handler.opt["right"]
        try:
            seen = await self._seen(request, right)
            told = await self._seen(request, "orders.read")
        except NotFounded:
            return self.whole  # the page says that the house is empty
        if seen is told is self.whole.house:
            return self.whole
        key = (id(seen), id(told))  # houses that a console keeps, so no other one has their id
        if key not in self._parts:
            self._parts[key] = Console(seen, told, self.whole)
        self._parts.move_to_end(key)
        while len(self._parts) > MOST_CONSOLES:
            self._parts.popitem(last=False)
        return self._parts[key]

    async def _seen(self, request: Request[Any, Any, Any], right: Right) -> House:
        return await self.whole.house.seen_by(actor_of(request.scope), right)
