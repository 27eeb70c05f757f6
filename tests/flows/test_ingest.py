"""A small file of hotel bookings, replayed: every rule of the feed, in the books."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
import pytest_asyncio
from msgspec import Struct

from serai.core import Database, Ids, Refusal
from serai.flows import (
    FeedFigures,
    House,
    Imported,
    StatusFigures,
    feed_figures,
    feed_stores,
    import_hotel_bookings,
)
from serai.information import read_quarantine, read_runs
from serai.ledger import Writer, trial_balance
from serai.logistics import resources_of
from tests.flows.clock import SetClock
from tests.flows.statement import credited, goods, left, money, value
from tests.hotel_rows import file, row

GUEST, COMPANY = "hotel-bookings:guest:PRT", "hotel-bookings:company:40"
AS_OF = date(2016, 5, 1)


class Found(Struct, frozen=True):
    """What the records say of the one booking there is."""

    number: str
    state: str
    fee_minor: int
    placed_at: str
    state_at: str
    channel: str
    market: str
    country: str
    meals: str
    guests: str
    customer: str
    payer: str
    agent: str | None
    nights: int
    amount_minor: int
    payments: int


BOOKINGS = """
SELECT b.number, l.state, l.fee_minor, b.channel, b.market, b.country, b.meals,
    to_char(b.placed_at AT TIME ZONE 'Europe/Lisbon', 'YYYY-MM-DD HH24:MI') AS placed_at,
    to_char(l.state_at AT TIME ZONE 'Europe/Lisbon', 'YYYY-MM-DD HH24:MI') AS state_at,
    concat(b.adults, '+', b.children, '+', b.babies) AS guests, c.code AS customer,
    p.code AS payer, a.code AS agent, l.length AS nights, b.amount_minor,
    (SELECT count(*) FROM payments WHERE order_id = b.order_id AND status = 'succeeded')
        AS payments
FROM bookings AS b JOIN lines AS l ON l.booking_id = b.id
JOIN customers AS c ON c.id = b.customer_id JOIN customers AS p ON p.id = b.payer_id
LEFT JOIN customers AS a ON a.id = b.agent_id
ORDER BY b.id
"""
NODES = """
SELECT s.name_en AS store, e.name_en AS entity, e.currency, o.own, c.name_en AS city,
    g.name_en AS group_name, s.timezone
FROM stores AS s
JOIN store_parents AS pe ON pe.store_id = s.id AND pe.axis = 'entity'
JOIN entities AS e ON e.id = pe.parent_id
JOIN store_parents AS po ON po.store_id = s.id AND po.axis = 'operator'
JOIN operators AS o ON o.id = po.parent_id
JOIN store_parents AS pc ON pc.store_id = s.id AND pc.axis = 'city'
JOIN cities AS c ON c.id = pc.parent_id
CROSS JOIN groups AS g
WHERE s.code LIKE 'pt-%%' ORDER BY s.name_en
"""


class Node(Struct, frozen=True):
    store: str
    entity: str
    currency: str
    own: bool
    city: str
    group_name: str
    timezone: str


@pytest_asyncio.fixture
async def empty(database: Database, books: Writer, clock: SetClock) -> House:
    """A house in which nobody has founded anything."""
    return House(database, books, Ids(database), clock)


async def imported(house: House, *files: Path) -> Imported:
    found = await import_hotel_bookings(house, files)
    assert isinstance(found, Imported), found
    return found


async def brought_in(house: House, folder: Path, *rows: Mapping[str, str]) -> Imported:
    found = await imported(house, file(folder, *rows))
    assert (found.read, found.accepted) == (len(rows), len(rows))
    return found


async def by_role(house: House) -> dict[str, int]:
    """Debits less credits of the hotels' company, by role."""
    return {role: amount for (_, role), amount in (await money(house.database, "EUR")).items()}


async def rooms(house: House, hotel: str = "City Hotel") -> dict[str, int]:
    """The resource of each room type of a hotel."""
    store = (await feed_stores(house))[hotel]
    return {one.code: one.id for one in await resources_of(house.database, [store])}


async def capacity(house: House, code: str) -> int:
    store = (await feed_stores(house))["City Hotel"]
    (room,) = [one for one in await resources_of(house.database, [store]) if one.code == code]
    return room.calendar[-1].quantity


