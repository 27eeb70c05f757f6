"""How long callers wait for what has gone away, the database or the writer of another process."""

import asyncio
import time

FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 2.0


class Patience:
    """It begins when the other side is lost, and is whole again once that has done its work.

    One that can be reached but does nothing is the same trouble as before; unless it was reached
    longer ago than anybody has patience.
    """

    def __init__(
        self, seconds: float, *, longest_pause_seconds: float = LONGEST_PAUSE_SECONDS
    ) -> None:
        self._seconds = seconds
        self._longest_pause_seconds = longest_pause_seconds
        self._lost: float | None = None
        self._reached = 0.0
        self._pause_seconds = 0.0

    def lose(self) -> None:
        """It does not answer."""
        now = time.monotonic()
        if self._lost is not None and now - self._reached > self._seconds:
            self.restore()
        if self._lost is None:
            self._lost = now

    def reach(self) -> None:
        """It can be reached again; whether it works is still to be seen."""
        self._reached = time.monotonic()

    def restore(self) -> None:
        """All is well."""
        self._lost, self._pause_seconds = None, 0.0

    def is_over(self) -> bool:
        """Whether nobody should wait any longer."""
        return self._lost is not None and time.monotonic() - self._lost > self._seconds

    async def pause(self) -> None:
        """Until it is looked for again; not at all the first time, then ever longer."""
        await asyncio.sleep(self._pause_seconds)
        self._pause_seconds = min(
            max(2 * self._pause_seconds, FIRST_PAUSE_SECONDS), self._longest_pause_seconds
        )
