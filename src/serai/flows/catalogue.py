"""The catalogue in memory: what is on sale, under which terms and taxes, to whom, and by which
programs.

It is kept where the one writer is, for everything that changes it goes through there: whoever
changed a price is answered when the old one has been forgotten. In other processes nothing is
kept, and everything is read when it is asked for.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from msgspec import Struct

from serai import capital, cloud, customers, logistics, merchants
from serai.capital import TaxTable, read_all_taxes
from serai.cloud import Caller, Organisation, StoreParent, read_callers, read_organisation
from serai.core import Database, Refusal
from serai.customers import Customer, read_customers
from serai.ledger import Books, Change, Insert, Outcome, Proposal, Refused
from serai.logistics import Resource, read_resources
from serai.merchants import (
    Booking,
    Offer,
    Product,
    RatePlan,
    Terms,
    read_offers,
    read_plans,
    read_products,
    read_terms,
)

MOST_CUSTOMERS = 100_000
MOST_ARTICLES = 200_000
DRAFTED_WITHIN = timedelta(hours=1)
"""No order is on its way for longer."""
MOST_CALLERS = 10_000

NODES = frozenset(table.name for table in cloud.NODES)
CALLERS = frozenset({"programs", "program_keys"})
KEPT = (
    NODES
    | CALLERS
    | {
        table.name
        for tables in (customers.TABLES, merchants.TABLES, logistics.TABLES, capital.TABLES)
        for table in tables
    }
    - {"orders", "bookings", "lines", "charges", "payments", "personal_details"}
    - {"introductions", "recognitions"}
)
"""The tables of which something is kept."""

Value = TypeVar("Value")


class Article(Struct, frozen=True):
    """An offer with all that belongs to it."""

    offer: Offer
    product: Product
    plan: RatePlan
    resources: dict[int, Resource]


class Catalogue:
    """What has been read of the catalogue, and is still so.

    A part of the house as somebody sees it keeps `most_customers`: nobody changes who a customer
    is, and whom they have seen they go on seeing.
    """

    def __init__(self, database: Database, *, keeps: bool = False, most_customers: int = 0) -> None:
        self._database = database
        self._articles = _Shelf(self._read_articles, MOST_ARTICLES if keeps else 0)
        self._customers = _Shelf(self._read_customers, MOST_CUSTOMERS if keeps else most_customers)
        self._terms = _Shelf(self._read_terms, MOST_ARTICLES if keeps else 0)
        self._taxes = _Shelf(self._read_taxes, 1 if keeps else 0)
        self._callers = _Shelf(self._read_callers, MOST_CALLERS if keeps else 0)
        self._organisation = _Shelf(self._read_organisation, 1)

    async def articles(self, offer_ids: Iterable[int]) -> dict[int, Article]:
        """The offers of those ids that exist, each with its product, plan and resources."""
        return await self._articles.find(offer_ids)

    async def customers(self, ids: Iterable[int]) -> dict[int, Customer]:
        """The customers of those ids that exist."""
        return await self._customers.find(ids)

    async def terms(self, store_ids: Iterable[int]) -> dict[int, tuple[Terms, ...]]:
        """The commercial agreements of each store that has any, past and present."""
        return await self._terms.find(store_ids)

    async def taxes(self) -> TaxTable:
        """The tax rates of every entity."""
        return (await self._taxes.find((0,)))[0]

    async def callers(self, key_ids: Iterable[int]) -> dict[int, Caller]:
        """The keys of those ids that exist, each with its program."""
        return await self._callers.find(key_ids)

    async def organisation(self, stores: Iterable[int]) -> Organisation | None:
        """The organisation, read again when it lacks one of these stores: another process may
        have founded it. None before a group was founded."""
        known = (await self._organisation.find((0,))).get(0)
        if known is None or known.stores.keys() >= set(stores):
            return known
        self._organisation.drop(0)
        return (await self._organisation.find((0,))).get(0)

    def forget_organisation(self) -> None:
        """It has changed; whoever asks next reads it again."""
        self._organisation.drop(0)

    def forget(self) -> None:
        """Anything may have changed."""
        for shelf in (
            self._articles, self._customers, self._terms, self._taxes, self._callers,
            self._organisation,
        ):  # fmt: skip
            shelf.clear()

    def heed(self, proposal: Proposal) -> None:
        """Forget what is otherwise now that a proposal is committed.

        New rows that are found by their own id cannot have been read before.
        """
        for insert in proposal.inserts:
            self._heed_insert(insert)
        for change in proposal.changes:
            self._heed_change(change)

    def _heed_insert(self, insert: Insert) -> None:
        if insert.table in NODES:
            self._organisation.clear()
        elif insert.table == "tax_rates":
            self._taxes.clear()
        elif insert.table == "terms":
            for row in insert.rows:
                assert isinstance(row, Terms)
                self._terms.drop(row.store_id)

    def _heed_change(self, change: Change) -> None:
        if change.table in CALLERS:
            self._callers.clear()
        elif change.table == "offers":
            self._articles.drop(change.id)
        elif change.table == "resources":
            self._articles.drop_those(lambda article: change.id in article.resources)
        elif change.table in NODES:
            self._organisation.clear()
        elif change.table in KEPT:
            self.forget()

    async def _read_articles(self, ids: Sequence[int]) -> dict[int, Article]:
        offers = await read_offers(self._database, ids)
        products = await read_products(
            self._database, sorted({offer.product_id for offer in offers.values()})
        )
        plans = await read_plans(
            self._database, sorted({offer.plan_id for offer in offers.values()})
        )
        resources = await read_resources(
            self._database,
            sorted({use.resource_id for product in products.values() for use in product.uses}),
        )
        return {
            offer.id: Article(
                offer,
                product := products[offer.product_id],
                plans[offer.plan_id],
                {use.resource_id: resources[use.resource_id] for use in product.uses},
            )
            for offer in offers.values()
        }

    async def _read_customers(self, ids: Sequence[int]) -> dict[int, Customer]:
        return await read_customers(self._database, ids)

    async def _read_terms(self, store_ids: Sequence[int]) -> dict[int, tuple[Terms, ...]]:
        found: dict[int, list[Terms]] = {}
        for row in await read_terms(self._database, store_ids):
            found.setdefault(row.store_id, []).append(row)
        return {store_id: tuple(rows) for store_id, rows in found.items()}

    async def _read_taxes(self, _: Sequence[int]) -> dict[int, TaxTable]:
        return {0: await read_all_taxes(self._database)}

    async def _read_callers(self, ids: Sequence[int]) -> dict[int, Caller]:
        return await read_callers(self._database, ids)

    async def _read_organisation(self, _: Sequence[int]) -> dict[int, Organisation]:
        organisation = await read_organisation(self._database)
        return {} if organisation is None else {0: organisation}


class _Reading(Generic[Value]):
    """Ids that will be read together, and those who wait for them."""

    def __init__(self) -> None:
        self.ids: set[int] = set()
        self.done: asyncio.Future[dict[int, Value]] = asyncio.get_running_loop().create_future()


class _Shelf(Generic[Value]):
    """Values by id: `most` of them are kept once they were read.

    Those who ask while one reading is under way share the next one, so that a rush on what
    nobody has asked for yet costs a few readings and not one for each.
    """

    def __init__(
        self, read: Callable[[Sequence[int]], Awaitable[dict[int, Value]]], most: int
    ) -> None:
        self._read = read
        self._most = most
        self._kept: dict[int, Value] = {}
        self._turn = 0
        self._next: _Reading[Value] | None = None
        self._under_way: asyncio.Task[None] | None = None

    async def find(self, ids: Iterable[int]) -> dict[int, Value]:
        """The values of those ids that exist."""
        kept = self._kept
        found = {id: kept[id] for id in ids if id in kept}
        missing = [id for id in ids if id not in found]
        if missing:
            found.update(await self._ask(missing))
        return found

    def drop(self, id: int) -> None:
        """Forget one; a reading that is under way may have seen it as it was."""
        self._turn += 1
        self._kept.pop(id, None)

    def drop_those(self, are: Callable[[Value], bool]) -> None:
        """Forget those that are so."""
        self._turn += 1
        self._kept = {id: value for id, value in self._kept.items() if not are(value)}

    def clear(self) -> None:
        """Forget all."""
        self._turn += 1
        self._kept = {}

    async def _ask(self, ids: Sequence[int]) -> dict[int, Value]:
        if self._next is None:
            self._next = _Reading()
        reading = self._next
        reading.ids.update(ids)
        if self._under_way is None:
            self._under_way = asyncio.create_task(self._read_on())
        found = await asyncio.shield(reading.done)
        return {id: found[id] for id in ids if id in found}

    async def _read_on(self) -> None:
        try:
            while self._next is not None:
                reading, self._next = self._next, None
                turn = self._turn
                try:
                    found = await self._read(sorted(reading.ids))
                except Exception as error:
                    reading.done.set_exception(error)
                    continue
                if turn == self._turn:
                    self._keep(found)
                reading.done.set_result(found)
        finally:
            self._under_way = None

    def _keep(self, found: dict[int, Value]) -> None:
        if len(self._kept) + len(found) > self._most:
            self._kept = {}
        if len(found) <= self._most:
            self._kept.update(found)


class WatchedBooks:
    """The writer's books, through which every change of the catalogue goes.

    Whoever proposes a change is answered when the catalogue has heeded it.
    """

    def __init__(self, books: Books, catalogue: Catalogue) -> None:
        self._books = books
        self._catalogue = catalogue
        self._unsure = False
        self._moved: dict[int, _Moved] = {}

    async def propose(self, proposal: Proposal) -> Outcome:
        """As the writer; see there."""
        if self._moved and self._is_late(proposal):
            return Refused(Refusal(name="stale"))
        if _changes_catalogue(proposal):
            # It is heeded too when whoever asked has gone away meanwhile.
            return await asyncio.shield(asyncio.create_task(self._change(proposal)))
        outcome = await self._books.propose(proposal)
        if self._unsure:
            self._settle()
        return outcome

    def _is_late(self, proposal: Proposal) -> bool:
        """Whether a booking was drafted in the book of a company that its store has left since; one
        of the past belongs there."""
        return any(
            isinstance(row, Booking)
            and (moved := self._moved.get(row.store_id)) is not None
            and moved.entity_id != row.entity_id
            and row.placed_at > moved.at - DRAFTED_WITHIN
            for insert in proposal.inserts
            if insert.table == "bookings"
            for row in insert.rows
        )

    async def _change(self, proposal: Proposal) -> Outcome:
        moves = _moves_of(proposal)
        self._moved.update(moves)  # what is proposed after it is drafted anew
        try:
            outcome = await self._books.propose(proposal)
        except Exception:
            # It may be in the books, or come there until the database is back.
            self._unsure = True
            self._catalogue.forget()
            raise
        if isinstance(outcome, Refused):
            for store_id in moves:
                self._moved.pop(store_id, None)
        self._catalogue.heed(proposal)
        if self._unsure:
            self._settle()
        return outcome

    def _settle(self) -> None:
        """The database answers again, and what was unsure is so or not."""
        self._unsure = False
        self._catalogue.forget()

    @property
    def position(self) -> int:
        """As the writer's."""
        return self._books.position

    async def beyond(self, position: int) -> int:
        """As the writer's."""
        return await self._books.beyond(position)


class _Moved(Struct, frozen=True):
    """To which entity a store went, and when."""

    entity_id: int
    at: datetime


def _moves_of(proposal: Proposal) -> dict[int, _Moved]:
    """The stores that have another company from now on, and which; new stores have their first."""
    cut_short = {
        change.values["until"]
        for change in proposal.changes
        if change.table == "store_parents" and "until" in change.values
    }
    return {
        row.store_id: _Moved(row.parent_id, proposal.effective)
        for insert in proposal.inserts
        if insert.table == "store_parents" and cut_short
        for row in insert.rows
        if isinstance(row, StoreParent)
        and row.axis == "entity"
        and row.since in cut_short
        and row.since <= proposal.business_date
    }


def _changes_catalogue(proposal: Proposal) -> bool:
    for insert in proposal.inserts:
        if insert.table in KEPT:
            return True
    return any(change.table in KEPT for change in proposal.changes)
