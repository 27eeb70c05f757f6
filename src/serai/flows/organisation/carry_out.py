"""Carry out: moves to another company whose day has begun, each by itself."""

from msgspec import structs

from serai.cloud import Actor, Origin, PlannedMove, waiting_moves
from serai.core import Refusal, Trouble
from serai.flows.house import House
from serai.flows.organisation.move_store import carry_out
from serai.flows.organisation.plans import note_refusal
from serai.flows.step import By
from serai.flows.times import today_at

AS_PLANNED = Actor("planned")
"""Who carries out what somebody has planned. Whether they may was looked at when they asked: what
was decided then stands, as a move to another brand does, until somebody calls it off."""
ON_ITS_DAY = Origin("planned move")


async def carry_out_moves(house: House) -> Trouble | None:
    """Move every store whose day has begun by its own clock. What is refused is kept with the move
    and tried again; answers with what has stood in the way since another day, or for good."""
    stuck = []
    for plan in await waiting_moves(house.database):
        organisation = await house.organisation({plan.store_id})
        store = organisation.stores[plan.store_id]
        today = today_at(store, house.clock())
        if today < plan.since:
            continue
        by = By(AS_PLANNED, f"{plan.id}:{plan.version}", origin=ON_ITS_DAY)
        moved = await carry_out(house, by, plan)
        if isinstance(moved, Refusal) and moved.name != "move_ended":
            await _note(house, by, plan, moved)
            if moved.name != "open_balances" or plan.since < today:
                stuck.append(f"{store.code}: {moved.name}")
    return Trouble("; ".join(stuck)) if stuck else None


async def _note(house: House, by: By, plan: PlannedMove, refusal: Refusal) -> None:
    if refusal.name != plan.refusal:
        key = structs.replace(by, key=f"{by.key}:{refusal.name}")
        await note_refusal(house, key, plan, refusal)