CANCELED = {"reservation_status": "Canceled", "is_canceled": 1}
CANCELED_FIRST = {"reservation_status": "Canceled", "reservation_status_date": "2016-05-01"}
NO_SHOW = {"reservation_status": "No-Show", "is_canceled": 1}


async def test_a_stay_is_earned_night_by_night_and_paid_at_check_out(
    empty: House, tmp_path: Path
) -> None:
    found = await brought_in(empty, tmp_path, row(adr="100.11", agent=9, babies=1))
    database = empty.database
    assert await value(database, "EUR") == {"earned": 30_033}
    assert await by_role(empty) == {"payment_clearing": 30_033, "revenue": -30_033}
    nights = [date(2016, 5, 10), date(2016, 5, 11), date(2016, 5, 12)]
    for role in ("revenue", "earned"):
        assert await credited(database, role) == dict.fromkeys(nights, 10_011)
    assert await credited(database, "consumed") == dict.fromkeys(nights, 1)
    assert await credited(database, "sold") == {date(2016, 4, 30): 3}
    assert await credited(database, "on_the_books") == {date(2016, 4, 30): 30_033}
    assert await money(database, "EUR")  # nothing but euros moved
    assert await credited(database, "guest_receivable") == {date(2016, 5, 13): 30_033}
    assert await goods(database, (await rooms(empty))["A"]) == {"consumed": 3}
    (booking,) = await database.all(Found, BOOKINGS)
    assert booking == Found(
        booking.number, "fulfilled", 0, "2016-04-30 10:00", "2016-05-13 11:00", "Direct",
        "Direct", "PRT", "BB", "2+0+1", GUEST, GUEST, "hotel-bookings:agent:9", 3, 30_033, 0,
    )  # fmt: skip
    assert found.by_status == {
        "Check-Out": StatusFigures(1, 3, 30_033),
        "Canceled": StatusFigures(),
        "No-Show": StatusFigures(),
    }


async def test_before_the_stay_only_value_stands_on_the_books(empty: House, tmp_path: Path) -> None:
    await brought_in(
        empty, tmp_path, row(), row(deposit_type="Refundable"), row(deposit_type="Non Refund")
    )
    stores = await feed_stores(empty)
    organisation = await empty.organisation(stores.values())
    book = organisation.parent(stores["City Hotel"], "entity", AS_OF)
    assert book is not None
    rows = await trial_balance(empty.database, book, ["EUR", "value:EUR"], AS_OF)
    assert {one.role: one.balance for one in rows if one.balance} == {
        "booked": 3 * 30_030,
        "on_the_books": -3 * 30_030,
        "payment_clearing": 30_030,
        "deposits": -30_030,
    }


async def test_what_is_not_refundable_is_paid_at_booking(empty: House, tmp_path: Path) -> None:
    found = await brought_in(
        empty,
        tmp_path,
        row(deposit_type="Non Refund"),
        row(deposit_type="Non Refund", **CANCELED, reservation_status_date="2016-05-02"),
        row(deposit_type="Non Refund", **NO_SHOW, reservation_status_date="2016-05-10"),
    )
    assert await by_role(empty) == {
        "payment_clearing": 3 * 30_030,
        "revenue": -30_030,
        "fee_revenue": -2 * 30_030,
    }
    assert found.fees_minor == 2 * 30_030
    assert await credited(empty.database, "fee_revenue") == {
        date(2016, 5, 2): 30_030,
        date(2016, 5, 10): 30_030,
    }
    assert await goods(empty.database, (await rooms(empty))["A"]) == {
        "consumed": 3,
        "forfeited": 3,
        "shortfall": -6,  # two more on the books than were ever in house, for three nights
    }
    states = [(one.state, one.fee_minor, one.payments)
              for one in await empty.database.all(Found, BOOKINGS)]  # fmt: skip
    assert states == [("fulfilled", 0, 1), ("cancelled", 30_030, 1), ("not_shown", 30_030, 1)]


