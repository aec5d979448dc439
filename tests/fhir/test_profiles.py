"""What a StructureDefinition may ask, each by a small one made here."""

from typing import Any

import pytest

from app.fhir.library import BASE as LIBRARY
from app.fhir.outcome import outcome
from app.fhir.profiles import shipped
from app.fhir.resource_types import Json
from tests.fhir.definitions import BASE, GOAL, R4, element, profile, profiles, rules

IMPORTANCE = profile(
    "importance",
    element("Extension.url", fixedUri=BASE + "importance"),
    element("Extension.value[x]", min=1, type=[{"code": "integer"}], maxValueInteger=10),
)
SLICE = element(
    "Goal.extension:importance",
    max="1",
    type=[{"code": "Extension", "profile": [BASE + "importance"]}],
)
RED = {"coding": [{"system": "https://example.org/c", "code": "red"}]}
BLUE = {"coding": [{"system": "https://example.org/c", "code": "blue"}]}
COLOURS = "https://example.org/colours"
WIDEST = {
    "strength": "preferred",
    "extension": [
        {
            "url": R4 + "elementdefinition-maxValueSet",
            "valueCanonical": COLOURS,
        }
    ],
}
NOTED = profile("noted", element("Observation.note", min=1))
WITHOUT_NOTE = {"resourceType": "Observation", "id": "a"}
WITH_NOTE = {"resourceType": "Observation", "id": "b", "note": [{"text": "Walk"}]}


def sliced(kind: str, path: str, rules: str = "open") -> Json:
    discriminator = [{"type": kind, "path": path}]
    return {"discriminator": discriminator, "rules": rules}


def asked(resource: Json, *elements: Json) -> list[tuple[str | None, str | None]]:
    return rules((profile("p", *elements), IMPORTANCE, NOTED), {**GOAL, **resource})


def extension(**value: Any) -> Json:
    return {"url": BASE + "importance", **value}


