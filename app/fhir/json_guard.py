"""The strict JSON door: what comes in is one JSON text, read one way, with every digit as written.

Spec: https://www.rfc-editor.org/rfc/rfc8259, https://hl7.org/fhir/R4/json.html
Non-integer numbers become `msgspec.Raw`, so 1.10 stays 1.10; encode() writes them back unchanged.
Refusals say where, as far as that is known, and never repeat what was sent.
"""

import json
import re
from typing import Any

import msgspec

from app.errors import Issue, Malformed
from app.fhir import json_place
from app.fhir.resource_types import RESOURCE_TYPES, Json

DEEPEST = 64
MOST_DIGITS = 1000
LARGEST_EXPONENT = 300

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_KNOWN_TYPES = frozenset((*RESOURCE_TYPES, "Bundle", "Parameters"))
_SAFE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_DIGITS_ALIKE = bytes.maketrans(b"123456789", b"000000000")
_TOO_MANY_DIGITS = b"0" * (MOST_DIGITS + 1)
_NUL = b"\\u0000"
_PLACE = re.compile(r"\(byte ([0-9]+)\)")


def encode(tree: Any) -> bytes:
    """Compact JSON: members in their order, numbers digit for digit."""
    return msgspec.json.encode(tree)


def parse(raw: bytes) -> Json:
    """The JSON object in `raw`; Malformed when it is not exactly one, or could be read two ways."""
    tree = parse_value(raw)
    if type(tree) is not dict:
        raise Malformed("The body must be a JSON object: it starts with { and ends with }.")
    return tree


def parse_value(raw: bytes) -> Any:
    """As parse(), for bodies that need not be an object (a JSON Patch is an array)."""
    tree = _decoded(raw)
    if raw.count(b"{") + raw.count(b"[") > DEEPEST and _is_too_deep(tree):
        raise Malformed(_too_deep(raw))
    if len(raw) > MOST_DIGITS and _TOO_MANY_DIGITS in raw.translate(_DIGITS_ALIKE):
        _refuse_long_integers(tree)
    if _NUL in raw and _holds_nul(tree):
        text = "A text holds the character U+0000, which FHIR does not allow"
        raise Malformed(f"{text}{_see(json_place.escaped_nul(raw))}")
    written = encode(tree)
    if written == raw or written == msgspec.json.format(raw, indent=-1):
        return tree  # nothing was lost on the way, so no member was there twice
    return _read_exactly(raw)


def stored(raw: bytes) -> Json:
    """A resource that this record keeps: it went through parse() when it came."""
    tree: Json = _DECODER.decode(raw)
    return tree


def refuse_deeper(raw: bytes, most: int) -> None:
    """Raises Malformed for a body of more than `most` levels; for the deepest that parse() takes it
    costs nothing."""
    if most < DEEPEST and raw.count(b"{") + raw.count(b"[") > most:
        place = json_place.level(raw, most + 1)
        if place is not None:
            raise Malformed(f"The JSON is nested more than {most} levels deep{_see(place)}")


def _decoded(raw: bytes) -> Any:
    try:
        return _DECODER.decode(raw)
    except UnicodeDecodeError:
        raise Malformed("The body is not UTF-8 text: save or send it as UTF-8.") from None
    except RecursionError:
        raise Malformed(_too_deep(raw)) from None
    except msgspec.DecodeError as error:
        raise Malformed(_reason(raw, str(error))) from None


def _reason(raw: bytes, error: str) -> str:
    if not raw.strip():
        return "The body is empty; send one JSON object."
    if raw.startswith(_BYTE_ORDER_MARK):
        return "The body starts with a byte order mark; send plain UTF-8 without one."
    if error.startswith("Integer"):
        return f"A number has more than {MOST_DIGITS} digits."
    lone = json_place.lone_surrogate(raw)
    if lone is not None:
        return f"A text holds half of a surrogate pair, which is no character{_see(lone)}"
    if raw.lstrip().startswith(b"<"):
        return "The body looks like XML or a web page; send JSON."
    place = _PLACE.search(error)
    if place is None:
        return "The body is not whole JSON: its end is missing."
    return (
        f"The body is not JSON: see byte {place[1]}. Look there for a comma, a bracket or a "
        "quotation mark that is missing, or one too many."
    )


