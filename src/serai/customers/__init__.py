"""Who buys: people, membership, points, coupons."""

__all__: list[str] = []
