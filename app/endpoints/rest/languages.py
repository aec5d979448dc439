"""In which language an answer is wanted, of those that there are.

Spec: https://www.rfc-editor.org/rfc/rfc9110#name-accept-language, https://www.rfc-editor.org/rfc/rfc4647
"""

from collections.abc import Mapping
from functools import lru_cache

from app.endpoints.rest.forms import ranges
from app.what_matters.language import ENGLISH, best_language

_KEPT = 64  # there are few browsers, and each sends the same every time


def wanted_language(headers: Mapping[bytes, bytes]) -> str:
    """The code of the language that a caller likes best, of those there are; English for who asks
    for no other."""
    wanted = headers.get(b"accept-language")
    return ENGLISH if wanted is None else _best(wanted)


@lru_cache(_KEPT)
def _best(wanted: bytes) -> str:
    """The caller's order decides between what they like alike; `*` asks for no language."""
    liked = sorted(ranges(wanted.decode("latin-1")), key=lambda one: -one[1])
    return best_language(name for name, quality in liked if quality > 0 and name != "*")
