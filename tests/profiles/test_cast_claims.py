"""The cast keeps to our profiles: what one of them describes claims it, and is right by it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.fhir.json_guard import parse
from app.fhir.library import BASE, FOLDER, by_url, of_type
from app.what_matters.judgement import issues_of

EXAMPLES = FOLDER / "examples"
ORGANISATIONS = EXAMPLES / "organisations.json"
PEOPLE = sorted((EXAMPLES / "people").glob("*.json"))
PROFILE = f"{BASE}/StructureDefinition/"
TYPE_BY_PROFILE = {
    one.url: str(one.tree["type"])
    for one in of_type("StructureDefinition")
    if one.tree["type"] != "Extension"
}
# A story is told in answer to a question, too, and only that has a profile.
WITHOUT_A_PROFILE = {
    "Observation/cador-opie-story-bench": "a story told out of the blue",
    "Observation/tamsin-pender-story-told-once": "a story told out of the blue",
    "Observation/morwenna-nancarrow-cross-when-tired": "something told in confidence",
    "QuestionnaireResponse/tamsin-pender-together-september": "other questions than ours",
    "RelatedPerson/ewa-penrose-lena": "a child who must not be asked to help",
}
NEVER_IN_THE_CAST = {f"{PROFILE}access-event": "only the service writes it"}


def entries() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every entry of the cast that is a person's, with its name."""
    for path in PEOPLE:
        for entry in parse(path.read_bytes())["entry"]:
            resource = entry["resource"]
            yield f"{resource['resourceType']}/{resource['id']}", resource


def claimed(resource: dict[str, Any]) -> list[str]:
    return list(resource.get("meta", {}).get("profile", []))


def with_parents(url: str) -> Iterator[str]:
    """A profile of ours, and those it is a child of."""
    while (found := by_url(url)) is not None:
        yield url
        url = str(found.tree["baseDefinition"])


@pytest.mark.parametrize("path", PEOPLE, ids=lambda path: path.stem)
def test_whoever_is_in_the_cast_is_right_by_what_they_claim(path: Path) -> None:
    for entry in parse(path.read_bytes())["entry"]:
        assert not issues_of(entry["resource"]), entry["fullUrl"]


def test_what_a_profile_of_ours_describes_claims_one() -> None:
    described = set(TYPE_BY_PROFILE.values())
    silent = {
        name
        for name, resource in entries()
        if resource["resourceType"] in described and not claimed(resource)
    }
    assert silent == WITHOUT_A_PROFILE.keys()


def test_only_profiles_of_ours_are_claimed() -> None:
    assert {one for _, resource in entries() for one in claimed(resource)} <= TYPE_BY_PROFILE.keys()


def test_every_profile_is_claimed_by_somebody_in_the_cast() -> None:
    told = {
        one for _, resource in entries() for url in claimed(resource) for one in with_parents(url)
    }
    assert TYPE_BY_PROFILE.keys() - told == NEVER_IN_THE_CAST.keys()


def test_the_questions_that_are_answered_are_in_the_directory() -> None:
    directory = {
        resource["url"]: resource
        for entry in json.loads(ORGANISATIONS.read_bytes())["entry"]
        if (resource := entry["resource"])["resourceType"] == "Questionnaire"
    }
    asked = {one["questionnaire"] for _, one in entries() if "questionnaire" in one}
    assert asked == directory.keys()
    shipped = json.loads((FOLDER / "Questionnaire" / "experience.json").read_bytes())
    assert directory[shipped["url"]] == shipped
