"""Who is in the sandbox: one made-up person, and what is there before a scenario begins."""

from app.fhir.resource_types import Json

NHS_NUMBER_SYSTEM = "https://fhir.nhs.uk/Id/nhs-number"
NHS_NUMBER = "9990123403"
PERSON = "Patient/rosen-sandbox"
GOAL = "Goal/sea-swim"
REQUEST = "ServiceRequest/company"
TASK = "Task/company"
YOU = "Organization/your-organisation"
SURGERY = "Organization/sandbox-surgery"
UNKNOWN_EXTENSION = "https://example.org/an-extension-you-do-not-know"

_ORGANISATIONS: tuple[Json, ...] = (
    {"resourceType": "Organization", "id": "your-organisation", "name": "Your organisation"},
    {"resourceType": "Organization", "id": "sandbox-surgery", "name": "Sandbox Surgery"},
)
_PERSON: Json = {
    "resourceType": "Patient",
    "id": "rosen-sandbox",
    "identifier": [{"system": NHS_NUMBER_SYSTEM, "value": NHS_NUMBER}],
    "active": True,
    "name": [{"use": "official", "family": "Sandbox", "given": ["Rosen"]}],
    "birthDate": "1950-05-01",
}
# What a client may well not know is in it, so that it shows whether a client keeps that.
_GOAL: Json = {
    "resourceType": "Goal",
    "id": "sea-swim",
    "extension": [{"url": UNKNOWN_EXTENSION, "valueString": "Keep me."}],
    "lifecycleStatus": "active",
    "achievementStatus": {
        "coding": [
            {
                "system": "http://terminology.hl7.org/CodeSystem/goal-achievement",
                "code": "in-progress",
            }
        ]
    },
    "description": {"text": "I want to swim in the sea again before the winter"},
    "subject": {"reference": PERSON},
    "startDate": "2026-06-01",
    "expressedBy": {"reference": PERSON},
}
_WORDS = (
    "I want to bake bread for my neighbours",
    "I want to sleep through a storm",
    "I want to walk to the lighthouse",
    "I want to learn the names of the birds",
)


def at_first() -> list[Json]:
    """The person, and the two organisations."""
    return [*_ORGANISATIONS, _PERSON]


def with_a_goal() -> list[Json]:
    """And one goal."""
    return [*at_first(), _GOAL]


def with_five_goals() -> list[Json]:
    """And five goals, which is more than one page of them."""
    more = [
        {**_GOAL, "id": f"goal-{n}", "description": {"text": words}}
        for n, words in enumerate(_WORDS, 2)
    ]
    return [*with_a_goal(), *more]


def with_a_request() -> list[Json]:
    """And a request for help, with a Task that waits for your organisation."""
    request: Json = {
        "resourceType": "ServiceRequest",
        "id": "company",
        "status": "active",
        "intent": "order",
        "code": {"text": "Somebody to go down to the water with"},
        "subject": {"reference": PERSON},
        "authoredOn": "2026-11-20",
        "requester": {"reference": SURGERY},
        "performer": [{"reference": YOU}],
    }
    task: Json = {
        "resourceType": "Task",
        "id": "company",
        "status": "requested",
        "intent": "order",
        "code": {
            "coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}]
        },
        "focus": {"reference": REQUEST},
        "for": {"reference": PERSON},
        "authoredOn": "2026-11-20T09:00:00Z",
        "requester": {"reference": SURGERY},
        "owner": {"reference": YOU},
    }
    return [*with_a_goal(), request, task]
