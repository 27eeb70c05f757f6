"""How large the demo is, and where its chance comes from."""

from random import Random

from msgspec import Struct


class Scale(Struct, frozen=True, kw_only=True):
    """The size of the demo group and of its past."""

    brands: int = 132
    stores: int = 7_000
    cities: int = 400
    people: int = 6_000
    companies: int = 90
    agents: int = 40
    orders: int = 20_000
    days_back: int = 60
    days_ahead: int = 60


WHOLE = Scale()


def chance(seed: int, *parts: object) -> Random:
    """A source of chance of its own for each part, so that one part never shifts another."""
    return Random(":".join(map(str, (seed, *parts))))
