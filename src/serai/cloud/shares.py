"""Fair shares: how much of the platform's time each program, person and node may take.

A share is a bucket that is filled evenly: what is not used waits there, up to the whole of it.
Answers tell of it in the fields `RateLimit-Policy` and `RateLimit`, as the IETF's draft
draft-ietf-httpapi-ratelimit-headers (10) has them.

Buckets are counted in the process that serves. Those of long windows are written down now and then
(`KeptShare`), so that a restart is no way to a new share.
"""

from asyncio import Semaphore
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from math import ceil
from time import monotonic
from weakref import WeakValueDictionary

from msgspec import Struct

from serai.cloud.grants import Node
from serai.cloud.programs import Program
from serai.core import Refusal

MINUTE, HOUR, DAY = 60, 3_600, 86_400
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
"""Files that a program or a person may take out."""
NODE_EXPORTS_AN_HOUR = 240
"""Of all programs at home on one node below the group and all people who hold the right there."""
ROWS_A_REQUEST = 1_440
"""A program may store as many rows a day as this times its requests a minute: a row for each
request of a day that is full of them."""
MOST_BUCKETS = 20_000
KEPT_WINDOW = HOUR
"""A share of so long a window, or a longer one, outlives the process."""


class Policy(Struct, frozen=True):
    """`quota` of something in each `window_seconds`; `of_node` when many share in it."""

    name: str
    quota: int
    window_seconds: int
    of_node: bool = False

    @property
    def rate(self) -> float:
        """How much comes back in a second."""
        return self.quota / self.window_seconds

    @property
    def is_kept(self) -> bool:
        """Whether what is used of it outlives the process."""
        return self.window_seconds >= KEPT_WINDOW

    def header(self) -> str:
        """As `RateLimit-Policy` tells it."""
        return f'"{self.name}";q={self.quota};w={self.window_seconds}'


class Share(Struct, frozen=True):
    """Whose share of what: a program's, a person's or a node's."""

    policy: Policy
    whose: int


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


class KeptShare(Struct, frozen=True, kw_only=True):
    """How much was `used` of a share, and had not come back, at a moment."""

    id: int
    name: str
    whose: int
    used: float
    at: datetime
    version: int = 1


class UsedShare(Struct, frozen=True):
    """How much is used of a share now."""

    name: str
    whose: int
    used: float


