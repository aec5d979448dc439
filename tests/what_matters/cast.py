"""The entries of the made-up people, by `Type/id`, for rules that need no record to be asked."""

import json
from functools import cache
from typing import Any

from app.what_matters.pco_goal import Person
from tests.papers import ROOT

_MEASURED = ("Patient", "Goal", "Observation", "CarePlan")
_PEOPLE = ROOT / "fhir_profiles" / "examples" / "people"


@cache
def everybody() -> dict[str, dict[str, Any]]:
    """Every entry of the cast."""
    bundles = (json.loads(path.read_bytes()) for path in sorted(_PEOPLE.glob("*.json")))
    return {
        f"{one['resourceType']}/{one['id']}": one
        for bundle in bundles
        for one in (entry["resource"] for entry in bundle["entry"])
    }


def resource(link: str) -> dict[str, Any]:
    """One entry: a copy, to change at will."""
    copy: dict[str, Any] = json.loads(json.dumps(everybody()[link]))
    return copy


def of_type(type: str, person: str) -> list[dict[str, Any]]:
    """The entries of one type of one of the cast, by the id of that person."""
    return [
        resource(link)
        for link in everybody()
        if link.startswith(f"{type}/{person}-") or link == f"{type}/{person}"
    ]


def measured_person(person: str) -> Person:
    """One of the cast, with all that measures are made of."""
    patient, *kinds = (of_type(one, person) for one in _MEASURED)
    return Person(patient[0], *kinds)
