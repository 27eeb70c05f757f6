"""Who has really asked, where a proxy stands in front.

Anybody can write the headers by which a proxy tells for whom it asks: they are believed from the
proxies that are named in the settings, and from nobody else.
"""

import ipaddress
import re
from collections.abc import Sequence
from functools import lru_cache

from litestar.types import Scope

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

FORWARDED_FOR = b"x-forwarded-for"
FORWARDED_PROTO = b"x-forwarded-proto"
REQUEST_ID = b"x-request-id"
TRACEPARENT = b"traceparent"
_NAME = re.compile(r"[A-Za-z0-9_-]{8,64}")


class Proxies:
    """The proxies in front that are trusted: addresses and networks."""

    def __init__(self, trusted: Sequence[str]) -> None:
        self._networks = tuple(ipaddress.ip_network(one) for one in trusted)
        self.trusts = lru_cache(maxsize=1024)(self._trusts)

    def _trusts(self, host: str) -> bool:
        address = _address(host)
        return address is not None and any(address in one for one in self._networks)

    def speaks_for(self, scope: Scope) -> bool:
        """Whether a request comes from a trusted proxy."""
        client = scope["client"]
        return bool(self._networks) and client is not None and self.trusts(client[0])

    def reveal(self, scope: Scope) -> None:
        """Put who has asked, and how, in the place of the trusted proxy that passed it on."""
        headers = _last_of(scope)
        hops = [hop.strip() for hop in headers.get(FORWARDED_FOR, "").split(",") if hop.strip()]
        # From the nearest on: the first that is no proxy of ours is where our knowledge ends.
        asked_by = next((hop for hop in reversed(hops) if not self.trusts(hop)), None)
        address = _address(asked_by or "")
        if address is not None:
            scope["client"] = (str(address), 0)
        scheme = headers.get(FORWARDED_PROTO, "")
        if scheme in ("http", "https"):
            scope["scheme"] = scheme


def name_given(scope: Scope) -> str:
    """The name that a trusted proxy has given to a request; empty when there is none."""
    name = _last_of(scope).get(REQUEST_ID, "")
    return name if _NAME.fullmatch(name) else ""


def trace_given(scope: Scope) -> str:
    """The trace that a trusted proxy has begun with a request."""
    return _last_of(scope).get(TRACEPARENT, "")


def _last_of(scope: Scope) -> dict[bytes, str]:
    """Headers by name; of two, what the nearest proxy wrote comes after what it was sent."""
    found: dict[bytes, str] = {}
    for name, value in scope["headers"]:
        if name == FORWARDED_FOR and name in found:
            found[name] += "," + value.decode("latin-1")
        else:
            found[name] = value.decode("latin-1")
    return found


def _address(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None
