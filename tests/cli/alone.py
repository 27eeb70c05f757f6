"""The environment of a command that a test types: its own data folder, and nothing of the run's."""

import os
from pathlib import Path


def alone_in(home: Path, **more: str) -> dict[str, str]:
    """What a command is told whose data is in `home`; the database that the tests run on, where it
    is an outside one, is none of its business."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("SERAI_")}
    return {**ours, "SERAI_HOME": str(home), **more}
