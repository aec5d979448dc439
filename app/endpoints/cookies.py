"""The two cookies of a browser that signs in, and whether a request comes from our own pages.

Spec: https://datatracker.ietf.org/doc/draft-ietf-httpbis-rfc6265bis/ (the prefix __Host-),
https://www.w3.org/TR/fetch-metadata/
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from app.access.sign_in_attempt import GOOD_FOR_SECONDS
from app.errors import Forbidden

_SESSION, _ATTEMPT = "wm-session", "wm-sign-in"
# A session's cookie goes when the browser is closed: it may be one in a library.
_LIFETIME = {_SESSION: "", _ATTEMPT: f" Max-Age={GOOD_FOR_SECONDS};"}
_NOT_OURS = (
    "This was not sent by a page of this service, so nothing was done. Open /sign-in/me in your "
    "browser, and use the button there."
)


class Cookies:
    """base_url: the address that callers use; with https the cookies are kept to it."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self._origin = f"{parts.scheme}://{parts.netloc}".lower()
        self._is_https = parts.scheme == "https"

    def session(self, headers: Mapping[bytes, bytes]) -> str | None:
        """The secret of the session; None where there is none, or more than one."""
        return self._read(headers, _SESSION)

    def attempt(self, headers: Mapping[bytes, bytes]) -> str | None:
        """The sealed sign-in that is under way."""
        return self._read(headers, _ATTEMPT)

    def with_session(self, secret: str) -> str:
        """The Set-Cookie that keeps a session."""
        return self._set(_SESSION, secret)

    def with_attempt(self, sealed: str) -> str:
        """The Set-Cookie that keeps a sign-in under way."""
        return self._set(_ATTEMPT, sealed)

    def without_session(self) -> str:
        """The Set-Cookie that forgets it."""
        return self._set(_SESSION, "")

    def without_attempt(self) -> str:
        """The Set-Cookie that forgets it."""
        return self._set(_ATTEMPT, "")

    def check_same_origin(self, headers: Mapping[bytes, bytes]) -> None:
        """Refuse what another site had the browser send, and what does not say. Raises
        Forbidden."""
        site = headers.get(b"sec-fetch-site")
        origin = headers.get(b"origin")
        if site is None and origin is None:
            raise Forbidden(_NOT_OURS)
        if site not in (None, b"same-origin"):
            raise Forbidden(_NOT_OURS)
        if origin is not None and origin.decode("latin-1").lower() != self._origin:
            raise Forbidden(_NOT_OURS)

    def _name(self, name: str) -> str:
        return f"__Host-{name}" if self._is_https else name

    def _set(self, name: str, value: str) -> str:
        lifetime = _LIFETIME[name] if value else " Max-Age=0;"
        secure = "; Secure" if self._is_https else ""
        flags = f"Path=/;{lifetime} HttpOnly; SameSite=Lax{secure}"
        return f"{self._name(name)}={value}; {flags}"

    def _read(self, headers: Mapping[bytes, bytes], name: str) -> str | None:
        wanted = self._name(name)
        pairs = headers.get(b"cookie", b"").decode("latin-1").split(";")
        found = [
            value.strip()
            for given, _, value in (pair.partition("=") for pair in pairs)
            if given.strip() == wanted
        ]
        return found[0] if len(found) == 1 and found[0].isascii() and found[0] else None
