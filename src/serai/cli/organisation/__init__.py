"""`serai organisation`: the whole organisation as a file."""
