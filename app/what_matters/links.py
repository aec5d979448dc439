"""What an entry links to, as `Type/id`, however the link is written.

Spec: https://hl7.org/fhir/R4/references.html#literal
"""

from app.fhir.reference import parse_reference
from app.fhir.resource_types import Json
from app.fhir.rule import nodes, text

PERTAINS_TO_GOAL = "http://hl7.org/fhir/StructureDefinition/resource-pertainsToGoal"


def linked(node: Json, name: str, type: str | None = None) -> list[str]:
    """`Type/id` of each reference under a name, in their order; of one type when that is named.

    The server's address and the version are left out, and so is what is no link to a resource.
    """
    found = []
    for reference in nodes(node, name):
        parts = parse_reference(text(reference, "reference") or "", "")
        if parts is not None and parts.type and parts.id and type in (None, parts.type):
            found.append(f"{parts.type}/{parts.id}")
    return found


def link_of(resource: Json) -> str:
    """`Type/id` of a resource."""
    return f"{resource.get('resourceType', '')}/{resource.get('id', '')}"


def goals_of(entry: Json) -> list[str]:
    """The goals a request for help or a contact says it is about, each once."""
    about = [one for one in nodes(entry, "extension") if one.get("url") == PERTAINS_TO_GOAL]
    return list(
        dict.fromkeys(goal for one in about for goal in linked(one, "valueReference", "Goal"))
    )


def extension_of(node: Json, url: str) -> Json:
    """The first extension of an address, or an empty one."""
    return next((one for one in nodes(node, "extension") if one.get("url") == url), {})
