"""FHIRPath by fhirpathpy: the authority, for what the closures of this project do not know.

Spec: http://hl7.org/fhirpath/N1/
Only expressions of shipped definitions come here, never one that was sent. A resource that is too
large to be asked, or an answer that takes too long, is told so: no expression holds up the service.
"""

import sys
from collections.abc import Callable
from functools import cache
from types import FrameType
from typing import Any

import fhirpathpy
import msgspec
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.models import models

from app.errors import Issue, TooCostly
from app.fhir.deadline import deadline, is_over, too_late
from app.fhir.json_guard import encode

MOST_BYTES = 200_000  # an expression that looks at everything in it takes about a second
MOST_SECONDS = 1.0
_TOO_LARGE = "This is too large for its profile to be looked at. Send it as several entries."


def predicate(expression: str, path: str) -> Callable[[Any, Any, Any], bool]:
    """Whether the expression is true of (value, resource, root resource), or has no answer.

    path: of the value in R4 ("Goal.target"), which tells its type. Raises TooCostly.
    """

    def holds(value: Any, resource: Any, root: Any) -> bool:
        if len(encode(root)) > MOST_BYTES:
            raise TooCostly(issues=[Issue("too-costly", _TOO_LARGE)])
        known = {"resource": _plain(resource), "rootResource": _plain(root)}
        plain = _plain(value)
        asked = _node(plain, path) if "." in path else plain
        try:
            found = _in_time(_compiled(expression), asked, known)
            return list(found) in ([True], [])
        except _OutOfTime:
            raise too_late() from None
        except Exception:  # what has no answer is not true; the library raises many kinds
            return False

    return holds


class _OutOfTime(BaseException):
    """Not an Exception, so that nothing in the library takes it for one of its own."""


def _in_time(run: Callable[[Any, Any], Any], asked: Any, known: Any) -> Any:
    """The library cannot be told to stop, so its every call looks at the clock."""
    until = deadline(MOST_SECONDS)

    def watch(_frame: FrameType, _event: str, _argument: Any) -> None:
        if is_over(until):
            raise _OutOfTime

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        return run(asked, known)
    finally:
        sys.setprofile(before)


@cache
def _compiled(expression: str) -> Callable[[Any, Any], Any]:
    run: Callable[[Any, Any], Any] = fhirpathpy.compile(expression, models["r4"])
    return run


def _plain(value: Any) -> Any:
    return msgspec.json.decode(encode(value))


def _node(value: Any, path: str) -> Any:
    return ResourceNode.create_node(value, path)  # type: ignore[no-untyped-call]
