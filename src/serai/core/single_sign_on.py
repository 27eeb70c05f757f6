"""Single sign-on as the settings name it: a provider of OpenID Connect, and roles by its claims."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

RULE = re.compile(r"(?P<value>[^=]+)=(?P<role>[a-z_]+)(?:@(?P<code>[A-Za-z0-9._-]+))?")
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class ClaimRule(Struct, frozen=True):
    """Whoever has the value in the claim holds the role on the node with the code, the group's
    when it is empty."""

    value: str
    role: str
    code: str


class SingleSignOn(Struct, frozen=True, kw_only=True):
    """A provider, how it knows us, and what of its claims becomes a role."""

    issuer: str
    client_id: str
    client_secret: str
    name: str = "single sign-on"
    claim: str = "groups"
    rules: tuple[ClaimRule, ...] = ()

    def __repr__(self) -> str:
        return f"SingleSignOn(issuer={self.issuer!r}, client_id={self.client_id!r})"


NAMES = (
    "oidc_issuer", "oidc_client_id", "oidc_client_secret", "oidc_client_secret_file", "oidc_name",
    "oidc_claim", "oidc_roles",
)  # fmt: skip
"""The settings that make it up."""


def single_sign_on(
    text: Callable[[str], str], called: Callable[[str], str], mistakes: list[str]
) -> SingleSignOn | None:
    """What the settings say of single sign-on; `text` is what was given for one, `called` how
    whoever gave it knows it. What does not fit is added to the mistakes."""
    issuer = text("oidc_issuer")
    if not issuer:
        mistakes += [
            f"{called(name)} is set, but not {called('oidc_issuer')}: set both or neither."
            for name in NAMES[1:]
            if text(name)
        ]
        return None
    if not _is_issuer(issuer):
        mistakes.append(
            f"{called('oidc_issuer')} is not the address of a provider; write it as "
            "https://login.example.com/realm (http is for this machine alone)."
        )
    if not text("oidc_client_id"):
        mistakes.append(f"{called('oidc_client_id')} is not set; the provider's page shows it.")
    return SingleSignOn(
        issuer=issuer,
        client_id=text("oidc_client_id"),
        client_secret=_secret(text, called, mistakes),
        name=text("oidc_name") or "single sign-on",
        claim=text("oidc_claim") or "groups",
        rules=_rules(text("oidc_roles"), called, mistakes),
    )


def _is_issuer(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    return safe and bool(parts.hostname) and not parts.query and not parts.fragment


def _secret(text: Callable[[str], str], called: Callable[[str], str], mistakes: list[str]) -> str:
    given, path = text("oidc_client_secret"), text("oidc_client_secret_file")
    if given or not path:
        return given
    try:
        return Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        mistakes.append(f"{called('oidc_client_secret_file')} cannot be read: {error}.")
        return ""


def _rules(
    written: str, called: Callable[[str], str], mistakes: list[str]
) -> tuple[ClaimRule, ...]:
    found = []
    for one in filter(None, (part.strip() for part in written.split(","))):
        rule = RULE.fullmatch(one)
        if rule is None:
            mistakes.append(
                f"{called('oidc_roles')} holds {one[:60]!r}; write each rule as value=role@CODE, "
                "such as hotel-managers=brand_manager@PLUM, with commas between them."
            )
        else:
            found.append(ClaimRule(rule["value"].strip(), rule["role"], rule["code"] or ""))
    return tuple(found)