def _too_deep(raw: bytes) -> str:
    place = json_place.level(raw, DEEPEST + 1)
    return f"The JSON is nested more than {DEEPEST} levels deep{_see(place)}"


def _see(place: int | None) -> str:
    return "." if place is None else f": see byte {place}."


def _number(digits: str) -> msgspec.Raw:
    if len(digits) > MOST_DIGITS:
        raise Malformed(f"A number has more than {MOST_DIGITS} digits.")
    if "e" in digits or "E" in digits:
        exponent = digits.lower().partition("e")[2].lstrip("+-").lstrip("0")
        if len(exponent) > 3 or int(exponent or "0") > LARGEST_EXPONENT:
            raise Malformed(f"A number has an exponent beyond {LARGEST_EXPONENT}.")
    return msgspec.Raw(digits.encode())


def _is_too_deep(tree: Any) -> bool:
    level = [tree]
    for _ in range(DEEPEST):
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return False
    return True


def _refuse_long_integers(tree: Any) -> None:
    limit = 10**MOST_DIGITS
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if type(node) is dict:
            waiting.extend(node.values())
        elif type(node) is list:
            waiting.extend(node)
        elif type(node) is int and not -limit < node < limit:
            raise Malformed(f"A number has more than {MOST_DIGITS} digits.")


def _read_exactly(raw: bytes) -> Any:
    """Reads again, member by member: what has escapes, or -0, or a member given twice."""
    twice: list[tuple[Json, str]] = []

    def joined(pairs: list[tuple[str, Any]]) -> Json:
        members = dict(pairs)
        if len(members) != len(pairs):
            twice.append((members, _first_repeated(pairs)))
        return members

    tree = json.loads(raw, object_pairs_hook=joined, parse_float=_number, parse_int=_whole_number)
    if twice:
        raise Malformed(issues=[_given_twice(tree, *twice[-1])])
    return tree


def _first_repeated(pairs: list[tuple[str, Any]]) -> str:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            return name
        seen.add(name)
    return ""


def _whole_number(digits: str) -> int | msgspec.Raw:
    return msgspec.Raw(b"-0") if digits == "-0" else int(digits)


def _given_twice(tree: Any, holder: Json, name: str) -> Issue:
    steps = _steps_to(tree, holder)
    shown = f"'{name}'" if _SAFE_NAME.fullmatch(name) else "A member"
    place = tree.get("resourceType") if type(tree) is dict else None
    if type(place) is not str or place not in _KNOWN_TYPES or steps is None:
        return Issue("structure", f"{shown} is given twice in one object: keep one of them.")
    return Issue(
        "structure", f"{shown} is given twice in one object: keep one of them.", place + steps
    )


def _steps_to(node: Any, sought: Json) -> str | None:
    if node is sought:
        return ""
    if type(node) is dict:
        inner = ((f".{name}", value) for name, value in node.items() if _SAFE_NAME.fullmatch(name))
    elif type(node) is list:
        inner = ((f"[{n}]", value) for n, value in enumerate(node))
    else:
        return None
    for step, value in inner:
        rest = _steps_to(value, sought)
        if rest is not None:
            return step + rest
    return None


def _holds_nul(tree: Any) -> bool:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if type(node) is dict:
            waiting.extend(node.values())
            waiting.extend(node)
        elif type(node) is list:
            waiting.extend(node)
        elif type(node) is str and "\0" in node:
            return True
    return False


_DECODER = msgspec.json.Decoder(float_hook=_number)
