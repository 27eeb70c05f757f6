"""Timers and queues; each job calls one flow."""

import asyncio

from serai.flows import House
from serai.jobs.payments import ask_providers
from serai.jobs.timers import expire_holds

__all__ = ["run_jobs"]


async def run_jobs(house: House) -> None:
    """Every job of the platform, until cancelled."""
    async with asyncio.TaskGroup() as jobs:
        jobs.create_task(ask_providers(house))
        jobs.create_task(expire_holds(house))
