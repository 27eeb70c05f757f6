"""Access: who may come in, as what, and who decides it."""
