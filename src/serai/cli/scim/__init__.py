"""`serai scim`: groups of providers of identity, and the roles they are bound to."""
