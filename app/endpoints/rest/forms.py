"""In which form an answer is wanted: JSON, a page to look at, or plain text.

Spec: https://www.rfc-editor.org/rfc/rfc9110#name-accept
"""

import re
from collections.abc import Mapping, Sequence

from app.errors import NotAcceptable

_QUALITY = re.compile(r"[01](\.[0-9]{0,3})?")

JSON, HTML, TEXT = "application/json", "text/html", "text/plain"


def wanted_form(headers: Mapping[bytes, bytes], offered: Sequence[str]) -> str:
    """The form that a caller likes best, of those offered; of equals the first offered. Raises
    NotAcceptable where none will do."""
    accept = headers.get(b"accept", b"*/*").decode("latin-1").lower()
    wanted = ranges(accept) or [("*/*", 1.0)]
    liked = [(_liking(form, wanted), -n, form) for n, form in enumerate(offered)]
    best = max(liked)
    if best[0] <= 0:
        raise NotAcceptable(f"The answer comes as: {', '.join(offered)}. Name one in Accept.")
    return best[2]


def ranges(header: str) -> list[tuple[str, float]]:
    """(what is wanted, how much: 0 to 1) of a header that names several, in their order."""
    return [_range(one) for one in header.split(",") if one.strip()]


def _range(written: str) -> tuple[str, float]:
    name, *parameters = (part.strip() for part in written.split(";"))
    for one in parameters:
        key, _, value = one.partition("=")
        if key.strip() == "q":
            return name, float(value) if _QUALITY.fullmatch(value.strip()) else 0.0
    return name, 1.0


def _liking(form: str, wanted: Sequence[tuple[str, float]]) -> float:
    """What the range that says most about a form gives it."""
    fits = [
        (-name.count("*"), quality)
        for name, quality in wanted
        if name in (form, f"{form.partition('/')[0]}/*", "*/*")
    ]
    return max(fits)[1] if fits else 0.0
