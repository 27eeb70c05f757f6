"""Who does a deed, and how far their rights reach."""

from msgspec import Struct

from serai.ledger import EVERYTHING, Scope


class Actor(Struct, frozen=True):
    """A person, a program or a job; keys of requests are kept apart by `name`."""

    name: str
    scope: Scope = EVERYTHING


PLATFORM = Actor("platform")
"""The platform's own jobs."""
