"""The SQL of directories."""

from collections.abc import Sequence

from msgspec import Struct

from serai.cloud.approvals import Approval
from serai.cloud.directories.filters import GROUPS, Clause, Condition, clause_of, order_of
from serai.cloud.directories.groups import (
    DirectoryBinding,
    DirectoryGrant,
    DirectoryGroup,
    DirectoryMember,
    MemberShown,
)
from serai.cloud.directories.pages import Page, parameters_of
from serai.cloud.directories.people import Directory, DirectoryPerson, GroupNamed
from serai.core import Database
from serai.ledger import Table

TABLES = (
    Table("directory_people", DirectoryPerson),
    Table("directory_groups", DirectoryGroup),
    Table("directory_members", DirectoryMember),
    Table("directory_bindings", DirectoryBinding),
    Table("directory_grants", DirectoryGrant),
)

_GROUP = """
u.id, u.level, u.node_id, u.display_name, u.external_id, u.created_at, u.changed_at, u.gone_at,
u.version
"""
_SEES_GROUP = """
(u.gone_at IS NULL AND (%(everybody)s OR (u.level, u.node_id) IN (
    SELECT n.level, n.id FROM unnest(%(levels)s::text[], %(nodes)s::bigint[]) AS n (level, id))))
"""
GROUPS_FOUND = f"SELECT {_GROUP} FROM directory_groups AS u WHERE {_SEES_GROUP} AND "  # noqa: S608 - constants of this file, values are bound
GROUPS_COUNTED = f"SELECT count(*) FROM directory_groups AS u WHERE {_SEES_GROUP} AND "  # noqa: S608 - as above
PAGE = " ORDER BY {order} LIMIT %(limit)s OFFSET %(offset)s"
NEWEST = "u.id DESC"
ONE = "u.id = %(id)s"

GROUPS_OF = f"""
SELECT m.person_id, u.id, u.display_name FROM directory_members AS m
JOIN directory_groups AS u ON u.id = m.group_id AND {_SEES_GROUP}
WHERE m.person_id = ANY(%(people)s::bigint[]) AND m.ended_at IS NULL ORDER BY u.id
"""  # noqa: S608 - columns of ours
_MEMBER = "id, group_id, person_id, since, ended_at, version"
MEMBERS = f"""
SELECT {_MEMBER} FROM directory_members
WHERE group_id = %(group)s AND ended_at IS NULL
    AND (%(all)s OR person_id = ANY(%(people)s::bigint[])) ORDER BY id
"""  # noqa: S608 - columns of ours
MEMBERSHIPS = f"""
SELECT {_MEMBER} FROM directory_members WHERE person_id = %(person)s AND ended_at IS NULL
ORDER BY id
"""  # noqa: S608 - as above
MEMBERS_LISTED = f"""
SELECT {_MEMBER} FROM directory_members
WHERE group_id = %(group)s AND ended_at IS NULL AND id > %(after)s ORDER BY id LIMIT %(limit)s
"""  # noqa: S608 - as above
MEMBERS_COUNTED = """
SELECT group_id, count(*) AS members FROM directory_members
WHERE group_id = ANY(%(groups)s::bigint[]) AND ended_at IS NULL GROUP BY group_id
"""
MEMBERS_SHOWN = """
SELECT group_id, person_id FROM directory_members
WHERE group_id = ANY(%(groups)s::bigint[]) AND ended_at IS NULL ORDER BY id LIMIT %(limit)s
"""
_BINDING = "id, group_id, role, level, node_id, bound_by, bound_at, ended_at, version"
BINDINGS = f"""
SELECT {_BINDING} FROM directory_bindings
WHERE group_id = ANY(%(groups)s::bigint[]) AND ended_at IS NULL ORDER BY id
"""  # noqa: S608 - as above
GRANTS = """
SELECT id, binding_id, person_id, grant_id, approval_id, ended_at, version FROM directory_grants
WHERE person_id = ANY(%(people)s::bigint[]) AND ended_at IS NULL ORDER BY id
"""
BINDINGS_OF_GRANTS = f"""
SELECT {_BINDING} FROM directory_bindings WHERE id = ANY(%(ids)s::bigint[])
"""  # noqa: S608 - as above
APPROVALS = """
SELECT id, asked, state, asked_by, asked_at, decided_by, decided_at, version FROM approvals
WHERE id = ANY(%(ids)s::bigint[])
    OR (state = 'waiting' AND (asked ->> 'holder_id')::bigint = ANY(%(people)s::bigint[]))
ORDER BY id
"""
GROUPS_BY_ID = f"""
SELECT {_GROUP} FROM directory_groups AS u WHERE u.id = ANY(%(ids)s::bigint[]) ORDER BY u.id
"""  # noqa: S608 - as above
ALL_GROUPS = f"""
SELECT {_GROUP} FROM directory_groups AS u WHERE u.gone_at IS NULL ORDER BY u.display_name, u.id
"""  # noqa: S608 - as above


