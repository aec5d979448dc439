"""What a search asks of its answer: includes, order, page size, total, summary and elements.

Spec: https://hl7.org/fhir/R4/search.html#return
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from app.errors import NotSupported
from app.fhir.query_clauses import lookup, reference_parameter
from app.fhir.query_limits import Limits, check_most
from app.fhir.resource_types import RESOURCE_TYPES
from app.fhir.search_parameters import parameters_of
from app.fhir.search_query import Include, Sort
from app.fhir.search_values import bad_value

Total: TypeAlias = Literal["none", "estimate", "accurate"]
Summary: TypeAlias = Literal["true", "text", "data", "count", "false"]

_TOTALS: Mapping[str, Total] = {"none": "none", "estimate": "estimate", "accurate": "accurate"}
_SUMMARIES: Mapping[str, Summary] = {
    "true": "true",
    "text": "text",
    "data": "data",
    "count": "count",
    "false": "false",
}
_WHOLE_NUMBER = re.compile(r"0*(\d{1,9})", re.ASCII)
_ELEMENT = re.compile(r"[a-z][A-Za-z0-9]{0,63}")


@dataclass(slots=True)
class Answer:
    """What has been asked of the answer so far. once: the parameters given that may not recur."""

    types: tuple[str, ...]
    limits: Limits
    includes: list[Include] = field(default_factory=list)
    asked_includes: int = 0
    sorts: list[Sort] = field(default_factory=list)
    count: int | None = None
    total: Total = "none"
    summary: Summary = "false"
    elements: tuple[str, ...] = ()
    once: set[str] = field(default_factory=set)


def read_count(answer: Answer, value: str) -> str:
    """`_count`: the page size, lowered to the most that is allowed."""
    _only_once(answer, "_count")
    match = _WHOLE_NUMBER.fullmatch(value)
    if match is None:
        raise bad_value("Write a page size as a whole number, 0 or more.")
    answer.count = min(int(match[1]), answer.limits.max_count)
    return str(answer.count)


def read_total(answer: Answer, value: str) -> str:
    """`_total`: none, estimate or accurate."""
    _only_once(answer, "_total")
    if value not in _TOTALS:
        raise bad_value("Write none, estimate or accurate.")
    answer.total = _TOTALS[value]
    return value


def read_total_method(answer: Answer, value: str) -> str:
    """`_totalMethod`: an older way of asking, kept for the clients that still use it."""
    return read_total(answer, "accurate" if value == "count" else value)


def read_summary(answer: Answer, value: str) -> str:
    """`_summary`: true, text, data, count or false."""
    _only_once(answer, "_summary")
    if value not in _SUMMARIES:
        raise bad_value("Write true, text, data, count or false.")
    answer.summary = _SUMMARIES[value]
    return value


def read_elements(answer: Answer, value: str) -> str:
    """`_elements`: the names of elements at the top of a resource."""
    names = value.split(",")
    if not all(_ELEMENT.fullmatch(name) for name in names):
        raise bad_value(
            "Write the names of elements at the top of a resource, with commas between."
        )
    answer.elements = tuple(dict.fromkeys((*answer.elements, *names)))
    check_most(len(answer.elements), answer.limits.max_or_values, "elements")
    return value


def read_sort(answer: Answer, value: str) -> str:
    """`_sort`: parameters in order, each with a hyphen before it to reverse it."""
    for name in value.split(","):
        descending = name.startswith("-")
        found = lookup(answer.types, name[1:] if descending else name)
        if found.type == "composite":
            raise NotSupported("A composite parameter has no order to sort by.")
        answer.sorts.append(Sort(found, descending))
    check_most(len(answer.sorts), answer.limits.max_sorts, "sort keys")
    return value


def read_include(answer: Answer, name: str, modifier: str, value: str) -> str:
    """`_include` or `_revinclude`: `Type:parameter`, `Type:parameter:Target`, `Type:*` or `*`.

    `*` becomes one include for each type that may be meant.
    """
    if modifier not in ("", "iterate", "recurse"):
        raise NotSupported(f"{name} takes the modifier :iterate.")
    answer.asked_includes += 1
    check_most(answer.asked_includes, answer.limits.max_includes, "includes")
    iterate, reverse = modifier != "", name == "_revinclude"
    if value == "*":
        sources = RESOURCE_TYPES if reverse or iterate else answer.types
        answer.includes += [
            Include(source, None, None, iterate, reverse)
            for source in sources
            if not reverse or iterate or _leads_to(source, answer.types)
        ]
    else:
        answer.includes.append(_include(value, iterate, reverse))
    return value


def _include(value: str, iterate: bool, reverse: bool) -> Include:
    source, *rest = value.split(":")
    if source not in RESOURCE_TYPES:
        raise NotSupported("An include begins with a type that is served here, as in Goal:subject.")
    if len(rest) not in (1, 2) or not all(rest):
        raise bad_value("Write an include as Goal:subject, Goal:subject:Patient or Goal:*.")
    target = rest[1] if len(rest) == 2 else None
    if target is not None and target not in RESOURCE_TYPES:
        raise NotSupported("An include ends with a type that is served here.")
    if rest[0] == "*":
        return Include(source, None, target, iterate, reverse)
    found = reference_parameter((source,), rest[0])
    if target is not None and target not in found.targets:
        raise NotSupported(f"This reference leads to {', '.join(found.targets)}.")
    return Include(source, found, target, iterate, reverse)


def _leads_to(source: str, types: tuple[str, ...]) -> bool:
    wanted = set(types)
    return any(wanted & set(row.targets) for row in parameters_of(source).values())


def _only_once(answer: Answer, name: str) -> None:
    if name in answer.once:
        raise bad_value("Give this parameter once.")
    answer.once.add(name)