CASES: list[tuple[str, Json, list[Json], list[tuple[str, str]]]] = [
    ("min", {}, [element("Goal.note", min=1)], [("Goal.note", "Goal.note:min")]),
    (
        "max",
        {"note": [{"text": "a"}, {"text": "b"}]},
        [element("Goal.note", max="1")],
        [("Goal.note", "Goal.note:max")],
    ),
    (
        "prohibited",
        {"statusReason": "x"},
        [element("Goal.statusReason", max="0")],
        [("Goal.statusReason", "Goal.statusReason:prohibited")],
    ),
    (
        "type",
        {"startCodeableConcept": RED},
        [element("Goal.start[x]", type=[{"code": "date"}])],
        [("Goal.startCodeableConcept", "Goal.start[x]:type")],
    ),
    (
        "fixed",
        {"lifecycleStatus": "proposed"},
        [element("Goal.lifecycleStatus", fixedCode="active")],
        [("Goal.lifecycleStatus", "Goal.lifecycleStatus:fixed")],
    ),
    (
        "pattern",
        {"priority": BLUE},
        [element("Goal.priority", patternCodeableConcept=RED)],
        [("Goal.priority", "Goal.priority:pattern")],
    ),
    (
        "binding",
        {"priority": BLUE},
        [element("Goal.priority", binding={"strength": "required", "valueSet": COLOURS})],
        [("Goal.priority", "Goal.priority:binding")],
    ),
    (
        "reference",
        {"subject": {"reference": "Group/1"}},
        [element("Goal.subject", type=[{"code": "Reference", "targetProfile": [R4 + "Patient"]}])],
        [("Goal.subject", "Goal.subject:reference")],
    ),
    (
        "aggregation",
        {},
        [element("Goal.subject", type=[{"code": "Reference", "aggregation": ["contained"]}])],
        [("Goal.subject", "Goal.subject:aggregation")],
    ),
    (
        "an extension by its own definition",
        {"extension": [extension(valueString="x")]},
        [SLICE],
        [("Goal.extension[0].valueString", "Goal.extension:importance.value[x]:type")],
    ),
    (
        "an extension's bounds",
        {"extension": [extension(valueInteger=11)]},
        [SLICE],
        [("Goal.extension[0].valueInteger", "Goal.extension:importance.value[x]:max-value")],
    ),
    (
        "closed extensions",
        {"extension": [{"url": "https://example.org/x", "valueInteger": 1}]},
        [element("Goal.extension", slicing=sliced("value", "url", "closed")), SLICE],
        [("Goal.extension[0]", "Goal.extension:extension")],
    ),
    (
        "a slice by pattern that is missing",
        {"category": [BLUE]},
        [
            element("Goal.category", slicing=sliced("pattern", "$this")),
            element("Goal.category:red", min=1, patternCodeableConcept=RED),
        ],
        [("Goal.category", "Goal.category:red:min")],
    ),
    (
        "a closed slicing by value",
        {"category": [RED, BLUE]},
        [
            element("Goal.category", slicing=sliced("value", "coding.code", "closed")),
            element("Goal.category:red"),
            element("Goal.category:red.coding"),
            element("Goal.category:red.coding.code", fixedCode="red"),
        ],
        [("Goal.category[1]", "Goal.category:slice")],
    ),
    (
        "openAtEnd",
        {"category": [BLUE, RED]},
        [
            element("Goal.category", slicing=sliced("pattern", "$this", "openAtEnd")),
            element("Goal.category:red", patternCodeableConcept=RED),
        ],
        [("Goal.category[1]", "Goal.category:slice")],
    ),
    (
        "a code past the widest that a binding allows",
        {"priority": BLUE},
        [element("Goal.priority", binding=WIDEST)],
        [("Goal.priority", "Goal.priority:binding")],
    ),
    (
        "a text where a code past the widest is not allowed",
        {"priority": {"text": "When the tide is out"}},
        [element("Goal.priority", binding=WIDEST)],
        [],
    ),
    (
        "slices out of their order",
        {"category": [BLUE, RED]},
        [
            element("Goal.category", slicing=sliced("pattern", "$this") | {"ordered": True}),
            element("Goal.category:red", patternCodeableConcept=RED),
            element("Goal.category:blue", patternCodeableConcept=BLUE),
        ],
        [("Goal.category[1]", "Goal.category:slice")],
    ),
    (
        "a slice by the profile of what it leads to",
        {
            "contained": [WITHOUT_NOTE, WITH_NOTE],
            "addresses": [{"reference": "#a"}, {"reference": "#b"}],
        },
        [
            element("Goal.addresses", slicing=sliced("profile", "resolve()")),
            element(
                "Goal.addresses:said",
                max="0",
                type=[{"code": "Reference", "targetProfile": [BASE + "noted"]}],
            ),
        ],
        [("Goal.addresses", "Goal.addresses:said:prohibited")],
    ),
    (
        "a slice by what exists",
        {"note": [{"text": "a", "time": "2026-01-01"}, {"text": "b", "time": "2026-01-02"}]},
        [
            element("Goal.note", slicing=sliced("exists", "time")),
            element("Goal.note:dated", max="1"),
            element("Goal.note:dated.time", min=1),
        ],
        [("Goal.note", "Goal.note:dated:max")],
    ),
    (
        "a slice by type",
        {"startDate": "2026-01-01"},
        [
            element("Goal.start[x]", slicing=sliced("type", "$this")),
            element("Goal.start[x]:startDate", type=[{"code": "date"}], fixedDate="2026-02-02"),
        ],
        [("Goal.startDate", "Goal.start[x]:startDate:fixed")],
    ),
]


@pytest.mark.parametrize(
    ("resource", "elements", "expected"), [pytest.param(*c[1:], id=c[0]) for c in CASES]
)
def test_what_is_asked_is_looked_at(
    resource: Json, elements: list[Json], expected: list[tuple[str, str]]
) -> None:
    assert asked(resource, *elements) == expected


def test_a_good_goal_passes_all_of_it() -> None:
    good = {"extension": [extension(valueInteger=10)], "priority": RED, "category": [RED, BLUE]}
    assert asked(good, SLICE, element("Goal.priority", patternCodeableConcept=RED)) == []


