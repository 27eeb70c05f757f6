"""`serai trail`: the audit trail as a file, and whether its chain is whole."""
