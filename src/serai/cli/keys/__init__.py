"""`serai key`: programs that use the API, and their keys."""
