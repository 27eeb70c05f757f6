"""Rows of the hotel booking feed made by hand, and files of them."""

import csv
import gzip
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

HEADER = (
    "hotel,is_canceled,lead_time,arrival_date_year,arrival_date_month,arrival_date_week_number,"
    "arrival_date_day_of_month,stays_in_weekend_nights,stays_in_week_nights,adults,children,babies,"
    "meal,country,market_segment,distribution_channel,is_repeated_guest,previous_cancellations,"
    "previous_bookings_not_canceled,reserved_room_type,assigned_room_type,booking_changes,"
    "deposit_type,agent,company,days_in_waiting_list,customer_type,adr,required_car_parking_spaces,"
    "total_of_special_requests,reservation_status,reservation_status_date"
)
COLUMNS = tuple(HEADER.split(","))

PLAIN = (
    "City Hotel,0,10,2016,May,20,10,1,2,2,0,0,BB,PRT,Direct,Direct,0,0,0,A,A,0,"
    "No Deposit,NULL,NULL,0,Transient,100.1,0,0,Check-Out,2016-05-13"
)
"""Booked on 30 April 2016 for three nights from 10 May at 100.10, and stayed."""


def row(**changes: object) -> dict[str, str]:
    """The plain row with other values in some of its columns."""
    plain = dict(zip(COLUMNS, PLAIN.split(","), strict=True))
    plain.update({column: str(value) for column, value in changes.items()})
    assert plain.keys() == set(COLUMNS)
    return plain


def text(rows: Iterable[Mapping[str, str]], columns: Iterable[str] = COLUMNS) -> str:
    """The rows as a CSV."""
    sink = io.StringIO()
    writer = csv.DictWriter(sink, tuple(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return sink.getvalue()


def file(folder: Path, *rows: Mapping[str, str], name: str = "bookings.csv") -> Path:
    """A file of these rows, gzipped where its name says so."""
    path = folder / name
    content = text(rows).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path
