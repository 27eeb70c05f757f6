"""The SQL of people's e-mail addresses, and of what is still in the clear."""

from collections.abc import Sequence

from msgspec import Struct

from serai.cloud.directories.people import PersonSaid
from serai.cloud.emails import Emails, KeptEmails, only_email, open_emails
from serai.core import Database, KeyRing

# What was written before addresses were sealed stands beside the person until it is sealed.
EMAILS = """
SELECT p.id, p.email AS clear, e.emails AS sealed, e.key_id
FROM people AS p LEFT JOIN person_emails AS e ON e.id = p.id
WHERE p.id = ANY(%(ids)s::bigint[]) AND (p.email <> '' OR e.emails IS NOT NULL)
"""
SEALED_BY = """
SELECT id, emails, hashes, key_id, version FROM person_emails
WHERE key_id = %(key)s AND id > %(after)s ORDER BY id LIMIT %(most)s
"""
IN_THE_CLEAR = """
SELECT p.id, p.email, p.version AS person_version, coalesce(d.version, 0) AS said_version,
    d.said, coalesce(e.version, 0) AS version
FROM people AS p LEFT JOIN directory_people AS d ON d.id = p.id
LEFT JOIN person_emails AS e ON e.id = p.id
WHERE p.id > %(after)s AND (p.email <> '' OR d.said ? 'emails') ORDER BY p.id LIMIT %(most)s
"""
ROWS_BY_KEY = """
SELECT key_id, count(*) AS rows FROM person_emails GROUP BY key_id ORDER BY key_id
"""


class ClearEmails(Struct, frozen=True, kw_only=True):
    """Addresses from before they were sealed: what stands with the person, what their directory
    has said, and the versions of these rows."""

    id: int
    email: str
    person_version: int
    said: PersonSaid | None
    said_version: int
    version: int

    @property
    def emails(self) -> Emails:
        """All that is known."""
        return self.said.emails if self.said and self.said.emails else only_email(self.email)

    def __repr__(self) -> str:
        return f"ClearEmails(id={self.id})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("id", self.id)]


class RowsOfKey(Struct, frozen=True):
    """How many rows a key seals."""

    key_id: str
    rows: int


class _Read(Struct, frozen=True):
    id: int
    clear: str
    sealed: bytes | None
    key_id: str | None


async def emails_of(database: Database, ring: KeyRing, people: Sequence[int]) -> dict[int, Emails]:
    """The addresses of those of these people who have any."""
    found = await database.all(_Read, EMAILS, ids=list(people))
    return {
        one.id: open_emails(ring, one.id, one.sealed, one.key_id) or only_email(one.clear)
        for one in found
    }


async def emails_sealed_by(
    database: Database, key_id: str, after: int, most: int
) -> list[KeptEmails]:
    """Addresses that a key seals, of people beyond `after`, in their order."""
    return await database.all(KeptEmails, SEALED_BY, key=key_id, after=after, most=most)


async def emails_in_the_clear(database: Database, after: int, most: int) -> list[ClearEmails]:
    """Addresses that are not sealed yet, of people beyond `after`, in their order."""
    return await database.all(ClearEmails, IN_THE_CLEAR, after=after, most=most)


async def emails_by_key(database: Database) -> list[RowsOfKey]:
    """How many people's addresses each key seals."""
    return await database.all(RowsOfKey, ROWS_BY_KEY)
