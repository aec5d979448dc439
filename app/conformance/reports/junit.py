"""A run as JUnit XML, for build servers.

A MUST that failed or was not seen is a failure, one that was not tried an error; a SHOULD or MAY
that is not met is marked as skipped, with its reason. A build turns red when the command does,
but for a run in which nothing was met: only the exit code tells of that.
"""

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from app.conformance.reports.account import Account, Entry, Section
from app.conformance.verdict import MUST, Outcome


def junit(account: Account) -> str:
    """The XML, a test suite for each section."""
    name = f"what matters {account.subject}"
    root = Element("testsuites", name=name, time=f"{account.seconds:.3f}")
    for section in account.sections:
        _suite(root, account, section)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suite(root: Element, account: Account, section: Section) -> None:
    held = section.entries
    failed, untried = sum(map(_fails, held)), sum(map(_lacks, held))
    passed = sum(one.outcome is Outcome.PASSED for one in held)
    suite = SubElement(
        root,
        "testsuite",
        name=section.name,
        tests=str(len(held)),
        failures=str(failed),
        skipped=str(len(held) - failed - untried - passed),
        errors=str(untried),
        time=f"{sum(one.seconds for one in held):.3f}",
        timestamp=account.began_at.isoformat(timespec="seconds"),
    )
    for entry in held:
        _case(suite, f"{account.subject}.{section.name}", entry)


def _case(suite: Element, classname: str, entry: Entry) -> None:
    name = f"{entry.strength}: {entry.sentence}"
    time = f"{entry.seconds:.3f}"
    case = SubElement(suite, "testcase", classname=classname, name=name, time=time)
    reason = _xml_safe(entry.reason)
    if entry.outcome is Outcome.PASSED:
        return
    if _lacks(entry):
        SubElement(case, "error", type=str(entry.outcome), message=reason)
    elif _fails(entry):
        failure = SubElement(case, "failure", type=str(entry.strength), message=reason)
        said = [f"{entry.outcome}: {reason}", f"Clause: {entry.clause}", *entry.sent]
        failure.text = _xml_safe("\n".join(said))
    else:
        SubElement(case, "skipped", message=f"{entry.outcome}: {reason}")


def _fails(entry: Entry) -> bool:
    return entry.outcome in (Outcome.FAILED, Outcome.NOT_SEEN) and entry.strength is MUST


def _lacks(entry: Entry) -> bool:
    return entry.outcome is Outcome.NOT_TRIED and entry.strength is MUST


def _xml_safe(text: str) -> str:
    """Without the control characters that XML 1.0 cannot hold: a server may send any."""
    return "".join(one if one >= " " or one in "\n\t" else "�" for one in text)
