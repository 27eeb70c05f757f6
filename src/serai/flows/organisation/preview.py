"""Preview: what a sheet would change, and every mistake in it; nothing is written."""

import asyncio
from collections.abc import Iterator
from hashlib import sha256
from typing import Literal

import msgspec
from msgspec import Struct

from serai.cloud import Actor, Organisation, read_organisation, sheets
from serai.flows.house import House
from serai.flows.organisation.tables import last_booked, selling

Form = Literal["csv", "xlsx"]


class Preview(Struct, frozen=True):
    """What a sheet would do; `digest` names this file on this organisation, for applying it."""

    digest: str
    file_digest: str
    comparison: sheets.Comparison


def may_write_whole(actor: Actor) -> bool:
    """Whether somebody may write the organisation as a whole, which a sheet always is."""
    nodes = () if actor.holdings is None else actor.nodes("organisation.write")
    return actor.holdings is None or any(node.level == "group" for node in nodes)


async def export_organisation(house: House, form: Form) -> bytes:
    """The whole organisation as one file; the same bytes as long as it is the same."""
    organisation = await house.organisation()
    return await asyncio.to_thread(write_organisation, organisation, form)


def write_organisation(organisation: Organisation, form: Form) -> bytes:
    """An organisation as one file."""
    write = sheets.write_csv if form == "csv" else sheets.write_xlsx
    return write(sheets.lines_of(organisation))


async def preview_sheet(house: House, data: bytes) -> Preview:
    """Compare a file with the organisation as it stands."""
    return await preview_of(house, await asyncio.to_thread(sheets.read_sheet, data))


async def preview_of(house: House, sheet: sheets.Sheet) -> Preview:
    """Compare what was read of a file with the organisation, which is read anew."""
    organisation = await read_organisation(house.database)
    comparison = await compare_anew(house, organisation, sheet)
    digest = await asyncio.to_thread(_digest, organisation, sheet)
    return Preview(digest, sheet.digest.hex(), comparison)


async def compare_anew(
    house: House, organisation: Organisation | None, sheet: sheets.Sheet
) -> sheets.Comparison:
    """Compare a sheet with an organisation, and with what was booked in the stores it moves."""
    today = house.clock().date()
    comparison = await asyncio.to_thread(sheets.compare, organisation, sheet, today, {})
    moved = [edit.id for edit in comparison.edits if edit.id and edit.before != edit.after]
    if organisation is None or not moved:
        return comparison
    booked = await last_booked(house.database, organisation, moved)
    on_sale = await selling(house.database, moved)
    return await asyncio.to_thread(sheets.compare, organisation, sheet, today, booked, on_sale)


def _digest(organisation: Organisation | None, sheet: sheets.Sheet) -> str:
    """A name for a file on an organisation: another one as soon as either is another."""
    digest = sha256(sheet.digest)
    if organisation is not None:
        encode = msgspec.msgpack.Encoder().encode
        for node in _everything(organisation):
            digest.update(encode(node))
    return digest.hexdigest()


def _everything(organisation: Organisation) -> Iterator[Struct]:
    """Every record of the organisation, always in the same order."""
    yield organisation.group
    for nodes in (
        organisation.brands, organisation.entities, organisation.operators, organisation.cities,
        organisation.stores,
    ):  # fmt: skip
        yield from (node for _, node in sorted(nodes.items()))
    for store_id in sorted(organisation.stores):
        yield from organisation.parents(store_id)
    yield from organisation.planned.values()
