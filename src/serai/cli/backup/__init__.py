"""`serai backup` and `serai restore`: base backups, the archive of the log, and the way back."""
