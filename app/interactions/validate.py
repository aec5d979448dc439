"""validate: what would be said of a resource, without storing it.

Spec: https://hl7.org/fhir/R4/resource-operation-validate.html
"""

from typing import Any

from app.errors import Conflict, Issue, Malformed, NotFound
from app.fhir.json_guard import parse
from app.fhir.outcome import outcome_bytes
from app.fhir.profiles import shipped
from app.fhir.resource_types import Json
from app.interactions.delete import refuse_orphans, seen_referrers
from app.interactions.draft import people_referred_to
from app.interactions.parameters import asked_of, resource_in
from app.interactions.placing import fhirpath, references_in, wanted
from app.interactions.read import NOT_HERE
from app.interactions.visit import Answer, Touched, Visit
from app.store.resources import Row
from app.what_matters.judgement import errors, issues_of
from app.what_matters.nhs_number import numbers_not_taken

_FINE = Issue("informational", "This is a valid resource.", severity="information")
_NOWHERE = "This reference leads to nothing stored here that you may see."
_FREE = Issue(
    "informational", "Nothing refers to this, so it can be deleted.", severity="information"
)
_R4 = "http://hl7.org/fhir/StructureDefinition/"
_WHICH = "A deletion was not looked at: ask it of the resource, as Goal/[id]/$validate."
_MODES = ("create", "update", "delete")


async def validate(visit: Visit) -> Answer:
    """An OperationOutcome (always 200) with every issue of the body, or of the resource named."""
    ask = visit.ask
    asked = asked_of(ask)
    modes = {text for name, text in asked if name == "mode"}
    if "delete" in modes and ask.type and ask.id:
        return await _deletion(visit, _unserved(asked, ask.type))
    tree, touched, stored = await _subject(visit)
    unserved = _unserved(asked, tree.get("resourceType"))
    if "delete" in modes:
        unserved.append(Issue("not-supported", _WHICH))
    profiles = [text for name, text in asked if name == "profile" and _is_served(text)]
    issues = issues_of(
        tree,
        type=ask.type,
        id=ask.id,
        profiles=profiles,
        before=None if "create" in modes else stored,
        with_advice=True,
    )
    if tree.get("resourceType") == "Patient":
        issues += numbers_not_taken(tree, visit.record.nhs_numbers)
    if not errors(issues):
        issues += await _references_that_lead_nowhere(visit, tree)
    return Answer(200, outcome_bytes([*unserved, *issues] or [_FINE]), touched=(touched,))


async def _deletion(visit: Visit, unserved: list[Issue]) -> Answer:
    """Whether the resource could be deleted, or others refer to it."""
    row = await _stored(visit)
    issues = [_FREE]
    try:
        await refuse_orphans(visit, [row], await seen_referrers(visit, [row]))
    except Conflict as conflict:
        issues = list(conflict.issues)
    touched = Touched(row.person_id, row.type, row.id, row.version, row.labels)
    return Answer(200, outcome_bytes([*unserved, *issues]), touched=(touched,))


def _unserved(asked: list[tuple[str, str]], type: Any) -> list[Issue]:
    """What is asked for and not done must not look as if it had been found in order."""
    return [
        Issue("not-supported", f"The {name} asked for was not looked at: it is not served here.")
        if name in ("mode", "profile")
        else Issue("not-supported", "$validate takes resource, mode and profile.")
        for name, text in asked
        if not (
            (name == "mode" and text in _MODES)
            or (name == "profile" and (text == f"{_R4}{type}" or _is_served(text)))
        )
    ]


def _is_served(canonical: str) -> bool:
    """Whether it is one of our own profiles. R4's own definition of a type is looked at always."""
    return not canonical.startswith(_R4) and shipped().knows(canonical)


async def _subject(visit: Visit) -> tuple[Json, Touched, Json | None]:
    """What to look at, whose it is, and the stored version that it would replace."""
    ask = visit.ask
    if ask.body:
        body = parse(ask.body)
        is_wrapped = body.get("resourceType") == "Parameters"
        tree = resource_in(body) if is_wrapped else body
        row = None
        if ask.type is not None and ask.id is not None:
            row = await visit.unit.read(visit.permit, wanted(ask.type, ask.id))
        if row is None or row.deleted:
            return tree, Touched(None, ask.type), None
        return (
            tree,
            Touched(row.person_id, row.type, row.id, row.version, row.labels),
            parse(row.body),
        )
    if ask.type is None or ask.id is None:
        raise Malformed("Send the resource, or ask of a stored one: Goal/[id]/$validate.")
    row = await _stored(visit)
    return parse(row.body), Touched(row.person_id, row.type, row.id, row.version, row.labels), None


async def _stored(visit: Visit) -> Row:
    row = await visit.unit.read(visit.permit, wanted(visit.ask.type or "", visit.ask.id or ""))
    if row is None or row.deleted:
        raise NotFound(NOT_HERE)
    return row


async def _references_that_lead_nowhere(visit: Visit, tree: Json) -> list[Issue]:
    references = references_in(tree, visit.record.fhir_base)
    people = await people_referred_to(visit, references, visit.permit)
    return [
        Issue("not-found", _NOWHERE, fhirpath(tree["resourceType"], trail), severity="warning")
        for trail, parts in references
        if parts.relative and parts.relative not in people
    ]
