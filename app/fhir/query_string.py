"""A search as it came in a URL or a form, read into a Query.

Everything that is wrong is told at once, each issue naming its parameter as `http.<name>`. Unknown
parameters are refused, or left out and listed under lenient handling.

Spec: https://hl7.org/fhir/R4/search.html, https://hl7.org/fhir/R4/http.html#search
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TypeAlias
from urllib.parse import unquote_to_bytes

from app.errors import Issue, Malformed, NotSupported, Refusal, TooCostly
from app.fhir import compartment as patient_compartment
from app.fhir.query_clauses import UnknownParameter, read_clause, read_list
from app.fhir.query_limits import Codes, Limits, Reading, check_most
from app.fhir.query_results import (
    Answer,
    read_count,
    read_elements,
    read_include,
    read_sort,
    read_summary,
    read_total,
    read_total_method,
)
from app.fhir.resource_types import RESOURCE_TYPES
from app.fhir.search_parameters import parameters_of
from app.fhir.search_query import Clause, Query
from app.fhir.search_values import bad_value

__all__ = ["NOT_SEARCHED", "Codes", "Limits", "parse", "split"]

Pair: TypeAlias = tuple[str, str]

_BAD_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_SAFE_NAME = re.compile(r"[A-Za-z0-9_:.*-]{1,100}")

# Asked of the endpoint, not of the search.
NOT_SEARCHED = frozenset(("_format", "_pretty"))

_UNSUPPORTED = {
    "_contained": "Contained resources are not searched; search for the resources that hold them.",
    "_containedType": "Contained resources are not searched.",
    "_content": "Whole resources are not searched as text; use a parameter such as description.",
    "_filter": "Filter expressions are not served; use search parameters.",
    "_query": "Named queries are not served; use search parameters.",
    "_score": "Results are not scored.",
    "_text": "Narratives are not searched as text; use a parameter such as description.",
}

_RESULT_READERS: Mapping[str, tuple[str, Callable[[Answer, str], str]]] = {
    "_count": ("_count", read_count),
    "_total": ("_total", read_total),
    "_totalMethod": ("_total", read_total_method),
    "_summary": ("_summary", read_summary),
    "_elements": ("_elements", read_elements),
    "_sort": ("_sort", read_sort),
}


@dataclass(slots=True)
class _Search:
    """A search so far."""

    reading: Reading
    answer: Answer
    at_system_level: bool
    clauses: list[Clause] = field(default_factory=list)
    page: str | None = None
    understood: list[Pair] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


def split(raw_query: bytes | str) -> list[Pair]:
    """The (name, value) pairs of a query string or an urlencoded form, decoded, in order.

    Raises Malformed for a broken percent-encoding, text that is not UTF-8, and NUL.
    """
    try:
        raw = raw_query.encode() if isinstance(raw_query, str) else raw_query
        if _BAD_PERCENT.search(raw):
            raise Malformed("A percent sign in the query must be followed by two hex digits.")
        pairs = [_pair(piece) for piece in raw.split(b"&") if piece]
    except UnicodeError as error:
        raise Malformed("The query must be UTF-8.") from error
    if any("\0" in name or "\0" in value for name, value in pairs):
        raise Malformed("The query must not hold the character NUL.")
    return pairs


def parse(
    path_type: str | None,
    pairs: Sequence[Pair],
    *,
    fhir_base: str,
    lenient: bool,
    limits: Limits,
    compartment: str | None = None,
    value_sets: Callable[[str], Codes | None],
) -> Query:
    """A Query from decoded pairs.

    path_type: the type in the URL; None at system level, where `_type` may name some.
    compartment: the id of a Patient in whose compartment to search; the caller adds membership.
    value_sets: the (system, code) pairs of a value set by its url, or None when it is unknown.
    Raises Malformed, NotSupported or TooCostly (all 400), with every issue found.
    """
    check_most(len(pairs), limits.max_parameters, "parameters")
    types = _types(path_type, pairs, compartment)
    reading = Reading(fhir_base.rstrip("/"), lenient, limits, value_sets)
    search = _Search(reading, Answer(types, limits), path_type is None)
    refusals = [refusal for pair in pairs if (refusal := _attempt(search, pair, types)) is not None]
    if refusals:
        raise _together(refusals)
    return _query(search, types, compartment)


def _pair(piece: bytes) -> Pair:
    name, _, value = piece.partition(b"=")
    return _decoded(name), _decoded(value)


def _decoded(raw: bytes) -> str:
    if b"+" in raw:
        raw = raw.replace(b"+", b" ")
    return (unquote_to_bytes(raw) if b"%" in raw else raw).decode()


def _types(
    path_type: str | None, pairs: Sequence[Pair], compartment: str | None
) -> tuple[str, ...]:
    if path_type is not None:
        types: tuple[str, ...] = (path_type,)
        if path_type not in RESOURCE_TYPES:
            raise NotSupported("This type is not served here.")
    else:
        types = _types_named(pairs) or tuple(RESOURCE_TYPES)
    if compartment is None:
        return types
    members = tuple(name for name in types if patient_compartment.parameters_of(name))
    if not members or (path_type is None and _types_named(pairs) and members != types):
        outside = ", ".join(name for name in types if name not in members)
        raise NotSupported(
            f"R4 has {outside} outside the Patient's compartment. Search by patient."
        )
    return members


def _types_named(pairs: Sequence[Pair]) -> tuple[str, ...]:
    named = [name for key, value in pairs if key == "_type" for name in value.split(",")]
    if all(name in RESOURCE_TYPES for name in named):
        return tuple(dict.fromkeys(named))
    near = get_close_matches(next(n for n in named if n not in RESOURCE_TYPES)[:64], RESOURCE_TYPES)
    text = f"_type names a type that is not served here.{_did_you_mean(near)}"
    raise NotSupported(issues=[Issue("not-supported", text, "http._type")])


def _attempt(search: _Search, pair: Pair, types: tuple[str, ...]) -> Refusal | None:
    name, value = pair
    if name in NOT_SEARCHED:
        return None
    try:
        if not value and not search.reading.lenient:
            raise bad_value("Write a value for this parameter, or leave it out.")
        if not (value and _read(search, name, value, types)):
            search.ignored.append(name)
    except UnknownParameter as unknown:
        if not search.reading.lenient:
            return _located(_explained(unknown), name)
        search.ignored.append(name)
    except TooCostly as refusal:
        raise _located(refusal, name) from refusal
    except (Malformed, NotSupported) as refusal:
        return _located(refusal, name)
    return None


def _read(search: _Search, name: str, value: str, types: tuple[str, ...]) -> bool:
    """Whether anything of the pair is left once it is read."""
    base, _, modifier = name.partition(":")
    if name in _RESULT_READERS:
        name, reader = _RESULT_READERS[name]
        value = reader(search.answer, value)
    elif base in ("_include", "_revinclude"):
        read_include(search.answer, base, modifier, value)
    elif name == "_page":
        search.page = value
        return True
    elif base in _UNSUPPORTED:
        raise NotSupported(_UNSUPPORTED[base])
    elif name == "_type" and search.at_system_level:
        pass  # Read before the rest, which it governs.
    elif not _add_clause(search, name, value, types):
        return False
    search.understood.append((name, value))
    return True


def _add_clause(search: _Search, name: str, value: str, types: tuple[str, ...]) -> bool:
    clause = (
        read_list(value) if name == "_list" else read_clause(search.reading, types, name, value)
    )
    if clause is None:
        return False
    search.clauses.append(clause)
    check_most(len(search.clauses), search.reading.limits.max_clauses, "conditions")
    return True


def _query(search: _Search, types: tuple[str, ...], compartment: str | None) -> Query:
    answer = search.answer
    return Query(
        types=types,
        clauses=tuple(search.clauses),
        includes=tuple(answer.includes),
        sorts=tuple(answer.sorts),
        count=answer.count,
        total=answer.total,
        summary=answer.summary,
        elements=answer.elements,
        compartment=compartment,
        page=search.page,
        understood=tuple(search.understood),
        ignored=tuple(search.ignored),
    )


def _explained(unknown: UnknownParameter) -> NotSupported:
    offered = {code for type_name in unknown.types for code in parameters_of(type_name)}
    if unknown.name in offered:
        return NotSupported(
            "Not all of the types searched have this parameter, of one kind and meaning. "
            "Name fewer types, as in _type=Goal."
        )
    near = get_close_matches(unknown.name[:40], sorted(offered | set(_RESULT_READERS)))
    where = unknown.types[0] if len(unknown.types) == 1 else "these types together"
    return NotSupported(
        f"There is no search parameter of this name for {where}.{_did_you_mean(near)}"
    )


def _did_you_mean(near: Sequence[str]) -> str:
    return f" Did you mean {' or '.join(near)}?" if near else ""


def _located(refusal: Refusal, name: str) -> Refusal:
    """The same refusal, its issues naming the parameter; a name that is no name is not repeated."""
    expression = f"http.{name}" if _SAFE_NAME.fullmatch(name) else None
    issues = [replace(issue, expression=expression) for issue in refusal.issues]
    kind = next(k for k in (TooCostly, NotSupported, Malformed) if isinstance(refusal, k))
    return kind(issues=issues)


def _together(refusals: Sequence[Refusal]) -> Refusal:
    issues = [issue for refusal in refusals for issue in refusal.issues]
    return type(refusals[0])(issues=issues)
