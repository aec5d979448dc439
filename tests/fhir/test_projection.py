"""Less than the whole: what stays, what goes, and the tag that says so."""

import copy
from typing import Any

import pytest

from app.fhir import json_guard, projection, structure
from app.fhir.element_tables import children
from app.fhir.resource_types import RESOURCE_TYPES, Json
from tests.fhir.seeds import full

TAG = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
}
GOAL: Json = {
    "resourceType": "Goal",
    "id": "7",
    "meta": {"versionId": "3", "tag": [{"code": "mine"}]},
    "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">a</div>'},
    "lifecycleStatus": "active",
    "_lifecycleStatus": {"id": "a"},
    "description": {"text": "Walk", "extension": [{"url": "a", "valueString": "a"}]},
    "subject": {"reference": "Patient/1"},
    "startDate": "2026",
    "_startDate": {"id": "b"},
    "statusReason": "because",
    "_statusReason": {"id": "c"},
    "note": [{"text": "private"}],
}
ALWAYS = {"resourceType", "id", "meta", "lifecycleStatus", "_lifecycleStatus"} | {
    "description",
    "subject",
}


def test_a_summary_keeps_what_r4_marks_as_summary() -> None:
    summary = projection.summarise(GOAL, "true")
    assert set(summary) == ALWAYS | {"startDate", "_startDate"}
    assert summary["description"] == GOAL["description"]


def test_text_keeps_the_narrative_and_what_is_mandatory() -> None:
    assert set(projection.summarise(GOAL, "text")) == ALWAYS | {"text"}


def test_data_leaves_only_the_narrative_out() -> None:
    assert set(projection.summarise(GOAL, "data")) == set(GOAL) - {"text"}


def test_elements_keeps_those_named_and_what_is_mandatory() -> None:
    assert set(projection.elements(GOAL, ("statusReason",))) == ALWAYS | {
        "statusReason",
        "_statusReason",
    }


@pytest.mark.parametrize("name", ["start", "start[x]"])
def test_a_choice_is_asked_for_as_one(name: str) -> None:
    assert projection.elements(GOAL, (name,))["startDate"] == "2026"


def test_a_name_that_is_not_there_keeps_nothing_more() -> None:
    assert set(projection.elements(GOAL, ("unheardOf", "note.text"))) == ALWAYS


def test_what_was_left_out_leaves_no_trace() -> None:
    for less in (projection.summarise(GOAL, "true"), projection.elements(GOAL, ("start",))):
        assert b"private" not in json_guard.encode(less)
        assert b"because" not in json_guard.encode(less)


def test_contained_resources_go_unless_asked_for() -> None:
    goal = full("Goal")
    assert "contained" not in projection.summarise(goal, "true")
    assert "contained" not in projection.elements(goal, ("note",))
    assert "contained" in projection.elements(goal, ("contained",))


def test_a_modifier_stays_since_it_changes_what_the_rest_means() -> None:
    for less in (
        projection.summarise(full("Observation"), "true"),
        projection.elements(full("Observation"), ("code",)),
    ):
        assert {"modifierExtension", "implicitRules", "status"} <= set(less)


def test_a_summary_looks_into_parts_that_repeat() -> None:
    plan: Json = {
        "resourceType": "Bundle",
        "type": "searchset",
        "link": [{"relation": "self", "url": "a", "extension": [{"url": "a", "valueString": "a"}]}],
    }
    assert projection.summarise(plan, "true")["link"] == [{"relation": "self", "url": "a"}]


@pytest.mark.parametrize("mode", ["true", "text", "data"])
def test_what_is_less_says_so(mode: Any) -> None:
    less = projection.summarise(GOAL, mode)
    assert less["meta"] == {"versionId": "3", "tag": [{"code": "mine"}, TAG]}
    assert projection.is_subsetted(less)
    assert not projection.is_subsetted(GOAL)


def test_the_tag_comes_once() -> None:
    twice = projection.elements(projection.summarise(GOAL, "true"), ("start",))
    assert twice["meta"]["tag"].count(TAG) == 1


def test_a_resource_without_meta_gets_one_after_its_id() -> None:
    less = projection.elements({"resourceType": "Basic", "id": "1", "code": {"text": "a"}}, ())
    assert list(less) == ["resourceType", "id", "meta", "code"]


def test_the_tag_of_another_system_is_another_tag() -> None:
    assert not projection.is_subsetted({"meta": {"tag": [{"code": "SUBSETTED"}]}})
    assert not projection.is_subsetted({"meta": {"tag": "SUBSETTED"}})
    assert not projection.is_subsetted({})


def test_the_resource_itself_stays_as_it_was() -> None:
    before = copy.deepcopy(GOAL)
    projection.summarise(GOAL, "true")
    projection.summarise(GOAL, "data")
    projection.elements(GOAL, ("note",))
    assert before == GOAL


def test_a_decimal_keeps_its_trailing_zero() -> None:
    raw = (
        b'{"resourceType":"Observation","status":"final","code":{"text":"a"},'
        b'"valueQuantity":{"value":1.50}}'
    )
    less = projection.elements(json_guard.parse(raw), ("value",))
    assert b'"value":1.50' in json_guard.encode(less)


@pytest.mark.parametrize("kind", RESOURCE_TYPES)
@pytest.mark.parametrize("mode", ["true", "text", "data"])
def test_a_summary_of_any_type_still_has_every_mandatory_element(kind: str, mode: Any) -> None:
    less = projection.summarise(full(kind), mode)
    issues = structure.check(less)
    assert [issue for issue in issues if issue.code == "required"] == []


def test_every_summary_element_of_a_goal_is_kept() -> None:
    summary = projection.summarise(full("Goal"), "true")
    for name, element in children("Goal"):
        if element.summary and not name.endswith("[x]"):
            assert name in summary
