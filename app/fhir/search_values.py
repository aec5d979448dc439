"""The values of search parameters, read by the parameter's type.

Each reader takes the text as sent, its escapes still in it, and raises Malformed with a sentence
that says what form is wanted. A date or time without a zone is taken as UTC.

Spec: https://hl7.org/fhir/R4/search.html#ptypes, https://hl7.org/fhir/R4/search.html#escaping
"""

import re
from collections.abc import Callable, Mapping
from decimal import Context, Decimal
from typing import TypeAlias

from app.errors import Issue, Malformed
from app.fhir.date_ranges import date_range
from app.fhir.index_ranges import number_from_text
from app.fhir.reference import is_id, parse_reference
from app.fhir.search_parameters import SearchParameter, parameter
from app.fhir.search_query import (
    CompositeValue,
    DateValue,
    NumberValue,
    ReferenceValue,
    StringValue,
    TokenValue,
    UriValue,
    Value,
)
from app.fhir.search_text import PHONETIC, capped, normalise, sound

Reader: TypeAlias = Callable[[str, SearchParameter, str], Value]

_PIECE_BY_MARK = {mark: re.compile(rf"(?:[^\\{mark}]|\\.|\\$)*", re.DOTALL) for mark in ",|$"}
_ESCAPED = re.compile(r"\\([,|$\\])")
_PREFIXED = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)?(.*)", re.DOTALL)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,4})?", re.ASCII)

# Wide enough that no number the index holds is rounded.
_EXACT = Context(prec=4000)
_HALF = Decimal("0.5")


def bad_value(text: str) -> Malformed:
    """The refusal of a value that is not in the form its parameter wants."""
    return Malformed(issues=[Issue("value", text)])


def split_at(text: str, mark: str) -> list[str]:
    """The pieces between unescaped marks (`,`, `|` or `$`), their escapes still in them."""
    if "\\" not in text:
        return text.split(mark)
    pieces, at = [], 0
    while True:
        match = _PIECE_BY_MARK[mark].match(text, at)
        end = at if match is None else match.end()
        pieces.append(text[at:end])
        if end == len(text):
            return pieces
        at = end + 1


def read_value(text: str, search_parameter: SearchParameter, fhir_base: str) -> Value:
    """One value of a parameter without a modifier. Raises Malformed."""
    return _READERS[search_parameter.type](text, search_parameter, fhir_base)


def read_token(text: str, search_parameter: SearchParameter, _fhir_base: str = "") -> TokenValue:
    """`code`, `system|code`, `|code` or `system|`; an id alone for `_id`."""
    pieces = [_unescaped(piece) for piece in split_at(text, "|")]
    if len(pieces) > 2 or not any(pieces):
        raise bad_value(
            r"Write a code, system|code, |code or system|; write \| for a bar inside one."
        )
    if search_parameter.code == "_id" and not (len(pieces) == 1 and is_id(pieces[0])):
        raise bad_value("An id has 1 to 64 letters, digits, hyphens and dots.")
    if len(pieces) == 1:
        return TokenValue(None, pieces[0])
    return TokenValue(pieces[0], pieces[1] or None)


def read_typed_identifier(text: str, _parameter: SearchParameter, _fhir_base: str) -> TokenValue:
    """`system|code|value`: the identifier's type by its system and code, then the value."""
    pieces = [_unescaped(piece) for piece in split_at(text, "|")]
    if len(pieces) != 3 or not pieces[1] or not pieces[2]:
        raise bad_value("With :of-type, write the type's system and code, then the value: s|c|v.")
    return TokenValue(pieces[0], pieces[2], pieces[1])


def read_string(text: str, parameter: SearchParameter, _fhir_base: str = "") -> StringValue:
    """Text, folded as the index holds it. Refused when folding leaves nothing to look for."""
    exact = _unescaped(text)
    normalised = capped(sound(exact) if parameter.code == PHONETIC else normalise(exact))
    if not normalised:
        raise bad_value("Write some letters or digits to search for.")
    return StringValue(capped(exact), normalised)


def read_exact_string(text: str, _parameter: SearchParameter, _fhir_base: str) -> StringValue:
    """Text compared as written, so that even a lone accent may be asked for."""
    exact = _unescaped(text)
    return StringValue(capped(exact), capped(normalise(exact)))


