"""OperationOutcome as bytes, from issues. Spec: https://hl7.org/fhir/R4/operationoutcome.html"""

from collections.abc import Sequence

from app.errors import Issue
from app.fhir.json_guard import encode
from app.fhir.library import BASE
from app.fhir.resource_types import Json

# A body of a few megabytes can have a hundred thousand faults, and each is longer told than made.
MOST_TOLD = 1000

RULES = f"{BASE}/rule"


def outcome(issues: Sequence[Issue]) -> Json:
    """An OperationOutcome that tells every issue, in order; of very many, the first errors, so that
    no crowd of warnings hides one."""
    told = list(issues)
    if len(told) > MOST_TOLD:
        told.sort(key=lambda issue: issue.severity not in ("fatal", "error"))
        del told[MOST_TOLD:]
        text = "There are more. Put these right first."
        told.append(Issue("incomplete", text, severity="information"))
    return {"resourceType": "OperationOutcome", "issue": [_issue(issue) for issue in told]}


def outcome_bytes(issues: Sequence[Issue]) -> bytes:
    """The same, as JSON."""
    return encode(outcome(issues))


def _issue(issue: Issue) -> Json:
    said: Json = {"severity": issue.severity, "code": issue.code}
    details: Json = {"text": issue.text}
    if issue.rule:
        details["coding"] = [{"system": RULES, "code": issue.rule}]
    said["details"] = details
    said["diagnostics"] = issue.text
    if issue.expression:
        said["expression"] = [issue.expression]
    return said
