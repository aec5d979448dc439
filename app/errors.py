"""The ways this service says no, by meaning; each knows its HTTP status and FHIR issue code.

Issue codes: https://hl7.org/fhir/R4/valueset-issue-type.html
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong, for a person to act on.

    code: an R4 issue-type code ("structure", "required", "value", "code-invalid", "invariant",
    ...).
    text: a plain sentence; never echoes a value that was sent.
    expression: FHIRPath with indexes ("Goal.target[1].dueDate"), or None when there is no one
    place.
    rule: the invariant or rule it breaks ("gol-1"), or None.
    logged: what the audit says instead of a text that holds somebody's words; "" where it holds
    none.
    """

    code: str
    text: str
    expression: str | None = None
    severity: str = "error"
    rule: str | None = None
    logged: str = ""


class Refusal(Exception):
    """The root of every answer that is a no. on_record: whether the audit has it already."""

    status = 500
    code = "exception"
    on_record = False

    def __init__(self, text: str = "", issues: Sequence[Issue] = ()) -> None:
        super().__init__(text or (issues[0].text if issues else type(self).__name__))
        self.issues: tuple[Issue, ...] = tuple(issues) or (Issue(self.code, text),)


class Malformed(Refusal):
    """What was sent could not be read at all (400)."""

    status = 400
    code = "structure"


class Invalid(Refusal):
    """It could be read, but breaks rules; carries every issue (422)."""

    status = 422
    code = "invalid"

    def __init__(self, issues: Sequence[Issue]) -> None:
        super().__init__(issues=issues)


class Unauthenticated(Refusal):
    """We do not know who is asking (401)."""

    status = 401
    code = "login"


class SignInRefused(Refusal):
    """A sign-in that is refused, in OAuth's own words (400, or 401 for "invalid_client").

    error: a code of RFC 6749 section 5.2, RFC 7009 or RFC 7662.
    """

    status = 400
    code = "login"

    def __init__(self, error: str, text: str) -> None:
        super().__init__(text)
        self.error = error
        if error == "invalid_client":
            self.status = 401


class Forbidden(Refusal):
    """We know who is asking, and the answer is no (403)."""

    status = 403
    code = "forbidden"


class NotFound(Refusal):
    """Absent, hidden and deleted are one answer, so that existence stays personal (404)."""

    status = 404
    code = "not-found"


class Conflict(Refusal):
    """It clashes with what is stored (409)."""

    status = 409
    code = "conflict"


class PreconditionFailed(Refusal):
    """The caller's condition (If-Match, a single match) does not hold (412)."""

    status = 412
    code = "conflict"


class PreconditionRequired(Refusal):
    """A change must say which version it changes (428)."""

    status = 428
    code = "required"


class TooSlow(Refusal):
    """What was announced did not come in time (408)."""

    status = 408
    code = "timeout"


class TooLarge(Refusal):
    """More than this service takes at once (413)."""

    status = 413
    code = "too-long"


class NotAcceptable(Refusal):
    """Asked for a format this service does not speak (406)."""

    status = 406
    code = "not-supported"


class UnsupportedMedia(Refusal):
    """Sent in a format this service does not speak (415)."""

    status = 415
    code = "not-supported"


class NotSupported(Refusal):
    """Well formed, but this service does not do it (400 or 405 by `status`)."""

    status = 400
    code = "not-supported"


class MethodNotAllowed(NotSupported):
    """This address does not take this method (405); takes: the methods it does take."""

    status = 405

    def __init__(
        self, text: str = "", issues: Sequence[Issue] = (), takes: Sequence[str] = ()
    ) -> None:
        super().__init__(text, issues)
        self.takes = tuple(takes)


class TooCostly(Refusal):
    """It would take more than its share (400)."""

    status = 400
    code = "too-costly"


class Unavailable(Refusal):
    """The store cannot answer just now; the same request may succeed later (503)."""

    status = 503
    code = "transient"


class Unreachable(Unavailable):
    """The store is out of reach; what was on its way there may have been done, or not (503)."""
