"""The schema of the hotel bookings: what a row tells, and every reason why it tells nothing."""

from datetime import date

import pytest

from serai.information import Row
from serai.information.hotel_bookings import (
    BEYOND,
    COLUMNS,
    REASONS,
    HotelBooking,
    Rejected,
    as_record,
    as_row,
    parse,
)
from tests.hotel_rows import COLUMNS as OWN_COLUMNS
from tests.hotel_rows import row


def read(**changes: object) -> HotelBooking | Rejected:
    return parse(as_row(row(**changes), 2))


def booking(**changes: object) -> HotelBooking:
    read_row = read(**changes)
    assert isinstance(read_row, HotelBooking), read_row
    return read_row


def reasons(**changes: object) -> tuple[str, ...]:
    read_row = read(**changes)
    assert isinstance(read_row, Rejected), read_row
    assert set(read_row.reasons) <= REASONS.keys()
    return read_row.reasons


def test_a_row_becomes_a_booking() -> None:
    assert COLUMNS == OWN_COLUMNS
    assert booking(agent=9, company=40) == HotelBooking(
        hotel="City Hotel",
        room_type="A",
        meal="BB",
        deposit="No Deposit",
        status="Check-Out",
        booked_on=date(2016, 4, 30),
        arrival=date(2016, 5, 10),
        status_on=date(2016, 5, 13),
        nights=3,
        adults=2,
        children=0,
        babies=0,
        amount_minor=30_030,
        country="PRT",
        market="Direct",
        channel="Direct",
        agent="9",
        company="40",
    )


def test_what_is_missing_is_empty_and_children_na_are_none() -> None:
    found = booking(country="NULL", agent="NULL", company="NULL", children="NA")
    assert (found.country, found.agent, found.company, found.children) == ("", "", "", 0)


@pytest.mark.parametrize(
    ("rate", "nights", "amount_minor"),
    [
        ("0", 3, 0),
        ("0.005", 1, 0),  # a tie goes to the even cent
        ("0.015", 1, 2),
        ("0.025", 1, 2),
        ("62.335", 2, 12_467),  # rounded once for the stay, not for each night
        ("33.333", 3, 10_000),
        ("99.99", 7, 69_993),
        ("5000", 1, 500_000),
        ("5000.00", 2, 1_000_000),
        ("68.", 1, 6_800),
        ("-0", 1, 0),
    ],
)
def test_the_amount_is_rounded_half_even_once(rate: str, nights: int, amount_minor: int) -> None:
    found = booking(
        adr=rate, stays_in_weekend_nights=0, stays_in_week_nights=nights,
        reservation_status_date="2016-05-20",
    )  # fmt: skip
    assert found.amount_minor == amount_minor


REJECTED: dict[str, tuple[tuple[str, ...], dict[str, object]]] = {
    "no night": (("no_nights",), {"stays_in_weekend_nights": 0, "stays_in_week_nights": 0}),
    "no guest": (("no_guests",), {"adults": 0, "children": "NA"}),
    "rate below": (("rate_implausible",), {"adr": "-6.38"}),
    "rate above": (("rate_implausible",), {"adr": "5000.01"}),
    "rate no number": (("rate_implausible",), {"adr": "NaN"}),
    "rate endless": (("rate_implausible",), {"adr": "1e3"}),
    "no such day": (("date_impossible",), {"arrival_date_day_of_month": 31,
                                           "arrival_date_month": "April"}),
    "no such month": (("date_impossible",), {"arrival_date_month": "Maj"}),
    "no such year": (("date_impossible",), {"arrival_date_year": "0000"}),
    "no such status day": (("date_impossible",), {"reservation_status_date": "2016-02-30"}),
    "ended before booked": (("date_impossible",), {"reservation_status": "Canceled",
                                                   "reservation_status_date": "2016-04-29"}),
    "left before coming": (("date_impossible",), {"reservation_status_date": "2016-05-09"}),
    "ended at the end of time": (("date_impossible",), {"reservation_status_date": "9999-12-31"}),
    "beyond the pages": (("date_impossible",), {"arrival_date_year": 2100,
                                                "reservation_status_date": "2100-05-13"}),
    "booked before slots": (("date_impossible",), {"lead_time": 20_000}),
    "beyond the calendar": (("date_impossible",), {"arrival_date_year": 9999,
                                                   "arrival_date_month": "December",
                                                   "arrival_date_day_of_month": 31,
                                                   "reservation_status_date": "9999-12-31"}),
    "status": (("status_unknown",), {"reservation_status": "Checked out"}),
    "deposit": (("deposit_unknown",), {"deposit_type": "Half"}),
    "hotel": (("hotel_unknown",), {"hotel": "Grand Hotel"}),
    "room type": (("room_type_missing",), {"reserved_room_type": "NULL"}),
    "unreadable": (("number_unreadable",), {"adults": "two"}),
    "unreadable lead": (("number_unreadable",), {"lead_time": "1.5"}),
    "negative": (("number_negative",), {"babies": -1}),
    "booked after coming": (("number_negative",), {"lead_time": -1}),
    "long": (("stay_too_long",), {"stays_in_week_nights": 90}),
    "crowd": (("guests_implausible",), {"adults": 501}),
    "endless text": (("text_too_long",), {"market_segment": "x" * 101}),
    "turned text": (("text_not_plain",), {"market_segment": "Direct\u202egnp.exe"}),
    "isolated text": (("text_not_plain",), {"agent": "\u20679\u2069"}),
    "two lines": (("text_not_plain",), {"distribution_channel": "Direct\nDirect"}),
    "control": (("text_not_plain",), {"customer_type": "Transient\x1b[2J"}),
    "all at once": (
        ("no_nights", "no_guests", "rate_implausible", "date_impossible", "status_unknown"),
        {"stays_in_weekend_nights": 0, "stays_in_week_nights": 0, "adults": 0, "adr": -1,
         "arrival_date_month": "", "reservation_status": ""},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REJECTED)
def test_a_row_is_refused_with_every_reason(case: str) -> None:
    expected, changes = REJECTED[case]
    assert reasons(**changes) == expected


def test_texts_of_every_script_are_plain() -> None:
    for name in ("直客", "مباشر", "סוכן", "Ça va", "Agência\u3000A", "می\u200cخواهم"):
        assert booking(market_segment=name).market == name


def test_other_digits_are_not_numbers() -> None:
    assert reasons(adults="２") == ("number_unreadable",)
    assert reasons(reservation_status_date="２０１６-05-13") == ("date_impossible",)
    assert reasons(adr="１００") == ("rate_implausible",)
    assert reasons(arrival_date_year="２０１６") == ("date_impossible",)


def test_a_ragged_row_is_kept_as_it_came() -> None:
    short = Row(7, ("City Hotel", "0"), ragged=True)
    assert parse(short) == Rejected(("columns_unequal",))
    assert as_record(short) == {"hotel": "City Hotel", "is_canceled": "0"}
    long = Row(8, (*row().values(), "more", "still"), ragged=True)
    record = as_record(long)
    assert record[BEYOND] == "more,still"
    assert parse(as_row(record, 8)) == Rejected(("columns_unequal",))
    assert isinstance(parse(as_row(record | {BEYOND: ""}, 8)), HotelBooking)
