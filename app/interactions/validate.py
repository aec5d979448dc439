"""validate: what would be said of a resource, without storing it.

Spec: https://hl7.org/fhir/R4/resource-operation-validate.html
"""

from app.errors import Issue, Malformed, NotFound
from app.fhir import structure
from app.fhir.json_guard import parse
from app.fhir.outcome import outcome_bytes
from app.fhir.resource_types import Json
from app.interactions.draft import people_referred_to
from app.interactions.placing import fhirpath, references_in, wanted
from app.interactions.read import NOT_HERE
from app.interactions.visit import Answer, Touched, Visit

_FINE = Issue("informational", "This is a valid resource.", severity="information")

_NOWHERE = "This reference leads to nothing stored here."


async def validate(visit: Visit) -> Answer:
    """An OperationOutcome (always 200) with every issue of the body, or of the resource named."""
    tree = await _subject(visit)
    type = visit.ask.type
    issues = structure.check(tree, expected_type=type)
    if not issues:
        issues = [*structure.warnings(tree), *await _references_that_lead_nowhere(visit, tree)]
    return Answer(200, outcome_bytes(issues or [_FINE]), touched=(Touched(None, type),))


async def _subject(visit: Visit) -> Json:
    ask = visit.ask
    if ask.body:
        body = parse(ask.body)
        return _from_parameters(body) if body.get("resourceType") == "Parameters" else body
    row = await visit.unit.read(visit.permit, wanted(ask.type or "", ask.id or ""))
    if row is None or row.deleted:
        raise NotFound(NOT_HERE)
    return parse(row.body)


def _from_parameters(body: Json) -> Json:
    parameters = body.get("parameter")
    for one in parameters if isinstance(parameters, list) else []:
        resource = one.get("resource") if isinstance(one, dict) else None
        if isinstance(resource, dict) and one.get("name") == "resource":
            return resource
    raise Malformed("The Parameters hold no parameter named resource.")


async def _references_that_lead_nowhere(visit: Visit, tree: Json) -> list[Issue]:
    people = await people_referred_to(visit, [tree])
    return [
        Issue("not-found", _NOWHERE, fhirpath(tree["resourceType"], trail), severity="warning")
        for trail, parts in references_in(tree, visit.record.fhir_base)
        if parts.relative and parts.relative not in people
    ]
