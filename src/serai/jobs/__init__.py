"""Timers and queues; each job calls one flow."""

import asyncio
from collections.abc import Mapping

from serai.capital import Provider
from serai.flows import House
from serai.jobs.payments import PROVIDERS, ask_providers
from serai.jobs.timers import (
    archive_slots,
    carry_moves_out,
    check_books,
    expire_holds,
    fold_journal,
    seal_people,
    write_shares_down,
    write_uses_down,
)

__all__ = ["run_jobs"]


async def run_jobs(
    house: House, writer_url: str, providers: Mapping[str, Provider] = PROVIDERS
) -> None:
    """Every job of the platform, until cancelled; what folds and archives writes as the writer."""
    async with asyncio.TaskGroup() as jobs:
        jobs.create_task(ask_providers(house, providers))
        jobs.create_task(expire_holds(house))
        jobs.create_task(fold_journal(writer_url))
        jobs.create_task(archive_slots(house, writer_url))
        jobs.create_task(carry_moves_out(house))
        jobs.create_task(check_books(house))
        jobs.create_task(write_uses_down(house))
        jobs.create_task(seal_people(house))
        jobs.create_task(write_shares_down(house))
