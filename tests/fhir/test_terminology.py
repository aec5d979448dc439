"""What is in a value set, by the shipped definitions. Spec: https://hl7.org/fhir/R4/valueset.html"""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from app.fhir import library, terminology

OURS = "urn:ours"
LOINC = "http://loinc.org"
R4 = "http://hl7.org/fhir/ValueSet/"


def write(folder: Path, type: str, id: str, **members: Any) -> None:
    """One definition in a folder, as a file."""
    (folder / type).mkdir(exist_ok=True)
    tree = {"resourceType": type, "id": id, "url": f"urn:{id}", "status": "active", **members}
    (folder / type / f"{id}.json").write_text(json.dumps(tree), encoding="utf-8")


def value_set(folder: Path, id: str, *include: Any, exclude: tuple[Any, ...] = ()) -> None:
    compose: dict[str, Any] = {"include": list(include)}
    if exclude:
        compose["exclude"] = list(exclude)
    write(folder, "ValueSet", id, compose=compose)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    concepts = [
        {"code": "sea", "display": "The sea", "concept": [{"code": "bay", "display": "A bay"}]},
        {"code": "moor", "display": "The moor", "definition": "High open land."},
    ]
    write(tmp_path, "CodeSystem", "ours", content="complete", concept=concepts, valueSet="urn:all")
    value_set(tmp_path, "whole", {"system": OURS})
    value_set(
        tmp_path,
        "but-moor",
        {"system": OURS},
        exclude=({"system": OURS, "concept": [{"code": "moor"}]},),
    )
    value_set(
        tmp_path, "listed", {"system": LOINC, "concept": [{"code": "81338-6", "display": "Story"}]}
    )
    value_set(tmp_path, "both", {"valueSet": ["urn:whole"]}, {"valueSet": ["urn:listed"]})
    value_set(tmp_path, "in-two", {"valueSet": ["urn:whole", "urn:but-moor"]})
    value_set(tmp_path, "foreign", {"system": LOINC})
    value_set(
        tmp_path,
        "filtered",
        {"system": LOINC, "filter": [{"property": "CLASS", "op": "=", "value": "X"}]},
        {"system": OURS, "filter": [{"property": "concept", "op": "is-a", "value": "sea"}]},
    )
    value_set(tmp_path, "hen", {"valueSet": ["urn:egg"]})
    value_set(tmp_path, "egg", {"system": OURS}, exclude=({"valueSet": ["urn:hen|0.1.0"]},))
    value_set(tmp_path, "farm", {"valueSet": ["urn:hen"]})
    value_set(tmp_path, "lost", {"valueSet": ["urn:nowhere"]})
    return tmp_path


@pytest.mark.parametrize(
    ("name", "system", "code", "answer"),
    [
        ("urn:whole", OURS, "bay", True),
        ("urn:whole", OURS, "hill", False),
        ("urn:whole", LOINC, "sea", False),
        ("urn:whole", None, "sea", True),
        ("urn:whole", None, "hill", False),
        ("urn:all", OURS, "bay", True),
        ("urn:but-moor", OURS, "moor", False),
        ("urn:but-moor", OURS, "sea", True),
        ("urn:listed", LOINC, "81338-6", True),
        ("urn:listed", LOINC, "81340-2", False),
        ("urn:both", LOINC, "81338-6", True),
        ("urn:both", OURS, "moor", True),
        ("urn:in-two", OURS, "moor", False),
        ("urn:in-two", OURS, "sea", True),
        ("urn:foreign", LOINC, "81338-6", None),
        ("urn:foreign", OURS, "sea", False),
        ("urn:filtered", LOINC, "81338-6", None),
        ("urn:filtered", OURS, "bay", True),
        ("urn:filtered", OURS, "moor", False),
        ("urn:lost", OURS, "sea", None),
        ("urn:hen", OURS, "sea", None),
        ("urn:egg", OURS, "sea", None),
        ("urn:farm", OURS, "sea", None),
        ("urn:unknown", OURS, "sea", None),
        (f"{R4}goal-status", None, "active", True),
        (f"{R4}goal-status|4.0.1", "http://hl7.org/fhir/goal-status", "active", True),
        (f"{R4}goal-status|5.0.0", None, "active", None),
        (f"{R4}goal-status", None, "done", False),
        (f"{R4}goal-status", OURS, "active", False),
        (f"{R4}goal-status", "http://hl7.org/fhir/task-status", "completed", False),
        (f"{R4}task-intent", "http://hl7.org/fhir/request-intent", "order", None),
        (f"{R4}task-intent", OURS, "order", False),
    ],
)
def test_a_code_is_in_a_value_set_or_not_or_that_cannot_be_told(
    folder: Path, name: str, system: str | None, code: str, answer: bool | None
) -> None:
    assert terminology.member(name, system, code, folder) is answer


def test_an_expansion_lists_every_code_once_in_the_order_written(folder: Path) -> None:
    def codes(name: str) -> list[str] | None:
        found = terminology.expansion(name, folder)
        return None if found is None else [one.code for one in found]

    assert codes("urn:whole") == ["sea", "bay", "moor"]
    assert codes("urn:but-moor") == ["sea", "bay"]
    assert codes("urn:both") == ["sea", "bay", "moor", "81338-6"]
    assert codes("urn:in-two") == ["sea", "bay"]
    assert codes("urn:foreign") is None
    assert codes("urn:filtered") is None
    assert codes("urn:lost") is None
    assert codes("urn:farm") is None
    assert codes("urn:unknown") is None
    assert codes(f"{R4}task-intent") is None
    assert codes(f"{R4}list-mode") == ["changes", "snapshot", "working"]


def test_value_sets_in_a_circle_are_known_though_nothing_can_be_told_of_them(folder: Path) -> None:
    assert terminology.is_known("urn:hen", folder)
    assert terminology.expansion("urn:hen", folder) is None


def test_what_a_code_means_is_as_its_system_or_a_value_set_says(folder: Path) -> None:
    moor = terminology.lookup(OURS, "moor", folder)
    assert moor is not None
    assert (moor.display, moor.definition) == ("The moor", "High open land.")
    story = terminology.lookup(LOINC, "81338-6", folder)
    assert story is not None
    assert story.display == "Story"
    assert terminology.lookup(OURS, "hill", folder) is None


def test_a_canonical_with_a_version_names_that_version_alone(tmp_path: Path) -> None:
    write(tmp_path, "ValueSet", "one", version="0.1.0", name="One")
    found = library.by_url("urn:one|0.1.0", tmp_path)
    assert found is not None
    assert (found.type, found.id, found.name) == ("ValueSet", "one", "One")
    assert found.body == (tmp_path / "ValueSet" / "one.json").read_bytes()
    assert library.by_url("urn:one", tmp_path) is found
    assert library.by_url("urn:one|0.2.0", tmp_path) is None
    assert library.of_type("ValueSet", tmp_path) == (found,)


def test_the_examples_are_not_definitions() -> None:
    assert all(one.type[0].isupper() for one in library.shipped())


@pytest.mark.parametrize("start", ["urn:", R4])
def test_what_a_long_text_names_is_not_known_and_not_kept(start: str) -> None:
    tracemalloc.start()
    try:
        for n in range(50):
            text = f"{start}{n}{'x' * 100_000}"
            assert terminology.member(text, None, "a") is None
            assert terminology.expansion(text) is None
        assert tracemalloc.get_traced_memory()[0] < 1_000_000
    finally:
        tracemalloc.stop()
