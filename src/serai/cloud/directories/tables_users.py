"""The SQL of people as directories are shown them.

Their addresses are sealed, so the database finds one by its hash alone. Whatever else is asked of
addresses is asked here, of those that the directory sees, once they are opened.
"""

from collections.abc import AsyncIterator, Sequence

from msgspec import Struct, structs

from serai.cloud.directories.email_filters import (
    SORTED_BY,
    about_emails,
    address_wanted,
    satisfies,
)
from serai.cloud.directories.filters import (
    USERS,
    Among,
    Clause,
    Condition,
    Every,
    Never,
    Some,
    clause_of,
    order_of,
)
from serai.cloud.directories.pages import Page, parameters_of
from serai.cloud.directories.people import Directory, DirectoryUser
from serai.cloud.directories.tables import NEWEST, ONE, PAGE
from serai.cloud.emails import (
    EmailAddress,
    first_email,
    fold_address,
    hashes_of_address,
    open_emails,
)
from serai.core import Database, KeyRing

PEOPLE_A_READING = 500
"""Few enough that nobody waits while their addresses are opened."""
ANYBODY = EmailAddress("nobody@example.com")
"""A condition is tried on it before anybody's, so that one that means nothing is always refused."""

_USER = """
u.id, u.name, u.shown, u.active, u.external_id, u.created_at, u.changed_at, u.person_version,
u.version, u.level, u.node_id, u.said, u.emails_version, u.sealed, u.key_id,
(u.email <> '' OR coalesce(u.said -> 'emails', '[]') <> '[]') AS in_the_clear
"""
# A directory's people are those it has told of, and who hold something where it is at home.
_SEES_USER = """
(%(everybody)s OR (u.level, u.node_id) IN (
        SELECT n.level, n.id FROM unnest(%(levels)s::text[], %(nodes)s::bigint[]) AS n (level, id))
    OR EXISTS (SELECT FROM grants AS g
        JOIN unnest(%(levels)s::text[], %(nodes)s::bigint[]) AS n (level, id)
            ON g.level = n.level AND g.node_id = n.id
        WHERE g.holder_id = u.id AND g.ended_at IS NULL))
"""
USERS_FOUND = f"SELECT {_USER} FROM directory_users AS u WHERE {_SEES_USER} AND "  # noqa: S608 - constants of this file, values are bound
USERS_COUNTED = f"SELECT count(*) FROM directory_users AS u WHERE {_SEES_USER} AND "  # noqa: S608 - as above
USER_IDS = f"SELECT u.id FROM directory_users AS u WHERE {_SEES_USER} AND u.id = ANY(%(ids)s)"  # noqa: S608 - as above
NEXT = " AND u.id > %(after)s ORDER BY u.id LIMIT %(limit)s"
WITH_ADDRESS = """
u.id IN (SELECT id FROM person_emails WHERE hashes ?| %(hashes)s::text[]
    UNION ALL SELECT id FROM people WHERE email <> '')
"""


class FoundUsers(Struct, frozen=True):
    """People of a list, and how many there are in all."""

    users: list[DirectoryUser]
    total: int


class _Kept(DirectoryUser, frozen=True, kw_only=True):
    """A person as the database has them: their addresses are sealed beside what was said."""

    sealed: bytes | None
    key_id: str | None

    def opened(self, ring: KeyRing) -> DirectoryUser:
        """The person with their addresses."""
        known = structs.asdict(self)
        emails = open_emails(ring, self.id, known.pop("sealed"), known.pop("key_id"))
        if emails:
            known["said"] = structs.replace(self.said, emails=emails)
        return DirectoryUser(**known)


