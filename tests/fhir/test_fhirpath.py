"""Our closures for FHIRPath say what fhirpathpy says, whatever they are asked."""

from typing import Any

import fhirpathpy
import pytest
from fhirpathpy.models import models
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from app.errors import TooCostly
from app.fhir.fhirpath import is_plain, predicate
from app.fhir.json_guard import encode, parse
from app.fhir.library import of_type
from app.fhir.resource_types import Json

CODES = st.sampled_from(["active", "on-hold", "achieved", "2026-03-01", "2026", "10"])
TEXTS = st.one_of(CODES, st.sampled_from(["Patient/1", "Practitioner/2", "urn:x"]))
REFERENCES = st.fixed_dictionaries({}, optional={"reference": TEXTS, "display": TEXTS})
CONCEPTS = st.fixed_dictionaries(
    {},
    optional={
        "coding": st.lists(
            st.fixed_dictionaries({}, optional={"system": TEXTS, "code": CODES}), max_size=2
        ),
        "text": TEXTS,
    },
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "valueInteger": st.integers(0, 3),
    "valueDecimal": st.sampled_from([1.5, 2.0, 0.5]),
    "valueString": TEXTS,
    "valueBoolean": st.booleans(),
    "valueCodeableConcept": CONCEPTS,
    "valueReference": REFERENCES,
}
EXTENSIONS = st.sampled_from(sorted(VALUES)).flatmap(
    lambda name: st.fixed_dictionaries(
        {"url": st.sampled_from(["a", "b"])}, optional={name: VALUES[name]}
    )
)
GOALS = st.fixed_dictionaries(
    {"resourceType": st.just("Goal")},
    optional={
        "lifecycleStatus": CODES,
        "description": CONCEPTS,
        "subject": REFERENCES,
        "expressedBy": REFERENCES,
        "category": st.lists(CONCEPTS, min_size=1, max_size=3),
        "addresses": st.lists(REFERENCES, min_size=1, max_size=3),
        "startDate": st.sampled_from(["2026-03-01", "2026-03", "2026"]),
        "extension": st.lists(EXTENSIONS, min_size=1, max_size=3),
    },
)
PATHS = st.sampled_from(
    [
        "lifecycleStatus",
        "statusReason",
        "description.text",
        "description.coding.code",
        "subject.reference",
        "expressedBy.reference",
        "category.coding.code",
        "category.text",
        "addresses.reference",
        "start",
        "extension.value",
        "extension.where(url = 'a').value",
        "extension[0].value",
        "extension.value.coding.code",
        "Goal.lifecycleStatus",
        "%resource.lifecycleStatus",
        "extension.first().url",
    ]
)
LITERALS = st.sampled_from(["'active'", "'a'", "'Patient/1'", "2", "1.5", "true", "'2026-03-01'"])
TESTS = st.one_of(
    st.builds("{}.exists()".format, PATHS),
    st.builds("{}.empty()".format, PATHS),
    st.builds("{}.isDistinct()".format, PATHS),
    st.builds("{}.count() {} {}".format, PATHS, st.sampled_from(["=", "<", ">=", "!="]), LITERALS),
    st.builds("{} {} {}".format, PATHS, st.sampled_from(["=", "!=", "<", ">", ">="]), LITERALS),
    st.builds("{} = {}".format, PATHS, PATHS),
    st.builds("{} in {}".format, PATHS, PATHS),
    st.builds("{} in ('active' | 'on-hold' | 'x')".format, PATHS),
    st.builds("{} contains {}".format, PATHS, LITERALS),
    st.builds("{}.matches('^Patient/[0-9]+$')".format, PATHS),
    st.builds("{}.where($this = {}).exists()".format, PATHS, LITERALS),
    st.builds("addresses.all({}.exists())".format, st.sampled_from(["reference", "display"])),
    st.builds("extension.exists(url = {})".format, LITERALS),
)
EXPRESSIONS = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.builds("({}).not()".format, inner),
        st.builds(
            "({}) {} ({})".format, inner, st.sampled_from(["and", "or", "xor", "implies"]), inner
        ),
    ),
    max_leaves=4,
)


