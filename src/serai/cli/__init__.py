"""The `serai` command."""

from serai.cli.root import main

__all__ = ["main"]
