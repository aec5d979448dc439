"""Search by reference: `Type/id`, a bare id, a url, `:identifier`.

Spec: https://hl7.org/fhir/R4/search.html#reference
"""

from collections.abc import Sequence

from app.fhir.resource_types import RESOURCE_TYPES
from app.fhir.search_parameters import SearchParameter
from app.fhir.search_query import Match, ReferenceValue, UriValue
from app.fhir.search_text import entry
from app.store.search_scope import Scope, holds_any
from app.store.search_token import token_entries


def reference_matches(scope: Scope, match: Match) -> str:
    """Any of the values."""
    if match.modifier == "identifier":
        code = match.parameter.code
        return holds_any(scope, token_entries(code, "identifier", match.values))
    return holds_any(scope, reference_entries(match.parameter, match.values))


def reference_entries(parameter: SearchParameter, values: Sequence[object]) -> list[str]:
    """The index entries that the references and canonicals among these stand for."""
    entries: list[str] = []
    for value in values:
        if isinstance(value, ReferenceValue):
            entries += [entry(parameter.code, text) for text in _spellings(parameter, value)]
        elif isinstance(value, UriValue):
            entries.append(entry(parameter.code, value.uri))
    return entries


def _spellings(parameter: SearchParameter, value: ReferenceValue) -> list[str]:
    if value.url is not None:
        return [value.url]
    if value.type is not None:
        return [f"{value.type}/{value.id}"]
    return [f"{target}/{value.id}" for target in served_targets(parameter)]


def served_targets(parameter: SearchParameter) -> list[str]:
    """The types served here that the reference may lead to."""
    return [target for target in parameter.targets if target in RESOURCE_TYPES]
