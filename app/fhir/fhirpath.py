"""An invariant's expression as a predicate.

Spec: http://hl7.org/fhirpath/N1/, https://hl7.org/fhir/R4/fhirpath.html
"""

import re
from collections.abc import Callable
from typing import Any

from app.fhir import fhirpath_library

_SLICE = re.compile(r":[^.]+")


def predicate(expression: str, element_id: str) -> Callable[[Any, Any, Any], bool]:
    """Whether the expression is true of (value, resource, root resource); an empty answer counts
    as true, as R4 says of invariants."""
    run = fhirpath_library.compiled(expression, _SLICE.sub("", element_id))
    return lambda value, resource, root: run(value, resource, root) in ([True], [])
