"""A step of where a supporter stands that the record itself takes: an invitation answered, a last
day that is over, a review that nobody did.

It is a version like any other: by the same rule, with its rights and its audit in one statement.
Source: docs/decisions/0025-a-supporter-stands-somewhere-for-a-reason.md
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.access.relationship import rights_of
from app.errors import Conflict, Invalid
from app.fhir.json_guard import encode, parse
from app.fhir.labels import labels_of
from app.interactions.draft import index_of
from app.interactions.stamping import stamped
from app.store.resources import AuditRow, Row, Write
from app.store.unit import Unit
from app.what_matters.judgement import errors
from app.what_matters.rules import broken_rules
from app.what_matters.supporter import Standing, with_standing

_OVERTAKEN = "Someone else changed this meanwhile. Send it again."
_TICK = timedelta(milliseconds=1)


def stepped(
    row: Row, now: Standing, *, by: str, request_id: str, moment: datetime, fhir_base: str
) -> Write:
    """The next version of a RelatedPerson, which stands there. by: who it comes from, such as
    "RelatedPerson/x". Raises Invalid for a step that cannot be taken."""
    before = parse(row.body)
    tree = with_standing(before, now)
    issues = errors(broken_rules(tree, before))
    if issues:
        raise Invalid(issues)
    updated = max(moment, row.updated + _TICK)
    whole = stamped(tree, row.id, row.version + 1, updated, f"{by}#{request_id}")
    return Write(
        row.person_id,
        row.type,
        row.id,
        row.version,
        updated,
        "PATCH",
        by,
        encode(whole),
        index_of(whole, fhir_base),
        labels=int(labels_of(whole)),
        rights=rights_of(whole, row.author, fhir_base),
    )


async def take(unit: Unit, write: Write, audit: Sequence[AuditRow]) -> None:
    """Write it, with its audit. Inside a transaction. Raises Conflict when another version was
    there first."""
    if not await unit.write(write):
        raise Conflict(_OVERTAKEN)
    await unit.audit(audit)
