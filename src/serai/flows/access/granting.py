"""Grants: given and ended, by one person, or by two where a role needs two."""

from msgspec import Struct

from serai.cloud import (
    PLATFORM,
    Actor,
    Approval,
    AskedGrant,
    Grant,
    Node,
    approval_of,
    grant_of,
    grants_of,
    needs_two,
    person_of,
)
from serai.core import Refusal
from serai.flows.access.managing import (
    ABOVE_OWN,
    as_now,
    check_grant,
    may_grant,
    may_read,
    sees_person,
    unknown_person,
)
from serai.flows.hands import are_two
from serai.flows.house import House
from serai.flows.refusals import unknown
from serai.flows.step import By, Draft, take
from serai.ledger import Change, Event, Insert


class GrantAsked(Struct, frozen=True):
    """What came of asking for a role: a grant, or an approval that waits for another person."""

    grant_id: int = 0
    approval_id: int = 0


class GrantEnded(Struct, frozen=True):
    """Which grant has ended."""

    grant_id: int


class Decided(Struct, frozen=True):
    """What was decided; with the grant, where it was approved."""

    approval_id: int
    approved: bool
    grant_id: int = 0


async def grant_role(house: House, by: By, asked: AskedGrant) -> GrantAsked | Refusal:
    """Grant a role, or ask a second person to where it needs two.

    Nobody grants more than they hold on the node themselves.
    """

    async def draft() -> Draft | Refusal:
        person = await person_of(house.database, asked.holder_id)
        if person is None or not await sees_person(house, by.actor, asked.holder_id):
            return unknown_person()
        refused = await check_grant(house, by.actor, asked.role, asked.node)
        if refused is not None:
            return refused
        if await _is_held(house, asked):
            return Refusal(
                name="role_held",
                says="This person holds this role there already.",
                advice="There is nothing to do.",
                field="role",
            )
        moment = house.clock()
        id = next(await house.ids.take(1))
        insert, answer = granted_or_asked(house, by.actor, asked, id)
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=answer,
            inserts=(insert,),
            events=(Event(type="role.granted" if answer.grant_id else "role.asked"),),
        )

    return await take(house, by, "grant_role", GrantAsked, draft, of=asked)


def granted_or_asked(
    house: House, actor: Actor, asked: AskedGrant, id: int
) -> tuple[Insert, GrantAsked]:
    """The row that a request for a role becomes, and what is answered to it."""
    if actor != PLATFORM and needs_two(asked.role):
        approval = Approval(id=id, asked=asked, asked_by=actor.id, asked_at=house.clock())
        return Insert("approvals", (approval,)), GrantAsked(approval_id=id)
    return Insert("grants", (_grant(house, asked, id),)), GrantAsked(grant_id=id)


async def end_grant(house: House, by: By, grant_id: int) -> GrantEnded | Refusal:
    """End a grant; whoever does it could have granted it."""

    async def draft() -> Draft | Refusal:
        grant = await grant_of(house.database, grant_id)
        if grant is None or grant.ended_at is not None:
            return unknown("grant", "grant_id")
        organisation, asker = await house.organisation(), await as_now(house, by.actor)
        if not may_grant(asker.actor, organisation, grant.role, grant.node, house):
            seen = may_read(asker.actor, organisation, grant.node, house)
            return ABOVE_OWN if seen else unknown("grant", "grant_id")
        moment = house.clock()
        ended = Change("grants", grant.id, grant.version, {"ended_at": moment})
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=GrantEnded(grant.id),
            changes=asker.beside(ended),
            events=(Event(type="role.ended"),),
        )

    return await take(house, by, "end_grant", GrantEnded, draft, of=grant_id)


async def decide_approval(
    house: House, by: By, approval_id: int, *, approved: bool
) -> Decided | Refusal:
    """Approve or refuse what another person asked for; neither they nor whom it is for may, nor
    whoever has had the other's account or program in hand."""

    async def draft() -> Draft | Refusal:
        approval = await approval_of(house.database, approval_id)
        if approval is None or not isinstance(approval.asked, AskedGrant):
            return unknown("approval", "approval_id")
        asked = approval.asked
        refused = await check_grant(house, by.actor, asked.role, asked.node)
        if refused is not None:
            return unknown("approval", "approval_id") if refused != ABOVE_OWN else refused
        if approval.state != "waiting":
            return Refusal(
                name="approval_decided",
                says="This was decided already.",
                advice="Look at who holds the role now.",
            )
        if not await _is_second(house, by.actor, approval, asked):
            return Refusal(
                name="second_person_needed",
                says="Whoever asked for a role, or is to hold it, cannot approve it, nor through "
                "a program or an account that they have had in hand.",
                advice="Ask a colleague who may grant it.",
            )
        moment = house.clock()
        given = approved and not await _is_held(house, asked)
        grant_id = next(await house.ids.take(1)) if given else 0
        decision: dict[str, object] = {
            "state": "approved" if approved else "refused",
            "decided_by": by.actor.id,
            "decided_at": moment,
        }
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=Decided(approval.id, approved, grant_id),
            inserts=(Insert("grants", (_grant(house, asked, grant_id),)),) if given else (),
            changes=(Change("approvals", approval.id, approval.version, decision),),
            events=(Event(type="role.granted" if approved else "role.refused"),),
        )

    return await take(house, by, "decide_approval", Decided, draft, of=(approval_id, approved))


async def may_decide(house: House, actor: Actor, approval: Approval) -> bool:
    """Whether the actor is one of those whom an approval waits for."""
    asked = approval.asked
    if not isinstance(asked, AskedGrant):
        return False
    if await check_grant(house, actor, asked.role, asked.node) is not None:
        return False
    return await _is_second(house, actor, approval, asked)


async def _is_second(house: House, actor: Actor, approval: Approval, asked: AskedGrant) -> bool:
    if actor.id in (approval.asked_by, asked.holder_id):
        return False
    return await are_two(house, actor.id, approval.asked_by)


async def _is_held(house: House, asked: AskedGrant) -> bool:
    held = await grants_of(house.database, [asked.holder_id])
    return any((grant.role, grant.node) == (asked.role, asked.node) for grant in held)


def _grant(house: House, asked: AskedGrant, id: int) -> Grant:
    node: Node = asked.node
    return Grant(
        id=id,
        holder_id=asked.holder_id,
        role=asked.role,
        level=node.level,
        node_id=node.id,
        granted_at=house.clock(),
    )
