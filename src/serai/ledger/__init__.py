"""The books: units, accounts, transfers, and their one writer."""

__all__: list[str] = []
