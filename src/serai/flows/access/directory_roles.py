"""What membership gives: roles that groups of a directory are bound to, granted and ended.

The right to grant them is that of whoever bound the group. A role that needs two people
waits for a second person, as it does for anybody who asks for one.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct, structs

from serai.cloud import Approval, AskedGrant, Grant, Node, directories, grants_of
from serai.flows.access.granting import granted_or_asked
from serai.flows.house import House
from serai.flows.step import By
from serai.ledger import Change, Insert


class Rows(Struct, frozen=True):
    """Rows that a step writes and changes."""

    inserts: tuple[Insert, ...] = ()
    changes: tuple[Change, ...] = ()


class _Role(Struct, frozen=True):
    person_id: int
    role: str
    node: Node


async def give_roles(
    house: House, by: By, bindings: Sequence[directories.DirectoryBinding], people: Sequence[int]
) -> Rows:
    """Give these people what the bindings say: a role, or the question for it. Who holds it
    already keeps it as it is; what another binding gives is shared with that one, which is expected
    not to end meanwhile."""
    if not bindings or not people:
        return Rows()
    given = await _given(house, people)
    held = {_role(grant) for grant in await grants_of(house.database, people)}
    ids = await house.ids.take(2 * len(bindings) * len(people))
    written: dict[str, list[Struct]] = {"grants": [], "approvals": [], "directory_grants": []}
    found, shares = dict(given), dict[tuple[str, int], Change]()
    for binding in bindings:
        actor = structs.replace(by.actor, id=binding.bound_by or by.actor.id)
        for person_id in people:
            role = _Role(person_id, binding.role, binding.node)
            one = directories.DirectoryGrant(
                id=next(ids), binding_id=binding.id, person_id=person_id
            )
            if role in given:
                shared = given[role]
                one = structs.replace(one, grant_id=shared.grant_id, approval_id=shared.approval_id)
                if role in found:
                    _note(shares, Change("directory_grants", shared.id, shared.version, {}))
            elif role not in held:
                asked = AskedGrant(
                    holder_id=person_id, role=binding.role, level=binding.level,
                    node_id=binding.node_id,
                )  # fmt: skip
                insert, answer = granted_or_asked(house, actor, asked, next(ids))
                written[insert.table].extend(insert.rows)
                one = structs.replace(one, grant_id=answer.grant_id, approval_id=answer.approval_id)
            given[role] = one
            written["directory_grants"].append(one)
    inserts = tuple(Insert(table, tuple(rows)) for table, rows in written.items() if rows)
    return Rows(inserts, tuple(shares.values()))


async def end_roles(
    house: House,
    rows: Iterable[directories.DirectoryGrant],
    bindings: dict[int, directories.DirectoryBinding],
) -> Rows:
    """End what came of bindings: grants, and questions that wait, unless another binding gives
    the same role to the same person, and never what somebody was granted beside them."""
    ending = list(rows)
    if not ending:
        return Rows()
    people = sorted({one.person_id for one in ending})
    ended_ids = {one.id for one in ending}
    kept = [
        one
        for one in await directories.directory_grants_of(house.database, people)
        if one.id not in ended_ids
    ]
    kept_grants = {one.grant_id for one in kept}
    kept_approvals = {one.approval_id for one in kept}
    # What was asked for before what is held: what is approved in between changes what was asked.
    approvals = await directories.approvals_of(
        house.database, [one.approval_id for one in ending if one.approval_id]
    )
    held = {_role(grant): grant for grant in await grants_of(house.database, people)}
    moment = house.clock()
    changes: dict[tuple[str, int], Change] = {}
    for one in ending:
        _note(changes, Change("directory_grants", one.id, one.version, {"ended_at": moment}))
        binding = bindings[one.binding_id]
        grant = held.get(_Role(one.person_id, binding.role, binding.node))
        approval = approvals.get(one.approval_id)
        if approval is not None and approval.id not in kept_approvals:
            if approval.state == "waiting":
                _note(changes, _withdrawn(approval, moment))
            elif grant is not None and _came_of(grant, approval):
                _note(changes, _ended(grant, moment))
        if grant is not None and grant.id == one.grant_id and grant.id not in kept_grants:
            _note(changes, _ended(grant, moment))
    return Rows(changes=tuple(changes.values()))


async def end_everything(house: House, person_id: int) -> Rows:
    """End all that somebody holds, from wherever it came, and what they are asked for."""
    moment = house.clock()
    given = await directories.directory_grants_of(house.database, [person_id])
    waiting = await directories.approvals_of(house.database, [], [person_id])
    return Rows(
        changes=(
            *(_ended(grant, moment) for grant in await grants_of(house.database, [person_id])),
            *(_withdrawn(approval, moment) for approval in waiting.values()),
            *(
                Change("directory_grants", one.id, one.version, {"ended_at": moment})
                for one in given
            ),
        )
    )


async def leave_groups(house: House, person_id: int, moment: datetime) -> Rows:
    """Take somebody out of every group that they are in."""
    memberships = await directories.memberships_of(house.database, person_id)
    groups = await directories.groups_by_id(house.database, [one.group_id for one in memberships])
    return Rows(
        changes=(
            *(
                Change("directory_members", one.id, one.version, {"ended_at": moment})
                for one in memberships
            ),
            *(
                Change("directory_groups", one.id, one.version, {"changed_at": moment})
                for one in groups
            ),
        )
    )


async def _given(house: House, people: Sequence[int]) -> dict[_Role, directories.DirectoryGrant]:
    """What came of bindings, where it still holds or waits."""
    rows = await directories.directory_grants_of(house.database, people)
    bindings = await directories.bindings_by_id(
        house.database, sorted({one.binding_id for one in rows})
    )
    found: dict[_Role, directories.DirectoryGrant] = {}
    for one in rows:
        if one.grant_id or one.approval_id:
            binding = bindings[one.binding_id]
            found[_Role(one.person_id, binding.role, binding.node)] = one
    return found


def _role(grant: Grant) -> _Role:
    return _Role(grant.holder_id, grant.role, grant.node)


def _came_of(grant: Grant, approval: Approval) -> bool:
    """Whether a grant of the role that was asked for is the one that was approved: those before
    it were granted by others."""
    if approval.state != "approved" or approval.decided_at is None:
        return False
    return grant.granted_at >= approval.decided_at


def _withdrawn(approval: Approval, moment: datetime) -> Change:
    decision: dict[str, object] = {"state": "refused", "decided_by": 0, "decided_at": moment}
    return Change("approvals", approval.id, approval.version, decision)


def _ended(grant: Grant, moment: datetime) -> Change:
    return Change("grants", grant.id, grant.version, {"ended_at": moment})


def _note(changes: dict[tuple[str, int], Change], change: Change) -> None:
    changes[change.table, change.id] = change
