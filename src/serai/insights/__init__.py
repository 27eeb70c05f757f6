"""What the facts say."""

__all__: list[str] = []
