"""A run as JUnit XML, for build servers.

A MUST that failed is a failure, one that was not tried an error; a SHOULD or MAY that is not met is
marked as skipped, with its reason. A build turns red when the command does,
but for a run in which nothing was met: only the exit code tells of that.
"""

from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from app.conformance.requirement import MUST, Group
from app.conformance.run import Outcome, Report, Verdict

_ORDER = {group: place for place, group in enumerate(Group)}


def junit(report: Report) -> str:
    """The XML, a test suite for each group."""
    root = Element("testsuites", name="what matters conformance", time=f"{report.seconds:.3f}")
    verdicts = sorted(report.verdicts, key=lambda one: _ORDER[one.requirement.group])
    for group, given in groupby(verdicts, key=lambda one: one.requirement.group):
        held = list(given)
        failed = [one for one in held if _fails(one)]
        untried = [one for one in held if _lacks(one)]
        passed = [one for one in held if one.outcome is Outcome.PASSED]
        suite = SubElement(
            root,
            "testsuite",
            name=str(group),
            tests=str(len(held)),
            failures=str(len(failed)),
            skipped=str(len(held) - len(failed) - len(untried) - len(passed)),
            errors=str(len(untried)),
            time=f"{sum(one.seconds for one in held):.3f}",
            timestamp=report.began_at.isoformat(timespec="seconds"),
        )
        for verdict in held:
            _case(suite, verdict)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _case(suite: Element, verdict: Verdict) -> None:
    requirement = verdict.requirement
    case = SubElement(
        suite,
        "testcase",
        classname=f"conformance.{requirement.group}",
        name=f"{requirement.strength}: {requirement.name}",
        time=f"{verdict.seconds:.3f}",
    )
    if verdict.outcome is Outcome.PASSED:
        return
    reason = _xml_safe(verdict.reason)
    if _lacks(verdict):
        SubElement(case, "error", type=str(verdict.outcome), message=reason)
        return
    if not _fails(verdict):
        SubElement(case, "skipped", message=f"{verdict.outcome}: {reason}")
        return
    said = [reason, f"Clause: {requirement.clause}"]
    said += [f"{one.request} → {one.answer}" for one in verdict.exchanges]
    failure = SubElement(case, "failure", type=str(requirement.strength), message=reason)
    failure.text = _xml_safe("\n".join(said))


def _fails(verdict: Verdict) -> bool:
    return verdict.outcome is Outcome.FAILED and verdict.requirement.strength is MUST


def _lacks(verdict: Verdict) -> bool:
    return verdict.outcome is Outcome.NOT_TRIED and verdict.requirement.strength is MUST


def _xml_safe(text: str) -> str:
    """Without the control characters that XML 1.0 cannot hold: a server may send any."""
    return "".join(one if one >= " " or one in "\n\t" else "�" for one in text)
