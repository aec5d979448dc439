"""What the reports tell of a server: its run, by the groups of requirements."""

from app.conformance.reports import Account, Entry, Section
from app.conformance.requirement import TITLE_BY_GROUP, Group
from app.conformance.run import Report, Verdict
from app.conformance.verdict import Outcome

_OUTCOMES = (Outcome.PASSED, Outcome.FAILED, Outcome.NOT_OFFERED, Outcome.NOT_TRIED)


def account_of(report: Report) -> Account:
    """The run as the reports want it; a group of which nothing was asked is left out."""
    sections = [
        Section(
            str(group),
            TITLE_BY_GROUP[group],
            tuple(entry_of(one) for one in report.verdicts if one.requirement.group is group),
        )
        for group in Group
    ]
    moment = f"{report.began_at.day} {report.began_at:%B %Y at %H:%M} UTC"
    return Account(
        "conformance",
        f"Conformance of {report.software or report.base_url}",
        report.began_at,
        report.seconds,
        _OUTCOMES,
        tuple(one for one in sections if one.entries),
        facts=(
            f"{report.base_url}, tried on {moment}. It took {_span(report.seconds)}.",
            *(() if report.left else ("Everything that was made for this was deleted again.",)),
        ),
        left=report.left,
        participants=(
            {"type": "server", "uri": report.base_url, "display": report.software or "unnamed"},
        ),
    )


def entry_of(verdict: Verdict) -> Entry:
    """One requirement as the reports want it; what was asked goes with a failure alone."""
    requirement = verdict.requirement
    failed = verdict.outcome is Outcome.FAILED
    return Entry(
        requirement.id,
        requirement.name,
        requirement.strength,
        verdict.outcome,
        requirement.clause,
        verdict.reason,
        tuple(f"{one.request} → {one.answer}" for one in verdict.exchanges) if failed else (),
        verdict.seconds,
    )


def _span(seconds: float) -> str:
    whole = round(seconds)
    return "less than a second" if whole < 1 else f"{whole} second{'s' * (whole != 1)}"