@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(EXPRESSIONS, GOALS)
@example("lifecycleStatus in ('active' | 'x')", {"resourceType": "Goal"})
def test_the_closures_agree_with_the_library(expression: str, goal: Json) -> None:
    try:
        answer = fhirpathpy.evaluate(dict(goal), expression, {"resource": goal}, models["r4"])
    except Exception:  # a comparison of unlike things: no answer, unless nobody looks that far
        assume(False)
    tree = parse(encode(goal))
    assert predicate(expression, "Goal")(tree, tree, tree) == (answer in ([True], []))


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("description.text.exists()", True),
        ("statusReason.exists()", False),
        ("statusReason = 'x'", True),  # no answer is no breach
        ("start < '2027'", True),
        ("(start | statusDate).exists()", True),
        ("note.count() <= 1 and extension.empty()", True),
        ("subject.reference.startsWith('Patient/')", True),
        ("description.text.upper() = 'WALK'", True),
        ("description.text + 1", False),  # no answer at all
    ],
)
def test_an_expression_is_true_or_not(expression: str, holds: bool) -> None:
    goal = {
        "resourceType": "Goal",
        "description": {"text": "Walk"},
        "startDate": "2026-01-01",
        "subject": {"reference": "Patient/1"},
    }
    assert predicate(expression, "Goal")(goal, goal, goal) is holds


BESIDE = {"extension": [{"url": "urn:x", "valueString": "y"}]}


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("lifecycleStatus = 'cancelled' implies statusReason.exists()", False),
        ("lifecycleStatus in ('cancelled' | 'on-hold') and lifecycleStatus.count() = 1", True),
        ("description.text.exists() and description.text.count() = 1", True),
        ("description.text = 'x'", False),  # it is there, and says nothing
        ("description.text.matches('^x')", False),
        ("note.text.count() = 2 and note[1].text != 'a'", True),
        ("start.exists() and start = 'x'", False),
        ("extension.value = 'y'", True),
        ("name.given.count() = 3 and 'b' in name.given", True),
        ("name.given contains 'c'", False),
        ("lifecycleStatus.hasValue() and note[0].text.hasValue()", True),
        ("description.text.hasValue()", False),
        ("description.hasValue() or name.given.hasValue() or nothing.hasValue()", False),
    ],
)
def test_a_primitive_is_one_value_whatever_stands_beside_it(expression: str, holds: bool) -> None:
    goal = {
        "resourceType": "Goal",
        "lifecycleStatus": "cancelled",
        "_lifecycleStatus": BESIDE,
        "description": {"_text": BESIDE},
        "note": [{"text": "a", "_text": BESIDE}, {"_text": BESIDE}],
        "_startDate": BESIDE,
        "extension": [{"url": "urn:x", "valueString": "y", "_valueString": BESIDE}],
        "name": {"given": ["a", None, "b"], "_given": [None, BESIDE, BESIDE]},
    }
    assert predicate(expression, "Goal")(goal, goal, goal) is holds


def test_an_expression_inside_a_resource_knows_its_types() -> None:
    goal = {"resourceType": "Goal", "target": [{"dueDate": "2026-01-01"}]}
    target = goal["target"][0]
    assert predicate("due.exists()", "Goal.target")(target, goal, goal)
    assert predicate("due is date", "Goal.target:first")(target, goal, goal)


def test_what_is_too_large_for_the_library_is_told_so() -> None:
    goal = {"resourceType": "Goal", "description": {"text": "x" * 300_000}}
    with pytest.raises(TooCostly):
        predicate("description.text.upper() = 'X'", "Goal")(goal, goal, goal)
    assert predicate("description.text.exists()", "Goal")(goal, goal, goal)


def test_what_takes_the_library_too_long_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    goal = {"resourceType": "Goal", "note": [{"text": "x"}] * 2000}
    asked = predicate("note.all(text.upper() = 'X')", "Goal")
    assert asked(goal, goal, goal)
    monkeypatch.setattr("app.fhir.fhirpath_library.MOST_SECONDS", 0.001)
    with pytest.raises(TooCostly, match="too long"):
        asked(goal, goal, goal)


def test_every_shipped_invariant_is_plain() -> None:
    expressions = [
        constraint["expression"]
        for definition in of_type("StructureDefinition")
        for element in definition.tree["differential"]["element"]
        for constraint in element.get("constraint", ())
    ]
    assert [expression for expression in expressions if not is_plain(expression)] == []
