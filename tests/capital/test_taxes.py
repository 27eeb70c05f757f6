"""Taxes by entity, class and day; in the price, or on top of it."""

from datetime import date

import pytest

from serai.capital import TaxRate, TaxTable, with_tax


def rate(entity: int, bp: int, since: date, until: date | None = None, **more: bool) -> TaxRate:
    settings = {"inclusive": True, "fees_taxed": True} | more
    return TaxRate(
        id=1, entity_id=entity, tax_class="services", rate_bp=bp, since=since, until=until,
        inclusive=settings["inclusive"], fees_taxed=settings["fees_taxed"],
    )  # fmt: skip


NEW_YEAR = date(2027, 1, 1)
TABLE = TaxTable((
    rate(11, 600, date(2020, 1, 1), NEW_YEAR), rate(11, 900, NEW_YEAR), rate(12, 1300, NEW_YEAR),
))  # fmt: skip


@pytest.mark.parametrize(
    ("entity", "day", "expected"),
    [
        (11, date(2019, 12, 31), None),
        (11, date(2020, 1, 1), 600),
        (11, date(2026, 12, 31), 600),
        (11, NEW_YEAR, 900),
        (12, date(2026, 12, 31), None),
        (12, NEW_YEAR, 1300),
        (13, NEW_YEAR, None),
    ],
)
def test_a_rate_holds_from_its_first_day_up_to_the_next(
    entity: int, day: date, expected: int | None
) -> None:
    found = TABLE.rate(entity, "services", day)
    assert (found.rate_bp if found else None) == expected
    assert TABLE.rate(entity, "goods", day) is None


@pytest.mark.parametrize(
    ("price", "bp", "inclusive", "charged", "tax"),
    [
        (10_600, 600, True, 10_600, 600),
        (50_000, 600, True, 50_000, 2_830),
        (12_345, 600, False, 13_086, 741),
        (25, 600, False, 27, 2),  # 1.5 goes to the even 2
        (75, 600, False, 79, 4),  # and 4.5 to the even 4
        (0, 600, True, 0, 0),
        (1, 1300, True, 1, 0),
    ],
)
def test_tax_is_in_the_price_or_comes_on_top(
    price: int, bp: int, inclusive: bool, charged: int, tax: int
) -> None:
    found = rate(11, bp, date(2020, 1, 1), inclusive=inclusive)
    assert with_tax(price, found) == (charged, tax)


def test_without_a_rate_there_is_no_tax() -> None:
    assert with_tax(12_345, None) == (12_345, 0)
