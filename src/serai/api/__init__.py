"""HTTP for programs."""

__all__: list[str] = []
