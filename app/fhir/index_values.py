"""What one resource gives the search index, under every search parameter of its type.

Each type's plan is compiled on first use: for each parameter, the way to its values and the
converter of each value's type. Nothing raises on odd content; what cannot be read is not indexed.

Spec: https://hl7.org/fhir/R4/search.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from msgspec.structs import replace

from app.fhir.index_ranges import DATES, NUMBERS, QUANTITIES
from app.fhir.index_tokens import REFERENCES, TOKENS, URIS, Converter, add_text, token_forms
from app.fhir.indexed import IndexValues
from app.fhir.path import Branch, branches
from app.fhir.resource_types import RESOURCE_TYPES, Json
from app.fhir.search_parameters import SearchParameter, parameter, parameters_of
from app.fhir.search_text import capped, entry, normalise

__all__ = ["capped", "entry", "extract", "leaf_types", "normalise"]

# These are columns of the store.
_COLUMNS = frozenset(("_id", "_lastUpdated"))

_NAME_PARTS = ("text", "family", "given", "prefix", "suffix")
_ADDRESS_PARTS = ("text", "line", "city", "district", "state", "postalCode", "country")


@dataclass(frozen=True, slots=True)
class _Simple:
    """One branch of a plain parameter, and what turns its values into rows."""

    code: str
    branch: Branch
    convert: Converter


@dataclass(frozen=True, slots=True)
class _Pairing:
    """A composite whose parts sit in one repeating element. key: the part that is a token."""

    code: str
    root: Branch
    key: tuple[Branch, ...]
    values: tuple[_Simple, ...]
    value_tokens: tuple[Branch, ...]


def extract(resource: Json, fhir_base: str) -> IndexValues:
    """The index values of a resource; empty for a type not served.

    fhir_base: this server's address; absolute references under it are indexed as relative ones.
    """
    out = IndexValues()
    type_name = resource.get("resourceType")
    if not isinstance(type_name, str) or type_name not in RESOURCE_TYPES:
        return out
    simple, pairings = _plan(type_name)
    for step in simple:
        if step.branch.first is not None and step.branch.first not in resource:
            continue
        for node in step.branch.get(resource):
            step.convert(out, step.code, node, fhir_base)
    for pairing in pairings:
        if pairing.root.first is not None and pairing.root.first not in resource:
            continue
        for node in pairing.root.get(resource):
            _pair(out, pairing, node, fhir_base)
    out.tokens = list(dict.fromkeys(out.tokens))
    return out


def leaf_types(search_parameter: SearchParameter) -> frozenset[str]:
    """The FHIR types a plain parameter's values may have; empty for a composite."""
    if search_parameter.type == "composite":
        return frozenset()
    return _leaf_types(search_parameter.expression, search_parameter.base)


@cache
def _leaf_types(expression: str, base: str) -> frozenset[str]:
    return frozenset(branch.type for branch in branches(expression, base))


@cache
def _plan(type_name: str) -> tuple[tuple[_Simple, ...], tuple[_Pairing, ...]]:
    simple: list[_Simple] = []
    pairings: list[_Pairing] = []
    for code, row in parameters_of(type_name).items():
        if row.type == "composite":
            pairings += _pairings(row)
        elif code not in _COLUMNS:
            simple += _simple(row, code, branches(row.expression, type_name))
    return tuple(simple), tuple(pairings)


def _simple(row: SearchParameter, code: str, found: tuple[Branch, ...]) -> list[_Simple]:
    """Without the branches whose type the parameter cannot hold, such as text in a date."""
    steps = []
    for branch in found:
        convert = _converter(row.type, branch)
        if convert is not None:
            steps.append(_Simple(code, branch, convert))
    return steps


def _converter(parameter_type: str, branch: Branch) -> Converter | None:
    if parameter_type == "token":
        make = TOKENS.get(branch.type)
        return None if make is None else make(branch.system)
    return _CONVERTERS[parameter_type].get(branch.type)


def _pairings(row: SearchParameter) -> list[_Pairing]:
    """Nothing for a root that is the resource itself: its parts are matched each on its own."""
    roots = [root.strip() for root in row.expression.split("|")]
    return [_pairing(row, root) for root in roots if root != row.base]


def _pairing(row: SearchParameter, root: str) -> _Pairing:
    (key_code, key_path), (value_code, value_path) = row.components
    key_row, value_row = parameter(row.base, key_code), parameter(row.base, value_code)
    if key_row is None or value_row is None or key_row.type != "token":
        raise ValueError(f"{row.base} {row.code}: its first part must be a token of the same type")
    (element,) = branches(root, row.base)
    found = branches(value_path, element.path)
    tokens = value_row.type == "token"
    return _Pairing(
        code=row.code,
        root=element,
        key=branches(key_path, element.path),
        values=() if tokens else tuple(_simple(value_row, row.code, found)),
        value_tokens=tuple(branch for branch in found if branch.type in TOKENS) if tokens else (),
    )


def _pair(out: IndexValues, pairing: _Pairing, node: Any, base: str) -> None:
    forms = _forms(pairing.key, node)
    if not forms:
        return
    for right in _forms(pairing.value_tokens, node):
        out.tokens += [entry(pairing.code, f"{left}${right}") for left in forms]
    found = IndexValues()
    for step in pairing.values:
        for value in step.branch.get(node):
            step.convert(found, step.code, value, base)
    for left in forms:
        out.dates += [replace(row, pair=left) for row in found.dates]
        out.numbers += [replace(row, pair=left) for row in found.numbers]
        out.strings += [replace(row, pair=left) for row in found.strings]


def _forms(found: tuple[Branch, ...], node: Any) -> list[str]:
    return [
        form
        for branch in found
        for value in branch.get(node)
        for form in token_forms(value, branch.type, branch.system)
    ]


def _text(out: IndexValues, code: str, node: Any, _base: str) -> None:
    add_text(out, code, node)


def _name(out: IndexValues, code: str, node: Any, _base: str) -> None:
    _add_parts(out, code, node, _NAME_PARTS)


def _address(out: IndexValues, code: str, node: Any, _base: str) -> None:
    _add_parts(out, code, node, _ADDRESS_PARTS)


def _add_parts(out: IndexValues, code: str, node: Any, parts: tuple[str, ...]) -> None:
    for part in parts if isinstance(node, dict) else ():
        value = node.get(part)
        for text in value if isinstance(value, list) else (value,):
            add_text(out, code, text)


_CONVERTERS: Mapping[str, Mapping[str, Converter]] = {
    "reference": REFERENCES,
    "uri": URIS,
    "date": DATES,
    "number": NUMBERS,
    "quantity": QUANTITIES,
    "string": {
        **dict.fromkeys(("string", "markdown", "code", "id", "uri", "url"), _text),
        "HumanName": _name,
        "Address": _address,
    },
}
