"""`serai personal-keys`: the keys that seal personal data."""
