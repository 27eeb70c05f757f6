"""`serai user` and `serai role`."""
