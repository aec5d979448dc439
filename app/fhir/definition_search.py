"""Search over the shipped definitions, in memory: there are a hundred or two.

Spec: https://hl7.org/fhir/R4/search.html
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, TypeAlias
from urllib.parse import quote, urlencode

from app.errors import Issue, Malformed, NotSupported, Refusal
from app.fhir.bundle import Entry, bundle
from app.fhir.json_guard import encode
from app.fhir.library import Shipped
from app.fhir.outcome import outcome_bytes
from app.fhir.query_limits import Limits, check_most
from app.fhir.query_string import NOT_SEARCHED
from app.fhir.resource_types import Json
from app.fhir.search_text import normalise
from app.fhir.search_values import split_at

Pair: TypeAlias = tuple[str, str]
Test: TypeAlias = Callable[[str, str], bool]

# By code: the kind of the parameter, and where its values stand.
_COMMON: Mapping[str, Pair] = {
    "_id": ("token", "id"),
    "description": ("string", "description"),
    "name": ("string", "name"),
    "publisher": ("string", "publisher"),
    "status": ("token", "status"),
    "title": ("string", "title"),
    "url": ("uri", "url"),
    "version": ("token", "version"),
}
_OWN: Mapping[str, Mapping[str, Pair]] = {
    "CapabilityStatement": {
        "fhirversion": ("token", "fhirVersion"),
        "mode": ("token", "rest.mode"),
        "resource": ("token", "rest.resource.type"),
    },
    "CodeSystem": {
        "code": ("token", "concept.code"),
        "content-mode": ("token", "content"),
        "system": ("uri", "url"),
    },
    "ConceptMap": {
        "source-system": ("uri", "group.source"),
        "target-system": ("uri", "group.target"),
    },
    "ImplementationGuide": {},
    "OperationDefinition": {
        "code": ("token", "code"),
        "instance": ("token", "instance"),
        "kind": ("token", "kind"),
        "system": ("token", "system"),
        "type": ("token", "type"),
    },
    "SearchParameter": {
        "base": ("token", "base"),
        "code": ("token", "code"),
        "target": ("token", "target"),
        "type": ("token", "type"),
    },
    "StructureDefinition": {
        "abstract": ("token", "abstract"),
        "base": ("uri", "baseDefinition"),
        "derivation": ("token", "derivation"),
        "kind": ("token", "kind"),
        "type": ("uri", "type"),
    },
    "ValueSet": {"reference": ("uri", "compose.include.system")},
}

_TESTS: Mapping[str, Mapping[str, Test]] = {
    "string": {
        "": lambda sought, there: normalise(there).startswith(normalise(sought)),
        "contains": lambda sought, there: normalise(sought) in normalise(there),
        "exact": lambda sought, there: sought == there,
    },
    "token": {
        "": lambda sought, there: sought.rpartition("|")[2] == there,
        "not": lambda sought, there: sought.rpartition("|")[2] == there,
    },
    "uri": {
        "": lambda sought, there: sought == there,
        "below": lambda sought, there: there.startswith(sought),
    },
}
_LIMITS = Limits()
_RESULT = ("_count", "_elements", "_page", "_summary", "_total")
_WHOLE_NUMBER = re.compile(r"[0-9]{1,6}")
_SAFE_NAME = re.compile(r"[A-Za-z0-9_:.*-]{1,100}")
_ALWAYS = ("resourceType", "id", "meta", "url", "version", "name", "status", "kind", "type")
_SUBSETTED = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
}


@dataclass(slots=True)
class _Search:
    """A search so far: what is left, and how it is to be shown."""

    left: list[Shipped]
    understood: list[Pair] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    result: dict[str, str] = field(default_factory=dict)


def parameters_of(type: str) -> Mapping[str, str]:
    """The kind of each search parameter of a type of definition, by its code."""
    return {code: kind for code, (kind, _) in sorted({**_COMMON, **_OWN[type]}.items())}


def search_definitions(
    type: str,
    definitions: Sequence[Shipped],
    pairs: Sequence[Pair],
    *,
    fhir_base: str,
    page_size: int,
    limits: Limits,
    lenient: bool = False,
) -> bytes:
    """A searchset Bundle of those that match, by id, with the links self and next.

    pairs: of the query, decoded. Raises Malformed or NotSupported, with every issue found, and
    TooCostly when more is asked for than one search may.
    """
    check_most(len(pairs), limits.max_parameters, "parameters")
    search = _Search(list(definitions))
    refusals = [refusal for pair in pairs if (refusal := _attempt(search, type, pair, lenient))]
    if refusals:
        raise _of_class(refusals[0])(issues=[issue for one in refusals for issue in one.issues])
    size = min(int(search.result.get("_count", page_size)), limits.max_count)
    start = int(search.result.get("_page", 0))
    if search.result.get("_summary") == "count":
        size = 0
    page = search.left[start : start + size] if size else []
    entries = [
        Entry(f"{fhir_base}/{type}/{one.id}", _shown(one, search.result), "match") for one in page
    ]
    if search.ignored:
        entries.append(Entry(resource=outcome_bytes(_told(search)), mode="outcome"))
    has_next = bool(size) and start + size < len(search.left)
    links = _links(f"{fhir_base}/{type}", search, start + size if has_next else None)
    return bundle("searchset", entries, links=links, total=len(search.left))


def shown(one: Shipped, pairs: Sequence[Pair], *, lenient: bool = False) -> bytes:
    """One definition as a read asks for it; whole, its bytes are those of its file."""
    search = _Search([one])
    for name, value in pairs:
        if name in ("_elements", "_summary"):
            _result(search, name, value)
        elif name not in NOT_SEARCHED and not lenient:
            raise NotSupported("A read takes _summary, _elements, _format and _pretty.")
    return _shown(one, search.result)


def _attempt(search: _Search, type: str, pair: Pair, lenient: bool) -> Refusal | None:
    name, value = pair
    if name in NOT_SEARCHED:
        return None
    try:
        if not value:
            raise _bad("Write a value for this parameter, or leave it out.")
        if name in _RESULT:
            _result(search, name, value)
        else:
            _narrow(search, type, name, value)
        search.understood.append(pair)
    except (Malformed, NotSupported) as refusal:
        if lenient and isinstance(refusal, NotSupported):
            search.ignored.append(name if _SAFE_NAME.fullmatch(name) else "of that name")
            return None
        place = f"http.{name}" if _SAFE_NAME.fullmatch(name) else None
        return _of_class(refusal)(
            issues=[Issue(one.code, one.text, place) for one in refusal.issues]
        )
    return None


def _of_class(refusal: Refusal) -> type[Malformed] | type[NotSupported]:
    return NotSupported if isinstance(refusal, NotSupported) else Malformed


def _narrow(search: _Search, type: str, name: str, value: str) -> None:
    code, _, modifier = name.partition(":")
    row = _COMMON.get(code) or _OWN[type].get(code)
    if row is None:
        near = get_close_matches(code[:40], [*_COMMON, *_OWN[type], *_RESULT])
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise NotSupported(f"There is no search parameter of this name for {type}.{hint}")
    kind, path = row
    test = _TESTS[kind].get(modifier)
    if test is None:
        offered = ", ".join(one for one in _TESTS[kind] if one)
        raise NotSupported(f"A {kind} parameter takes these modifiers here: {offered}.")
    sought = [piece.replace("\\,", ",") for piece in split_at(value, ",")]
    check_most(len(sought), _LIMITS.max_or_values, "values for one parameter")
    search.left = [
        one
        for one in search.left
        if any(test(text, there) for there in _values(one.tree, path) for text in sought)
        is (modifier != "not")
    ]


def _values(node: Any, path: str) -> Iterator[str]:
    name, _, rest = path.partition(".")
    found = node.get(name) if isinstance(node, dict) else None
    for one in found if isinstance(found, list) else [found]:
        if rest:
            yield from _values(one, rest)
        elif isinstance(one, bool):
            yield "true" if one else "false"
        elif one is not None:
            yield str(one)
        if path == "concept.code" and one is not None:  # concepts hold concepts
            yield from _values(one, path)


def _result(search: _Search, name: str, value: str) -> None:
    """Reads what is asked of the answer. Raises Malformed or NotSupported."""
    if name in search.result:
        raise _bad("Give this parameter once.")
    if name in ("_count", "_page") and _WHOLE_NUMBER.fullmatch(value) is None:
        raise _bad("Write a whole number, 0 or more.")
    if name == "_summary" and value not in ("true", "false", "count"):
        raise NotSupported("For a definition, write true, false or count.")
    search.result[name] = value


def _bad(text: str) -> Malformed:
    return Malformed(issues=[Issue("value", text)])


def _shown(one: Shipped, result: Mapping[str, str]) -> bytes:
    if "_elements" in result:
        kept = {*_ALWAYS, *result["_elements"].split(",")}
        return _subset({name: value for name, value in one.tree.items() if name in kept})
    if result.get("_summary") == "true":
        return _subset(
            {
                name: value
                for name, value in one.tree.items()
                if name in _ALWAYS or not isinstance(value, dict | list)
            }
        )
    return one.body


def _subset(tree: Json) -> bytes:
    meta = tree.get("meta", {})
    first = {"resourceType": tree["resourceType"], "id": tree["id"]}
    return encode({**first, **tree, "meta": {**meta, "tag": [*meta.get("tag", ()), _SUBSETTED]}})


def _told(search: _Search) -> list[Issue]:
    return [
        Issue("not-supported", f"The parameter {name} was ignored.", severity="warning")
        for name in search.ignored
    ]


def _links(where: str, search: _Search, next_start: int | None) -> list[Pair]:
    links = [("self", _url(where, search.understood))]
    if next_start is not None:
        first = [pair for pair in search.understood if pair[0] != "_page"]
        links.append(("next", _url(where, [*first, ("_page", str(next_start))])))
    return links


def _url(where: str, pairs: Sequence[Pair]) -> str:
    return f"{where}?{urlencode(pairs, safe=':/|,$', quote_via=quote)}" if pairs else where
