"""Where in a JSON text something stands that the strict door refuses, as a byte from 0.

Only asked once it is known that the text is refused, so that what is fine costs nothing.
Spec: https://www.rfc-editor.org/rfc/rfc8259#section-7
"""

import re

# One escape after another, so that the backslash of an escaped backslash begins nothing.
_LONE_SURROGATE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<sought>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_NUL = re.compile(rb"\\(?:(?P<sought>u0000)|.)", re.DOTALL)
_TEXT_OR_BRACKET = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{\]}]', re.DOTALL)


def lone_surrogate(raw: bytes) -> int | None:
    """The first escape that is half of a surrogate pair, if there is one."""
    return _first(_LONE_SURROGATE, raw)


def escaped_nul(raw: bytes) -> int | None:
    """The first escape of U+0000, if there is one."""
    return _first(_NUL, raw)


def level(raw: bytes, number: int) -> int | None:
    """Where the first array or object begins that is this many levels deep, if there is one."""
    depth = 0
    for match in _TEXT_OR_BRACKET.finditer(raw):
        token = match[0]
        if token in (b"{", b"["):
            depth += 1
            if depth == number:
                return match.start()
        elif token in (b"}", b"]"):
            depth -= 1
    return None


def _first(escape: re.Pattern[bytes], raw: bytes) -> int | None:
    return next((match.start() for match in escape.finditer(raw) if match["sought"]), None)
