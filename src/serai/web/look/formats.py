"""Numbers, money and dates as a reader of one language sees them."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_timedelta
from babel.numbers import format_compact_decimal, format_decimal, format_percent
from markupsafe import Markup
from msgspec import Struct

from serai.core import CURRENCY_SCALES
from serai.web.languages import Language, babel_locale, translations
from serai.web.look.words import unit_word

MINUS = "\N{MINUS SIGN}"

DayStyle = Literal["short", "long", "month", "mark"]

_DAYS: dict[tuple[Language, DayStyle], str] = {
    ("en", "long"): "EEEE d MMMM y",
    ("en", "month"): "MMMM y",
    ("en", "mark"): "MMM",
    ("zh-CN", "long"): "y年M月d日 EEEE",
    ("zh-CN", "month"): "y年M月",
    ("zh-CN", "mark"): "M月",
}


class Amount(Struct, frozen=True):
    """So many of a unit, in its smallest part: `Amount(68800, "CNY")`, `Amount(2, "room:7")`."""

    amount: int
    unit: str


class Shown(Struct, frozen=True):
    """A figure as it is read: a number, and its unit in smaller letters behind it."""

    number: str
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.number} {self.unit}".strip()

    def __html__(self) -> Markup:
        number = Markup('<span class="figure-number">{}</span>').format(self.number)
        unit = Markup('<span class="figure-unit">{}</span>').format(self.unit)
        gap = Markup("&nbsp;") if self.unit else ""
        return Markup('<span class="figure">{}{}{}</span>').format(
            number, gap, unit if self.unit else ""
        )


class Formats(Struct, frozen=True):
    """How `language` writes figures, and the time zone of moments that name no other."""

    language: Language
    timezone: str = "Asia/Shanghai"

    def number(self, value: float | Decimal, places: int = 0) -> str:
        """`value` with the language's grouping and `places` digits after the point."""
        pattern = "#,##0" + ("." + "0" * places if places else "")
        return _with_minus(format_decimal(value, pattern, locale=self._locale))

    def percent(self, ratio: float, places: int = 1) -> str:
        """`ratio` as a percentage: `percent(0.6312) == "63.1%"`."""
        pattern = "#,##0" + ("." + "0" * places if places else "") + "%"
        return _with_minus(format_percent(ratio, pattern, locale=self._locale))

    def money(self, minor: int, currency: str, unit: bool = True) -> Shown:
        """`minor` to the cent, with or without its currency."""
        return self.amount(Amount(minor, currency), unit)

    def amount(self, amount: Amount, unit: bool = True) -> Shown:
        """`amount` exactly, with or without the word for its unit."""
        scale = scale_of(amount.unit)
        number = self.number(Decimal(amount.amount).scaleb(-scale), scale)
        return Shown(number, self.unit(amount) if unit else "")

    def short(self, amount: Amount) -> Shown:
        """`amount` for a large print: three or four digits, then 万, 亿, K or M."""
        value = Decimal(amount.amount).scaleb(-scale_of(amount.unit))
        if abs(value) < 10_000:
            return Shown(self.number(value), self.unit(amount))
        text = format_compact_decimal(value, locale=self._locale, fraction_digits=2)
        return Shown(_with_minus(text), self.unit(amount))

    def rounded(self, minor: int, currency: str) -> str:
        """`minor` to the whole unit and without its name, for dense tables that say so."""
        return self.number(Decimal(minor).scaleb(-scale_of(currency)))

    def brief(self, minor: int, currency: str) -> str:
        """`minor` in K, M, 万 or 亿 to one place, without its unit, where room is scarce."""
        value = Decimal(minor).scaleb(-scale_of(currency))
        return _with_minus(format_compact_decimal(value, locale=self._locale, fraction_digits=1))

    def unit(self, amount: Amount) -> str:
        """The word for the unit of `amount`."""
        return unit_word(amount.unit, amount.amount, translations(self.language))

    def day(self, value: date, style: DayStyle = "short") -> str:
        """`value` as `2026-05-03`, the same in every language; or written out, or its month."""
        if style == "short":
            return value.isoformat()
        return format_date(value, _DAYS[self.language, style], locale=self._locale)

    def when(self, moment: datetime, timezone: str = "", seconds: bool = False) -> str:
        """`moment` on the wall clock of `timezone`, to the minute: `2026-05-03 14:02`."""
        local = moment.astimezone(ZoneInfo(timezone or self.timezone))
        return local.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")

    def moment(self, moment: datetime, timezone: str = "") -> Markup:
        """`when`, as an element that also tells programs and the curious the exact moment."""
        zone = timezone or self.timezone
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            moment.isoformat(), f"{zone} · {moment.isoformat()}", self.when(moment, zone)
        )

    def ago(self, moment: datetime, now: datetime) -> str:
        """How long `moment` lies back from `now` (or ahead), in one unit: `3 minutes ago`."""
        delta: timedelta = moment - now
        return format_timedelta(delta, add_direction=True, locale=self._locale)

    def lasting(self, period: timedelta) -> str:
        """How long a period is, in one unit: `15 minutes`."""
        return format_timedelta(period, locale=self._locale)

    @property
    def _locale(self) -> str:
        return babel_locale(self.language)


def scale_of(unit: str) -> int:
    """Digits after the point of `unit`; what is neither money nor `%` comes whole."""
    if unit == "%":
        return 1
    currency = unit.removeprefix("value:")
    return CURRENCY_SCALES.get(currency, 0)


def _with_minus(text: str) -> str:
    # A hyphen is shorter than a digit and lower than a plus: it makes a ledger's column ragged.
    return text.replace("-", MINUS)
