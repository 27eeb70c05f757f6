"""The demo in small: six brands, thirty stores, a few weeks of orders, by the same code."""

from msgspec import Struct

from serai.cli.demo.fates import Life
from serai.cli.demo.founding import Founding, found
from serai.cli.demo.history import Played, draw_lives, play
from serai.cli.demo.market import Market, read_market
from serai.cli.demo.people import Crowd, read_crowd
from serai.cli.demo.scale import Scale
from serai.flows import House, audit

SEED = 7
SMALL = Scale(
    brands=6,
    stores=30,
    cities=12,
    people=60,
    companies=6,
    agents=4,
    orders=60,
    days_back=12,
    days_ahead=20,
)


class SmallDemo(Struct, frozen=True):
    """A founded demo, and the lives that its past will have."""

    house: House
    founding: Founding
    market: Market
    crowd: Crowd
    lives: tuple[Life, ...]

    async def play(self) -> Played:
        """Play the past, or what is left of it."""
        return await play(self.house, self.founding, self.lives, quiet)


def quiet(part: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


async def found_small(house: House, scale: Scale = SMALL) -> SmallDemo:
    """Found the small demo in an empty house, or find it."""
    founding = await found(house, SEED, scale, quiet)
    organisation = await house.organisation()
    market = await read_market(house.database, organisation, SEED, founding.anchor.date())
    crowd = await read_crowd(house.database, scale)
    return SmallDemo(house, founding, market, crowd, draw_lives(market, crowd, founding, scale))


async def whole_books(url: str) -> None:
    """Assert that every invariant of the house holds."""
    findings = await audit(url)
    broken = [finding for finding in findings if finding.failed]
    assert not broken, broken
