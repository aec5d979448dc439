"""Entries that say who may see what, for the tests of access."""

from typing import Any

import httpx

from app.what_matters.supporter import Standing, with_standing

Json = dict[str, Any]

OURS = "https://whatmatters.example/fhir"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
RESTRICTED = {"system": f"{TERMINOLOGY}/v3-Confidentiality", "code": "R"}
JUST_US = {"system": f"{OURS}/CodeSystem/label", "code": "just-us"}
NOT_SUPPORTERS = {"system": f"{OURS}/CodeSystem/label", "code": "hidden-from-supporters"}
NOT_THE_PERSON = {"system": f"{OURS}/CodeSystem/label", "code": "hidden-from-the-person"}


def labelled(*labels: Json) -> Json:
    return {"meta": {"security": list(labels)}} if labels else {}


def choice(person: str, kind: str, *actors: str, status: str = "active", **rest: Any) -> Json:
    """A sharing choice of the person."""
    code = {"permit": "OPTIN", "deny": "OPTOUT"}[kind]
    role = {"coding": [{"system": f"{TERMINOLOGY}/v3-ParticipationType", "code": "IRCP"}]}
    return {
        "resourceType": "Consent",
        "status": status,
        "scope": {"coding": [{"system": f"{TERMINOLOGY}/consentscope", "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": f"{TERMINOLOGY}/v3-ActCode", "code": "IDSCL"}]}],
        "patient": {"reference": f"Patient/{person}"},
        "dateTime": "2026-03-01T10:00:00Z",
        "performer": [{"reference": f"Patient/{person}"}],
        "policyRule": {"coding": [{"system": f"{TERMINOLOGY}/v3-ActCode", "code": code}]},
        "provision": {
            "type": kind,
            "actor": [{"role": role, "reference": {"reference": actor}} for actor in actors],
            **rest,
        },
    }


def team(person: str, *members: str, **rest: Any) -> Json:
    return {
        "resourceType": "CareTeam",
        "status": "active",
        "subject": {"reference": f"Patient/{person}"},
        "participant": [{"member": {"reference": f"Organization/{one}"}} for one in members],
        **rest,
    }


def supporter(person: str, basis: str = "chosen-by-person", **rest: Any) -> Json:
    concept = {"coding": [{"system": f"{OURS}/CodeSystem/supporter-basis", "code": basis}]}
    return {
        "resourceType": "RelatedPerson",
        "active": True,
        "patient": {"reference": f"Patient/{person}"},
        "period": {"start": "2026-01-01", "end": "2199-01-01"},
        "extension": [
            {
                "url": f"{OURS}/StructureDefinition/supporter-basis",
                "valueCodeableConcept": concept,
            }
        ],
        **rest,
    }


def standing(tree: Json, state: str, reason: str) -> Json:
    """The same RelatedPerson, standing there for that reason."""
    return with_standing(tree, Standing(state, reason))


def stored(client: httpx.Client, body: Json) -> str:
    """Stores it; returns "Type/id"."""
    made = client.post(f"/{body['resourceType']}", json=body)
    assert made.status_code == 201, made.text
    return f"{body['resourceType']}/{made.json()['id']}"
