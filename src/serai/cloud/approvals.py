"""Approvals: what needs two people is asked for by one and decided by another."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from serai.cloud.grants import Node
from serai.cloud.rights import Right
from serai.cloud.roles import ROLES, Level

OF_TWO: frozenset[Right] = frozenset({"access.write", "refunds.approve"})
ApprovalState = Literal["waiting", "approved", "refused"]


class AskedGrant(Struct, frozen=True, kw_only=True, tag="grant"):
    """A role that is to be granted."""

    holder_id: int
    role: str
    level: Level
    node_id: int

    @property
    def node(self) -> Node:
        """Where it is to hold."""
        return Node(self.level, self.node_id)


class Wait(Struct, frozen=True, kw_only=True):
    """Why money waits for a second person: because of what goes back for the order, because of
    what the same hands have let out alone within 24 hours, because it is another currency than the
    company's (`entity_id`), because somebody has refused it before, or because whoever asks has
    lately raised the figures.

    `before_minor` had gone back already, and one person alone pays back up to `bound_minor`.
    """

    reason: Literal["order", "day", "currency", "refused", "raised"]
    entity_id: int
    currency: str
    before_minor: int = 0
    bound_minor: int = 0


class AskedRefund(Struct, frozen=True, kw_only=True, tag="refund"):
    """Money that is to go back to a customer: the refund that waits, and why (of those from before
    it was said, None)."""

    payment_id: int
    wait: Wait | None = None


class Approval(Struct, frozen=True, kw_only=True):
    """What `asked_by` asked for; `decided_by` is somebody else, and 0 while it waits."""

    id: int
    asked: AskedGrant | AskedRefund
    state: ApprovalState = "waiting"
    asked_by: int
    asked_at: datetime
    decided_by: int = 0
    decided_at: datetime | None = None
    version: int = 1


def needs_two(role: str) -> bool:
    """Whether a role gives power over others or lets money leave, so that one person alone cannot
    grant it: who could make their own second person would need none."""
    return not OF_TWO.isdisjoint(ROLES[role].rights)
