"""Small StructureDefinitions, made in the tests that use them."""

from typing import Any

from app.fhir.profiles import Profiles
from app.fhir.resource_types import Json

BASE = "https://whatmatters.example/fhir/StructureDefinition/"
R4 = "http://hl7.org/fhir/StructureDefinition/"
GOAL: Json = {
    "resourceType": "Goal",
    "lifecycleStatus": "active",
    "description": {"text": "Walk to the shop"},
    "subject": {"reference": "Patient/1"},
}
CODES = {"https://example.org/colours": {("https://example.org/c", "red"), (None, "red")}}


def element(id: str, **asks: Any) -> Json:
    """One element of a differential; its path and slice name are in its id."""
    path = ".".join(step.partition(":")[0] for step in id.split("."))
    name = id.rpartition(".")[2].partition(":")[2]
    return {"id": id, "path": path, **({"sliceName": name} if name else {}), **asks}


def profile(id: str, *elements: Json, parent: str | None = None, **members: Any) -> Json:
    """A profile of the type that its elements are of."""
    kind = elements[0]["path"].partition(".")[0] if elements else "Goal"
    return {
        "resourceType": "StructureDefinition",
        "id": id,
        "url": BASE + id,
        "type": kind,
        "derivation": "constraint",
        "baseDefinition": parent or R4 + kind,
        **members,
        "differential": {"element": list(elements)},
    }


def profiles(*definitions: Json) -> Profiles:
    """A judge that knows these definitions and CODES alone."""
    by_url = {one["url"]: one for one in definitions}
    return Profiles(lambda url: by_url.get(url.partition("|")[0]), member)


def member(value_set: str, system: str | None, code: str) -> bool | None:
    codes = CODES.get(value_set)
    return None if codes is None else (system, code) in codes


def rules(definitions: tuple[Json, ...], resource: Json) -> list[tuple[str | None, str | None]]:
    """(expression, rule without the profile's id) of each issue against the first definition."""
    asked = definitions[0]["url"]
    issues = profiles(*definitions).issues(resource, (asked,))
    return [(one.expression, (one.rule or "").rpartition("#")[2]) for one in issues]