async def find_users(
    database: Database,
    ring: KeyRing,
    directory: Directory,
    condition: Condition | None,
    page: Page,
) -> FoundUsers:
    """The people of a directory who satisfy a condition."""
    asked = None if condition is None else await _without_emails(
        database, ring, directory, condition
    )  # fmt: skip
    clause = clause_of(asked, USERS)
    known = parameters_of(directory, clause)
    if page.sorted_by == SORTED_BY:
        return await _find_by_address(database, ring, directory, clause, page)
    order = (
        order_of(page.sorted_by, USERS, descending=page.descending) if page.sorted_by else NEWEST
    )
    total = await database.value(USERS_COUNTED + clause.sql, **known)
    if page.limit == 0 or page.offset >= total:
        return FoundUsers([], total)
    sql = USERS_FOUND + clause.sql + PAGE.format(order=order)
    found = await database.all(_Kept, sql, limit=page.limit, offset=page.offset, **known)
    return FoundUsers([one.opened(ring) for one in found], total)


async def user_of(
    database: Database, ring: KeyRing, directory: Directory, id: int
) -> DirectoryUser | None:
    """The person with this id, where the directory sees them."""
    sight = parameters_of(directory, Clause(ONE, {"id": id}))
    found = await database.one(_Kept, USERS_FOUND + ONE, **sight)
    return found.opened(ring) if found else None


async def seen_users(database: Database, directory: Directory, ids: Sequence[int]) -> set[int]:
    """Those of these people whom the directory sees."""
    sight = parameters_of(directory, Clause("", {"ids": list(ids)}))
    return set(await database.column(USER_IDS, **sight))


async def _without_emails(
    database: Database, ring: KeyRing, directory: Directory, condition: Condition
) -> Condition:
    """The condition with the people in it whose addresses are as it asks, instead of asking."""
    match condition:
        case Every() | Some():
            parts = [
                await _without_emails(database, ring, directory, one)
                for one in condition.conditions
            ]
            return structs.replace(condition, conditions=tuple(parts))
        case Never():
            return Never(await _without_emails(database, ring, directory, condition.condition))
    asked = about_emails(condition)
    if asked is None:
        return condition
    satisfies(ANYBODY, asked)
    wanted = address_wanted(asked)
    clause = Clause("true", {})
    if wanted is not None:
        clause = Clause(WITH_ADDRESS, {"hashes": hashes_of_address(ring, wanted)})
    found = [
        user.id
        async for user in _every_user(database, ring, directory, clause)
        if any(satisfies(email, asked) for email in user.said.emails)
    ]
    return Among(tuple(found))


async def _find_by_address(
    database: Database, ring: KeyRing, directory: Directory, clause: Clause, page: Page
) -> FoundUsers:
    """A list sorted by the address to write to: who has none comes last, or first descending."""
    keyed: list[tuple[str, int]] = []
    async for user in _every_user(database, ring, directory, clause):
        first = first_email(user.said.emails)
        keyed.append((fold_address(first.value) if first else "", user.id))
    keyed.sort(key=lambda one: one[0], reverse=page.descending)
    none = [one for one in keyed if not one[0]]
    some = [one for one in keyed if one[0]]
    ordered = [*none, *some] if page.descending else [*some, *none]
    ids = [id for _, id in ordered[page.offset : page.offset + page.limit]]
    chosen = Clause("u.id = ANY(%(chosen)s)", {"chosen": ids})
    known = parameters_of(directory, chosen)
    found = await database.all(_Kept, USERS_FOUND + chosen.sql, **known)
    users = {one.id: one.opened(ring) for one in found}
    return FoundUsers([users[id] for id in ids if id in users], len(keyed))


async def _every_user(
    database: Database, ring: KeyRing, directory: Directory, clause: Clause
) -> AsyncIterator[DirectoryUser]:
    known = parameters_of(directory, clause)
    after = 0
    while True:
        found = await database.all(
            _Kept, USERS_FOUND + clause.sql + NEXT, after=after, limit=PEOPLE_A_READING, **known
        )
        for one in found:
            yield one.opened(ring)
        if len(found) < PEOPLE_A_READING:
            return
        after = found[-1].id
