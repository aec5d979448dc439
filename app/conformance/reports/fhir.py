"""A run as a FHIR TestReport.

Spec: https://hl7.org/fhir/R4/testreport.html
"""

import json

from app.conformance.reports.account import Account, Entry, Section
from app.conformance.reports.badge import badge
from app.conformance.verdict import MUST, Outcome
from app.fhir.resource_types import Json

ENGINE = "https://whatmatters.example/fhir/conformance-kit"
_TRIED = (Outcome.PASSED, Outcome.FAILED, Outcome.NOT_SEEN)


def test_report(account: Account) -> str:
    """The TestReport as JSON; a test for each requirement, of one assertion."""
    tried = account.count(*_TRIED)
    score = 100 * account.count(Outcome.PASSED) / tried if tried else 0
    resource: Json = {
        "resourceType": "TestReport",
        "name": badge(account),
        "status": "completed",
        "testScript": {"display": "The What Matters conformance kit"},
        "result": "pass" if account.is_green else "fail",
        "score": round(score, 1),
        "tester": "whatmatters conformance",
        "issued": account.began_at.isoformat(timespec="seconds"),
        "participant": [{"type": "test-engine", "uri": ENGINE}, *account.participants],
    }
    tests = [_test(section, one) for section in account.sections for one in section.entries]
    if tests:
        resource["test"] = tests
    return json.dumps(resource, ensure_ascii=False, indent=2) + "\n"


def _test(section: Section, entry: Entry) -> Json:
    said = {"result": _result(entry), "detail": entry.clause}
    if entry.reason:
        said["message"] = f"{entry.outcome}: {entry.reason}"
    return {
        "name": entry.id,
        "description": f"{section.title} · {entry.strength}: {entry.sentence}",
        "action": [{"assert": said}],
    }


def _result(entry: Entry) -> str:
    match entry.outcome:
        case Outcome.PASSED:
            return "pass"
        case Outcome.FAILED | Outcome.NOT_SEEN:
            return "fail" if entry.strength is MUST else "warning"
        case Outcome.NOT_TRIED if entry.strength is MUST:
            return "error"
    return "skip"
