"""The feed `hotel-bookings`: bookings of two hotels in Portugal, one row a booking.

As published by N. Antonio, A. de Almeida and L. Nunes, "Hotel booking demand datasets", Data in
Brief 22 (2019) 41-49. Rows have no key; exact duplicates are separate bookings.
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from sys import intern
from typing import Final, Literal, get_args

from msgspec import Struct

from serai.core import divide_half_even, is_plain
from serai.information.files import Row

FEED: Final = "hotel-bookings"
CURRENCY: Final = "EUR"

COLUMNS: Final = (
    "hotel", "is_canceled", "lead_time", "arrival_date_year", "arrival_date_month",
    "arrival_date_week_number", "arrival_date_day_of_month", "stays_in_weekend_nights",
    "stays_in_week_nights", "adults", "children", "babies", "meal", "country", "market_segment",
    "distribution_channel", "is_repeated_guest", "previous_cancellations",
    "previous_bookings_not_canceled", "reserved_room_type", "assigned_room_type",
    "booking_changes", "deposit_type", "agent", "company", "days_in_waiting_list",
    "customer_type", "adr", "required_car_parking_spaces", "total_of_special_requests",
    "reservation_status", "reservation_status_date",
)  # fmt: skip

BEYOND: Final = "beyond the last column"

HotelName = Literal["City Hotel", "Resort Hotel"]
HOTELS: Final[tuple[HotelName, ...]] = get_args(HotelName)
BookingStatus = Literal["Check-Out", "Canceled", "No-Show"]
STATUSES: Final[tuple[BookingStatus, ...]] = get_args(BookingStatus)
DepositType = Literal["No Deposit", "Non Refund", "Refundable"]
DEPOSITS: Final[tuple[DepositType, ...]] = get_args(DepositType)

HIGHEST_RATE: Final = 5_000
MOST_NIGHTS: Final = 90
"""A longer stay does not fit into one chain of the ledger."""
MOST_GUESTS: Final = 500
EARLIEST: Final = date(1970, 1, 1)
"""The day on which slots begin to be counted."""
LATEST: Final = date(2099, 12, 31)
"""The last day that pages show; the books themselves end with the calendar."""

REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "columns_unequal": ("has not as many values as there are columns", "列数与表头不符"),
    "no_nights": ("has no night", "没有住宿晚数"),
    "no_guests": ("has no guest", "没有客人"),
    "rate_implausible": (f"its rate is not from 0 to {HIGHEST_RATE}", "房价不在合理范围内"),
    "date_impossible": ("has a date that does not exist or cannot be", "日期不存在或不可能"),
    "status_unknown": ("its status is unknown", "状态未知"),
    "deposit_unknown": ("its deposit type is unknown", "押金类型未知"),
    "hotel_unknown": ("its hotel is unknown", "酒店未知"),
    "room_type_missing": ("names no room type", "缺少房型"),
    "number_unreadable": ("has a number that cannot be read", "数字无法读取"),
    "number_negative": ("has a negative number", "数字为负"),
    "stay_too_long": (f"has more than {MOST_NIGHTS} nights", "住宿过长"),
    "guests_implausible": (f"has more than {MOST_GUESTS} guests", "客人过多"),
    "text_too_long": ("has a value of more than 100 characters", "文字过长"),
    "text_not_plain": (
        "has a control or direction character in a value",
        "文字含有控制字符或改变方向的字符",
    ),
}
"""Why a row can be refused: in English (continuing "the row ...") and in Chinese."""

_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("January", "February", "March", "April", "May", "June", "July", "August", "September",
         "October", "November", "December"),
        start=1,
    )
}  # fmt: skip
_PLACE: Final = {column: place for place, column in enumerate(COLUMNS)}
_COUNT = re.compile(r"-?[0-9]{1,9}", re.ASCII)
_RATE = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{0,18}))?", re.ASCII)
_YEAR = re.compile(r"[0-9]{4}", re.ASCII)
_DAY_OF_MONTH = re.compile(r"[0-9]{1,2}", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MISSING: Final = frozenset({"", "NULL", "NA"})
_LONGEST_TEXT: Final = 100


class HotelBooking(Struct, frozen=True, gc=False, kw_only=True):
    """A row that its schema accepts.

    `amount_minor` is rate times nights, rounded half-even to the cent once; `agent`, `company`
    and `country` are empty where the file has none.
    """

    hotel: HotelName
    room_type: str
    meal: str
    deposit: DepositType
    status: BookingStatus
    booked_on: date
    arrival: date
    status_on: date
    nights: int
    adults: int
    children: int
    babies: int
    amount_minor: int
    country: str
    market: str
    channel: str
    agent: str
    company: str


class Rejected(Struct, frozen=True):
    """Why a row is not a booking: every reason, by name."""

    reasons: tuple[str, ...]


def parse(row: Row) -> HotelBooking | Rejected:
    """The booking that a row tells of, or every reason why it tells of none."""
    if row.ragged:
        return Rejected(("columns_unequal",))
    return _Reading(row.values).booking()


def as_record(row: Row) -> dict[str, str]:
    """A row as it came, by column; what is beyond the last column is kept under `BEYOND`."""
    record = dict(zip(COLUMNS, row.values, strict=False))
    if len(row.values) > len(COLUMNS):
        record[BEYOND] = ",".join(row.values[len(COLUMNS) :])
    return record


def as_row(record: Mapping[str, str], line_number: int) -> Row:
    """A record by column as a row again; ragged as long as it lacks columns or has some beyond."""
    values = tuple(record.get(column, "") for column in COLUMNS)
    ragged = bool(record.get(BEYOND)) or not record.keys() >= set(COLUMNS)
    return Row(line_number, values, ragged)


class _Reading:
    """One row being read; gathers every reason on the way."""

    __slots__ = ("reasons", "values")

    def __init__(self, values: tuple[str, ...]) -> None:
        self.values = values
        self.reasons: list[str] = []

    def booking(self) -> HotelBooking | Rejected:
        hotel, status = self._text("hotel"), self._text("reservation_status")
        deposit, room_type = self._text("deposit_type"), self._text("reserved_room_type")
        nights = self._nights()
        adults, children, babies = self._guests()
        amount_minor = self._amount(nights)
        booked_on, arrival, status_on = self._dates(status, nights)
        if hotel not in HOTELS:
            self._refuse("hotel_unknown")
        if status not in STATUSES:
            self._refuse("status_unknown")
        if deposit not in DEPOSITS:
            self._refuse("deposit_unknown")
        if room_type in _MISSING:
            self._refuse("room_type_missing")
        if max(map(len, self.values)) > _LONGEST_TEXT:
            self._refuse("text_too_long")
        if not is_plain("".join(self.values)):
            self._refuse("text_not_plain")
        if self.reasons:
            return Rejected(tuple(self.reasons))
        return HotelBooking(
            hotel=hotel,  # type: ignore[arg-type]  # seen to be one of them
            room_type=room_type,
            meal=self._text("meal"),
            deposit=deposit,  # type: ignore[arg-type]  # as above
            status=status,  # type: ignore[arg-type]  # as above
            booked_on=booked_on,
            arrival=arrival,
            status_on=status_on,
            nights=nights,
            adults=adults,
            children=children,
            babies=babies,
            amount_minor=amount_minor,
            country=self._optional("country"),
            market=self._text("market_segment"),
            channel=self._text("distribution_channel"),
            agent=self._optional("agent"),
            company=self._optional("company"),
        )

    def _refuse(self, reason: str) -> None:
        if reason not in self.reasons:
            self.reasons.append(reason)

    def _text(self, column: str) -> str:
        return intern(self.values[_PLACE[column]])

    def _optional(self, column: str) -> str:
        text = self._text(column)
        return "" if text in _MISSING else text

    def _count(self, column: str) -> int | None:
        text = self.values[_PLACE[column]]
        if _COUNT.fullmatch(text) is None:
            self._refuse("number_unreadable")
            return None
        number = int(text)
        if number < 0:
            self._refuse("number_negative")
        return number

    def _nights(self) -> int:
        weekend = self._count("stays_in_weekend_nights")
        week = self._count("stays_in_week_nights")
        if weekend is None or week is None:
            return 0
        nights = weekend + week
        if nights < 1:
            self._refuse("no_nights")
        if nights > MOST_NIGHTS:
            self._refuse("stay_too_long")
        return nights

    def _guests(self) -> tuple[int, int, int]:
        adults = self._count("adults")
        missing = self.values[_PLACE["children"]] in _MISSING
        children = 0 if missing else self._count("children")
        babies = self._count("babies")
        if adults is None or children is None or babies is None:
            return 0, 0, 0
        guests = adults + children + babies
        if guests < 1:
            self._refuse("no_guests")
        if guests > MOST_GUESTS:
            self._refuse("guests_implausible")
        return adults, children, babies

    def _amount(self, nights: int) -> int:
        read = _RATE.fullmatch(self.values[_PLACE["adr"]])
        if read is None or (read[1] and int(read[2] + (read[3] or ""))):
            self._refuse("rate_implausible")
            return 0
        fraction = read[3] or ""
        digits, one = int(read[2] + fraction), 10 ** len(fraction)
        if digits > HIGHEST_RATE * one:
            self._refuse("rate_implausible")
        return divide_half_even(digits * nights * 100, one) if nights > 0 else 0

    def _dates(self, status: str, nights: int) -> tuple[date, date, date]:
        lead_days = self._count("lead_time")
        arrival = _arrival(
            self.values[_PLACE["arrival_date_year"]],
            self.values[_PLACE["arrival_date_month"]],
            self.values[_PLACE["arrival_date_day_of_month"]],
        )
        status_on = _day(self.values[_PLACE["reservation_status_date"]])
        if arrival is None or status_on is None:
            self._refuse("date_impossible")
            return EARLIEST, EARLIEST, EARLIEST
        if lead_days is None or lead_days < 0:
            return EARLIEST, arrival, status_on
        if lead_days > (arrival - EARLIEST).days or nights > (LATEST - arrival).days:
            self._refuse("date_impossible")
            return EARLIEST, arrival, status_on
        booked_on = _shared(arrival.toordinal() - lead_days)
        if not booked_on <= status_on <= LATEST or (status == "Check-Out" and status_on < arrival):
            self._refuse("date_impossible")
        return booked_on, arrival, status_on


@lru_cache(maxsize=4096)
def _arrival(year: str, month: str, day: str) -> date | None:
    if _YEAR.fullmatch(year) is None or _DAY_OF_MONTH.fullmatch(day) is None:
        return None
    try:
        return date(int(year), _MONTHS[month], int(day))
    except (KeyError, ValueError):
        return None


@lru_cache(maxsize=4096)
def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


@lru_cache(maxsize=8192)
def _shared(ordinal: int) -> date:
    """Days are shared between the rows, which keeps a large file small in memory."""
    return date.fromordinal(ordinal)
