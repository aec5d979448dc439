"""How the plain API says no: problem details, with the field that is wrong and what to do next.

Spec: https://www.rfc-editor.org/rfc/rfc9457
"""

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import Response
from msgspec.json import encode
from pydantic import BaseModel, ConfigDict, Field

from app.access.limits import TooMany
from app.access.token_check import challenge
from app.endpoints import headers as heads
from app.endpoints.under_way import RETRY_SECONDS
from app.errors import Issue, MethodNotAllowed, Refusal, Unauthenticated, Unavailable

MEDIA_TYPE = "application/problem+json"

TITLE_BY_STATUS = {
    400: "This could not be read",
    401: "Please sign in",
    403: "This is not yours to do",
    404: "There is nothing here that you may see",
    405: "This address does not take this method",
    406: "This form of answer is not offered",
    408: "This came too slowly",
    409: "This clashes with what is stored",
    412: "Somebody else changed this meanwhile",
    413: "This is too large",
    415: "This form of body is not taken",
    422: "This breaks a rule",
    428: "Say which version you change",
    429: "Too many at once",
    500: "Something went wrong here",
    503: "The record is busy",
}


class Fault(BaseModel):
    """One thing that is wrong."""

    detail: str = Field(description="What is wrong, and what to send instead.")
    field: str | None = Field(None, description="Where, as a path into what was sent.")


class Problem(BaseModel):
    """Why the answer is no."""

    model_config = ConfigDict(title="Problem")

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    faults: list[Fault] = []


REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "content": {MEDIA_TYPE: {}}}
    for status in (400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 429, 500, 503)
}


def problem(
    refusal: Refusal,
    request_id: str,
    words_of: Callable[[Issue], tuple[str | None, str]] = lambda issue: (None, issue.text),
) -> Response:
    """A refusal, as the plain API tells it. words_of: the field that an issue is about, and what is
    wrong with it."""
    faults = [fault(*words_of(one)) for one in refusal.issues]
    answer = of_faults(refusal.status, faults, request_id)
    if isinstance(refusal, Unauthenticated):
        answer.headers["WWW-Authenticate"] = challenge(refusal).decode("ascii")
    elif isinstance(refusal, MethodNotAllowed):
        answer.headers["Allow"] = ", ".join(refusal.takes)
    elif isinstance(refusal, TooMany):
        answer.headers.update(heads.of_too_many(refusal))
    elif isinstance(refusal, Unavailable):
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def fault(field: str | None, text: str) -> dict[str, Any]:
    """One thing that is wrong."""
    return {"detail": text, "field": field} if field else {"detail": text}


def of_faults(status: int, faults: Sequence[dict[str, Any]], request_id: str) -> Response:
    """A problem with these faults."""
    body = {
        "type": "about:blank",
        "title": TITLE_BY_STATUS.get(status, "The answer is no"),
        "status": status,
        "detail": str(faults[0]["detail"]) if faults else "",
        "faults": list(faults),
    }
    return plain(status, body, request_id, MEDIA_TYPE)


def plain(
    status: int, body: Any, request_id: str, media_type: str = "application/json"
) -> Response:
    """JSON, with the headers that every answer has; a body of None is none."""
    return Response(
        b"" if body is None else encode(body),
        status,
        headers=always(request_id),
        media_type=media_type,
    )


def always(request_id: str) -> dict[str, str]:
    """The headers that every answer has."""
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "X-Request-Id": request_id,
        "API-Version": "1",
    }
