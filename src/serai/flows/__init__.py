"""Verbs that touch two or more modules."""

__all__: list[str] = []
