"""Every kind of entry: what is said is kept to the letter, and nothing that FHIR says is lost."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.endpoints.rest.door import with_digits
from app.fhir.json_guard import parse
from app.fhir.rule import node_at, text
from app.what_matters.judgement import errors, issues_of
from app.what_matters.mapping.kind import Kind, changed, made, same, shown
from app.what_matters.shapes.actions import ACTIONS
from app.what_matters.shapes.helps import STRENGTHS
from app.what_matters.shapes.kinds import KINDS
from tests.what_matters import drawn
from tests.what_matters.valid_said import valid

Json = dict[str, Any]
EXAMPLES = Path("fhir_profiles/examples")
NOW = "2026-11-22T09:00:00.000Z"
FEW = settings(max_examples=40, deadline=None)
by_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def examples() -> Iterator[tuple[str, Json]]:
    for path in sorted(EXAMPLES.glob("profiles/*/valid*.json")):
        yield path.stem, parse(path.read_bytes())
    for path in sorted(EXAMPLES.glob("people/*.json")):
        for entry in parse(path.read_bytes())["entry"]:
            yield entry["resource"]["id"], entry["resource"]


EXAMPLE_BY_NAME = list(examples())


@by_kind
@given(data=st.data())
@FEW
def test_what_is_said_is_right_by_its_profile_and_told_again_to_the_letter(
    kind: Kind, data: st.DataObject
) -> None:
    said = valid(kind, data.draw(drawn.said(kind)))
    body = kind.shape.model_validate(said)
    tree = made(kind, with_digits(body.model_dump(exclude_none=True)), "tamsin-pender", NOW)
    assert errors(issues_of({**tree, "id": "new"})) == []
    assert kind.is_one(tree)
    told = shown(kind, tree)
    assert "also" not in told
    for name, value in body.model_dump(exclude_none=True).items():
        assert same(told[name], with_digits(value)), name


@by_kind
def test_nothing_of_an_example_is_lost(kind: Kind) -> None:
    found = [(name, one) for name, one in EXAMPLE_BY_NAME if one["resourceType"] == kind.type]
    for name, tree in found:
        if kind.is_one(tree):
            person = (text(node_at(tree, kind.person), "reference") or "").partition("/")[2]
            again = rebuilt(kind, shown(kind, tree), person)
            assert same(as_told(kind, again), as_told(kind, tree)), name


def rebuilt(kind: Kind, told: Json, person: str) -> Json:
    """The resource again, out of all that is shown of it."""
    also = told.get("also", {})
    owner = {kind.person: {"reference": f"Patient/{person}"}}
    again = changed(kind, {"resourceType": kind.type, **kind.base, **owner, **also}, told)
    return {**again, "meta": {**node_at(again, "meta"), **node_at(also, "meta")}}


def as_told(kind: Kind, tree: Json) -> Json:
    """Without what all of the kind hold, its own id and claim, and what a system wrote as text."""
    rest = {name: one for name, one in tree.items() if name not in ("id", "meta", *kind.base)}
    if node_at(rest, "text").get("status") == "generated":
        rest.pop("text")
    held = {name: tree.get(name, one) for name, one in kind.base.items()}
    labels = node_at(tree, "meta").get("security")
    claims = node_at(tree, "meta").get("profile")
    return {**rest, **held, "labels": labels, "claims": claims or [own(kind, tree)]}


def own(kind: Kind, tree: Json) -> str | None:
    claim = kind.claim(tree)
    return claim and f"https://whatmatters.example/fhir/StructureDefinition/{claim}"


def test_a_change_of_who_told_it_leaves_nobody_elses_name() -> None:
    tree = made(STRENGTHS, {"words": "x"}, "tam", NOW)
    tree["performer"] = [{"reference": "Practitioner/wella", "display": "Wella Bray"}]
    changed_now = changed(STRENGTHS, tree, {"told_by": [{"kind": "worker", "id": "clemmo"}]})
    assert changed_now["performer"] == [{"reference": "Practitioner/clemmo"}]


def test_a_change_beside_a_link_without_a_plain_word_keeps_the_link() -> None:
    link = {"reference": {"reference": "Task/7"}, "progress": [{"text": "Begun"}]}
    tree = {**made(ACTIONS, {"goals": ["quay"]}, "tam", NOW), "activity": [link]}
    done = [{"how_it_went": [{"words": "Done"}]}]
    after = changed(ACTIONS, tree, {"things": done})["activity"]
    assert after == [{"reference": {"reference": "Task/7"}, "progress": [{"text": "Done"}]}]
