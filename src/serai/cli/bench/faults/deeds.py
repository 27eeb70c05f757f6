"""What callers ask of the platform, and what they hear: an answer, or nothing."""

from typing import Literal, Protocol

from msgspec import Struct, structs

from serai.merchants import Wanted

Silence = Literal["closed", "broken", "away", "slow", "failed", "left"]
"""Why there was no answer: nobody listens, the connection broke, the platform said that it cannot
serve (503), nothing came in time, it failed (500), or the caller had hung up."""


class Place(Struct, frozen=True):
    """An order, found again by the `mark` that its bookings bear."""

    key: str
    mark: str
    guest_id: int
    lines: tuple[Wanted, ...]
    hold_seconds: int


class Confirm(Struct, frozen=True):
    """The confirmation of an order, with a means of payment."""

    key: str
    order_id: int


class Cancel(Struct, frozen=True):
    """The cancellation of an order."""

    key: str
    order_id: int


Deed = Place | Confirm | Cancel


class Answer(Struct, frozen=True):
    """What was said to a deed: it is done, or refused by name; `replayed` when the platform says
    that it had said so before."""

    done: bool
    order_id: int = 0
    amount_minor: int = 0
    state: str = ""
    refusal: str = ""
    replayed: bool = False

    def is_like(self, other: "Answer") -> bool:
        """Whether both say the same."""
        return structs.replace(self, replayed=other.replayed) == other


class Standing(Struct, frozen=True):
    """An order as whoever asks for it is told."""

    order_id: int
    state: str
    amount_minor: int


class NoAnswer(Exception):
    """Nobody knows whether it was done: the same key must be asked again."""

    def __init__(self, why: Silence, says: str = "") -> None:
        super().__init__(f"{why}: {says}" if says else why)
        self.why = why


class Way(Protocol):
    """A way to the platform; one deed at a time."""

    async def ask(self, deed: Deed) -> Answer:
        """The answer to a deed; raises `NoAnswer`."""

    async def read(self, order_id: int) -> Standing | None:
        """An order as it stands, or None when there is none; raises `NoAnswer`."""
