"""`serai bench`: speed, measured and printed, never asserted by a test."""
