"""Figures and dates, in both languages."""

from datetime import UTC, date, datetime, timedelta

import pytest

from serai.web.look import Amount, Formats

ENGLISH, CHINESE = Formats("en"), Formats("zh-CN")
MOMENT = datetime(2026, 5, 3, 6, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "english", "chinese"),
    [
        (Amount(128_400, "CNY"), "1,284.00 CNY", "1,284.00 CNY"),
        (Amount(-5, "EUR"), "−0.05 EUR", "−0.05 EUR"),
        (Amount(1_000, "JPY"), "1,000 JPY", "1,000 JPY"),
        (Amount(68_800, "value:EUR"), "688.00 EUR agreed", "688.00 EUR 协议额"),
        (Amount(1, "room:7"), "1 room-night", "1 间夜"),
        (Amount(2, "room:7"), "2 room-nights", "2 间夜"),
        (
            Amount(2**63 - 1, "CNY"),
            "92,233,720,368,547,758.07 CNY",
            "92,233,720,368,547,758.07 CNY",
        ),
        (Amount(761, "%"), "76.1 %", "76.1 %"),
        (Amount(3, "lantern:9"), "3 lantern", "3 lantern"),
    ],
)
def test_amounts_are_exact(amount: Amount, english: str, chinese: str) -> None:
    assert str(ENGLISH.amount(amount)) == english
    assert str(CHINESE.amount(amount)) == chinese


def test_an_amount_is_markup_that_says_its_unit_apart() -> None:
    shown = ENGLISH.money(128_400, "CNY").__html__()
    assert shown == (
        '<span class="figure"><span class="figure-number">1,284.00</span>&nbsp;'
        '<span class="figure-unit">CNY</span></span>'
    )
    assert str(ENGLISH.money(128_400, "CNY", unit=False)) == "1,284.00"


def test_large_print_is_short() -> None:
    assert str(ENGLISH.short(Amount(1_284_360_000, "CNY"))) == "12.84M CNY"
    assert str(CHINESE.short(Amount(1_284_360_000, "CNY"))) == "1284.36万 CNY"
    assert str(CHINESE.short(Amount(-999_900, "CNY"))) == "−9,999 CNY"
    assert ENGLISH.rounded(128_450, "CNY") == "1,284"
    assert ENGLISH.brief(897_120_100, "CNY") == "9M"
    assert CHINESE.brief(897_120_100, "CNY") == "897.1万"


def test_ratios() -> None:
    assert ENGLISH.percent(0.6312) == "63.1%"
    assert CHINESE.percent(-0.05, places=0) == "−5%"
    assert ENGLISH.number(1234567) == CHINESE.number(1234567) == "1,234,567"


def test_days_and_moments() -> None:
    day = date(2026, 5, 3)
    assert ENGLISH.day(day) == CHINESE.day(day) == "2026-05-03"
    assert ENGLISH.day(day, "long") == "Sunday 3 May 2026"
    assert CHINESE.day(day, "long") == "2026年5月3日 星期日"
    assert (ENGLISH.day(day, "month"), CHINESE.day(day, "month")) == ("May 2026", "2026年5月")
    assert ENGLISH.when(MOMENT) == "2026-05-03 14:02"
    assert ENGLISH.when(MOMENT, "Europe/Lisbon", seconds=True) == "2026-05-03 07:02:09"
    assert 'datetime="2026-05-03T06:02:09+00:00"' in ENGLISH.moment(MOMENT)


def test_how_long_ago() -> None:
    now = MOMENT + timedelta(minutes=3)
    assert ENGLISH.ago(MOMENT, now) == "3 minutes ago"
    assert CHINESE.ago(MOMENT, now) == "3分钟前"
    assert ENGLISH.ago(now + timedelta(days=2), now) == "in 2 days"
