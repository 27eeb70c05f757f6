"""Exact arithmetic on amounts in the smallest part of a unit."""

from collections.abc import Sequence

CURRENCY_SCALES = {"CNY": 2, "EUR": 2, "USD": 2, "HKD": 2, "JPY": 0}
"""Digits after the decimal point of each currency the platform keeps books in (ISO 4217)."""

BASIS_POINTS = 10_000

MOST_PRICE_MINOR = 10**10
"""What one night, cover, admission or item costs at most."""
MOST_AMOUNT_MINOR = 10**11
"""What one order comes to at most: sums over any account, role and year stay 64-bit numbers."""


def divide_half_even(numerator: int, denominator: int) -> int:
    """`numerator / denominator` rounded to the nearest integer, ties to the even one."""
    if denominator <= 0:
        raise ValueError(f"denominator must be positive, not {denominator}")
    quotient, remainder = divmod(numerator, denominator)
    twice = 2 * remainder
    if twice > denominator or (twice == denominator and quotient % 2 == 1):
        quotient += 1
    return quotient


def share(amount: int, rate_bp: int) -> int:
    """`rate_bp` hundredths of a percent of `amount`, rounded half-even."""
    return divide_half_even(amount * rate_bp, BASIS_POINTS)


def tax_within(gross: int, rate_bp: int) -> int:
    """The tax contained in a tax-inclusive `gross`, rounded half-even."""
    return divide_half_even(gross * rate_bp, BASIS_POINTS + rate_bp)


def split(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """`amount` split in proportion to `weights` by largest remainder, so that the parts add up.

    Equal remainders go to the earlier part. Weights are not negative; if all are zero the parts
    are as equal as they can be. `amount` is not negative.
    """
    if not weights:
        raise ValueError("an amount cannot be split over no parts")
    if amount < 0 or min(weights) < 0:
        raise ValueError("amounts and weights to split must not be negative")
    total = sum(weights)
    if total == 0:
        weights, total = (1,) * len(weights), len(weights)
    floors = [amount * weight // total for weight in weights]
    left_over = amount - sum(floors)
    by_remainder = sorted(
        range(len(weights)), key=lambda part: -(amount * weights[part] % total)
    )  # sorted() is stable, which keeps earlier parts first
    for part in by_remainder[:left_over]:
        floors[part] += 1
    return tuple(floors)


def decimal_text(amount: int, scale: int) -> str:
    """`amount` as plain decimal text: `decimal_text(-1205, 2) == "-12.05"`."""
    if scale == 0:
        return str(amount)
    sign = "-" if amount < 0 else ""
    whole, fraction = divmod(abs(amount), 10**scale)
    return f"{sign}{whole}.{fraction:0{scale}d}"
