"""validate: what would be said of a resource, without storing it.

Spec: https://hl7.org/fhir/R4/resource-operation-validate.html
"""

from typing import Any

from app.errors import Issue, Malformed, NotFound
from app.fhir import structure
from app.fhir.json_guard import parse
from app.fhir.outcome import outcome_bytes
from app.fhir.resource_types import Json
from app.interactions.draft import faults, people_referred_to
from app.interactions.parameters import asked_of, resource_in
from app.interactions.placing import fhirpath, references_in, wanted
from app.interactions.read import NOT_HERE
from app.interactions.visit import Answer, Touched, Visit

_FINE = Issue("informational", "This is a valid resource.", severity="information")
_NOWHERE = "This reference leads to nothing stored here that you may see."
_SERVED = {("mode", "create"), ("mode", "update")}


async def validate(visit: Visit) -> Answer:
    """An OperationOutcome (always 200) with every issue of the body, or of the resource named."""
    ask = visit.ask
    asked = asked_of(ask)
    tree, touched = await _subject(visit)
    unserved = _unserved(asked, tree.get("resourceType"))
    issues = faults(tree, ask.type, ask.id)
    if not issues:
        issues = [*structure.warnings(tree), *await _references_that_lead_nowhere(visit, tree)]
    return Answer(200, outcome_bytes([*unserved, *issues] or [_FINE]), touched=(touched,))


def _unserved(asked: list[tuple[str, str]], type: Any) -> list[Issue]:
    """What is asked for and not done must not look as if it had been found in order. R4's own
    definition of the type is the one profile that is looked at."""
    served = _SERVED | {("profile", f"http://hl7.org/fhir/StructureDefinition/{type}")}
    return [
        Issue("not-supported", f"The {name} asked for was not looked at: it is not served here.")
        if name in ("mode", "profile")
        else Issue("not-supported", "$validate takes resource, mode and profile.")
        for name, text in asked
        if (name, text) not in served
    ]


async def _subject(visit: Visit) -> tuple[Json, Touched]:
    ask = visit.ask
    if ask.body:
        body = parse(ask.body)
        is_wrapped = body.get("resourceType") == "Parameters"
        return (resource_in(body) if is_wrapped else body), Touched(None, ask.type)
    if ask.type is None or ask.id is None:
        raise Malformed("Send the resource, or ask of a stored one: Goal/[id]/$validate.")
    row = await visit.unit.read(visit.permit, wanted(ask.type, ask.id))
    if row is None or row.deleted:
        raise NotFound(NOT_HERE)
    return parse(row.body), Touched(row.person_id, row.type, row.id, row.version)


async def _references_that_lead_nowhere(visit: Visit, tree: Json) -> list[Issue]:
    references = references_in(tree, visit.record.fhir_base)
    people = await people_referred_to(visit, references, visit.permit)
    return [
        Issue("not-found", _NOWHERE, fhirpath(tree["resourceType"], trail), severity="warning")
        for trail, parts in references
        if parts.relative and parts.relative not in people
    ]
