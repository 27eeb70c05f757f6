"""Slots that are known to stand on the books: whoever orders them need not propose to open them."""

from collections import defaultdict
from collections.abc import Set

from msgspec import Struct

from serai.logistics import Need

MOST_SLOTS = 1_000_000


class Opens(Struct, frozen=True):
    """Needs of a step whose slots it opens in a book, those that have any capacity."""

    book: int
    needs: tuple[Need, ...]


class OpenSlots:
    """The slots that this process has seen opened, by book. A slot that was opened stays so, until
    it lies so far back that it is archived."""

    def __init__(self) -> None:
        self._known: defaultdict[int, set[tuple[int, int]]] = defaultdict(set)
        self._count = 0

    def of(self, book: int) -> Set[tuple[int, int]]:
        """The open slots of a book, as (resource, slot)."""
        return self._known[book]

    def remember(self, opened: Opens) -> None:
        """A step that opens these was committed."""
        known = self._known[opened.book]
        before = len(known)
        known.update([(need.resource_id, need.slot) for need in opened.needs if need.capacity])
        self._count += len(known) - before
        if self._count > MOST_SLOTS:
            self._known.clear()
            self._count = 0
