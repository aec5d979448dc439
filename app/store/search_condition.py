"""One clause of a search as a condition on rows.

Spec: https://hl7.org/fhir/R4/search.html
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from app.fhir.search_query import Chain, Clause, Has, Match, TokenValue
from app.store.search_chain import chain, has, in_list
from app.store.search_composite import composite_matches
from app.store.search_date import all_dates_match, date_matches
from app.store.search_missing import missing_matches
from app.store.search_number import all_numbers_match, number_matches
from app.store.search_reference import reference_matches
from app.store.search_scope import Scope
from app.store.search_string import string_matches
from app.store.search_token import token_matches
from app.store.search_uri import uri_matches

_Matches: TypeAlias = Callable[[Scope, Match], str]


def conditions(scope: Scope, clauses: Sequence[Clause]) -> list[str]:
    """Every clause; those about one date or number, such as its two ends, as one."""
    found: list[str] = []
    ranges_by_code: dict[str, list[Match]] = {}
    for clause in clauses:
        if isinstance(clause, Match) and _is_range(scope, clause):
            ranges_by_code.setdefault(clause.parameter.code, []).append(clause)
        else:
            found.append(condition(scope, clause))
    for ranges in ranges_by_code.values():
        if len(ranges) == 1:
            found.append(condition(scope, ranges[0]))
        else:
            found.append(_ALL_MATCH[ranges[0].parameter.type](scope, ranges))
    return found


def date_ranges(scope: Scope, clauses: Sequence[Clause]) -> list[list[Match]]:
    """The clauses that are looked up in the index of dates, those about one date together."""
    ranges_by_code: dict[str, list[Match]] = {}
    for clause in clauses:
        if not isinstance(clause, Match) or clause.parameter.type != "date":
            continue
        if _is_range(scope, clause):
            ranges_by_code.setdefault(clause.parameter.code, []).append(clause)
    return list(ranges_by_code.values())


def _is_range(scope: Scope, match: Match) -> bool:
    indexed = match.parameter.type in _ALL_MATCH and match.parameter.code != "_lastUpdated"
    alone = len(scope.types) == 1 and not scope.audit and not scope.bounded
    return indexed and alone and match.modifier is None


def condition(scope: Scope, clause: Clause) -> str:
    """The rows of the scope for which the clause holds; never null, so that it can be negated."""
    if isinstance(clause, Match):
        return _match(scope, clause)
    if isinstance(clause, Chain):
        return chain(scope, clause, condition)
    if isinstance(clause, Has):
        return has(scope, clause, condition)
    return in_list(scope, clause.list_id)


def _match(scope: Scope, match: Match) -> str:
    if match.modifier == "missing":
        return missing_matches(scope, match)
    matches = _id_matches if match.parameter.code == "_id" else _MATCHES[match.parameter.type]
    if match.modifier in ("not", "not-in"):
        # No index finds what is not there, so the rows are asked in turn, as few rows are.
        return f"not ({matches(replace(scope, bounded=True), match)})"
    return matches(scope, match)


def _id_matches(scope: Scope, match: Match) -> str:
    ids = [value.code for value in match.values if isinstance(value, TokenValue)]
    if len(ids) == 1:
        return f"{scope.alias}.id = {scope.statement.bind(ids[0])}"
    return f"{scope.alias}.id = any({scope.statement.bind_all(ids)})"


_ALL_MATCH: Mapping[str, Callable[[Scope, Sequence[Match]], str]] = {
    "date": all_dates_match,
    "number": all_numbers_match,
    "quantity": all_numbers_match,
}

_MATCHES: Mapping[str, _Matches] = {
    "token": token_matches,
    "reference": reference_matches,
    "string": string_matches,
    "date": date_matches,
    "number": number_matches,
    "quantity": number_matches,
    "uri": uri_matches,
    "composite": composite_matches,
}