def read_reference(text: str, _parameter: SearchParameter, fhir_base: str) -> ReferenceValue:
    """`Type/id`, an id, a url under this server's base, or any other url.

    A reference to one version is held as the `url` "Type/id/_history/version", as the index has it.
    """
    sent = _unescaped(text)
    if is_id(sent):
        return ReferenceValue(None, sent)
    url, bar, version = sent.partition("|")
    parts = parse_reference(url, fhir_base)
    if parts is None:
        raise bad_value("Write a reference as Type/id, as an id, or as a whole url.")
    if parts.relative is None:
        return ReferenceValue(None, None, sent)
    if bar or parts.version:
        tail = f"|{version}" if bar else f"/_history/{parts.version}"
        return ReferenceValue(None, None, parts.relative + tail)
    return ReferenceValue(parts.type, parts.id)


def read_uri(text: str, _parameter: SearchParameter, _fhir_base: str) -> UriValue:
    """A uri, compared as written."""
    return UriValue(_unescaped(text))


def read_date(text: str, _parameter: SearchParameter, _fhir_base: str) -> DateValue:
    """A prefix and a date, in whole or in part ("ge2026-03")."""
    prefix, stated = _prefixed(_unescaped(text))
    # A plus sign that was not percent-encoded arrives as a space; only a zone can hold one.
    if len(stated) > 6 and stated[-6] == " ":
        stated = f"{stated[:-6]}+{stated[-5:]}"
    span = date_range(stated)
    if span is None:
        raise bad_value(
            "Write a date as 2026, 2026-03, 2026-03-14 or 2026-03-14T09:30:00Z, "
            "with eq, ne, gt, lt, ge, le, sa, eb or ap before it if wanted."
        )
    return DateValue(prefix, *span)


def read_number(text: str, _parameter: SearchParameter, _fhir_base: str) -> NumberValue:
    """A prefix and a number ("gt5.40")."""
    return NumberValue(*_number(_unescaped(text)))


def read_quantity(text: str, _parameter: SearchParameter, _fhir_base: str) -> NumberValue:
    """A prefix and a number, alone or as `number|system|code` or `number||unit`."""
    pieces = [_unescaped(piece) for piece in split_at(text, "|")]
    if len(pieces) not in (1, 3):
        raise bad_value("Write a quantity as 5.4, 5.4|system|code or 5.4||unit.")
    number = _number(pieces[0])
    if len(pieces) == 1:
        return NumberValue(*number)
    return NumberValue(*number, pieces[1] or None, pieces[2] or None)


def read_composite(text: str, search_parameter: SearchParameter, fhir_base: str) -> CompositeValue:
    """One value for each component, joined by `$`."""
    pieces = split_at(text, "$")
    components = search_parameter.components
    if len(pieces) != len(components) or not all(pieces):
        names = "$".join(code for code, _ in components)
        raise bad_value(f"Write one value for each part, joined by a dollar sign: {names}.")
    parts = []
    for piece, (code, _) in zip(pieces, components, strict=True):
        part = parameter(search_parameter.base, code)
        if part is None:
            raise KeyError(code)
        parts.append(read_value(piece, part, fhir_base))
    return CompositeValue(tuple(parts))


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text


def _prefixed(text: str) -> tuple[str, str]:
    match = _PREFIXED.fullmatch(text)
    return (match[1] or "eq", match[2]) if match is not None else ("eq", text)


def _number(text: str) -> tuple[str, Decimal, Decimal, Decimal]:
    """The prefix, the number, and the range its digits imply: half a unit of the last one given."""
    prefix, stated = _prefixed(text)
    value = number_from_text(stated) if _NUMBER.fullmatch(stated) else None
    if value is None:
        raise bad_value(
            "Write a number as 5, 5.4 or 5.4e2, "
            "with eq, ne, gt, lt, ge, le, sa, eb or ap before it if wanted."
        )
    half = _HALF.scaleb(int(value.as_tuple().exponent), _EXACT)
    return prefix, value, _EXACT.subtract(value, half), _EXACT.add(value, half)


_READERS: Mapping[str, Reader] = {
    "token": read_token,
    "string": read_string,
    "reference": read_reference,
    "uri": read_uri,
    "date": read_date,
    "number": read_number,
    "quantity": read_quantity,
    "composite": read_composite,
}
