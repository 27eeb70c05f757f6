"""The audit trail as it is read: who did what to which thing when, with before and after."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

MOST_EXPORTED = 100_000
"""Deeds in one export; further ones are asked for by their days."""
NEWEST_DEED = 2**63 - 1
"""No deed has a number as high."""


class KeptDeed(Struct, frozen=True, kw_only=True):
    """A deed at its number in the chain; `before` and `after` are columns by table and row.

    `refusal` names why it was refused, and is empty for what was done; `hash` is in hexadecimal.
    """

    number: int
    recorded: datetime
    actor: str
    actor_id: int
    operation: str
    thing: str
    thing_id: int
    refusal: str
    address: str
    request_id: str
    book: int
    store_id: int
    before: dict[str, Any]
    after: dict[str, Any]
    hash: str

    def rows(self) -> Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]]:
        """What it changed: by table and id, the columns before and after."""
        found: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
        for table in {**self.before, **self.after}:
            was, is_now = self.before.get(table, {}), self.after.get(table, {})
            for id in {**was, **is_now}:
                if id != MORE:
                    found[f"{table} {id}"] = (was.get(id, {}), is_now.get(id, {}))
        return found


MORE = "more"
"""Stands in the place of rows that were too many to tell, with their number."""


class DeedsWanted(Struct, frozen=True, kw_only=True):
    """Which deeds are looked for; what is left empty says nothing. `until` is not one of them."""

    actor: str = ""
    operation: str = ""
    thing: str = ""
    thing_id: int = 0
    address: str = ""
    refused: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


class ChainEnd(Struct, frozen=True):
    """The last deed of the trail and its hash; kept elsewhere, it shows whether the trail was
    written anew since."""

    number: int
    hash: str
