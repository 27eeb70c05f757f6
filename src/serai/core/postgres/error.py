"""What is raised when there is no database."""


class PostgresError(Exception):
    """The database cannot be had; the sentence says why and what to do."""
