"""A run as a FHIR TestReport.

Spec: https://hl7.org/fhir/R4/testreport.html
"""

import json

from app.conformance.reports.badge import badge
from app.conformance.requirement import MUST, TITLE_BY_GROUP
from app.conformance.run import Outcome, Report, Verdict
from app.fhir.resource_types import Json

_RESULT_BY_OUTCOME = {
    Outcome.PASSED: "pass",
    Outcome.FAILED: "fail",
    Outcome.NOT_OFFERED: "skip",
    Outcome.NOT_TRIED: "skip",
}


def test_report(report: Report) -> str:
    """The TestReport as JSON; a test for each requirement, of one assertion."""
    tried = report.count(Outcome.PASSED) + report.count(Outcome.FAILED)
    score = 100 * report.count(Outcome.PASSED) / tried if tried else 0
    resource: Json = {
        "resourceType": "TestReport",
        "name": badge(report),
        "status": "completed",
        "testScript": {"display": "The What Matters conformance kit"},
        "result": "pass" if report.is_green else "fail",
        "score": round(score, 1),
        "tester": "whatmatters conformance server",
        "issued": report.began_at.isoformat(timespec="seconds"),
        "participant": [
            {"type": "test-engine", "uri": "https://whatmatters.example/fhir/conformance-kit"},
            {"type": "server", "uri": report.base_url, "display": report.software or "unnamed"},
        ],
    }
    if report.verdicts:
        resource["test"] = [_test(one) for one in report.verdicts]
    return json.dumps(resource, ensure_ascii=False, indent=2) + "\n"


def _test(verdict: Verdict) -> Json:
    requirement = verdict.requirement
    result = _RESULT_BY_OUTCOME[verdict.outcome]
    if result == "fail" and requirement.strength is not MUST:
        result = "warning"
    if verdict.outcome is Outcome.NOT_TRIED and requirement.strength is MUST:
        result = "error"
    said = {"result": result, "detail": requirement.clause}
    if verdict.reason:
        said["message"] = f"{verdict.outcome}: {verdict.reason}"
    return {
        "name": requirement.id,
        "description": (
            f"{TITLE_BY_GROUP[requirement.group]} · {requirement.strength}: {requirement.name}"
        ),
        "action": [{"assert": said}],
    }
