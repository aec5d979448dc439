"""Ways round a profile that do not work: extensions beside a value, in place of one, and in great
numbers."""

from typing import Any

import pytest

from app.fhir.json_guard import encode, parse
from app.fhir.library import BASE, FOLDER
from app.fhir.resource_types import Json
from app.what_matters.judgement import errors, issues_of

BESIDE = {"extension": [{"url": "urn:example:beside", "valueString": "x"}]}
LEADS_INSIDE = {"url": "urn:example:about", "valueReference": {"reference": "#inside"}}
REACHED = "http://terminology.hl7.org/CodeSystem/goal-achievement"


def changed(example: str, **members: Any) -> Json:
    """A valid example with some members changed; None takes one out."""
    path = FOLDER / "examples" / "profiles" / f"{example}.json"
    whole = {**parse(path.read_bytes()), **members}
    return {name: value for name, value in whole.items() if value is not None}


def broken(tree: Json) -> list[tuple[str | None, str | None]]:
    """(expression, rule) of each error, judged as it is read from a request."""
    found = errors(issues_of(parse(encode(tree))))
    return [(issue.expression, issue.rule) for issue in found]


def test_an_extension_beside_a_status_hides_no_rule_about_it() -> None:
    reached = {"coding": [{"system": REACHED, "code": "achieved"}]}
    goal = changed(
        "person-stated-goal/valid-quay",
        lifecycleStatus="rejected",
        _lifecycleStatus=BESIDE,
        achievementStatus=reached,
    )
    assert broken(goal) == [("Goal", "wm-goal-3")]


def test_an_extension_beside_a_sound_value_breaks_no_rule() -> None:
    goal = changed("person-stated-goal/valid-quay", _lifecycleStatus=BESIDE)
    goal["subject"] = {**goal["subject"], "_reference": BESIDE}
    goal["expressedBy"] = {**goal["expressedBy"], "_reference": BESIDE}
    assert broken(goal) == []


def test_an_extension_in_place_of_a_fixed_value_is_not_that_value() -> None:
    task = changed("help-task/valid-asked", intent=None, _intent=BESIDE)
    assert broken(task) == [("Task.intent", "help-task#Task.intent:fixed")]


def test_an_extension_in_place_of_an_nhs_number_is_no_number() -> None:
    number = {"system": "https://fhir.nhs.uk/Id/nhs-number", "_value": BESIDE}
    person = changed("person/valid-with-pronouns", identifier=[number], extension=None)
    assert ("Patient.identifier[0].value", "wm-person-1") in broken(person)


def test_an_extension_in_place_of_a_claim_takes_none_of_the_others_away() -> None:
    claim = f"{BASE}/StructureDefinition/person-stated-goal"
    meta = {"profile": [None, claim], "_profile": [BESIDE, None]}
    goal = changed("person-stated-goal/valid-quay", meta=meta, startDate=None)
    assert broken(goal) == [("Goal.start", "person-stated-goal#Goal.start[x]:min")]


WRONG_NUMBER = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000019"}


@pytest.mark.parametrize("name", ["status", "type", "start", "end"])
def test_a_sharing_choice_is_told_by_values(name: str) -> None:
    choice = changed("sharing-choice/valid-yes-to-one-for-a-year")
    holders = {"status": choice, "type": choice["provision"]}
    holder = holders.get(name, choice["provision"]["period"])
    del holder[name]
    holder["_" + name] = BESIDE
    assert broken(choice) == [("Consent", "wm-sharing-choice-2")]


def test_what_is_contained_is_held_to_the_rules_of_its_profile() -> None:
    person = changed("person/valid-with-pronouns", identifier=[WRONG_NUMBER], extension=None)
    del person["id"]
    inside = {**person, "id": "inside"}
    goal = changed("person-stated-goal/valid-quay", contained=[inside])
    goal["extension"] = [*goal.get("extension", ()), LEADS_INSIDE]
    place = "Goal.contained[0].identifier[0].value"
    assert (place, "wm-person-nhs-number") in broken(goal)


def test_a_profile_that_is_asked_for_brings_its_rules() -> None:
    person = changed("person/valid-with-pronouns", identifier=[WRONG_NUMBER], meta=None)
    found = issues_of(person, profiles=[f"{BASE}/StructureDefinition/person"])
    assert "wm-person-nhs-number" in [issue.rule for issue in found]


def test_what_parameters_hold_is_looked_at() -> None:
    goal = changed("person-stated-goal/valid-quay", startDate=None)
    inner = {"name": "a", "part": [{"name": "b", "resource": goal}]}
    told = broken({"resourceType": "Parameters", "parameter": [inner]})
    assert told == [
        (
            "Parameters.parameter[0].part[0].resource.start",
            "person-stated-goal#Goal.start[x]:min",
        )
    ]


@pytest.mark.timeout(20)
def test_extensions_beside_many_values_cost_no_more_each() -> None:
    """As many addresses as one request may bring."""
    address = {"city": "Newlyn", "_city": BESIDE}
    person = changed("person/valid-with-pronouns", address=[address] * 50_000)
    assert f"{BASE}/StructureDefinition/person" in person["meta"]["profile"]
    assert broken(person) == []
