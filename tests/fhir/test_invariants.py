"""R4's invariants: each is kept somewhere, and each is broken here once."""

import pytest

from app.fhir import structure
from app.fhir.element_tables import datatypes, invariants, resources
from app.fhir.invariants import ERRORS, KEPT_ELSEWHERE, NARRATIVE_IS_MISSING, WARNINGS
from app.fhir.resource_types import Json
from tests.fhir.breaches import BREACHES, LEAST, SOUND


def resource(kind: str, members: Json) -> Json:
    """The least of a type with some members; None takes one out."""
    whole = {"resourceType": kind, **LEAST[kind], **members}
    return {name: value for name, value in whole.items() if value is not None}


def type_of(path: str) -> str:
    return path.partition(".")[0]


@pytest.mark.parametrize("kind", LEAST)
def test_the_least_of_each_type_is_sound(kind: str) -> None:
    assert structure.check(resource(kind, {})) == []


@pytest.mark.parametrize(("rule", "kind", "members", "place"), BREACHES)
def test_a_breach_is_told_with_its_rule_and_place(
    rule: str, kind: str, members: Json, place: str
) -> None:
    issues = structure.check(resource(kind, members))
    assert (rule, place) in [(issue.rule, issue.expression) for issue in issues]
    assert {issue.code for issue in issues} <= {"invariant", "structure"}


@pytest.mark.parametrize(("kind", "members"), SOUND)
def test_what_only_looks_like_a_breach_is_taken(kind: str, members: Json) -> None:
    assert structure.check(resource(kind, members)) == []


def test_every_invariant_of_the_types_served_is_kept() -> None:
    kept = {(rule.key, type_of(rule.path)) for rule in (*ERRORS, *WARNINGS, NARRATIVE_IS_MISSING)}
    for one in invariants():
        assert (one.key, type_of(one.path)) in kept or one.key in KEPT_ELSEWHERE


def test_errors_are_errors_and_warnings_are_warnings() -> None:
    severity = {(one.key, type_of(one.path)): one.severity for one in invariants()}
    for rule in ERRORS:
        if rule.key != "qty-3":  # stated on Quantity, and true of what is made from it
            assert severity[rule.key, type_of(rule.path)] == "error"
    for rule in (*WARNINGS, NARRATIVE_IS_MISSING):
        assert severity[rule.key, type_of(rule.path)] == "warning"


def test_every_invariant_is_of_a_type_there_is_a_table_for() -> None:
    known = {*resources(), *datatypes(), "DomainResource", "Element", "SimpleQuantity"}
    assert {type_of(one.path) for one in invariants()} <= known


def test_every_rule_is_broken_in_a_test() -> None:
    assert {rule.key for rule in ERRORS} <= {rule for rule, *_ in BREACHES}


def test_several_faults_hide_no_broken_rule() -> None:
    members = {"dataAbsentReason": {"text": 1}, "valueInteger": 1, "status": "bogus"}
    rules = [issue.rule for issue in structure.check(resource("Observation", members))]
    assert "obs-6" in rules


def test_warnings_tell_what_r4_advises() -> None:
    category = [{"coding": [{"code": "problem-list-item"}]}]
    advice = structure.warnings(resource("Condition", {"category": category}))
    assert [issue.rule for issue in advice] == ["con-3", "dom-6"]
    advice = structure.warnings(resource("Questionnaire", {"name": "how are you"}))
    assert [issue.rule for issue in advice] == ["que-0", "dom-6"]


@pytest.mark.timeout(10)
def test_components_are_told_apart_from_the_code_however_many_they_are() -> None:
    codes = [{"system": "https://example.org/c", "code": f"c{n}"} for n in range(40_000)]
    members: Json = {
        "code": {"coding": codes},
        "valueString": "x",
        "component": [
            {"code": {"coding": [{**one, "display": "another"}]}, "valueString": "x"}
            for one in codes
        ],
    }
    assert structure.check(resource("Observation", members)) == []
    first = {"code": "c0", "system": "https://example.org/c"}
    members["component"].append({"code": {"coding": [first]}, "valueString": "x"})
    (issue,) = structure.check(resource("Observation", members))
    assert issue.rule == "obs-7"
