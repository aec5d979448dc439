"""Small resources for tests, and people made through the service itself."""

from collections.abc import Iterable
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


PARTNERS = (
    "gp-surgery",
    "acute-trust",
    "community-trust",
    "council-care",
    "harbour-befriending",
    "open-door-housing",
    "larder-food-bank",
)


def new_person(client: httpx.Client, *, known_to: Iterable[str] = PARTNERS, **rest: Any) -> str:
    """Makes a Patient through the service; returns the id. known_to: the organisations that have a
    relationship with them, besides the one that makes it."""
    body: dict[str, Any] = {"resourceType": "Patient", "active": True, **rest}
    organizations = [{"reference": f"Organization/{one}"} for one in known_to]
    if organizations:
        body["generalPractitioner"] = organizations
    made = client.post("/Patient", json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])
