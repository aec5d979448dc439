"""The definitions about help, contacts, people and sharing, as far as no validator is needed."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from app.fhir.element_tables import children, datatypes, required_codes
from app.fhir.path import branches
from app.fhir.structure import check
from app.fhir.task_moves import may_follow, moves

FOLDER = Path(__file__).parents[2] / "fhir_profiles"
EXAMPLES = FOLDER / "examples" / "profiles"
BASE = "https://whatmatters.example/fhir"
CORE = "http://hl7.org/fhir/StructureDefinition/"
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
PROFILES = (
    "access-event",
    "agreed-action",
    "contact",
    "entry-provenance",
    "help-task",
    "person",
    "request-for-help",
    "sharing-choice",
    "supporter",
)
EXTENSIONS = (
    "Extension-UKCore-EthnicCategory",
    "Extension-UKCore-NHSNumberUnavailableReason",
    "Extension-UKCore-NHSNumberVerificationStatus",
    "in-plain-words",
    "individual-pronouns",
    "no-fixed-address",
    "patient-interpreterRequired",
    "resource-pertainsToGoal",
    "review-on",
    "supporter-basis",
    "told-again",
    "what-matters-conversation",
)
SEARCH_PARAMETERS = sorted(FOLDER.glob("SearchParameter/*.json"))
EXAMPLE_FILES = sorted(
    path for name in PROFILES for path in (EXAMPLES / name).glob("*valid-*.json")
)
# What the engine that reads a sharing choice keeps to. Everything else in a provision is refused.
KEPT_TO = {"type", "period", "actor", "securityLabel", "purpose", "class", "data"}

Json = dict[str, Any]


def _read(path: Path) -> Json:
    tree: Json = json.loads(path.read_text(encoding="utf-8"))
    return tree


def _definition(name: str) -> Json:
    return _read(FOLDER / "StructureDefinition" / f"{name}.json")


def _elements(name: str) -> list[Json]:
    found: list[Json] = _definition(name)["differential"]["element"]
    return found


def _walk(node: Any) -> Iterator[Json]:
    """Every object in a tree, at any depth."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from _walk(value)


def _place(type_name: str, steps: list[str], below: str = "") -> list[int]:
    """Where an element stands in R4's own order: one number for each step of its path."""
    if not steps:
        return []
    found = dict(children(type_name, below))
    here = list(found).index(steps[0])
    element, rest = found[steps[0]], steps[1:]
    if not rest:
        return [here]
    if element.types[0] in ("BackboneElement", "Element"):
        return [here, *_place(type_name, rest, element.path)]
    (inner,) = (each for each in element.types if each in datatypes() and _has(each, rest[0]))
    return [here, *_place(inner, rest)]


def _has(type_name: str, name: str) -> bool:
    return name in dict(children(type_name))


def _check_digit(number: str) -> int:
    """The tenth digit; 10 means not valid. Source: NHS Data Dictionary, Modulus 11."""
    weighted = sum(
        int(digit) * weight for digit, weight in zip(number[:9], range(10, 1, -1), strict=True)
    )
    return (11 - weighted % 11) % 11


@pytest.mark.parametrize("name", [*PROFILES, *EXTENSIONS])
def test_a_definition_is_found_under_its_own_address(name: str) -> None:
    tree = _definition(name)
    assert tree["id"] == name
    assert tree["url"].endswith(f"/StructureDefinition/{name}")
    get_fhir_model_class("StructureDefinition").model_validate(tree)


@pytest.mark.parametrize("name", PROFILES)
def test_the_elements_come_in_the_order_of_r4(name: str) -> None:
    for parent in {element["path"].rpartition(".")[0] for element in _elements(name)} - {""}:
        # Between two slices of the same element the order begins anew.
        for group in _siblings(name, parent):
            assert group == sorted(group), parent


def _siblings(name: str, parent: str) -> Iterator[list[list[int]]]:
    by_owner: dict[str, list[list[int]]] = {}
    for element in _elements(name):
        owner, _, _ = element["id"].rpartition(".")
        if element["path"].rpartition(".")[0] == parent:
            type_name, *steps = element["path"].split(".")
            by_owner.setdefault(owner, []).append(_place(type_name, steps))
    yield from by_owner.values()


@pytest.mark.parametrize("name", PROFILES)
def test_an_extension_that_is_named_has_a_definition(name: str) -> None:
    known = {_read(path)["url"] for path in FOLDER.glob("StructureDefinition/*.json")}
    named = {
        url
        for element in _elements(name)
        for type_ in element.get("type", [])
        if type_["code"] == "Extension"
        for url in type_["profile"]
    }
    assert named <= known


@pytest.mark.parametrize("name", [*PROFILES, *EXTENSIONS])
def test_a_value_set_that_is_bound_has_a_definition(name: str) -> None:
    for element in _elements(name):
        if "binding" in element:
            kind, _, id_ = element["binding"]["valueSet"].removeprefix(f"{BASE}/").partition("/")
            assert _read(FOLDER / kind / f"{id_}.json")["compose"]["include"]


