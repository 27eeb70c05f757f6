"""Other people's standards, each a thin adapter over the same flows."""
