"""The steps by which the database came to be what it is."""

__all__: list[str] = []
