"""Small resources for tests, and people made through the service itself."""

from typing import Any

import httpx


def goal(person: str, text: str = "Walk to the quay and back", **rest: Any) -> dict[str, Any]:
    """A Goal in the person's own words. person: a Patient id."""
    return {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": text},
        "subject": {"reference": f"Patient/{person}"},
        "startDate": "2026-03-01",
        **rest,
    }


def observation(person: str, **rest: Any) -> dict[str, Any]:
    """An Observation about a person. person: a Patient id."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "81338-6"}]},
        "subject": {"reference": f"Patient/{person}"},
        "effectiveDateTime": "2026-05-01",
        **rest,
    }


def new_person(client: httpx.Client, **rest: Any) -> str:
    """Makes a Patient through the service; returns the id."""
    made = client.post("/Patient", json={"resourceType": "Patient", "active": True, **rest})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])
