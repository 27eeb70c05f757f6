"""The `serai` command."""

__all__: list[str] = []
