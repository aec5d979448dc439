"""The conditions of a search: a parameter with its modifier and values, chains and `_has`.

Spec: https://hl7.org/fhir/R4/search.html#modifiers, https://hl7.org/fhir/R4/search.html#chaining
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from app.errors import Malformed, NotSupported, Refusal, TooCostly
from app.fhir.index_values import leaf_types
from app.fhir.query_limits import Reading, check_most
from app.fhir.reference import is_id
from app.fhir.resource_types import RESOURCE_TYPES
from app.fhir.search_parameters import EVERY_TYPE, SearchParameter, parameter
from app.fhir.search_query import (
    Chain,
    Clause,
    Has,
    InList,
    Match,
    MissingValue,
    ReferenceValue,
    TokenValue,
    Value,
)
from app.fhir.search_values import (
    bad_value,
    read_exact_string,
    read_reference,
    read_string,
    read_token,
    read_typed_identifier,
    read_uri,
    read_value,
    split_at,
)

_Reader: TypeAlias = Callable[[str, SearchParameter, str], Value]

_ID_MODIFIERS = frozenset((None, "not", "missing"))

_READER_BY_MODIFIER: Mapping[str, Mapping[str, _Reader]] = {
    "token": {"not": read_token, "text": read_string, "of-type": read_typed_identifier},
    "string": {"exact": read_exact_string, "contains": read_string},
    "reference": {"identifier": read_token},
    "uri": {"above": read_uri, "below": read_uri},
}

_MORE_MODIFIERS: Mapping[str, tuple[str, ...]] = {
    "token": ("in", "not-in"),
    "reference": ("the name of a type",),
}


class UnknownParameter(NotSupported):
    """None of these types has a search parameter of this name."""

    def __init__(self, types: tuple[str, ...], name: str) -> None:
        super().__init__("There is no search parameter of this name here.")
        self.types = types
        self.name = name


def lookup(types: tuple[str, ...], code: str) -> SearchParameter:
    """The parameter as all of these types have it. Raises UnknownParameter.

    For several types, one that R4 gives every type, or one of the same kind in each; its base is
    then the first type, and its targets are those of all.
    """
    rows = [parameter(type_name, code) for type_name in types]
    known = [row for row in rows if row is not None]
    if not known or len(known) < len(rows) or len({row.type for row in known}) > 1:
        raise UnknownParameter(types, code)
    if len(known) == 1:
        return known[0]
    targets = dict.fromkeys(target for row in known for target in row.targets)
    return parameter(EVERY_TYPE, code) or replace(known[0], targets=tuple(targets))


def read_clause(
    reading: Reading, types: tuple[str, ...], name: str, text: str, depth: int = 0
) -> Clause | None:
    """One condition; None when lenient reading leaves nothing of it. Raises a Refusal."""
    if name.startswith("_has:"):
        return _has(reading, types, name, text, depth)
    head, dot, rest = name.partition(".")
    code, colon, modifier = head.partition(":")
    found = lookup(types, code)
    if dot:
        return _chain(reading, found, modifier if colon else None, (rest, text), depth)
    return _match(reading, found, modifier if colon else None, text)


def read_list(text: str) -> InList:
    """`_list`: the id of a List, whose items are wanted."""
    if text.startswith("$"):
        raise NotSupported("Lists named by a function are not served; write a List's id.")
    list_id = text.removeprefix("List/")
    if not is_id(list_id):
        raise bad_value("Write the id of one List.")
    return InList(list_id)


def reference_parameter(types: tuple[str, ...], code: str) -> SearchParameter:
    """The parameter, which must be a reference. Raises UnknownParameter or NotSupported."""
    found = lookup(types, code)
    if found.type != "reference":
        raise NotSupported("This parameter is no reference, so it leads to no other resource.")
    return found


def _has(
    reading: Reading, types: tuple[str, ...], name: str, text: str, depth: int
) -> Clause | None:
    parts = name.split(":", 3)
    if len(parts) != 4 or not all(parts):
        raise Malformed("Write _has:Type:reference:parameter, as in _has:Observation:patient:code.")
    _, type_name, code, rest = parts
    if type_name not in RESOURCE_TYPES:
        raise NotSupported("The type named after _has is not served here.")
    found = _followed(reference_parameter((type_name,), code))
    if not set(types) & set(found.targets):
        raise NotSupported(f"The {code} of a {type_name} does not lead to what is searched.")
    reading.follow(depth)
    inner = read_clause(reading, (type_name,), rest, text, depth + 1)
    return None if inner is None else Has(type_name, found, inner)


def _chain(
    reading: Reading,
    found: SearchParameter,
    modifier: str | None,
    asked: tuple[str, str],
    depth: int,
) -> Clause | None:
    if found.type != "reference":
        raise NotSupported("This parameter is no reference, so nothing can follow it with a dot.")
    targets = _chain_targets(_followed(found), modifier, asked[0])
    refusals: list[Refusal] = []
    inner_by_type: list[tuple[str, Clause]] = []
    for target in targets:
        reading.follow(depth)
        try:
            inner = read_clause(reading, (target,), *asked, depth + 1)
        except TooCostly:
            raise
        except Refusal as refusal:
            refusals.append(refusal)
            continue
        if inner is not None:
            inner_by_type.append((target, inner))
    if inner_by_type:
        return Chain(found, tuple(inner_by_type))
    if refusals:
        raise _plainest(refusals)
    return None


def _chain_targets(found: SearchParameter, modifier: str | None, rest: str) -> tuple[str, ...]:
    """The types to try: the one named, or all the reference leads to, if they know the rest."""
    if modifier is not None and modifier not in found.targets:
        raise NotSupported(f"This reference leads to {_listed(_served(found.targets))}.")
    targets = _served(found.targets if modifier is None else (modifier,))
    if not targets:
        raise NotSupported("This reference leads only to types that are not served here.")
    if rest.startswith("_has:"):
        return targets
    code = rest.partition(".")[0].partition(":")[0]
    knowing = tuple(target for target in targets if parameter(target, code) is not None)
    if not knowing:
        raise UnknownParameter(targets, code)
    return knowing


def _followed(found: SearchParameter) -> SearchParameter:
    if "Reference" not in leaf_types(found):
        raise NotSupported("This parameter holds a canonical url; search by the url itself.")
    return found


def _plainest(refusals: list[Refusal]) -> Refusal:
    """Of the refusals of a chain's targets, one that says more than "unknown", if there is one."""
    telling = (refusal for refusal in refusals if not isinstance(refusal, UnknownParameter))
    return next(telling, refusals[0])