EXTENSIBLE = element("Goal.priority", binding={"strength": "extensible", "valueSet": COLOURS})


def severities(priority: Json) -> list[str]:
    definition = profile("p", EXTENSIBLE)
    issues = profiles(definition).issues({**GOAL, "priority": priority}, (definition["url"],))
    return [one.severity for one in issues]


def test_an_extensible_binding_only_warns() -> None:
    assert severities(BLUE) == ["warning"]
    assert severities(RED) == []
    assert severities({"coding": [*BLUE["coding"], *RED["coding"]]}) == []


def test_an_extensible_binding_lets_words_alone_say_what_no_code_says() -> None:
    assert severities({"text": "The colour of the sea in March"}) == []


def test_an_extensible_binding_warns_of_another_code_beside_words() -> None:
    assert severities({**BLUE, "text": "The colour of the sea in March"}) == ["warning"]


def test_a_required_binding_asks_for_a_code_beside_the_words() -> None:
    required = element("Goal.priority", binding={"strength": "required", "valueSet": COLOURS})
    told = asked({"priority": {"text": "The colour of the sea in March"}}, required)
    assert told == [("Goal.priority", "Goal.priority:binding")]


def test_an_invariant_is_told_by_its_key_where_it_stands() -> None:
    rule = {"key": "x-1", "severity": "error", "human": "Say when.", "expression": "due.exists()"}
    resource = {"target": [{"dueDate": "2026-01-01"}, {"detailString": "x"}]}
    assert asked(resource, element("Goal.target", constraint=[rule])) == [("Goal.target[1]", "x-1")]


def test_a_child_asks_what_its_parent_asks_and_tells_it_once() -> None:
    parent = profile("parent", element("Goal.note", min=1))
    child = profile("child", element("Goal.statusReason", min=1), parent=BASE + "parent")
    claims = {**GOAL, "meta": {"profile": [BASE + "parent", BASE + "child"]}}
    told = [issue.rule for issue in profiles(child, parent).issues(claims)]
    assert told == ["child#Goal.note:min", "child#Goal.statusReason:min"]


def test_what_is_contained_is_held_to_what_it_claims() -> None:
    inside = {"resourceType": "Goal", "id": "a", "meta": {"profile": [BASE + "p"]}}
    found = profiles(profile("p", element("Goal.note", min=1))).issues(
        {**GOAL, "contained": [inside]}
    )
    assert [issue.expression for issue in found] == ["Goal.contained[0].note"]


def test_a_claim_that_is_not_known_is_a_warning() -> None:
    (issue,) = profiles().issues({**GOAL, "meta": {"profile": ["https://example.org/p"]}})
    assert issue.severity == "warning"


def test_a_claim_of_a_version_that_is_not_known_is_refused() -> None:
    ours = f"{LIBRARY}/StructureDefinition/person-stated-goal"
    claims = {**GOAL, "meta": {"profile": [f"{ours}|9.9"]}}
    (issue,) = shipped().issues(claims)
    assert (issue.severity, issue.expression) == ("error", "Goal.meta.profile")
    assert [one.expression for one in shipped().issues({**GOAL, "meta": {"profile": [ours]}})] == [
        one.expression for one in shipped().issues({**GOAL, "meta": {"profile": [f"{ours}|0.1.0"]}})
    ]


def test_a_known_extension_stands_only_where_its_definition_lets_it() -> None:
    context = [{"type": "element", "expression": "Goal.target"}]
    known = {**IMPORTANCE, "context": context}
    judge = profiles(profile("p", element("Goal.note", max="1")), known)
    astray = {**GOAL, "extension": [extension(valueInteger=1)]}
    told = [(one.expression, one.rule) for one in judge.issues(astray, (BASE + "p",))]
    assert told == [("Goal.extension[0]", "p#Goal.extension:extension")]
    inside = {**GOAL, "target": [{"extension": [extension(valueString="x")]}]}
    told = [(one.expression, one.rule) for one in judge.issues(inside, (BASE + "p",))]
    assert told == [
        ("Goal.target[0].extension[0].valueString", "importance#Extension.value[x]:type")
    ]
    modifier = {**GOAL, "target": [{"modifierExtension": [extension(valueInteger=1)]}]}
    assert len(judge.issues(modifier, (BASE + "p",))) == 1


