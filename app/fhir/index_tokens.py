"""The exact-match entries of one value: tokens, references and uris.

A converter adds what one value of one FHIR type gives under a parameter's code, and skips what has
not the shape its type says. The forms of the entries are listed in `app/fhir/indexed.py`.

Spec: https://hl7.org/fhir/R4/search.html#token, https://hl7.org/fhir/R4/search.html#reference
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from app.fhir.indexed import IndexValues, StringRow
from app.fhir.reference import parse_reference
from app.fhir.search_text import PHONETIC, capped, entry, normalise, sound

Converter: TypeAlias = Callable[[IndexValues, str, Any, str], None]


def token_forms(node: Any, type_name: str, system: str | None) -> list[str]:
    """The forms one value is matched by, without those that name a system alone.

    ("http://loinc.org|81338-6", "81338-6"); each coding of a CodeableConcept in turn.
    """
    found = IndexValues()
    TOKENS[type_name](system)(found, "", node, "")
    return [form[1:] for form in found.tokens if not form.endswith("|")]


def add_text(out: IndexValues, code: str, text: Any) -> None:
    """One string row, as written and folded; nothing for what is empty or no text."""
    if isinstance(text, str) and text:
        folded = sound(text) if code == PHONETIC else normalise(text)
        out.strings.append(StringRow(code, capped(folded), capped(text)))


def _coding(out: IndexValues, code: str, node: Any, _base: str) -> None:
    if isinstance(node, dict):
        _add_token(out, code, node.get("system"), node.get("code"))
        add_text(out, f"{code}:text", node.get("display"))


def _concept(out: IndexValues, code: str, node: Any, _base: str) -> None:
    if not isinstance(node, dict):
        return
    texts = [node.get("text")]
    codings = node.get("coding")
    for coding in codings if isinstance(codings, list) else ():
        if isinstance(coding, dict):
            _add_token(out, code, coding.get("system"), coding.get("code"))
            texts.append(coding.get("display"))
    for at, text in enumerate(texts):
        if text not in texts[:at]:
            add_text(out, f"{code}:text", text)


def _identifier(out: IndexValues, code: str, node: Any, _base: str) -> None:
    if not isinstance(node, dict):
        return
    value = node.get("value")
    _add_token(out, code, node.get("system"), value)
    kind = node.get("type")
    if not isinstance(kind, dict):
        return
    add_text(out, f"{code}:text", kind.get("text"))
    codings = kind.get("coding")
    for coding in codings if isinstance(codings, list) else ():
        if isinstance(coding, dict) and isinstance(value, str):
            _add_typed(out, code, coding, value)


def _add_typed(out: IndexValues, code: str, coding: Mapping[str, Any], value: str) -> None:
    type_code, system = coding.get("code"), coding.get("system") or ""
    if isinstance(type_code, str) and isinstance(system, str):
        out.tokens.append(entry(f"{code}:of-type", f"{system}|{type_code}|{value}"))


def _contact_point(out: IndexValues, code: str, node: Any, _base: str) -> None:
    """R4 gives a ContactPoint no system; `phone|...` is here for those who name it all the same."""
    if not isinstance(node, dict):
        return
    _add_token(out, code, None, node.get("value"))
    system, value = node.get("system"), node.get("value")
    if isinstance(system, str) and isinstance(value, str):
        out.tokens.append(entry(code, f"{system}|{value}"))


def _add_token(out: IndexValues, code: str, system: Any, value: Any) -> None:
    named = isinstance(system, str) and system
    tokens = out.tokens
    if isinstance(value, str) and value:
        tokens.append(entry(code, f"{system}|{value}" if named else f"|{value}"))
        tokens.append(entry(code, value))
    if named:
        tokens.append(entry(code, f"{system}|"))


def _code(system: str | None) -> Converter:
    def convert(out: IndexValues, code: str, node: Any, _base: str) -> None:
        _add_token(out, code, system, node)

    return convert


def _boolean(out: IndexValues, code: str, node: Any, _base: str) -> None:
    if isinstance(node, bool):
        _add_token(out, code, None, "true" if node else "false")


def _reference(out: IndexValues, code: str, node: Any, base: str) -> None:
    if not isinstance(node, dict):
        return
    _literal_reference(out, code, node.get("reference"), base)
    identifier = node.get("identifier")
    if isinstance(identifier, dict):
        _add_token(out, f"{code}:identifier", identifier.get("system"), identifier.get("value"))


def _literal_reference(out: IndexValues, code: str, text: Any, base: str) -> None:
    parts = parse_reference(text, base) if isinstance(text, str) else None
    if parts is None:
        return
    relative = parts.relative
    if relative is None:
        _add_versioned(out, code, str(text), "/_history/" if parts.version else "|")
        return
    out.tokens.append(entry(code, relative))
    if parts.version is not None:
        out.tokens.append(entry(code, f"{relative}/_history/{parts.version}"))


def _canonical(out: IndexValues, code: str, node: Any, base: str) -> None:
    if not isinstance(node, str):
        return
    url, bar, version = node.partition("|")
    parts = parse_reference(url, base)
    relative = None if parts is None else parts.relative
    _add_versioned(out, code, f"{relative or url}{bar}{version}", "|")


def _uri(out: IndexValues, code: str, node: Any, _base: str) -> None:
    if isinstance(node, str) and node:
        _add_versioned(out, code, node, "|")
        add_text(out, code, node)


def _add_versioned(out: IndexValues, code: str, text: str, mark: str) -> None:
    plain = text.partition(mark)[0]
    if not plain or plain[0] == "#":
        return
    out.tokens.append(entry(code, plain))
    if plain != text:
        out.tokens.append(entry(code, text))


# A token converter is made for the system that a bound code implies; the other types ignore it.
TOKENS: Mapping[str, Callable[[str | None], Converter]] = {
    "Coding": lambda _system: _coding,
    "CodeableConcept": lambda _system: _concept,
    "Identifier": lambda _system: _identifier,
    "ContactPoint": lambda _system: _contact_point,
    "boolean": lambda _system: _boolean,
    "code": _code,
    "string": _code,
    "id": _code,
    "uri": _code,
}

REFERENCES: Mapping[str, Converter] = {
    "Reference": _reference,
    "canonical": _canonical,
    "uri": _canonical,
}

URIS: Mapping[str, Converter] = dict.fromkeys(("uri", "url", "canonical", "oid", "uuid"), _uri)
