"""`serai bench books`: how many orders a second the one writer takes, and COPY of the same rows."""
