"""Where a supporter stands, and every step from there: each state against each."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Issue
from app.fhir.library import BASE
from app.what_matters.rules import broken_rules
from app.what_matters.supporter import (
    Standing,
    helps,
    moves,
    reasons,
    standing_of,
    with_standing,
)

Json = dict[str, Any]
LABEL = {"system": f"{BASE}/CodeSystem/label", "code": "hidden-from-supporters"}
PLAIN: Json = {
    "resourceType": "RelatedPerson",
    "meta": {"security": [LABEL]},
    "patient": {"reference": "Patient/7"},
}

# from: to, where x is a step that may be taken
MATRIX = """
           invited active paused declined ended
invited    x       x      .      x        x
active     .       x      x      .        x
paused     .       x      x      .        x
declined   .       .      .      x        .
ended      .       .      .      .        x
"""
STATES = MATRIX.split("\n")[1].split()
STEPS = [
    (line.split()[0], to, mark == "x")
    for line in MATRIX.strip().split("\n")[1:]
    for to, mark in zip(STATES, line.split()[1:], strict=True)
]
# What holds somebody back is asked of in tests of its own.
FREE = set(reasons()) - {"recorded", "under-review", "misuse", "person-cannot-decide"}


def at(state: str, reason: str) -> Json:
    return with_standing(PLAIN, Standing(state, reason))


def reasons_for(state: str) -> list[str]:
    return [code for code in reasons() if state in reasons()[code].leads_to and code in FREE]


def found(tree: Json, before: Json | None = None) -> list[Issue]:
    return broken_rules(tree, before)


def test_the_states_are_those_of_the_matrix() -> None:
    assert list(moves()) == STATES


@pytest.mark.parametrize(("was", "now", "may"), STEPS, ids=lambda one: str(one))
def test_a_step_is_taken_only_where_the_matrix_has_one(was: str, now: str, may: bool) -> None:
    before = at(was, reasons_for(was)[0])
    for reason in reasons_for(now):
        issues = found(at(now, reason), before)
        if (was, now) == ("invited", "active") and reason != "accepted":
            assert issues
            continue
        assert (issues == []) is may, (reason, issues)
        if not may:
            (issue,) = issues
            assert issue.code == "business-rule"
            assert issue.expression == "RelatedPerson.extension"
            assert all(f"{state} (" in issue.text for state in moves()[was])


@pytest.mark.parametrize("state", STATES)
def test_a_new_entry_may_stand_anywhere_for_a_reason_that_leads_there(state: str) -> None:
    for reason, one in reasons().items():
        assert (found(at(state, reason)) == []) is (state in one.leads_to)


@pytest.mark.parametrize(("was", "now"), [(True, False), (False, True)])
def test_a_change_without_a_reason_is_refused_with_what_may_come_next(was: bool, now: bool) -> None:
    (issue,) = found({**PLAIN, "active": now}, {**PLAIN, "active": was})
    assert issue.expression == "RelatedPerson.active"
    assert ("ended (" in issue.text) if was else ("invite them anew" in issue.text)


def test_an_entry_of_old_stays_as_it_is_and_may_be_changed_otherwise() -> None:
    for active in (True, False):
        old = {**PLAIN, "active": active}
        assert found(old, old) == []
        assert found({**old, "gender": "female"}, old) == []
    assert found(at("active", "recorded"), {**PLAIN, "active": True}) == []
    assert found(at("paused", "person-asked-to-pause"), {**PLAIN, "active": True}) == []


def test_what_is_written_down_is_not_left_out_again() -> None:
    assert found({**PLAIN, "active": True}, at("active", "accepted"))
    assert found({**PLAIN, "active": False}, at("ended", "misuse"))


def test_recorded_is_for_a_first_version_alone() -> None:
    assert found(at("active", "recorded"), at("paused", "person-asked-to-pause"))
    assert found(at("active", "recorded"), at("active", "accepted"))
    assert found(at("ended", "recorded"), {**PLAIN, "active": True})


@pytest.mark.parametrize("held", ["under-review", "misuse", "person-cannot-decide"])
def test_what_is_held_goes_on_only_once_that_was_agreed(held: str) -> None:
    before = at("paused", held)
    for reason in reasons_for("active"):
        assert (found(at("active", reason), before) == []) is (reason == "review-agreed")
    for reason in reasons_for("paused"):
        assert found(at("paused", reason), before)
    assert found(at("ended", "person-asked-to-stop"), before) == []


def test_who_is_being_looked_at_may_be_paused_and_does_not_shake_it_off() -> None:
    before = at("active", "under-review")
    assert found(at("paused", "person-asked-to-pause"), before) == []
    assert found(at("active", "accepted"), before)
    assert found(at("active", "review-agreed"), before) == []


def test_what_no_supporter_is_to_read_is_kept_from_them_by_a_label() -> None:
    for state in ("paused", "ended"):
        told = {**at(state, "misuse"), "meta": {}}
        (issue,) = found(told)
        assert issue.expression == "RelatedPerson.meta.security"
        assert "hidden-from-supporters" in issue.text
        assert found({**told, "meta": {"security": [LABEL]}}) == []
    assert [code for code, one in reasons().items() if one.is_kept] == ["misuse"]


@pytest.mark.parametrize(
    "spoilt",
    [
        {**at("paused", "misuse"), "active": True},
        {**at("active", "accepted"), "active": False},
        at("sleeping", "recorded"),
        at("active", "because"),
        {**PLAIN, "active": True, "extension": at("active", "accepted")["extension"][:1]},
        {**PLAIN, "active": True, "extension": at("active", "accepted")["extension"][1:]},
        {**PLAIN, "active": True, "extension": at("active", "accepted")["extension"] * 2},
    ],
)
def test_a_state_that_is_not_told_clearly_is_refused(spoilt: Json) -> None:
    assert found(spoilt)


SAID = at("active", "accepted")["extension"][0]
ODD: list[Any] = [
    {"url": SAID["url"], "valueCode": "active"},
    {"url": SAID["url"], "valueCodeableConcept": {"text": "active"}},
    {"url": SAID["url"], "valueCodeableConcept": {"coding": [{"code": "active"}]}},
    {"url": SAID["url"], "valueCodeableConcept": {"coding": 7}},
    {"url": SAID["url"]},
]


@given(
    st.lists(st.sampled_from([SAID, at("paused", "misuse")["extension"][0], *ODD]), max_size=3),
    st.booleans(),
)
def test_nobody_helps_unless_all_that_is_said_agrees(said: list[Json], active: bool) -> None:
    assert helps({**PLAIN, "active": active, "extension": said}) is (
        active and said in ([], [SAID])
    )


def test_where_somebody_stands_is_read_as_it_was_written() -> None:
    for state in STATES:
        for reason in reasons_for(state):
            assert standing_of(at(state, reason)) == Standing(state, reason)
