"""Signatures: how a payment provider shows that a call-back is its own."""

import hmac
from hashlib import sha256

HEADER = "Serai-Signature"
PREFIX = "sha256="


def sign(secret: str, method: str, path: str, body: bytes) -> str:
    """The signature of a request: HMAC-SHA256 over method, path and body, line by line."""
    said = b"\n".join((method.encode(), path.encode(), body))
    return PREFIX + hmac.new(secret.encode(), said, sha256).hexdigest()


def is_signed(signature: str, secret: str, method: str, path: str, body: bytes) -> bool:
    """Whether a request bears the right signature, compared in constant time."""
    wanted = sign(secret, method, path, body)
    return hmac.compare_digest(signature.encode(), wanted.encode())
