"""A run in one line."""

from app.conformance.reports.account import Account
from app.conformance.verdict import MUST, Outcome

_APART = (Outcome.NOT_OFFERED, Outcome.NOT_TRIED)


def badge(account: Account) -> str:
    """Such as "what matters conformance: green · MUST 48/48 · SHOULD 12/13 · MAY 1/1 · …".

    Counts are of what was tried; what is not offered or was not tried is counted apart, and a MUST
    among what was not tried is told of, since the run is red by it.
    """
    parts = []
    for strength in account.strengths:
        passed = account.count(Outcome.PASSED, strength=strength)
        tried = passed + account.count(Outcome.FAILED, Outcome.NOT_SEEN, strength=strength)
        parts.append(f"{strength} {passed}/{tried}")
    for outcome in _APART:
        if outcome in account.outcomes:
            parts.append(f"{account.count(outcome)} {outcome}")
    if untried := account.count(Outcome.NOT_TRIED, strength=MUST):
        parts[-1] += f" ({untried} MUST)"
    colour = "green" if account.is_green else "red"
    return f"what matters {account.subject}: {' · '.join([colour, *parts])}"
