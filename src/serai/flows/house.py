"""The house as the flows see it: a database to read, the books to write, ids and the time."""

import asyncio
from collections.abc import Iterable

import msgspec
from msgspec import Struct

from serai import capital, cloud, customers, information, logistics, merchants
from serai.cloud import Organisation, read_organisation
from serai.core import Clock, Database, Ids, utc_now
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


class _Known(Struct):
    organisation: Organisation | None = None
    reading: asyncio.Lock = msgspec.field(default_factory=asyncio.Lock)

    def has(self, stores: set[int]) -> bool:
        return self.organisation is not None and self.organisation.stores.keys() >= stores


class House(Struct, frozen=True):
    """What every flow is given."""

    database: Database
    books: Books
    ids: Ids
    clock: Clock = utc_now
    _known: _Known = msgspec.field(default_factory=_Known)

    async def organisation(self, stores: Iterable[int] = ()) -> Organisation:
        """The organisation, read once and kept until `forget_organisation`, or until it lacks one
        of `stores`: another process may have founded it."""
        known, wanted = self._known, set(stores)
        if not known.has(wanted):
            async with known.reading:  # whoever comes meanwhile waits for the same reading
                if not known.has(wanted):
                    known.organisation = await read_organisation(self.database)
        if known.organisation is None:
            raise NotFounded("the house has no organisation yet: run `serai demo` or an import")
        return known.organisation

    def forget_organisation(self) -> None:
        """The organisation has changed; whoever asks next reads it again."""
        self._known.organisation = None
