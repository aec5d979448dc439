"""A person in plain words and as a Patient: both ways, and nothing is lost."""

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.what_matters.mapping.kind import changed, same, shown
from app.what_matters.shapes.people import PEOPLE, Person, new_person
from tests.papers import ROOT
from tests.what_matters.cast import everybody

Json = dict[str, Any]
_EXAMPLES = (ROOT / "fhir_profiles" / "examples" / "profiles" / "person").glob("valid-*.json")
PATIENTS = [
    *(one for one in everybody().values() if one["resourceType"] == "Patient"),
    *(json.loads(path.read_bytes()) for path in sorted(_EXAMPLES)),
]


def put_back(told: Json) -> Json:
    """The Patient again, out of what was told of it."""
    also = told.get("also", {})
    tree = changed(PEOPLE, {"resourceType": "Patient", **deepcopy(also)}, told)
    meta = {**new_person({})["meta"], **tree.get("meta", {})}
    return {**tree, "meta": meta}


def told_whole(patient: Json) -> Json:
    """Without what a system wrote out of the rest."""
    return {name: one for name, one in patient.items() if name not in ("id", "text")}


@pytest.mark.parametrize("patient", PATIENTS, ids=lambda one: one.get("id"))
def test_every_example_is_told_and_put_back_as_it_was(patient: Json) -> None:
    assert same(put_back(shown(PEOPLE, patient)), told_whole(patient))


def test_the_cast_needs_no_fhir_to_be_told() -> None:
    for one in everybody().values():
        if one["resourceType"] == "Patient":
            assert "also" not in shown(PEOPLE, one)


_TEXT = st.text("Aa é'7", min_size=1, max_size=6).filter(str.strip)
_DAY = st.sampled_from(["1955", "1955-02", "1955-02-11"])
_NAME = st.fixed_dictionaries(
    {"family": _TEXT},
    optional={
        "kind": st.sampled_from(["official", "usual", "nickname", "before-marriage"]),
        "given": st.lists(_TEXT, min_size=1, max_size=2),
        "until": _DAY,
    },
)
_ADDRESS = st.fixed_dictionaries(
    {"words": _TEXT},
    optional={
        "no_fixed_address": st.booleans(),
        "lines": st.lists(_TEXT, min_size=1, max_size=2),
        "postcode": _TEXT,
        "kind": st.sampled_from(["home", "for-now"]),
        "since": _DAY,
    },
)
SAID = st.fixed_dictionaries(
    {},
    optional={
        "called": _TEXT,
        "names": st.lists(_NAME, min_size=1, max_size=3),
        "born": _DAY,
        "languages": st.lists(
            st.fixed_dictionaries(
                {"code": st.sampled_from(["en", "kw", "pl"])},
                optional={"name": _TEXT, "likes_best": st.booleans()},
            ),
            min_size=1,
            max_size=2,
        ),
        "pronouns": st.lists(_TEXT, min_size=1, max_size=2),
        "needs_interpreter": st.booleans(),
        "nhs_number": st.fixed_dictionaries(
            {"number": st.just("9990000018")},
            optional={"checked": st.sampled_from(["verified", "traced-later"])},
        ),
        "reach": st.lists(
            st.fixed_dictionaries(
                {"by": st.sampled_from(["phone", "email"]), "at": _TEXT},
                optional={"order": st.integers(1, 9), "where": st.just("home")},
            ),
            min_size=1,
            max_size=2,
        ),
        "addresses": st.lists(_ADDRESS, min_size=1, max_size=2),
        "ethnic_category": st.fixed_dictionaries({"code": _TEXT}, optional={"name": _TEXT}),
        "gender": st.sampled_from(["female", "other"]),
        "in_use": st.booleans(),
    },
)
BESIDE: Json = {
    "maritalStatus": {"text": "Widowed"},
    "multipleBirthInteger": 2,
    "extension": [{"url": "urn:example:own", "valueString": "kept"}],
    "contact": [{"name": {"text": "Kensa"}}],
}


@settings(max_examples=150, deadline=None)
@given(SAID)
def test_what_is_said_of_a_person_is_told_again(said: Json) -> None:
    TypeAdapter(Person).validate_python(said)
    told = shown(PEOPLE, new_person(said))
    assert told == said


@settings(max_examples=150, deadline=None)
@given(SAID, SAID)
def test_a_change_says_the_new_and_keeps_all_else(before: Json, after: Json) -> None:
    tree = {**new_person(before)}
    tree["extension"] = [*tree.get("extension", ()), *BESIDE["extension"]]
    tree |= {name: one for name, one in BESIDE.items() if name != "extension"}
    now = shown(PEOPLE, changed(PEOPLE, deepcopy(tree), after))
    assert now.pop("also") == BESIDE
    assert now == {**before, **after}