@pytest.mark.parametrize("name", PROFILES)
def test_an_expected_rule_is_about_an_element_that_has_one(name: str) -> None:
    elements = _elements(name)
    ids = {element["id"] for element in elements}
    keys = {rule["key"] for element in elements for rule in element.get("constraint", [])}
    for issue in _read(EXAMPLES / name / "expected.json").values():
        if issue["rule"].startswith("wm-"):
            assert issue["rule"] in keys
        else:
            about = issue["rule"].partition("#")[2].rpartition(":")[0]
            # What an extension holds is said by the extension's own definition.
            assert about.removesuffix(".value[x]") in ids


@pytest.mark.parametrize("name", PROFILES)
def test_every_invariant_has_an_example_that_breaks_it(name: str) -> None:
    keys = {rule["key"] for element in _elements(name) for rule in element.get("constraint", [])}
    assert keys <= {issue["rule"] for issue in _read(EXAMPLES / name / "expected.json").values()}


@pytest.mark.parametrize("path", EXAMPLE_FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_example_is_sound_in_r4_and_claims_its_profile(path: Path) -> None:
    tree = _read(path)
    assert tree["meta"]["profile"] == [f"{BASE}/StructureDefinition/{path.parent.name}"]
    assert check(tree) == []


def test_nhs_numbers_are_kept_for_tests_and_have_their_check_digit() -> None:
    numbers = [
        node["value"]
        for path in EXAMPLE_FILES
        for node in _walk(_read(path))
        if node.get("system") == NHS_NUMBER and "value" in node
    ]
    assert numbers
    for number in numbers:
        digits = re.sub(r" ", "", number)
        assert digits.startswith("999")
        assert _check_digit(digits) == int(digits[9])


def test_the_moves_of_a_help_task_are_told_alike_everywhere() -> None:
    told = _read(EXAMPLES / "help-task" / "moves.json")
    concepts = _read(FOLDER / "CodeSystem" / "help-task-moves.json")["concept"]
    (include,) = _read(FOLDER / "ValueSet" / "help-task-status.json")["compose"]["include"]
    states = {concept["code"] for concept in include["concept"]}
    assert states == set(told["moves"]) == set(told["setBy"]) == {each["code"] for each in concepts}
    for concept in concepts:
        properties = [(each["code"], each) for each in concept["property"]]
        moves = [each["valueCode"] for code, each in properties if code == "may-move-to"]
        assert told["moves"][concept["code"]] == moves
        assert set(moves) <= states
        (by,) = [each["valueString"] for code, each in properties if code == "set-by"]
        assert told["setBy"][concept["code"]] == by
        if moves:
            sentence = f"{concept['code']} to {', '.join(moves)}"
            assert sentence in _definition("help-task")["description"]


def test_the_moves_that_are_told_are_the_moves_that_are_allowed() -> None:
    told = _read(EXAMPLES / "help-task" / "moves.json")["moves"]
    allowed = {
        before: [after for after in told if after != before and may_follow(before, after)]
        for before in told
    }
    assert {state: set(after) for state, after in allowed.items()} == {
        state: set(after) for state, after in told.items()
    }
    assert all(may_follow(state, state) for state in told)
    assert moves().keys() == told.keys()


def test_the_states_of_a_help_task_are_those_of_r4_but_ready() -> None:
    r4 = required_codes("task-status")
    told = _read(EXAMPLES / "help-task" / "moves.json")["moves"]
    assert r4 is not None
    assert set(told) == r4 - {"ready"}


def test_a_state_can_always_be_put_right_and_only_once() -> None:
    moves = _read(EXAMPLES / "help-task" / "moves.json")["moves"]
    assert moves.pop("entered-in-error") == []
    assert all("entered-in-error" in states for states in moves.values())


def test_a_sharing_choice_says_nothing_that_is_not_kept_to() -> None:
    prohibited = {each["path"] for each in _elements("sharing-choice") if each.get("max") == "0"}
    for name, _ in children("Consent", "provision"):
        kept_to = name in KEPT_TO or name in ("id", "extension")
        assert kept_to != (f"Consent.provision.{name}" in prohibited), name
    assert {"Consent.policy", "Consent.verification", "Consent.modifierExtension"} <= prohibited


@pytest.mark.parametrize("path", SEARCH_PARAMETERS, ids=lambda path: path.stem)
def test_a_search_parameter_finds_values_of_one_type_at_least(path: Path) -> None:
    tree = _read(path)
    (base,) = tree["base"]
    assert (tree["id"], tree["url"]) == (path.stem, f"{BASE}/SearchParameter/{path.stem}")
    assert tree["id"] == f"{base}-{tree['code']}"
    assert branches(tree["expression"], base)
    assert (tree["type"] == "reference") == ("target" in tree)
    get_fhir_model_class("SearchParameter").model_validate(tree)


def test_a_search_leads_into_an_extension() -> None:
    expression = _read(FOLDER / "SearchParameter" / "Encounter-told-again.json")["expression"]
    (path,) = branches(expression, "Encounter")
    contact = _read(EXAMPLES / "contact" / "valid-a-walk.json")
    assert (path.type, list(path.get(contact))) == ("boolean", [False])
