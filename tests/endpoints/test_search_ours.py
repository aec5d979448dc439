"""The search parameters that our profiles add find what they describe, over HTTP."""

import json
from typing import Any

import httpx
import pytest

from app.fhir.library import of_type
from app.fhir.search_parameters import parameters_of
from tests.endpoints.asking import ids
from tests.endpoints.sharing import standing
from tests.people import goal, new_person

OURS = "https://whatmatters.example/fhir"
HL7 = "http://hl7.org/fhir/StructureDefinition"
STAGES = f"{OURS}/CodeSystem/request-stage"
BASES = f"{OURS}/CodeSystem/supporter-basis"


def extension(url: str, **value: Any) -> dict[str, Any]:
    return {
        "extension": [{"url": url if ":" in url else f"{OURS}/StructureDefinition/{url}"} | value]
    }


def whose(person: str, member: str = "subject") -> dict[str, Any]:
    return {member: {"reference": f"Patient/{person}"}}


def example(type: str, person: str, goal_id: str) -> dict[str, Any]:
    """A resource of a type as small as R4 lets it be, about the person."""
    aim = {"valueReference": {"reference": f"Goal/{goal_id}"}}
    about_goal = extension(f"{HL7}/resource-pertainsToGoal", **aim)
    walk = extension("told-again", valueBoolean=True)["extension"]
    walk += extension("what-matters-conversation", valueCode="read")["extension"]
    made: dict[str, Any] = {
        "CarePlan": {"status": "active", "intent": "plan"}
        | whose(person)
        | {
            "activity": [
                {
                    "detail": {
                        "status": "scheduled",
                        **extension("review-on", valueDate="2026-12-01"),
                    }
                }
            ]
        },
        "Encounter": {"status": "finished", "class": {"code": "AMB"}}
        | whose(person)
        | {"extension": about_goal["extension"] + walk},
        "ServiceRequest": {"status": "active", "intent": "proposal"}
        | whose(person)
        | about_goal
        | {"code": {"text": "A lift"}, "orderDetail": [{"coding": [{"code": "no-contact"}]}]},
        "Task": {"status": "requested", "intent": "order"}
        | whose(person, "for")
        | {"businessStatus": {"coding": [{"system": STAGES, "code": "asked"}]}},
        "RelatedPerson": standing(
            whose(person, "patient")
            | {"period": {"start": "2026-01-01", "end": "2027-01-01"}}
            | extension(
                "supporter-basis",
                valueCodeableConcept={"coding": [{"system": BASES, "code": "invited"}]},
            ),
            "paused",
            "recorded",
        ),
    }
    return {"resourceType": type, **made[type]}


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    return new_person(surgery, **extension(f"{HL7}/patient-interpreterRequired", valueBoolean=True))


@pytest.fixture(scope="module")
def goal_id(surgery: httpx.Client, person: str) -> str:
    said = [
        extension("goal-importance", valueInteger=9),
        extension("goal-confidence", valueInteger=4),
        extension("goal-measured-by", valueCode="own-words"),
    ]
    body = goal(person, expressedBy={"reference": f"Patient/{person}"})
    made = surgery.post("/Goal", json=body | {"extension": [one["extension"][0] for one in said]})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


ASKED = [
    # type, what finds it, what does not
    ("Goal", "importance=ge9", "importance=lt9"),
    ("Goal", "confidence=4", "confidence=9"),
    ("Goal", "measured-by=own-words", "measured-by=five-steps"),
    ("Goal", f"measured-by={OURS}/CodeSystem/goal-measured-by|own-words", "measured-by=|own-words"),
    ("Goal", "expressed-by=Patient/{person}", "expressed-by=Patient/nobody"),
    ("Goal", "expressed-by:Patient._id={person}", "expressed-by:missing=true"),
    ("Patient", "interpreter-required=true", "interpreter-required=false"),
    ("CarePlan", "review-on=2026-12", "review-on=lt2026-12-01"),
    ("Encounter", "pertains-to-goal=Goal/{goal}", "pertains-to-goal=Goal/none"),
    ("Encounter", "told-again=true", "told-again=false"),
    ("Encounter", "what-matters-conversation=read", "what-matters-conversation=asked"),
    ("ServiceRequest", "pertains-to-goal=Goal/{goal}", "pertains-to-goal:missing=true"),
    ("ServiceRequest", "order-detail=no-contact", "order-detail=contact"),
    ("Task", f"stage={STAGES}|asked", "stage=done"),
    ("RelatedPerson", "period=ge2026-06", "period=gt2027-02"),
    ("RelatedPerson", "supporter-basis=invited", "supporter-basis=attorney"),
    ("RelatedPerson", "supporter-state=paused", "supporter-state=active"),
]


@pytest.mark.parametrize(("type", "finds", "misses"), ASKED, ids=[f"{t}?{f}" for t, f, _ in ASKED])
def test_a_parameter_of_ours_finds_what_it_describes_and_nothing_else(
    surgery: httpx.Client, person: str, goal_id: str, type: str, finds: str, misses: str
) -> None:
    if type == "Goal":
        wanted = goal_id
    elif type == "Patient":
        wanted = person
    else:
        made = surgery.post(f"/{type}", json=example(type, person, goal_id))
        assert made.status_code == 201, made.text
        wanted = made.json()["id"]
    whose = f"_id={person}" if type == "Patient" else f"patient={person}"
    found = surgery.get(f"/{type}?{whose}&" + finds.format(person=person, goal=goal_id))
    missed = surgery.get(f"/{type}?{whose}&{misses}")
    assert found.status_code == missed.status_code == 200, found.text + missed.text
    assert (wanted in ids(found.json()), ids(missed.json())) == (True, [])


def test_every_parameter_that_is_defined_is_served_and_asked_here() -> None:
    defined = {
        (base, one.tree["code"]) for one in of_type("SearchParameter") for base in one.tree["base"]
    }
    served = {(base, code) for base, _ in defined for code in parameters_of(base)}
    asked = {(type, finds.partition("=")[0].partition(":")[0]) for type, finds, _ in ASKED}
    assert defined <= served
    assert asked == defined


def test_the_capability_statement_names_the_definition_of_each(surgery: httpx.Client) -> None:
    told = json.loads(surgery.get("/metadata").content)["rest"][0]["resource"]
    named = {
        one["definition"]
        for row in told
        for one in row.get("searchParam", ())
        if "definition" in one
    }
    assert named == {one.url for one in of_type("SearchParameter")}


def test_a_code_of_an_extension_is_searched_under_the_system_that_its_definition_binds() -> None:
    systems = {one.url: one for one in of_type("CodeSystem")}
    for url, system in (
        (f"{OURS}/StructureDefinition/{name}", f"{OURS}/CodeSystem/{name}")
        for name in ("goal-measured-by", "what-matters-conversation")
    ):
        definition = next(one.tree for one in of_type("StructureDefinition") if one.url == url)
        bound = next(
            e["binding"]["valueSet"]
            for e in definition["differential"]["element"]
            if "binding" in e
        )
        included = next(one.tree for one in of_type("ValueSet") if one.url == bound)["compose"][
            "include"
        ]
        assert [one["system"] for one in included] == [system]
        assert system in systems
