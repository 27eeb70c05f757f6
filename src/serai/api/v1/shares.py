"""Fair shares: how much of the platform's time each program, and each node, may take.

A share is a bucket that is filled evenly: what is not used waits there, up to the whole of it.
Answers tell of it in the fields `RateLimit-Policy` and `RateLimit`, as the IETF's draft
draft-ietf-httpapi-ratelimit-headers (10) has them.
"""

from asyncio import Semaphore
from collections import OrderedDict
from collections.abc import Callable
from math import ceil
from time import monotonic
from weakref import WeakValueDictionary

from msgspec import Struct

from serai.cloud import Program
from serai.core import Refusal

MINUTE, DAY = 60, 86_400
BURST_SECONDS = 10
"""What is not used of a share of requests waits for so long: who has been quiet may be quick for a
while, and not for a minute."""
REQUESTS_A_TURN = 400
"""A program may have one request under way for each so many that it may ask in a minute; the
others wait for their turn, so that its rush is in its own way first."""
LEAST_TURNS = 4
NODE_REQUESTS_A_MINUTE = 60_000
"""Of all programs together that are at home on one node below the group."""
EXPORTS_AN_HOUR = 60
ROWS_A_REQUEST = 1_440
"""A program may store as many rows a day as this times its requests a minute: a row for each
request of a day that is full of them."""
MOST_BUCKETS = 20_000


class Policy(Struct, frozen=True):
    """`quota` of something in each `window_seconds`."""

    name: str
    quota: int
    window_seconds: int

    def header(self) -> str:
        """As `RateLimit-Policy` tells it."""
        return f'"{self.name}";q={self.quota};w={self.window_seconds}'


class Standing(Struct, frozen=True):
    """What is left of a share, and in how many seconds it is whole again."""

    policy: Policy
    left: int
    whole_in_seconds: int
    wait_seconds: int
    """Until what was asked for is there; 0 when it was given."""

    def header(self) -> str:
        """As `RateLimit` tells it."""
        return f'"{self.policy.name}";r={self.left};t={self.whole_in_seconds}'


class Shares:
    """The buckets of this process. Those that were used longest ago are forgotten first; they are
    full again by then."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._buckets: OrderedDict[tuple[str, int], tuple[float, float]] = OrderedDict()
        self._turns: WeakValueDictionary[int, Semaphore] = WeakValueDictionary()

    def take(self, policy: Policy, whose: int, amount: int = 1) -> Standing:
        """Take something of a share, if it is there; nothing is taken otherwise."""
        now = self._now()
        rate = policy.quota / policy.window_seconds
        known = self._buckets.pop((policy.name, whose), None)
        level = float(policy.quota)
        if known is not None:
            level = min(level, known[0] + (now - known[1]) * rate)
        wait = 0 if amount <= level else ceil((amount - level) / rate)
        level -= 0 if wait else amount
        self._buckets[policy.name, whose] = (level, now)
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return Standing(policy, int(level), ceil((policy.quota - level) / rate), wait)

    def turn(self, program: Program) -> Semaphore:
        """What a request of a program holds while it is under way."""
        turns = self._turns.get(program.id)
        if turns is None:
            most = max(LEAST_TURNS, program.requests_a_minute // REQUESTS_A_TURN)
            self._turns[program.id] = turns = Semaphore(most)
        return turns


def requests_of(program: Program) -> Policy:
    """How often a program may ask."""
    quota = max(1, program.requests_a_minute * BURST_SECONDS // MINUTE)
    return Policy("requests", quota, BURST_SECONDS)


def rows_of(program: Program) -> Policy:
    """How many rows a program may store."""
    return Policy("rows", program.requests_a_minute * ROWS_A_REQUEST, DAY)


NODE = Policy("node", NODE_REQUESTS_A_MINUTE * BURST_SECONDS // MINUTE, BURST_SECONDS)
EXPORTS = Policy("exports", EXPORTS_AN_HOUR, 60 * MINUTE)


def used_up(standing: Standing) -> Refusal:
    """A share is used up."""
    policy = standing.policy
    whose = "The programs of this node" if policy is NODE else "This program"
    what = "requests" if policy is NODE else policy.name
    return Refusal(
        name="rate_limited",
        says=f"{whose} may have {policy.quota} {what} in {policy.window_seconds} s, "
        "and they are used up.",
        advice=f"Try again in {standing.wait_seconds} s, with the same key.",
    )
