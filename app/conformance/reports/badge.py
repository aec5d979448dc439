"""A run in one line."""

from app.conformance.requirement import MUST, Strength
from app.conformance.run import Outcome, Report


def badge(report: Report) -> str:
    """Such as "what matters conformance: green · MUST 48/48 · SHOULD 12/13 · MAY 1/1 · …".

    Counts are of what was tried; what is not offered or was not tried is counted apart, and a MUST
    among what was not tried is told of, since the run is red by it.
    """
    parts = []
    for strength in Strength:
        passed = report.count(Outcome.PASSED, strength)
        tried = passed + report.count(Outcome.FAILED, strength)
        parts.append(f"{strength} {passed}/{tried}")
    parts += [f"{report.count(one)} {one}" for one in (Outcome.NOT_OFFERED, Outcome.NOT_TRIED)]
    if untried := report.count(Outcome.NOT_TRIED, MUST):
        parts[-1] += f" ({untried} MUST)"
    colour = "green" if report.is_green else "red"
    return f"what matters conformance: {colour} · {' · '.join(parts)}"
