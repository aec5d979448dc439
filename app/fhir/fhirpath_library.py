"""FHIRPath by fhirpathpy: the authority, for what the closures of this project do not know.

Spec: http://hl7.org/fhirpath/N1/
Only expressions of shipped definitions come here, never one that was sent. What is too large to be
asked is told, so that no expression can hold up the service.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import fhirpathpy
import msgspec
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.models import models

from app.errors import Issue, TooCostly
from app.fhir.json_guard import encode

MOST_BYTES = 200_000  # about 0.1 s for one expression that looks at everything


@cache
def compiled(expression: str, base: str) -> Callable[[Any, Any, Any], list[Any]]:
    """The expression, as a function of (value, resource, root resource). base: the path of the
    value in R4 ("Goal.target"), which tells its type."""
    run = fhirpathpy.compile(expression, models["r4"])

    def evaluate(value: Any, resource: Any, root: Any) -> list[Any]:
        raw = encode(root)
        if len(raw) > MOST_BYTES:
            text = "This is too large for its profile to be looked at. Send it as several entries."
            raise TooCostly(issues=[Issue("too-costly", text)])
        known = {"resource": _plain(resource), "rootResource": _plain(root)}
        node = _plain(value)
        if "." in base:
            node = ResourceNode.create_node(node, base)  # type: ignore[no-untyped-call]
        return list(run(node, known))

    return evaluate


def _plain(value: Any) -> Any:
    return msgspec.json.decode(encode(value))
