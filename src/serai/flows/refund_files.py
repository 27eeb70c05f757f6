"""Refunds as those read them who decide about them: with their lines, and with both people."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from serai.capital import Payment, refunds_again
from serai.cloud import Approval, AskedRefund, Wait, people_of, program_of, refund_approvals
from serai.flows.ask_again import GIVEN_UP
from serai.flows.house import House
from serai.merchants import Line, OrderFile, chosen, read_orders


class Hand(Struct, frozen=True):
    """Somebody who asked or decided: as the trail names them, and as people call them."""

    actor: str
    shown: str


NOBODY = Hand("", "")


class RefundFile(Struct, frozen=True):
    """A refund of an order; with no `approval` where one person was enough. `asked_again_as` is
    the one in its place, or 0."""

    refund: Payment
    order: OrderFile
    approval: Approval | None
    asked_by: Hand
    decided_by: Hand
    asked_again_as: int = 0

    @property
    def lines(self) -> tuple[Line, ...]:
        """What it is paid back for."""
        return chosen(self.order.lines, frozenset(self.refund.lines))

    @property
    def wait(self) -> Wait | None:
        """Why it needed a second person, where that is known."""
        return wait_of(self.approval)

    @property
    def may_be_asked_again(self) -> bool:
        """Whether its money is still with the house."""
        return self.refund.status in GIVEN_UP and not self.asked_again_as

    @property
    def fee_minor(self) -> int:
        """What was kept of these lines."""
        return sum(line.fee_minor for line in self.lines)

    @property
    def stores(self) -> tuple[int, ...]:
        """Whose lines they are, each store once."""
        return tuple(dict.fromkeys(line.store_id for line in self.lines))


async def read_refund_files(house: House, refunds: Sequence[Payment]) -> list[RefundFile]:
    """The files of refunds that somebody sees, in their order.

    Whoever decides about a refund is told for which lines it is, by the whole house: a company
    pays back for stores that are not its own.
    """
    orders = await read_orders(house.database, sorted({one.order_id for one in refunds}))
    approvals = await refund_approvals(house.database, [one.id for one in refunds])
    again = await refunds_again(house.database, [one.id for one in refunds])
    hands = await _hands(
        house, {id for one in approvals.values() for id in (one.asked_by, one.decided_by) if id}
    )
    found = []
    for refund in refunds:
        approval = approvals.get(refund.id)
        asked, decided = (approval.asked_by, approval.decided_by) if approval else (0, 0)
        found.append(
            RefundFile(
                refund, orders[refund.order_id], approval, hands.get(asked, NOBODY),
                hands.get(decided, NOBODY), again.get(refund.id, 0),
            )
        )  # fmt: skip
    return found


async def read_wait(house: House, refunds: Sequence[Payment]) -> Wait | None:
    """Why the first of these refunds waits for a second person."""
    approvals = await refund_approvals(house.database, [one.id for one in refunds])
    waits = [wait_of(approvals.get(one.id)) for one in refunds]
    return next((wait for wait in waits if wait is not None), None)


def wait_of(approval: Approval | None) -> Wait | None:
    """Why it was asked for."""
    asked = approval.asked if approval else None
    return asked.wait if isinstance(asked, AskedRefund) else None


async def _hands(house: House, ids: set[int]) -> Mapping[int, Hand]:
    people = await people_of(house.database, sorted(ids))
    hands = {id: Hand(f"person:{id}", one.display_name) for id, one in people.items()}
    for id in ids - hands.keys():
        program = await program_of(house.database, id)
        if program is not None:
            hands[id] = Hand(f"program:{id}", program.name)
    return hands
