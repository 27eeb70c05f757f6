"""The house as the flows see it: a database to read, the books to write, ids and the time."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec import Struct

from serai import capital, cloud, customers, information, logistics, merchants
from serai.cloud import Organisation
from serai.core import NO_KEYS, Clock, Database, Ids, KeyRing, utc_now
from serai.flows.catalogue import Catalogue, WatchedBooks
from serai.flows.slots import OpenSlots
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
    uses: Uses = msgspec.field(default_factory=Uses)
    open_slots: OpenSlots = msgspec.field(default_factory=OpenSlots)


class House(Struct, frozen=True):
    """What every flow is given; the keys of `ring` seal personal data."""

    database: Database
    books: Books
    ids: Ids
    clock: Clock = utc_now
    _known: _Known = msgspec.field(default_factory=_Known)
    ring: KeyRing = NO_KEYS

    @property
    def catalogue(self) -> Catalogue:
        """What is on sale, under which terms, and to whom."""
        if self._known.catalogue is None:
            self._known.catalogue = Catalogue(self.database)
        return self._known.catalogue

    @property
    def uses(self) -> Uses:
        """When which key was used."""
        return self._known.uses

    @property
    def open_slots(self) -> OpenSlots:
        """The slots that are known to stand on the books."""
        return self._known.open_slots

    async def organisation(self, stores: Iterable[int] = ()) -> Organisation:
        """The organisation, read once and kept until `forget_organisation`, or until it lacks one
        of `stores`: another process may have founded it."""
        organisation = await self.catalogue.organisation(stores)
        if organisation is None:
            raise NotFounded("the house has no organisation yet: run `serai demo` or an import")
        return organisation

    def forget_organisation(self) -> None:
        """The organisation has changed; whoever asks next reads it again."""
        self.catalogue.forget_organisation()


def house_of_writer(
    database: Database, writer: Books, clock: Clock = utc_now, ring: KeyRing = NO_KEYS
) -> House:
    """The house in the process of the one writer, with the catalogue in its memory.

    Whatever other processes propose must come through the `books` of this house too.
    """
    catalogue = Catalogue(database, keeps=True)
    books = WatchedBooks(writer, catalogue)
    return House(database, books, Ids(database), clock, _Known(catalogue), ring)
