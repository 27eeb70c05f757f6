"""Caravanserai: one roof for a tourism group's customers, merchants, goods, money and news."""

__all__ = ["__version__"]

__version__ = "0.1.0"
