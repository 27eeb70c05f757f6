"""`serai bench flash`: a sale, a million holds that run out, ten million slots archived."""