def _match(
    reading: Reading, found: SearchParameter, modifier: str | None, text: str
) -> Match | None:
    if modifier is not None and found.type == "composite":
        raise NotSupported("A composite parameter takes no modifier.")
    if found.code == "_id" and modifier not in _ID_MODIFIERS:
        raise NotSupported("An id takes these modifiers: not, missing.")
    if modifier == "missing":
        return Match(found, modifier, (_missing(text),))
    pieces = _pieces(reading, text)
    if not pieces:
        return None
    if modifier in ("in", "not-in") and found.type == "token":
        values = _codes(reading, pieces)
        return Match(found, "not" if modifier == "not-in" else None, values)
    if modifier is not None and found.type == "reference" and modifier[:1].isupper():
        return Match(found, None, _of_one_type(reading, found, modifier, pieces))
    reader = _reader(found, modifier)
    values = tuple(reader(piece, found, reading.fhir_base) for piece in pieces)
    return Match(found, modifier, values)


def _reader(found: SearchParameter, modifier: str | None) -> _Reader:
    if modifier is None:
        return read_value
    readers = _READER_BY_MODIFIER.get(found.type, {})
    if modifier == "of-type" and "Identifier" not in leaf_types(found):
        raise NotSupported("Only a parameter that holds identifiers takes :of-type.")
    if modifier not in readers:
        offered = [*readers, "missing", *_MORE_MODIFIERS.get(found.type, ())]
        raise NotSupported(f"A {found.type} parameter takes these modifiers: {_listed(offered)}.")
    return readers[modifier]


def _pieces(reading: Reading, text: str) -> list[str]:
    pieces = split_at(text, ",")
    check_most(len(pieces), reading.limits.max_or_values, "values for one parameter")
    if all(pieces):
        return pieces
    if reading.lenient:
        return [piece for piece in pieces if piece]
    raise bad_value("Write a value, and one between every two commas.")


def _missing(text: str) -> MissingValue:
    if text not in ("true", "false"):
        raise bad_value("With :missing, write true or false.")
    return MissingValue(text == "true")


def _codes(reading: Reading, pieces: list[str]) -> tuple[Value, ...]:
    """The codes of the value sets named; none at all when they hold none, which matches nothing."""
    values: dict[Value, None] = {}
    for piece in pieces:
        url = read_uri(piece, _ANY_URI, "").uri
        codes = reading.value_sets(url)
        if codes is None:
            raise NotSupported("This value set is not known here; name its codes instead.")
        values.update((TokenValue(system, code), None) for system, code in codes)
    check_most(len(values), reading.limits.max_value_set_codes, "codes from value sets")
    return tuple(values)


def _of_one_type(
    reading: Reading, found: SearchParameter, type_name: str, pieces: list[str]
) -> tuple[Value, ...]:
    if type_name not in found.targets:
        raise NotSupported(f"This reference leads to {_listed(found.targets)}.")
    values: list[Value] = []
    for piece in pieces:
        value = read_reference(piece, found, reading.fhir_base)
        if value.type not in (None, type_name) or value.url is not None:
            raise bad_value(f"With :{type_name}, write the id of a {type_name}.")
        values.append(ReferenceValue(type_name, value.id))
    return tuple(values)


def _served(targets: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(target for target in targets if target in RESOURCE_TYPES)


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(names)


_ANY_URI = SearchParameter(EVERY_TYPE, "url", "uri", "")
