"""The house as the flows see it: a database to read, the books to write, ids and the time."""

from collections import OrderedDict
from collections.abc import Iterable
from datetime import date, datetime

import msgspec
from msgspec import Struct

from serai import capital, cloud, customers, information, logistics, merchants
from serai.cloud import (
    EVERYTHING_SEEN,
    OF_THEIR_OWN,
    Actor,
    Node,
    Organisation,
    Right,
    Shares,
    Sight,
    part_of,
    sight_of,
)
from serai.core import NO_KEYS, Clock, Database, Ids, KeyRing, utc_now
from serai.flows.catalogue import Catalogue, WatchedBooks
from serai.flows.slots import OpenSlots
from serai.flows.turns import Turns
from serai.ledger import Books, Table

TABLES: tuple[Table, ...] = (
    *cloud.TABLES,
    *customers.TABLES,
    *merchants.TABLES,
    *logistics.TABLES,
    *capital.TABLES,
    *information.TABLES,
)
"""Every table that proposals may insert into."""


MOST_SIGHTS = 256
"""Sights whose part of the organisation is kept."""
MOST_CUSTOMERS_SEEN = 10_000
"""That are kept for each sight."""
HOLDINGS = "serai.holdings"
"""The setting that tells the database the nodes that somebody holds: customers are introduced on
these (migration 0016)."""

FEW_STORES, FEW_OF_ALL = 50, 20
"""Stores are few up to so many, or up to one in so many of all."""


class NotFounded(Exception):
    """There is no group yet: the house is empty."""


class Uses:
    """When keys were last used, since somebody wrote it down."""

    def __init__(self) -> None:
        self._last: dict[int, datetime] = {}

    def note(self, key_id: int, moment: datetime) -> None:
        """A key was used."""
        self._last[key_id] = moment

    def collect(self) -> dict[int, datetime]:
        """What was noted; it begins anew."""
        collected, self._last = self._last, {}
        return collected


class _Known(Struct):
    catalogue: Catalogue | None = None
    part: tuple[Organisation, Organisation] | None = None
    seen: "OrderedDict[_Seer, tuple[Organisation, House]]" = msgspec.field(
        default_factory=OrderedDict
    )
    uses: Uses = msgspec.field(default_factory=Uses)
    shares: Shares = msgspec.field(default_factory=Shares)
    open_slots: OpenSlots = msgspec.field(default_factory=OpenSlots)
    turns: Turns = msgspec.field(default_factory=Turns)


class _Seer(Struct, frozen=True):
    """Whoever sees the same on the same day."""

    nodes: tuple[Node, ...]
    kind: Right | None
    day: date


class House(Struct, frozen=True):
    """What every flow is given; the keys of `ring` seal personal data.

    With a `sight` it is the house as somebody sees it, who reads and does nothing: flows are given
    the whole of it.
    """

    database: Database
    books: Books
    ids: Ids
    clock: Clock = utc_now
    _known: _Known = msgspec.field(default_factory=_Known)
    ring: KeyRing = NO_KEYS
    sight: Sight = EVERYTHING_SEEN
    _whole: "House | None" = None

    @property
    def catalogue(self) -> Catalogue:
        """What is on sale, under which terms, and to whom."""
        if self._known.catalogue is None:
            most = 0 if self._whole is None else MOST_CUSTOMERS_SEEN
            self._known.catalogue = Catalogue(self.database, most_customers=most)
        return self._known.catalogue

    @property
    def uses(self) -> Uses:
        """When which key was used."""
        return self._known.uses

    @property
    def shares(self) -> Shares:
        """What programs, people and nodes have used of their shares, in this process."""
        return self._known.shares

    @property
    def open_slots(self) -> OpenSlots:
        """The slots that are known to stand on the books."""
        return self._known.open_slots

    @property
    def turns(self) -> Turns:
        """Whose turn it is to let money out."""
        return self._known.turns

    async def organisation(self, stores: Iterable[int] = ()) -> Organisation:
        """The organisation, read once and kept until `forget_organisation`, or until it lacks one
        of `stores`: another process may have founded it."""
        if self._whole is not None:
            return self._part(await self._whole.organisation(stores))
        organisation = await self.catalogue.organisation(stores)
        if organisation is None:
            raise NotFounded("the house has no organisation yet: run `serai demo` or an import")
        return organisation

    async def own_stores(self) -> list[int] | None:
        """The stores of which alone anything is seen, where those are few: an index finds their
        rows sooner than a look at every row. None where they are many, for then the latest rows
        are soon found among all, and where rows of any store may be seen."""
        sight, whole = self.sight, self._whole
        if whole is None or sight.everything or sight.catalogue or sight.customers:
            return None
        stores = (await self.organisation()).stores
        few = max(FEW_STORES, len((await whole.organisation()).stores) // FEW_OF_ALL)
        return list(stores) if len(stores) <= few else None

    def _part(self, organisation: Organisation) -> Organisation:
        known = self._known.part
        if known is None or known[0] is not organisation:
            self._known.part = known = (organisation, part_of(organisation, self.sight))
        return known[1]

    async def seen_by(self, actor: Actor, right: Right) -> "House":
        """The house as somebody sees it with a right: the same one for the same sight, so that
        what is kept of it is kept for nobody else."""
        nodes = () if actor.holdings is None else actor.nodes(right)
        if actor.holdings is None or any(node.level == "group" for node in nodes):
            return self
        organisation = await self.organisation()
        today = self.clock().date()
        seer = _Seer(nodes, right if right in OF_THEIR_OWN else None, today)
        known = self._known.seen
        if seer in known and known[seer][0] is organisation:
            known.move_to_end(seer)
            return known[seer][1]
        sight = sight_of(actor, right, organisation, today)
        seen = self
        if not sight.everything:
            database = self.database.within({**sight.settings(), HOLDINGS: _holdings(nodes)})
            seen = House(
                database, self.books, self.ids, self.clock, _Known(), self.ring, sight, self
            )
        known[seer] = (organisation, seen)
        while len(known) > MOST_SIGHTS:
            known.popitem(last=False)
        return seen

    def forget_organisation(self) -> None:
        """The organisation has changed; whoever asks next reads it again."""
        self.catalogue.forget_organisation()


def _holdings(nodes: Iterable[Node]) -> str:
    """The nodes of the organisation among these, as a bigint[]."""
    ids = sorted({node.id for node in nodes if node.level != "customer"})
    return "{" + ",".join(map(str, ids)) + "}"


def house_of_writer(
    database: Database, writer: Books, clock: Clock = utc_now, ring: KeyRing = NO_KEYS
) -> House:
    """The house in the process of the one writer, with the catalogue in its memory.

    Whatever other processes propose must come through the `books` of this house too.
    """
    catalogue = Catalogue(database, keeps=True)
    books = WatchedBooks(writer, catalogue)
    return House(database, books, Ids(database), clock, _Known(catalogue), ring)
