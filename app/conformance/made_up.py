"""Made-up resources to try a server with. Nobody in them is real.

Every one carries an identifier of its own, so that it can be found, and told from what was there.
"""

from dataclasses import dataclass

from app.fhir.resource_types import Json

SYSTEM = "https://whatmatters.example/fhir/conformance-kit"
FAMILY = "Trevenéage-Pörth"
WORDS = "I want to hear the sea — “môr” in Cornish — from my own bed again 🌊"

NARRATIVE: Json = {
    "status": "generated",
    "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p>Made up by the conformance kit.</p></div>',
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A type to try reading and writing with: an element that is changed, and values for it."""

    type: str
    element: str
    values: tuple[str, ...]


PATIENT = Kind("Patient", "birthDate", ("1950-03-14", "1951-04-15", "1952-05-16"))
OBSERVATION = Kind(
    "Observation",
    "effectiveDateTime",
    ("2026-03-14T10:00:00Z", "2026-04-15T11:00:00Z", "2026-05-16T12:00:00Z"),
)
# The first that a server claims is taken: nothing about one person's records needs more people.
KINDS = (OBSERVATION, PATIENT)


def identifier(value: str) -> Json:
    """An identifier of the kit's own system."""
    return {"system": SYSTEM, "value": value}


def patient(value: str, birth_date: str = PATIENT.values[0]) -> Json:
    """A person who does not exist, without an NHS number."""
    return {
        "resourceType": "Patient",
        "identifier": [identifier(value)],
        "active": True,
        "name": [{"use": "official", "family": FAMILY, "given": ["Morwenna"]}],
        "gender": "female",
        "birthDate": birth_date,
    }


def observation(value: str, person: str, when: str = OBSERVATION.values[0]) -> Json:
    """Something measured of a person. person: "Patient/<id>"."""
    return {
        "resourceType": "Observation",
        "identifier": [identifier(value)],
        "status": "final",
        "code": {
            "coding": [{"system": "http://loinc.org", "code": "29463-7", "display": "Body weight"}],
            "text": WORDS,
        },
        "subject": {"reference": person},
        "effectiveDateTime": when,
        "valueQuantity": {
            "value": 71.5,
            "unit": "kg",
            "system": "http://unitsofmeasure.org",
            "code": "kg",
        },
    }


def goal(value: str, person: str) -> Json:
    """A goal in the person's own words, without any problem or diagnosis."""
    return {
        "resourceType": "Goal",
        "identifier": [identifier(value)],
        "lifecycleStatus": "active",
        "description": {"text": WORDS},
        "subject": {"reference": person},
        "expressedBy": {"reference": person},
        "startDate": "2026-11-22",
    }


def questionnaire(url: str) -> Json:
    """A questionnaire of one question, with an address of its own."""
    return {
        "resourceType": "Questionnaire",
        "url": url,
        "status": "draft",
        "item": [{"linkId": "1", "text": "What matters to you today?", "type": "string"}],
    }


def bundle(kind: str, *entries: Json) -> Json:
    """A batch or a transaction."""
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def post(resource: Json, full_url: str | None = None, **request: str) -> Json:
    """An entry that creates."""
    asked = {"method": "POST", "url": str(resource["resourceType"])} | request
    entry: Json = {"resource": resource, "request": asked}
    return entry if full_url is None else {"fullUrl": full_url} | entry
