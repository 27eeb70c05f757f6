"""Tests mirror `src`, capability by capability; `simulation` and `browser` come last."""