class Shares:
    """The buckets of this process. Of those of a few seconds the ones that were used longest ago
    are forgotten first; they are full again by then."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._buckets: OrderedDict[tuple[str, int], tuple[float, float]] = OrderedDict()
        self._kept: dict[tuple[str, int], tuple[float, float]] = {}
        self._recalled: dict[tuple[str, int], tuple[float, float]] = {}
        self._touched: dict[tuple[str, int], Policy] = {}
        self._collected: dict[tuple[str, int], Policy] = {}
        self._turns: WeakValueDictionary[int, Semaphore] = WeakValueDictionary()

    def take(self, policy: Policy, whose: int, amount: int = 1) -> Standing:
        """Take something of a share, if it is there; nothing is taken otherwise."""
        return self.take_each([Share(policy, whose)], amount)[0]

    def take_each(self, shares: Iterable[Share], amount: int = 1) -> list[Standing]:
        """Take something of several shares, if it is there in all of them; of none otherwise."""
        now = self._now()
        levels = [(one, self._level(one.policy, one.whose, now)) for one in shares]
        if all(amount <= level for _, level in levels):
            for one, level in levels:
                self._put(one.policy, one.whose, level - amount, now)
            return [_standing(one.policy, level - amount, 0) for one, level in levels]
        return [
            _standing(one.policy, level, max(0, ceil((amount - level) / one.policy.rate)))
            for one, level in levels
        ]

    def turn(self, program: Program) -> Semaphore:
        """What a request of a program holds while it is under way."""
        turns = self._turns.get(program.id)
        if turns is None:
            most = max(LEAST_TURNS, program.requests_a_minute // REQUESTS_A_TURN)
            self._turns[program.id] = turns = Semaphore(most)
        return turns

    def collect(self) -> list[UsedShare]:
        """What was used of shares that are kept, where it has changed since it was last asked."""
        self._collected, self._touched = self._touched, {}
        now = self._now()
        return [
            UsedShare(name, whose, policy.quota - self._level(policy, whose, now))
            for (name, whose), policy in self._collected.items()
        ]

    def collect_again(self) -> None:
        """What was collected last was not written down: it is collected the next time, too."""
        self._touched = {**self._collected, **self._touched}

    def recall(self, kept: Iterable[KeptShare], moment: datetime) -> None:
        """Go on from what was written down; `moment` is now."""
        now = self._now()
        for one in kept:
            age = max(0.0, (moment - one.at).total_seconds())
            self._recalled[one.name, one.whose] = (one.used, now - age)

    def _level(self, policy: Policy, whose: int, now: float) -> float:
        key, whole = (policy.name, whose), float(policy.quota)
        known = (self._kept if policy.is_kept else self._buckets).get(key)
        if known is not None:
            return min(whole, known[0] + (now - known[1]) * policy.rate)
        if key in self._recalled:
            used, at = self._recalled[key]
            return min(whole, whole - used + (now - at) * policy.rate)
        return whole

    def _put(self, policy: Policy, whose: int, level: float, now: float) -> None:
        key = (policy.name, whose)
        if policy.is_kept:
            self._kept[key] = (level, now)
            self._touched[key] = policy
            return
        self._buckets[key] = (level, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)


def _standing(policy: Policy, level: float, wait: int) -> Standing:
    return Standing(policy, int(level), ceil((policy.quota - level) / policy.rate), wait)


NODE = Policy("node", NODE_REQUESTS_A_MINUTE * BURST_SECONDS // MINUTE, BURST_SECONDS, of_node=True)
NODE_ROWS = Policy("node-rows", NODE_REQUESTS_A_MINUTE * ROWS_A_REQUEST, DAY, of_node=True)
EXPORTS = Policy("exports", EXPORTS_AN_HOUR, HOUR)
NODE_EXPORTS = Policy("node-exports", NODE_EXPORTS_AN_HOUR, HOUR, of_node=True)


@lru_cache(MOST_BUCKETS)
def requests_of(program: Program) -> Sequence[Share]:
    """What a request of a program is taken from."""
    quota = max(1, program.requests_a_minute * BURST_SECONDS // MINUTE)
    own = Share(Policy("requests", quota, BURST_SECONDS), program.id)
    return own, *of_nodes(NODE, [program.node])


@lru_cache(MOST_BUCKETS)
def rows_of(program: Program) -> Sequence[Share]:
    """What the rows that a program stores are taken from."""
    own = Share(Policy("rows", program.requests_a_minute * ROWS_A_REQUEST, DAY), program.id)
    return own, *of_nodes(NODE_ROWS, [program.node])


def exports_of(whose: int, nodes: Sequence[Node]) -> list[Share]:
    """What a file is taken from that a program or a person takes out, by a right on these nodes."""
    return [Share(EXPORTS, whose), *of_nodes(NODE_EXPORTS, nodes)]


def of_nodes(policy: Policy, nodes: Iterable[Node]) -> list[Share]:
    """The shares of nodes below the group; whoever works for the group takes from none's."""
    return [Share(policy, id) for id in below_group(nodes)]


def below_group(nodes: Iterable[Node]) -> tuple[int, ...]:
    """The ids of nodes, each once; none where the whole group is among them."""
    held = tuple(nodes)
    if any(node.level == "group" for node in held):
        return ()
    return tuple(sorted({node.id for node in held}))


def told(standings: Iterable[Standing]) -> Mapping[str, str]:
    """The fields of an answer that tell of shares."""
    shown = list(standings)
    return {
        "RateLimit-Policy": ", ".join(one.policy.header() for one in shown),
        "RateLimit": ", ".join(one.header() for one in shown),
    }


def longest_wait(standings: Iterable[Standing]) -> Standing | None:
    """The share that is used up, and of several the one that takes longest to come back."""
    waits = [one for one in standings if one.wait_seconds]
    return max(waits, key=lambda one: one.wait_seconds, default=None)


def used_up(standing: Standing) -> Refusal:
    """A share is used up."""
    policy = standing.policy
    whose = "The programs of this node" if policy.of_node else "This program"
    what = "requests" if policy is NODE else policy.name.removeprefix("node-")
    return Refusal(
        name="rate_limited",
        says=f"{whose} may have {policy.quota} {what} in {policy.window_seconds} s, "
        "and they are used up.",
        advice=f"Try again in {standing.wait_seconds} s, with the same key.",
    )
