"""Who sells what: products, rate plans, offers, prices, terms, orders and bookings."""

__all__: list[str] = []
