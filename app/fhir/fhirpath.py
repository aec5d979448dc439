"""An invariant's expression as a predicate: by our closures, or by the library where they do not
reach.

Spec: http://hl7.org/fhirpath/N1/, https://hl7.org/fhir/R4/fhirpath.html
"""

import re
from collections.abc import Callable
from typing import Any, TypeAlias

from app.fhir import fhirpath_library
from app.fhir.fhirpath_closures import compiled
from app.fhir.fhirpath_parse import NotPlain

Predicate: TypeAlias = Callable[[Any, Any, Any], bool]

_SLICE = re.compile(r":[^.]+")


def predicate(expression: str, element_id: str) -> Predicate:
    """Whether the expression is true of (value, resource, root resource).

    An empty answer counts as true, as R4 says of invariants; one that cannot be worked out counts
    as false. element_id: where the value stands ("Goal.target:first"), which tells its type.
    """
    by_library = fhirpath_library.predicate(expression, _SLICE.sub("", element_id))
    try:
        path = compiled(expression)
    except NotPlain:
        return by_library

    def holds(value: Any, resource: Any, root: Any) -> bool:
        try:
            answer = path([value], (resource, root))
        except NotPlain:
            return by_library(value, resource, root)
        return not answer or (answer[0] is True and len(answer) == 1)

    return holds


def is_plain(expression: str) -> bool:
    """Whether the closures know the expression."""
    try:
        compiled(expression)
    except NotPlain:
        return False
    return True
