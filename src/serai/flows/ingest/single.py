"""One booking brought in by itself, as a row that was released from quarantine is."""

import msgspec

from serai.flows.house import House
from serai.flows.ingest.catalogue import complete_catalogue
from serai.flows.ingest.organisation import found_hotels
from serai.flows.ingest.replay import Entry, take_booked, take_ended
from serai.flows.ingest.rooms import most_in_house, read_rooms
from serai.flows.ingest.steps import Remembered, booked_key
from serai.information import hotel_bookings
from serai.ledger import Change, Deed, stored_answers


async def bring_in(
    house: House,
    booking: hotel_bookings.HotelBooking,
    fingerprint: str,
    more: tuple[Change, ...] = (),
    deeds: tuple[Deed, ...] = (),
) -> int:
    """The order that a booking has become; `more` changes and `deeds` go with its last step.

    A room type that is new with it gets one room; one that is known keeps what it has.
    """
    stores = await found_hotels(house)
    catalogue = await complete_catalogue(house, stores, [booking], most_in_house([booking]))
    rooms = await read_rooms(house.database, catalogue, [booking])
    entry = Entry(booking, fingerprint)
    taken = await take_booked(house, catalogue, rooms, entry)
    await take_ended(house, catalogue, rooms, entry, more, deeds)
    return taken.file.order.id


async def order_of_row(house: House, fingerprint: str) -> int:
    """The order that a row has become; 0 when it has become none."""
    digest = booked_key(fingerprint).digest()
    answer = (await stored_answers(house.database, [digest])).get(digest)
    return msgspec.json.decode(answer, type=Remembered).order_id if answer else 0