PATIENT = {"resourceType": "Patient"}
HOME = {"line": ["1 Quay Street"], "extension": [extension(valueInteger=1)]}


@pytest.mark.parametrize(
    ("context", "resource", "place"),
    [
        ("Address", {**PATIENT, "address": [HOME]}, None),
        ("Address", {**PATIENT, "contact": [{"address": HOME}]}, None),
        ("Patient.address", {**PATIENT, "address": [HOME]}, None),
        ("Address", {**PATIENT, "name": [HOME]}, "Patient.name[0].extension[0]"),
        ("Quantity", {**GOAL, "target": [{"detailQuantity": HOME}]}, None),
        ("Range", {**GOAL, "target": [{"detailQuantity": HOME}]}, "Goal.target[0].detailQuantity"),
        ("Element", {**PATIENT, "name": [HOME]}, None),
    ],
)
def test_an_extension_of_a_datatype_stands_wherever_that_type_is(
    context: str, resource: Json, place: str | None
) -> None:
    kind = resource["resourceType"]
    known = {**IMPORTANCE, "context": [{"type": "element", "expression": context}]}
    judge = profiles(profile("p", element(f"{kind}.language", max="1")), known)
    found = [one.expression or "" for one in judge.issues(resource, (BASE + "p",))]
    assert [one.startswith(place or "") for one in found] == ([] if place is None else [True])


@pytest.mark.timeout(10)
def test_each_of_many_references_finds_what_is_contained() -> None:
    contained = [{"resourceType": "Practitioner", "id": f"a{n}"} for n in range(20_000)]
    goal = {
        "contained": contained,
        "addresses": [{"reference": f"#{one['id']}"} for one in contained],
    }
    targets = [R4 + "Practitioner"]
    wanted = element("Goal.addresses", type=[{"code": "Reference", "targetProfile": targets}])
    assert asked(goal, wanted) == []


def test_an_extension_beside_a_primitive_is_told_at_the_element_it_belongs_to() -> None:
    known = {**IMPORTANCE, "context": [{"type": "element", "expression": "Goal.target"}]}
    judge = profiles(profile("p", element("Goal.note", max="1")), known)
    beside = {"extension": [extension(valueInteger=1)]}
    goal = {**GOAL, "_lifecycleStatus": beside, "_names": [None, beside]}
    told = [one.expression for one in judge.issues(goal, (BASE + "p",))]
    assert sorted(map(str, told)) == [
        "Goal.lifecycleStatus.extension[0]",
        "Goal.names[1].extension[0]",
    ]


def test_a_modifier_that_is_not_known_is_a_warning() -> None:
    judge = profiles(profile("p", element("Goal.note", max="1")))
    changed = {**GOAL, "modifierExtension": [{"url": "urn:example:not", "valueBoolean": True}]}
    (issue,) = judge.issues(changed, (BASE + "p",))
    assert (issue.severity, issue.expression) == ("warning", "Goal.modifierExtension[0]")


def test_errors_are_told_up_to_a_number_and_no_warnings_hide_them() -> None:
    url = "https://example.org/fhir/StructureDefinition/p"
    texts = [{"text": "x" * 9}] * 3000
    claims = {**GOAL, "note": texts, "meta": {"profile": [f"{url}{n}" for n in range(2000)]}}
    issues = profiles(profile("p", element("Goal.note.text", maxLength=5))).issues(
        claims, (BASE + "p",)
    )
    severities = [issue.severity for issue in issues]
    assert (severities.count("warning"), severities.count("error")) == (2000, 1000)
    told = outcome(issues)["issue"]
    assert [one["severity"] for one in told] == ["error"] * 1000 + ["information"]