@pytest.mark.parametrize("deposit", ["No Deposit", "Refundable"])
async def test_otherwise_nothing_is_kept(empty: House, tmp_path: Path, deposit: str) -> None:
    found = await brought_in(
        empty,
        tmp_path,
        row(deposit_type=deposit, **CANCELED, reservation_status_date="2016-05-10"),
        row(deposit_type=deposit, **NO_SHOW, reservation_status_date="2016-05-10"),
    )
    assert await by_role(empty) == {}
    assert await value(empty.database, "EUR") == {"cancelled": 30_030, "not_shown": 30_030}
    assert found.by_status["Canceled"] == StatusFigures(1, 3, 30_030)
    assert found.by_status["No-Show"] == StatusFigures(1, 3, 30_030)
    assert found.fees_minor == 0
    room = (await rooms(empty))["A"]
    # The night that had begun is gone, the others could be sold again.
    assert (await goods(empty.database, room))["forfeited"] == 1
    assert await left(empty.database, room, date(2016, 5, 10)) == 1
    assert await left(empty.database, room, date(2016, 5, 11)) == 2


async def test_a_company_is_invoiced(empty: House, tmp_path: Path) -> None:
    await brought_in(empty, tmp_path, row(company=40), row(company=40, adr=80))
    assert await by_role(empty) == {"company_receivable": 54_030, "revenue": -54_030}
    (first, _) = await empty.database.all(Found, BOOKINGS)
    assert (first.customer, first.payer) == (GUEST, COMPANY)


async def test_an_early_departure_is_charged_when_it_leaves(empty: House, tmp_path: Path) -> None:
    await brought_in(empty, tmp_path, row(reservation_status_date="2016-05-10"))
    assert await credited(empty.database, "earned") == {date(2016, 5, 10): 30_030}
    assert await credited(empty.database, "consumed") == {date(2016, 5, 10): 3}


async def test_a_stay_for_nothing_posts_rooms_and_no_money(empty: House, tmp_path: Path) -> None:
    found = await brought_in(empty, tmp_path, row(adr=0), row(adr=0, deposit_type="Non Refund"))
    assert await by_role(empty) == {}
    assert await value(empty.database, "EUR") == {}
    assert found.by_status["Check-Out"] == StatusFigures(2, 6, 0)


async def test_the_longest_stay_fits_into_one_step(empty: House, tmp_path: Path) -> None:
    long = row(
        stays_in_weekend_nights=26, stays_in_week_nights=64, deposit_type="Non Refund",
        reservation_status_date="2016-08-08",
    )  # fmt: skip
    gone = long | CANCELED_FIRST
    found = await brought_in(empty, tmp_path, long, gone)
    assert found.by_status["Check-Out"] == StatusFigures(1, 90, 900_900)
    assert found.by_status["Canceled"] == StatusFigures(1, 90, 900_900)
    assert (await goods(empty.database, (await rooms(empty))["A"]))["shortfall"] == -90


async def test_cents_add_up_over_the_nights(empty: House, tmp_path: Path) -> None:
    await brought_in(empty, tmp_path, row(adr="33.335"))
    assert await value(empty.database, "EUR") == {"earned": 10_000}
    assert sorted((await credited(empty.database, "revenue")).values()) == [3_333, 3_333, 3_334]


async def test_capacity_is_the_most_in_house_and_history_is_never_refused(
    empty: House, tmp_path: Path
) -> None:
    gone = row(**CANCELED, reservation_status_date="2016-05-09")
    await brought_in(empty, tmp_path, row(), row(arrival_date_day_of_month=12,
                     reservation_status_date="2016-05-15"), gone, gone, gone)  # fmt: skip
    assert await capacity(empty, "A") == 2
    room = (await rooms(empty))["A"]
    assert await goods(empty.database, room) == {"consumed": 6, "shortfall": -7}
    assert await left(empty.database, room, date(2016, 5, 10)) == 3
    assert await left(empty.database, room, date(2016, 5, 12)) == 3


async def test_a_later_file_that_needs_more_makes_capacity_grow(
    empty: House, tmp_path: Path
) -> None:
    await brought_in(empty, tmp_path, row())
    assert await capacity(empty, "A") == 1
    both = row(arrival_date_day_of_month=12, reservation_status_date="2016-05-15")
    await imported(empty, file(tmp_path, both, both, name="later.csv.gz"))
    assert await capacity(empty, "A") == 2
    room = (await rooms(empty))["A"]
    assert await left(empty.database, room, date(2016, 5, 10)) == 1
    assert await left(empty.database, room, date(2016, 5, 13)) == 0
    assert (await goods(empty.database, room)) == {"consumed": 9, "shortfall": -1}


