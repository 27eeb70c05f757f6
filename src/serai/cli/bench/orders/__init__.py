"""`serai bench orders`: how many orders a second the platform takes over HTTP, and how fast."""
