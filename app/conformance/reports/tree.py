"""A run as JSON, for programs that want neither XML nor FHIR."""

from app.conformance.reports.account import Account, Entry
from app.conformance.reports.badge import badge
from app.fhir.resource_types import Json


def tree(account: Account) -> Json:
    """Everything that the page says: {"green", "badge", "sections": [{"name", "green", …}]}."""
    sections = [
        {
            "name": section.name,
            "title": section.title,
            "green": section.is_green,
            "checks": [_check(one) for one in section.entries],
            "sent": [*section.sent],
        }
        for section in account.sections
    ]
    return {
        "green": account.is_green,
        "badge": badge(account),
        "left": [*account.left],
        "sections": sections,
    }


def _check(entry: Entry) -> Json:
    return {
        "id": entry.id,
        "sentence": entry.sentence,
        "strength": entry.strength,
        "clause": entry.clause,
        "outcome": entry.outcome,
        "reason": entry.reason,
        "sent": [*entry.sent],
    }
