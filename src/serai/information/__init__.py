"""What is told: events, feeds and their schemas, quarantine."""

__all__: list[str] = []
