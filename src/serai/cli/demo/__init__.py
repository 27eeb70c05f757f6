"""The demo: a tourism group made from a seed, its past, and its life from now on."""
