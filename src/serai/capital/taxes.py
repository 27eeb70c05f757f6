"""Tax rates: a dated table for each legal entity."""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from serai.core import share, tax_within


class TaxRate(Struct, frozen=True, kw_only=True):
    """From `since` up to but not including `until`, what an entity owes on a tax class.

    `inclusive`: prices have the tax in them. `fees_taxed`: retained fees bear it too.
    """

    id: int
    entity_id: int
    tax_class: str
    rate_bp: int
    inclusive: bool
    fees_taxed: bool
    since: date
    until: date | None = None


class TaxTable:
    """The rates of any number of entities, found by entity, class and day."""

    def __init__(self, rates: Sequence[TaxRate]) -> None:
        self._rates: dict[tuple[int, str], list[TaxRate]] = {}
        for rate in rates:
            self._rates.setdefault((rate.entity_id, rate.tax_class), []).append(rate)

    def rate(self, entity_id: int, tax_class: str, day: date) -> TaxRate | None:
        """The rate that holds on a day; None when the class bears no tax there."""
        for row in self._rates.get((entity_id, tax_class), ()):
            if row.since <= day and (row.until is None or day < row.until):
                return row
        return None


def with_tax(price_minor: int, rate: TaxRate | None) -> tuple[int, int]:
    """A price as it is charged, and the tax in it."""
    if rate is None:
        return price_minor, 0
    if rate.inclusive:
        return price_minor, tax_within(price_minor, rate.rate_bp)
    tax = share(price_minor, rate.rate_bp)
    return price_minor + tax, tax
