"""How the client says that the answer was no: with every fault, and the field it is in.

Spec: https://www.rfc-editor.org/rfc/rfc9457
"""

from typing import Any

import httpx


class Unanswered(Exception):
    """No answer came, as often as it was asked."""


class Refused(Exception):
    """The record said no.

    status: of HTTP. faults: each with `detail`, what is wrong and what to send instead; and
    `field`, where one is meant. request_id: by which the service's log has it.
    """

    def __init__(self, status: int, faults: list[dict[str, str]], request_id: str | None) -> None:
        super().__init__(" ".join(_sentence(one) for one in faults) or f"The answer was {status}.")
        self.status = status
        self.faults = faults
        self.request_id = request_id


def refused(answer: httpx.Response) -> Refused:
    """The refusal in an answer, whoever gave it: a proxy on the way may have no faults to tell."""
    try:
        told: Any = answer.json()
    except ValueError:
        told = {}
    faults = told.get("faults") if isinstance(told, dict) else None
    return Refused(answer.status_code, faults or [], answer.headers.get("X-Request-Id"))


def _sentence(fault: dict[str, str]) -> str:
    field = fault.get("field")
    return f"{field}: {fault['detail']}" if field else fault["detail"]
