"""Every issue of an entry is told at once, whether R4's structure, a profile or a rule finds it."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from app.fhir import structure
from app.fhir.library import BASE, Example, examples
from app.what_matters.judgement import issues_of

EXAMPLES = examples()


def leaves(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every (holder, key) whose value is no object and no list; what claims a profile aside."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(value, dict | list):
            if key != "meta":
                yield from leaves(value)
        elif key != "resourceType":
            yield node, key


def goal(**rest: Any) -> dict[str, Any]:
    return {
        "resourceType": "Goal",
        "meta": {"profile": [f"{BASE}/StructureDefinition/person-stated-goal"]},
        "lifecycleStatus": "active",
        "description": {"text": "Walk to the quay"},
        "subject": {"reference": "Patient/7"},
        "startDate": "2026-03-01",
        **rest,
    }


def importance(**value: Any) -> dict[str, Any]:
    return {"url": f"{BASE}/StructureDefinition/goal-importance", **value}


def told(tree: dict[str, Any]) -> list[tuple[str | None, str | None]]:
    return [(one.expression, one.rule) for one in issues_of(tree) if one.severity == "error"]


def test_a_wrong_date_does_not_hide_that_importance_is_no_number() -> None:
    both = goal(startDate="soon", extension=[importance(valueString="very")])
    alone = goal(startDate="soon", expressedBy={"reference": "Patient/7"})
    assert {place for place, _ in told(both)} >= {
        "Goal.startDate",
        "Goal.extension[0].valueString",
        "Goal.expressedBy",
    }
    assert [place for place, _ in told(alone)] == ["Goal.startDate"]


def test_what_is_missing_is_told_once() -> None:
    tree = goal(expressedBy={"reference": "Patient/7"})
    del tree["subject"]
    assert [place for place, _ in told(tree)] == ["Goal.subject"]


def unclaimed() -> dict[str, Any]:
    return {name: value for name, value in goal().items() if name != "meta"}


def advice(resource: dict[str, Any], **rest: Any) -> list[str]:
    issues = issues_of(resource, with_advice=True, **rest)
    return [one.text for one in issues if one.severity == "information"]


def test_what_claims_no_profile_is_told_what_it_could_claim() -> None:
    assert advice(unclaimed()) == [
        "No profile is claimed in meta.profile, so only FHIR's own rules were asked. For "
        "Goal there are: person-stated-goal, scaled-goal."
    ]


def test_nothing_is_said_of_profiles_where_one_is_claimed_or_asked_for_or_there_is_none() -> None:
    organisation = {"resourceType": "Organization", "name": "Harbour Befriending"}
    profile = f"{BASE}/StructureDefinition/person-stated-goal"
    assert advice(goal()) == []
    assert advice(unclaimed(), profiles=(profile,)) == []
    assert advice(organisation) == []


def test_an_id_that_is_not_that_of_the_address_does_not_hide_the_rest() -> None:
    tree = goal(id="8")
    places = [one.expression for one in issues_of(tree, type="Goal", id="7")]
    assert places[0] == "Goal.id"
    assert "Goal.expressedBy" in places


def test_a_rule_is_asked_of_an_entry_whose_shape_is_wrong_elsewhere() -> None:
    person = {
        "resourceType": "Patient",
        "meta": {"profile": [f"{BASE}/StructureDefinition/person"]},
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000001"}],
        "birthDate": "yesterday",
    }
    rules = {one.rule for one in issues_of(person)}
    assert "wm-person-nhs-number" in rules


@pytest.mark.parametrize("tree", [{}, {"resourceType": 7}, {"resourceType": "Gaol"}, {"id": "7"}])
def test_what_has_no_type_is_told_so_and_nothing_else(tree: dict[str, Any]) -> None:
    assert [place for place, _ in told(tree)] == ["resourceType"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: f"{one.profile_id}-{one.name}")
def test_a_fault_of_shape_in_a_good_entry_makes_no_other_faults(example: Example) -> None:
    for n in range(sum(1 for _ in leaves(example.tree))):
        tree = copy.deepcopy(example.tree)
        holder, key = [*leaves(tree)][n]
        holder[key] = {"wrong": [holder[key]]}
        found = structure.check(tree)
        assert found
        assert told(tree) == [(one.expression, one.rule) for one in found], (n, key)


def test_what_takes_too_long_is_told_so_and_not_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    one = next(one for one in EXAMPLES if one.profile_id == "scaled-goal")
    assert told(one.tree) == []
    monkeypatch.setattr("app.fhir.profile_frame.MOST_SECONDS", -1.0)
    late = [issue for issue in issues_of(one.tree) if issue.severity == "error"]
    assert [issue.code for issue in late] == ["too-costly"]
