"""What a request to the plain API is recorded as that was refused before anything was looked at:
what its method and its address tell.

Spec: docs/decisions/0009-audit-before-the-answer.md
"""

from collections.abc import Mapping
from types import MappingProxyType

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from msgspec.structs import replace
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from app.access.acts import Act
from app.endpoints.rest.faults import fault_of
from app.errors import Invalid, Issue, Refusal
from app.fhir.reference import is_id
from app.interactions.visit import Ask
from app.what_matters.shapes.kinds import KINDS
from app.what_matters.shapes.requests import REQUESTS

_ACT_BY_METHOD: Mapping[str, Act] = MappingProxyType(
    {"PUT": Act.UPDATE, "PATCH": Act.PATCH, "DELETE": Act.DELETE}
)
_TYPE_BY_NAME = {kind.name: kind.type for kind in (*KINDS, REQUESTS)}


def id_in(request: Request, name: str) -> str | None:
    """An id of the address; None for what can be none, which nothing is recorded of."""
    given = request.path_params.get(name)
    return given if isinstance(given, str) and is_id(given) else None


def tried(request: Request, asked: Ask) -> Ask:
    """The ask that was not made. asked: what every request to the address is recorded as."""
    person, id = id_in(request, "person"), id_in(request, "id")
    if person is None:
        return asked
    _, _, below = request.scope["path"].partition(f"/people/{person}/")
    type = _TYPE_BY_NAME.get(below.partition("/")[0])
    act = _ACT_BY_METHOD.get(request.method, asked.act)
    if request.method == "POST":
        act = Act.CREATE if id is None else Act.PATCH
    if type is not None:
        return replace(asked, act=act, type=type, id=id)
    return replace(asked, act=act) if not below else replace(asked, act=act, type=None, id=None)


def refusal_in(error: Exception) -> Refusal | None:
    """The no that it stands for; None for a fault of ours."""
    if isinstance(error, RequestValidationError | ValidationError):
        return Invalid([Issue("invalid", fault_of(one)["detail"]) for one in error.errors()])
    # FastAPI wraps what the strict reading of a body refuses.
    cause = error.__cause__ if isinstance(error, HTTPException) else error
    return cause if isinstance(cause, Refusal) else None
