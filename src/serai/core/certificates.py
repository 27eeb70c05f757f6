"""Certificates of TLS: until when a file's hold."""

from datetime import datetime
from pathlib import Path

from msgspec import Struct


class Certificate(Struct, frozen=True):
    """A file of certificates: when the first of them ends, or why nobody can tell."""

    path: Path
    ends_at: datetime | None = None
    problem: str = ""

    def days_left(self, now: datetime) -> int | None:
        """Whole days until it ends, negative afterwards; None when nobody can tell."""
        return None if self.ends_at is None else (self.ends_at - now).days


def read_certificate(path: Path) -> Certificate:
    """Until when the certificates of a PEM file hold, its chain included."""
    from cryptography import x509  # a start that watches none need not load it

    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        return Certificate(path, problem=f"it cannot be read: {error.strerror}")
    except ValueError:
        return Certificate(path, problem="there is no certificate in it")
    return Certificate(path, min(one.not_valid_after_utc for one in found))
