"""What is owed and paid: payments, refunds, fees, settlement."""

__all__: list[str] = []
