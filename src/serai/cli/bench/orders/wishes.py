"""The orders that the bench sends: drawn from what the platform has on sale, with a seed."""

import http.client
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any
from urllib.parse import SplitResult

import msgspec
from msgspec import Struct

from serai.core import PostgresError

SEED = 1
MOST_OFFERS = 3_000
PAGE = 200
CUSTOMERS = 200

SEGMENTS = {"hotel": 45, "dining": 10, "ticket": 20, "tour": 8, "retail": 17}
"""Of a hundred lines, how many are of this segment. A stay takes a room for each night, a ticket
the day's and the window's quota, a table six to nine quarter-hours: two transfers a line or so."""
SAME_STORE = 0.5
"""How often the next line is from the store of the last one: two rooms, a dinner and its wine."""
POPULARITY = 1.0
"""Of Zipf's law: the second offer is wanted half as often as the first."""
LEAD_DAYS = 14.0
MOST_LEAD_DAYS = 180
NIGHTS = ((1, 2, 3), (65, 25, 10))
QUANTITIES = ((1, 2, 3, 4), (40, 40, 10, 10))


class _Product(Struct, frozen=True):
    segment: str
    most: int
    starts: tuple[int, ...]


class _Plan(Struct, frozen=True):
    guarantee: str


class _Store(Struct, frozen=True):
    id: int


class OnSale(Struct, frozen=True):
    """An offer as the API tells it, as far as an order needs it."""

    id: int
    currency: str
    since: date
    until: date
    product: _Product
    plan: _Plan
    store: _Store


class _Page(Struct, frozen=True):
    items: tuple[OnSale, ...]
    next: str | None


class _Customer(Struct, frozen=True):
    id: int


class Wishes:
    """Draws the bodies of orders."""

    def __init__(self, offers: Sequence[OnSale], customers: Sequence[int], today: date) -> None:
        self._luck = Random(SEED)
        self._customers = customers
        self._today = today
        shelves: dict[str, list[OnSale]] = defaultdict(list)
        for offer in offers:
            shelves[offer.product.segment].append(offer)
        for shelf in shelves.values():
            self._luck.shuffle(shelf)
        self._shelves = {
            segment: (shelf, list(accumulate((n + 1) ** -POPULARITY for n in range(len(shelf)))))
            for segment, shelf in shelves.items()
        }
        self._stores: dict[int, list[OnSale]] = defaultdict(list)
        for offer in offers:
            self._stores[offer.store.id].append(offer)
        self._segments = [one for one in SEGMENTS if one in self._shelves]
        self._weights = [SEGMENTS[one] for one in self._segments]

    def bodies(self, count: int, lines: int) -> list[bytes]:
        """So many orders of so many lines, as JSON."""
        return [self._order(lines) for _ in range(count)]

    def _order(self, lines: int) -> bytes:
        luck = self._luck
        order = {
            "customer_id": luck.choice(self._customers),
            "guest_name": "王敏 Wang Min",
            "adults": luck.choice((1, 2, 2, 3)),
            "children": luck.choice((0, 0, 1)),
            "country": "CN",
            "lines": [self._line(offer) for offer in self._offers(lines)],
        }
        return msgspec.json.encode(order)

    def _offers(self, count: int) -> Iterator[OnSale]:
        luck = self._luck
        offer = None
        for _ in range(count):
            if offer is not None and luck.random() < SAME_STORE:
                offer = luck.choice(self._stores[offer.store.id])
            else:
                (segment,) = luck.choices(self._segments, self._weights)
                shelf, weights = self._shelves[segment]
                (offer,) = luck.choices(shelf, cum_weights=weights)
            yield offer

    def _line(self, offer: OnSale) -> dict[str, object]:
        luck = self._luck
        ahead = 1 + min(int(luck.expovariate(1 / LEAD_DAYS)), MOST_LEAD_DAYS)
        line: dict[str, object] = {
            "offer_id": offer.id,
            "first_day": min(self._today + timedelta(days=ahead), offer.until - timedelta(days=4)),
        }
        if offer.product.segment == "hotel":
            line["nights"] = luck.choices(*NIGHTS)[0]
        else:
            line["quantity"] = min(luck.choices(*QUANTITIES)[0], offer.product.most)
        if offer.product.starts:
            line["minute"] = luck.choice(offer.product.starts)
        return line


class _Connection(http.client.HTTPConnection):
    """A connection that shows a key in every request."""

    def __init__(self, url: SplitResult, key: str) -> None:
        super().__init__(url.hostname or "", url.port or 80, timeout=30)
        self._shown = f"Bearer {key}"

    def endheaders(self, *arguments: Any, **options: Any) -> None:
        """Send the headers, with the key."""
        self.putheader("Authorization", self._shown)
        super().endheaders(*arguments, **options)


def read_wishes(url: SplitResult, key: str, brand: int | None = None) -> Wishes:
    """What the platform at `url` has on sale in the currency of most, of one brand where it is
    named, and some new customers."""
    connection = _Connection(url, key)
    try:
        offers = _offers(connection, brand)
        customers = [_register(connection, number) for number in range(CUSTOMERS)]
    except OSError as error:
        raise PostgresError(f"Nothing answers at {url.geturl()}: {error}.") from error
    finally:
        connection.close()
    return Wishes(offers, customers, datetime.now(UTC).date())


def _offers(connection: _Connection, brand: int | None) -> list[OnSale]:
    found: list[OnSale] = []
    of_brand = f"&brand={brand}" if brand is not None else ""
    cursor: str | None = ""
    while cursor is not None and len(found) < MOST_OFFERS:
        after = f"&cursor={cursor}" if cursor else ""
        told = _get(connection, f"/v1/offers?limit={PAGE}{of_brand}{after}")
        page = msgspec.json.decode(told, type=_Page)
        found += page.items
        cursor = page.next
    by_currency: dict[str, list[OnSale]] = defaultdict(list)
    for offer in found:
        if offer.plan.guarantee != "company":  # which needs a company that pays
            by_currency[offer.currency].append(offer)
    if not by_currency:
        raise PostgresError("There is nothing on sale there. Start `serai demo`, or name no --url.")
    return max(by_currency.values(), key=len)


def _register(connection: _Connection, number: int) -> int:
    body = msgspec.json.encode({"kind": "person", "name": f"Bench {number}", "country": "CN"})
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": f"bench-{datetime.now(UTC).timestamp()}-{number}",
    }
    connection.request("POST", "/v1/customers", body=body, headers=headers)
    return msgspec.json.decode(_answered(connection), type=_Customer).id


def _get(connection: _Connection, path: str) -> bytes:
    connection.request("GET", path)
    return _answered(connection)


def _answered(connection: _Connection) -> bytes:
    response = connection.getresponse()
    body = response.read()
    if response.status not in (http.client.OK, http.client.CREATED):
        raise PostgresError(f"The platform answered {response.status}: {body[:200]!r}.")
    return body
