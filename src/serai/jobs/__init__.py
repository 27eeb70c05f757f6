"""Timers and queues; each job calls one flow."""

__all__: list[str] = []
