"""Snapshots: made whole from the differential, its parents and R4's tables."""

from pathlib import Path

import pytest

from app.fhir.resource_types import Json
from app.fhir.snapshot import regenerated, with_snapshot
from tests.fhir.definitions import BASE, R4, element, profile

IMPORTANCE = profile(
    "importance",
    element("Extension", short="How important it is", max="1"),
    element("Extension.url", fixedUri=BASE + "importance"),
    element("Extension.value[x]", min=1, type=[{"code": "integer"}]),
)
PARENT = profile(
    "parent",
    element("Goal", constraint=[{"key": "p-1", "severity": "error", "human": "P"}]),
    element(
        "Goal.extension:importance",
        max="1",
        type=[{"code": "Extension", "profile": [BASE + "importance"]}],
    ),
    element("Goal.note", max="0"),
)
CHILD = profile(
    "child",
    element("Goal", constraint=[{"key": "c-1", "severity": "error", "human": "C"}]),
    element("Goal.extension:importance", min=1),
    element("Goal.target.measure.coding", min=1, short="What is measured"),
    parent=BASE + "parent",
)
BY_URL = {one["url"]: one for one in (IMPORTANCE, PARENT, CHILD)}


def snapshot(definition: Json) -> dict[str, Json]:
    elements = with_snapshot(definition, BY_URL.get)["snapshot"]["element"]
    assert len({one["id"] for one in elements}) == len(elements)
    return {one["id"]: one for one in elements}


def test_every_element_has_what_r4_asks_of_a_snapshot() -> None:
    for definition in BY_URL.values():
        for one in snapshot(definition).values():
            assert {"id", "path", "min", "max", "definition", "base"} <= one.keys()
            assert "isModifierReason" in one or not one.get("isModifier")
            assert one["max"] == "*" or one["min"] <= int(one["max"]) or one["max"] == "0"


def test_a_child_has_what_its_parent_asks() -> None:
    found = snapshot(CHILD)
    assert [one["key"] for one in found["Goal"]["constraint"]] == ["p-1", "c-1"]
    assert found["Goal.note"]["max"] == "0"
    assert (
        found["Goal.extension:importance"]["min"],
        found["Goal.extension:importance"]["max"],
    ) == (1, "1")


def test_a_slice_stands_after_its_element_which_says_how_it_is_sliced() -> None:
    found = snapshot(PARENT)
    ids = list(found)
    assert ids.index("Goal.extension:importance") == ids.index("Goal.extension") + 1
    assert found["Goal.extension"]["slicing"]["discriminator"] == [{"type": "value", "path": "url"}]
    assert "slicing" not in found["Goal.extension:importance"]


def test_the_inside_of_a_datatype_is_shown_where_something_is_asked_of_it() -> None:
    found = snapshot(CHILD)
    assert found["Goal.target.measure.coding"]["definition"] == "What is measured"
    assert found["Goal.target.measure.coding"]["base"]["path"] == "CodeableConcept.coding"
    assert "Goal.description.coding" not in found


def test_r4_facts_are_in_it() -> None:
    found = snapshot(PARENT)
    assert found["Goal.expressedBy"]["type"][0]["targetProfile"][0].startswith(R4)
    assert found["Goal.lifecycleStatus"]["binding"]["strength"] == "required"
    assert found["Goal.target.id"]["base"]["path"] == "Element.id"
    assert found["Goal.id"]["base"]["path"] == "Resource.id"


@pytest.mark.parametrize(
    ("path", "text"), [pytest.param(p, t, id=p.stem) for p, t in regenerated()]
)
def test_the_shipped_snapshots_are_what_their_differentials_make(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, "run `make profiles`"
