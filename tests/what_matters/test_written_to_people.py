"""What is checked for plain language is what organisations write, never the person's own words."""

import json
from typing import Any

import pytest

from app.what_matters.written_to_people import written_to_people
from tests.papers import ROOT
from tests.what_matters.cast import everybody

WORKER, PERSON = {"reference": "Practitioner/wella"}, {"reference": "Patient/tam"}


def note(author: dict[str, str] | None) -> dict[str, Any]:
    return {"text": "We will ring."} | ({"authorReference": author} if author else {})


@pytest.mark.parametrize(
    ("entry", "places"),
    [
        (
            {"resourceType": "Task", "status": "rejected", "statusReason": {"text": "No room."}},
            ["Task.statusReason.text"],
        ),
        ({"resourceType": "Task", "status": "cancelled", "statusReason": {"text": "Enough."}}, []),
        (
            {"resourceType": "Task", "note": [note(PERSON), note(WORKER), note(None)]},
            ["Task.note[1].text"],
        ),
        (
            {"resourceType": "ServiceRequest", "note": [note(WORKER)]},
            ["ServiceRequest.note[0].text"],
        ),
        (
            {
                "resourceType": "Communication",
                "sender": WORKER,
                "recipient": [PERSON],
                "payload": [{"contentString": "It is done."}],
            },
            ["Communication.payload[0].contentString"],
        ),
        (
            {
                "resourceType": "Communication",
                "sender": PERSON,
                "recipient": [WORKER, PERSON],
                "payload": [{"contentString": "Ta."}],
            },
            [],
        ),
        (
            {
                "resourceType": "CarePlan",
                "author": WORKER,
                "activity": [
                    {"detail": {"description": "Ring", "statusReason": {"text": "Ill"}}},
                ],
            },
            [
                "CarePlan.activity[0].detail.description",
                "CarePlan.activity[0].detail.statusReason.text",
            ],
        ),
        (
            {
                "resourceType": "CarePlan",
                "author": PERSON,
                "activity": [{"detail": {"description": "I will ring"}}],
            },
            [],
        ),
        ({"resourceType": "Goal", "note": [note(WORKER)]}, []),
        ({}, []),
    ],
)
def test_only_what_an_organisation_wrote_to_the_person_is_checked(
    entry: dict[str, Any], places: list[str]
) -> None:
    assert [place for place, _ in written_to_people(entry)] == places


def test_nothing_the_cast_said_of_themselves_is_checked() -> None:
    own = {"Goal", "Observation", "QuestionnaireResponse", "List", "Patient", "RelatedPerson"}
    for link, entry in everybody().items():
        if link.partition("/")[0] in own:
            assert written_to_people(entry) == []


def test_what_the_organisations_say_of_themselves_is_checked() -> None:
    path = ROOT / "fhir_profiles" / "examples" / "organisations.json"
    entries = [one["resource"] for one in json.loads(path.read_bytes())["entry"]]
    assert any(written_to_people(one) for one in entries)


def test_another_addition_to_an_organisation_is_not_checked() -> None:
    other = [{"url": "https://elsewhere.example", "valueString": "A referral hub"}]
    assert written_to_people({"resourceType": "Organization", "extension": other}) == []
