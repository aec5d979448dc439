"""Whole resources against R4's element tables: every fault, each with its place."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Issue
from app.fhir import json_guard, structure
from app.fhir.element_tables import known_types, resources
from app.fhir.resource_types import RESOURCE_TYPES, Json
from tests.fhir.seeds import EXTENSION, all_full, full

GOAL: Json = {
    "resourceType": "Goal",
    "lifecycleStatus": "active",
    "description": {"text": "Walk to the harbour"},
    "subject": {"reference": "Patient/1"},
}
PATIENT: Json = {"resourceType": "Patient"}


def goal(**members: Any) -> list[Issue]:
    return structure.check({**GOAL, **members})


def patient(**members: Any) -> list[Issue]:
    return structure.check({**PATIENT, **members})


def places(issues: list[Issue]) -> list[str | None]:
    return [issue.expression for issue in issues]


def only(issues: list[Issue]) -> Issue:
    (issue,) = issues
    return issue


@pytest.mark.parametrize("resource", all_full(), ids=lambda seed: seed["resourceType"])
def test_a_resource_with_every_element_is_sound(resource: Json) -> None:
    assert structure.check(json_guard.parse(json_guard.encode(resource))) == []


def test_every_type_served_has_a_table() -> None:
    assert {*RESOURCE_TYPES, "Bundle", "Parameters", "OperationOutcome"} == set(resources())
    assert set(resources()) <= known_types()


def test_checking_leaves_the_resource_as_it_was() -> None:
    resource = copy.deepcopy(full("Goal"))
    structure.check(resource)
    assert resource == full("Goal")


def test_a_missing_element_is_named() -> None:
    issue = only(structure.check({k: v for k, v in GOAL.items() if k != "subject"}))
    assert issue == Issue("required", "'subject' is missing.", "Goal.subject")


def test_a_missing_choice_is_named() -> None:
    group = {"resourceType": "Group", "type": "person", "actual": False}
    characteristic = {"code": {"text": "a"}, "exclude": False}
    issue = only(structure.check({**group, "characteristic": [characteristic]}))
    assert (issue.code, issue.expression) == ("required", "Group.characteristic[0].value")


def test_every_fault_is_told_at_once() -> None:
    issues = goal(
        lifecycleStatus="bogus",
        startDate="2026-02-30",
        target=[{"dueDate": "2026-01-01"}, {"dueDate": "never", "detailInteger": 1}],
        unheardOf=1,
    )
    assert places(issues) == [
        "Goal.lifecycleStatus",
        "Goal.startDate",
        "Goal.target[1].dueDate",
        "Goal.target[1]",
        "Goal.unheardOf",
    ]
    assert [issue.rule for issue in issues] == [None, None, None, "gol-1", None]


def test_a_flood_of_faults_is_cut_off() -> None:
    assert len(patient(name=[{"unheardOf": 1}] * 5000)) == 100
    assert len(patient(**{f"x{n}": 1 for n in range(5000)})) == 100


def test_one_where_many_are_expected_is_refused() -> None:
    issue = only(patient(name={"family": "Hill"}))
    assert issue.text == "This must be an array, even for one value: put it in [ ]."


def test_many_where_one_is_expected_is_refused() -> None:
    assert only(patient(birthDate=["2026"])).expression == "Patient.birthDate"
    assert only(patient(maritalStatus=[{"text": "a"}])).code == "structure"


@pytest.mark.parametrize("empty", [[], {}, "", " ", None])
def test_nothing_may_be_empty_or_null(empty: Any) -> None:
    assert patient(name=empty)
    assert patient(name=[empty])
    assert patient(name=[{"family": empty}])
    assert patient(birthDate=empty)
    assert patient(maritalStatus=empty)


def test_an_id_alone_says_nothing() -> None:
    assert only(patient(name=[{"id": "a"}])).rule == "ele-1"


def test_two_kinds_of_a_choice_are_refused() -> None:
    issue = only(patient(deceasedBoolean=True, deceasedDateTime="2026"))
    assert issue.text == "Only one of deceasedBoolean and deceasedDateTime may be given."


def test_a_kind_the_choice_does_not_have_is_refused() -> None:
    assert only(patient(deceasedString="yes")).expression == "Patient.deceasedString"


def test_the_comments_of_an_old_version_are_refused() -> None:
    assert "fhir_comments" in only(patient(fhir_comments=["hello"])).text


@pytest.mark.parametrize("name", ["lifecycleStatus__ext", "resource_type", "_id", "x y", "Mary's"])
def test_a_member_of_another_name_is_refused(name: str) -> None:
    assert len(patient(**{name: "x"})) == 1


def test_a_name_that_could_be_content_is_not_repeated() -> None:
    issue = only(patient(**{"Mary Hill, 1 Quay": 1}))
    assert "Mary" not in issue.text + str(issue.expression)


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=12))
def test_no_value_is_ever_repeated(value: str) -> None:
    issues = goal(
        lifecycleStatus=value,
        startDate=value,
        subject={"reference": value},
        note=[{"text": 1, "time": value}],
        text={"status": value, "div": value},
        id=value + "!",
    )
    assert len(issues) >= 6
    assert value not in json.dumps([(issue.text, issue.expression) for issue in issues])


def test_the_type_is_asked_for() -> None:
    assert structure.check(GOAL, expected_type="Goal") == []
    assert "type Patient" in only(structure.check(GOAL, expected_type="Patient")).text
    assert only(structure.check({"active": True})).code == "required"
    assert only(structure.check({"resourceType": "Wish"})).code == "structure"
    assert only(structure.check({"resourceType": ["Goal"]})).code == "structure"
    assert only(structure.check({"resourceType": "Medication"})).code == "not-supported"
    assert only(structure.check([])).code == "structure"  # type: ignore[arg-type]


def test_an_extension_may_stand_for_a_value_that_is_not_known() -> None:
    missing = {"extension": [EXTENSION]}
    assert patient(_birthDate=missing) == []
    description = {"_text": missing}
    assert structure.check({**GOAL, "description": description}) == []
    members = {k: v for k, v in GOAL.items() if k != "lifecycleStatus"}
    assert structure.check({**members, "_lifecycleStatus": missing}) == []


def test_an_extension_beside_a_value_needs_no_more_than_an_id() -> None:
    assert patient(birthDate="2026", _birthDate={"id": "a"}) == []
    assert only(patient(_birthDate={"id": "a"})).rule == "ele-1"
    assert patient(birthDate="2026", _birthDate={}) != []


def test_a_fault_in_an_extension_beside_a_value_has_its_place() -> None:
    issue = only(patient(birthDate="2026", _birthDate={"extension": [{"url": "a"}]}))
    assert (issue.rule, issue.expression) == ("ext-1", "Patient.birthDate.extension[0]")


def test_nulls_align_values_with_their_extensions() -> None:
    more = {"extension": [EXTENSION]}
    assert patient(name=[{"given": ["a", None], "_given": [None, more]}]) == []
    assert patient(name=[{"_given": [more]}]) == []
    assert patient(name=[{"given": ["a", None, None], "_given": [more, more, more]}]) == []


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ({"given": ["a", None]}, "Patient.name[0].given[1]"),
        ({"given": ["a", None], "_given": [None, None]}, "Patient.name[0].given[1]"),
        ({"given": ["a"], "_given": [None, {"id": "a"}]}, "Patient.name[0].given"),
        ({"given": ["a"], "_given": {"id": "a"}}, "Patient.name[0].given"),
        ({"given": ["a"], "_given": []}, "Patient.name[0].given"),
        ({"given": ["a"], "_given": ["b"]}, "Patient.name[0].given[0]"),
        ({"_given": [None]}, "Patient.name[0].given[0]"),
        ({"given": [None], "_given": [{"id": "a"}]}, "Patient.name[0].given[0]"),
        ({"given": ["a"], "_given": None}, "Patient.name[0].given"),
        ({"family": None, "_family": {"extension": [EXTENSION]}}, "Patient.name[0].family"),
    ],
)
def test_values_and_extensions_that_do_not_align_are_refused(name: Json, place: str) -> None:
    assert places(patient(name=[name])) == [place]


def test_only_primitives_have_extensions_beside_them() -> None:
    assert places(patient(_name=[{"id": "a"}])) == ["Patient._name"]


def test_a_required_binding_holds_for_nested_codes() -> None:
    issue = only(patient(contact=[{"gender": "f", "name": {"text": "a"}}]))
    assert (issue.code, issue.expression) == ("code-invalid", "Patient.contact[0].gender")
    assert issue.text.endswith("female, male, other, unknown.")


def test_a_required_binding_holds_for_a_concept() -> None:
    condition = {"resourceType": "Condition", "subject": {"reference": "Patient/1"}}
    system = "http://terminology.hl7.org/CodeSystem/condition-clinical"
    for status in ({"text": "active"}, {"coding": [{"system": system, "code": "bogus"}]}):
        issue = only(structure.check({**condition, "clinicalStatus": status}))
        assert (issue.code, issue.expression) == ("code-invalid", "Condition.clinicalStatus")
    sound = {"coding": [{"code": "x"}, {"system": system, "code": "active"}]}
    assert structure.check({**condition, "clinicalStatus": sound}) == []


def test_content_that_holds_itself_is_checked_all_the_way() -> None:
    item: Json = {"linkId": "0", "type": "bogus"}
    for n in range(1, 10):
        item = {"linkId": str(n), "type": "group", "item": [item]}
    questionnaire = {"resourceType": "Questionnaire", "status": "draft", "item": [item]}
    place = "Questionnaire" + ".item[0]" * 10 + ".type"
    assert places(structure.check(questionnaire)) == [place]


def test_a_fault_deep_down_costs_no_more_than_it_should() -> None:
    item: Json = {"linkId": "0"}
    for n in range(1, 30):
        item = {"linkId": str(n), "type": "group", "item": [item]}
    questionnaire = {"resourceType": "Questionnaire", "status": "draft", "item": [item]}
    assert only(structure.check(questionnaire)).code == "required"


def test_a_bundle_is_checked_but_not_the_resources_in_it() -> None:
    request = {"method": "POST", "url": "Goal"}
    entry = {"resource": {"resourceType": "Goal", "unheardOf": 1}, "request": request}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    assert structure.check(bundle) == []
    others: list[Any] = [{"resourceType": "Wish"}, {"id": "a"}, [], "Goal"]
    for resource in others:
        spoilt = {**bundle, "entry": [{**entry, "resource": resource}]}
        assert only(structure.check(spoilt)).code == "structure"


def test_parameters_are_checked() -> None:
    parameters = {"resourceType": "Parameters", "parameter": [{"name": "a", "valueInteger": 1}]}
    assert structure.check(parameters) == []
    assert structure.check({**parameters, "parameter": [{"valueInteger": 1}]})


def test_advice_is_no_refusal() -> None:
    assert goal() == []
    advice = only(structure.warnings(GOAL))
    assert (advice.rule, advice.severity) == ("dom-6", "warning")
    assert structure.warnings(full("Goal")) == []
    assert structure.warnings({"resourceType": "Bundle", "type": "batch"}) == []
    assert structure.warnings({"resourceType": "Wish"}) == []


COMMON_NAMES = """
id extension url valueString reference contained resourceType coding system code item linkId type
meta text div status given _given name target measure
"""
NAMES = COMMON_NAMES.split()
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["Goal", "#a", "2026"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(
    kind=st.sampled_from(sorted(resources())),
    members=st.dictionaries(
        st.sampled_from(
            sorted({name for kind in RESOURCE_TYPES for name in full(kind)} - {"resourceType"})
        ),
        json_values,
        max_size=6,
    ),
)
def test_any_json_at_all_is_answered_with_issues_and_never_an_exception(
    kind: str, members: Json
) -> None:
    resource = {"resourceType": kind, **members}
    for issue in [*structure.check(resource), *structure.warnings(resource)]:
        assert issue.text
        assert (issue.expression or "").startswith(kind)