async def test_exact_duplicates_are_bookings_of_their_own_and_a_file_comes_in_once(
    empty: House, tmp_path: Path
) -> None:
    path = file(tmp_path, row(), row(), row(adr=0), row(adults=0), row(adults=0))
    first = await imported(empty, path)
    assert (first.read, first.accepted, first.rejected, first.already_known) == (5, 3, 2, 0)
    before = empty.books.position
    again = await imported(empty, path, path)
    assert (again.read, again.accepted, again.rejected, again.already_known) == (10, 0, 4, 6)
    assert again.by_status == first.by_status
    assert await empty.database.value("SELECT count(*) FROM bookings") == 3
    assert len(await read_quarantine(empty.database, status="")) == 2
    told = await empty.database.column(
        "SELECT type FROM events WHERE position > %(before)s", before=before
    )
    assert set(told) == {"feed.begun", "feed.ended"}
    runs = await read_runs(empty.database)
    assert [(run.read, run.accepted, run.rejected, run.already_known) for run in runs] == [
        (5, 0, 2, 3), (5, 0, 2, 3), (5, 3, 2, 0),
    ]  # fmt: skip
    assert all(run.ended_at is not None and run.digest == runs[0].digest for run in runs)


async def test_what_fails_waits_with_its_line_its_reasons_and_its_row(
    empty: House, tmp_path: Path
) -> None:
    bad = row(adults=0, children="NA", adr=5400)
    found = await imported(empty, file(tmp_path, row(), bad, row(hotel="Grand Hotel")))
    assert (found.accepted, found.rejected) == (1, 2)
    first, second = await read_quarantine(empty.database, "hotel-bookings")
    assert (first.line_number, first.reasons) == (3, ("no_guests", "rate_implausible"))
    assert (first.record, first.status) == (bad, "waiting")
    assert (second.line_number, second.reasons) == (4, ("hotel_unknown",))


async def test_one_broken_file_refuses_all_and_writes_nothing(empty: House, tmp_path: Path) -> None:
    good, broken = file(tmp_path, row()), file(tmp_path, row(), row(), name="broken.csv.gz")
    broken.write_bytes(broken.read_bytes()[:-9])
    refused = await import_hotel_bookings(empty, [good, broken])
    assert isinstance(refused, Refusal)
    assert refused.name == "file_refused"
    assert str(broken) in refused.says
    assert empty.books.position == 0
    assert await empty.database.value("SELECT count(*) FROM groups") == 0
    assert await empty.database.value("SELECT count(*) FROM keys") == 0


async def test_the_hotels_found_a_group_where_there_is_none(empty: House, tmp_path: Path) -> None:
    await brought_in(empty, tmp_path, row())
    assert await empty.database.all(Node, NODES) == [
        Node("City Hotel", "Portuguese Hotels, Lda.", "EUR", True, "Lisbon",
             "Portuguese Hotels", "Europe/Lisbon"),
        Node("Resort Hotel", "Portuguese Hotels, Lda.", "EUR", True, "Faro",
             "Portuguese Hotels", "Europe/Lisbon"),
    ]  # fmt: skip


async def test_the_hotels_join_the_group_that_is_there(house: House, tmp_path: Path) -> None:
    await brought_in(house, tmp_path, row(hotel="Resort Hotel"))
    nodes = await house.database.all(Node, NODES)
    assert [(one.group_name, one.own) for one in nodes] == [("Lantern Group", True)] * 2
    assert await house.database.value("SELECT count(*) FROM groups") == 1
    assert await house.database.value("SELECT count(*) FROM cities WHERE name_en = 'Lisbon'") == 1
    figures = await feed_figures(house, await feed_stores(house))
    assert figures["Resort Hotel"].by_status["Check-Out"] == StatusFigures(1, 3, 30_030)
    assert figures["City Hotel"] == FeedFigures(
        dict.fromkeys(("Check-Out", "Canceled", "No-Show"), StatusFigures()), 0
    )
