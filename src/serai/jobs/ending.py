"""The end of a job that was told to end."""

import asyncio


def end_if_told() -> None:
    """Raise `CancelledError` when the current task was cancelled and has not noticed.

    A cancellation gets lost in Python 3.11 when an answer of the database comes in at the same
    moment: `wait_for` returns the answer then, and a job would go on for ever.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
