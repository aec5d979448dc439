"""Who the demo people are, from the files that the demo was loaded from."""

import json
from collections.abc import Iterator

from app.errors import Invalid, Issue
from app.fhir.library import FOLDER
from app.fhir.resource_types import Json
from app.what_matters.nhs_number import is_nhs_number, not_taken


def by_nhs_number(nhs_number: str) -> str | None:
    """The id of the person with this NHS number. Raises Invalid for what is none, or is not kept
    for tests."""
    if not is_nhs_number(nhs_number):
        raise Invalid(
            [Issue("value", "This is not an NHS number: look for a digit that is wrong.")]
        )
    odd = not_taken(nhs_number, "test")
    if odd is not None:
        raise Invalid([Issue("value", odd)])
    for patient in _resources("Patient"):
        if any(one.get("value") == nhs_number for one in patient.get("identifier", ())):
            return str(patient["id"])
    return None


def by_supporter(id: str) -> str | None:
    """The id of the person whom the RelatedPerson of this id helps."""
    for supporter in _resources("RelatedPerson"):
        if supporter["id"] == id:
            return str(supporter["patient"]["reference"].partition("/")[2])
    return None


def _resources(type: str) -> Iterator[Json]:
    for path in sorted((FOLDER / "examples" / "people").glob("*.json")):
        for entry in json.loads(path.read_bytes())["entry"]:
            if entry["resource"]["resourceType"] == type:
                yield entry["resource"]
