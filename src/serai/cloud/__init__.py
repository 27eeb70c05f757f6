"""The organisation, and who may do what in it."""

__all__: list[str] = []
