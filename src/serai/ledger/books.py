"""The books, as everybody sees them who may write to them: here, or through a socket."""

from typing import Protocol

from serai.ledger.proposals import Outcome, Proposal


class Books(Protocol):
    """Takes proposals and tells of events; the writer itself, or a way to it."""

    async def propose(self, proposal: Proposal) -> Outcome:
        """Commit a proposal, or answer with the stored or named refusal.

        Raises `Fenced` when the writer does not write any more, `DatabaseAway` when the database
        does not come back, `BadRecord` for records that no table takes.
        """

    @property
    def position(self) -> int:
        """The position of the last event that is known to be committed; 0 when there is none."""

    async def beyond(self, position: int) -> int:
        """Wait until an event after `position` is committed; the last position then."""
