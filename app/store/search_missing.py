"""`:missing`: whether a resource has any value for a parameter.

Spec: https://hl7.org/fhir/R4/search.html#modifiers
"""

from app.fhir.search_parameters import SearchParameter, parameter
from app.fhir.search_query import Match, MissingValue
from app.store.search_composite import parts_stand_alone, repeating_roots
from app.store.search_scope import Scope, all_of, any_of, has_row, holds_under

_INDEX_TABLES = {
    "date": "index_dates",
    "number": "index_numbers",
    "quantity": "index_numbers",
    "string": "index_strings",
}


def missing_matches(scope: Scope, match: Match) -> str:
    """Any of the values."""
    present = is_present(scope, match.parameter)
    return any_of(
        [
            f"not ({present})" if value.missing else f"({present})"
            for value in match.values
            if isinstance(value, MissingValue)
        ]
    )


def is_present(scope: Scope, search_parameter: SearchParameter) -> str:
    """Rows with a value for the parameter."""
    code = search_parameter.code
    if code in ("_id", "_lastUpdated") or (scope.audit and code == "date"):
        return "true"
    if search_parameter.type == "composite":
        return _composite_is_present(scope, search_parameter)
    return _is_present(scope, code, search_parameter.type)


def _is_present(scope: Scope, code: str, kind: str) -> str:
    """Under this code there are index values of this kind of parameter."""
    if kind in _INDEX_TABLES:
        return has_row(scope, _INDEX_TABLES[kind], code)
    if kind == "reference":
        return holds_under(scope, [code, f"{code}:identifier"])
    if kind == "token":
        # A concept may have its text alone.
        text = has_row(scope, "index_strings", f"{code}:text")
        return any_of([holds_under(scope, [code]), text])
    return holds_under(scope, [code])


def _composite_is_present(scope: Scope, composite: SearchParameter) -> str:
    kinds = [_component(composite, part) for part, _ in composite.components]
    ways = []
    if parts_stand_alone(composite):
        ways.append(f"({all_of([is_present(scope, kind) for kind in kinds])})")
    if repeating_roots(composite):
        # The first part is the token that pairs; the rows are of the second part's kind.
        second = kinds[-1].type
        ways.append(_is_present(scope, composite.code, second if second != "token" else "uri"))
    return any_of(ways)


def _component(composite: SearchParameter, code: str) -> SearchParameter:
    found = parameter(composite.base, code)
    if found is None:
        raise ValueError(f"{composite.base} {composite.code}: no part {code}")
    return found
