"""Which addresses keys may be fetched from: public ones, over TLS, so that nobody makes this
service ask the machines beside it.

Spec: https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html,
https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from app.errors import Invalid, Issue

MOST_CHARACTERS = 500

_PRINTED = re.compile(r"[!-~]+")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_LOOPBACK_NAMES = frozenset(("localhost", "127.0.0.1", "::1"))


@dataclass(frozen=True, slots=True)
class KeyAddress:
    """Where keys are. host: a name or an address, without brackets. port: None for the usual one.
    target: path and query."""

    scheme: str
    host: str
    port: int | None
    target: str


def read(url: str, *, loopback: bool) -> KeyAddress:
    """The address, if keys may be fetched from it. loopback: also from this machine, by plain http.
    Raises Invalid."""
    if not _PRINTED.fullmatch(url) or len(url) > MOST_CHARACTERS:
        raise _refused(f"it has characters that no address has, or more than {MOST_CHARACTERS}")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _refused("it cannot be read") from None
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise _refused("it names a user")
    if parts.fragment or "#" in url or "\\" in url:
        raise _refused("it has a fragment or a backslash")
    if not (_HOST.fullmatch(host) or _is_address(host)):
        raise _refused("it names no host")
    if parts.scheme != "https" and not (loopback and _is_loopback_http(parts)):
        raise _refused("it must begin with https://")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return KeyAddress(parts.scheme, host, port, target)


def may_be_asked(address: str, *, loopback: bool) -> bool:
    """Whether this network address is a public one (or, where that is allowed, this machine)."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if loopback and found.is_loopback:
        return True
    return _is_public(found)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and (address.sixtofour or address.teredo):
        return False  # these hold another address, which may be anything
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not address.is_unspecified
    )


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return "%" not in host


def _is_loopback_http(parts: SplitResult) -> bool:
    return parts.scheme == "http" and parts.hostname in _LOOPBACK_NAMES


def _refused(why: str) -> Invalid:
    text = (
        f"Keys are not fetched from this address: {why}. Give a public one, such as "
        "https://charity.example/jwks.json, or register the keys themselves."
    )
    return Invalid([Issue("value", text, "jwks_url")])
