"""What is delivered when: capacity, stock, holds, admissions."""

__all__: list[str] = []
