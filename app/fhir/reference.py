"""References as text: relative, under this server's base, elsewhere, with a version.

Spec: https://hl7.org/fhir/R4/references.html#literal, https://hl7.org/fhir/R4/datatypes.html#id
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

_RESTFUL = re.compile(
    r"(?:(?P<base>[A-Za-z][A-Za-z0-9+.-]*://\S*?)/)?"
    r"(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9.-]{1,64})"
    r"(?:/_history/(?P<version>[A-Za-z0-9.-]{1,64}))?"
)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_LONGEST_REMEMBERED = 200
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")


@dataclass(frozen=True, slots=True)
class ReferenceParts:
    """A reference taken apart.

    url: the whole text when it leads elsewhere (another server, urn:uuid:, a canonical), else None.
        `type`, `id` and `version` are then what a RESTful url names, or None.
    relative: `Type/id` when it is ours, without the version; else None.
    """

    type: str | None
    id: str | None
    version: str | None = None
    url: str | None = None
    relative: str | None = field(default=None, compare=False)  # the others tell it


def is_id(text: str) -> bool:
    """Whether the text may be a resource's id."""
    return _ID.fullmatch(text) is not None


def parse_reference(text: str, fhir_base: str) -> ReferenceParts | None:
    """A reference taken apart; None for a contained one (`#x`) and for what is no reference.

    fhir_base: this server's address; an absolute reference under it is ours, like a relative one.
    """
    return (_remembered if len(text) <= _LONGEST_REMEMBERED else _parsed)(text, fhir_base)


def _parsed(text: str, fhir_base: str) -> ReferenceParts | None:
    match = _RESTFUL.fullmatch(text)
    if match is None:
        return ReferenceParts(None, None, url=text) if _URI.fullmatch(text) else None
    base, type_name, id_, version = match.groups()
    url = None if base is None or base == fhir_base.rstrip("/") else text
    relative = f"{type_name}/{id_}" if url is None else None
    return ReferenceParts(type_name, id_, version, url, relative)


_remembered = lru_cache(maxsize=8192)(_parsed)


def type_referred_to(node: Any) -> str | None:
    """The type that a Reference leads to, as its url or its `type` says; None when neither does."""
    if not isinstance(node, dict):
        return None
    text = node.get("reference")
    match = _RESTFUL.fullmatch(text) if isinstance(text, str) else None
    if match is not None:
        return match["type"]
    named = node.get("type")
    return named if isinstance(named, str) else None