class FoundGroups(Struct, frozen=True):
    """Groups of a list, and how many there are in all."""

    groups: list[DirectoryGroup]
    total: int


class _Counted(Struct, frozen=True):
    """How many members a group has."""

    group_id: int
    members: int


async def find_groups(
    database: Database, directory: Directory, condition: Condition | None, page: Page
) -> FoundGroups:
    """The groups of a directory that satisfy a condition."""
    clause = clause_of(condition, GROUPS)
    order = NEWEST
    if page.sorted_by:
        order = order_of(page.sorted_by, GROUPS, descending=page.descending)
    known = parameters_of(directory, clause)
    total = await database.value(GROUPS_COUNTED + clause.sql, **known)
    if page.limit == 0 or page.offset >= total:
        return FoundGroups([], total)
    sql = GROUPS_FOUND + clause.sql + PAGE.format(order=order)
    found = await database.all(DirectoryGroup, sql, limit=page.limit, offset=page.offset, **known)
    return FoundGroups(found, total)


async def group_of(database: Database, directory: Directory, id: int) -> DirectoryGroup | None:
    """The group with this id, where the directory sees it."""
    sight = parameters_of(directory, Clause(ONE, {"id": id}))
    return await database.one(DirectoryGroup, GROUPS_FOUND + ONE, **sight)


async def groups_of_people(
    database: Database, directory: Directory, people: Sequence[int]
) -> list[GroupNamed]:
    """The groups that people are in, of those that the directory sees."""
    sight = parameters_of(directory, Clause("", {"people": list(people)}))
    return await database.all(GroupNamed, GROUPS_OF, **sight)


async def members_of(
    database: Database, group_id: int, people: Sequence[int] | None = None
) -> list[DirectoryMember]:
    """The members of a group: those among these people, or all."""
    return await database.all(
        DirectoryMember, MEMBERS, group=group_id, all=people is None, people=list(people or ())
    )


async def memberships_of(database: Database, person_id: int) -> list[DirectoryMember]:
    """Where somebody is a member."""
    return await database.all(DirectoryMember, MEMBERSHIPS, person=person_id)


async def list_members(
    database: Database, group_id: int, *, after: int, limit: int
) -> list[DirectoryMember]:
    """Some members of a group, in the order in which they came in."""
    return await database.all(
        DirectoryMember, MEMBERS_LISTED, group=group_id, after=after, limit=limit
    )


async def count_members(database: Database, groups: Sequence[int]) -> dict[int, int]:
    """How many members groups have; those without any are not in it."""
    found = await database.all(_Counted, MEMBERS_COUNTED, groups=list(groups))
    return {one.group_id: one.members for one in found}


async def shown_members(database: Database, groups: Sequence[int], limit: int) -> list[MemberShown]:
    """The members of groups, `limit` at most."""
    return await database.all(MemberShown, MEMBERS_SHOWN, groups=list(groups), limit=limit)


async def bindings_of(database: Database, groups: Sequence[int]) -> list[DirectoryBinding]:
    """What groups are bound to."""
    return await database.all(DirectoryBinding, BINDINGS, groups=list(groups))


async def bindings_by_id(database: Database, ids: Sequence[int]) -> dict[int, DirectoryBinding]:
    """Bindings, ended or not, by id."""
    found = await database.all(DirectoryBinding, BINDINGS_OF_GRANTS, ids=list(ids))
    return {binding.id: binding for binding in found}


async def directory_grants_of(database: Database, people: Sequence[int]) -> list[DirectoryGrant]:
    """What came of bindings for people, and has not ended."""
    return await database.all(DirectoryGrant, GRANTS, people=list(people))


async def approvals_of(
    database: Database, ids: Sequence[int], people: Sequence[int] = ()
) -> dict[int, Approval]:
    """Approvals by id: these, and those that wait for these people."""
    found = await database.all(Approval, APPROVALS, ids=list(ids), people=list(people))
    return {approval.id: approval for approval in found}


async def groups_by_id(database: Database, ids: Sequence[int]) -> list[DirectoryGroup]:
    """These groups, gone or not."""
    return await database.all(DirectoryGroup, GROUPS_BY_ID, ids=list(ids))


async def all_groups(database: Database) -> list[DirectoryGroup]:
    """Every group of every directory."""
    return await database.all(DirectoryGroup, ALL_GROUPS)
