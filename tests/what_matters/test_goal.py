"""A goal's life, and that it stays the person's."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Forbidden, Invalid
from app.fhir.library import BASE
from app.what_matters.goal import (
    HOW_KNOWN,
    HOW_KNOWN_CODES,
    MOVES,
    LettingGo,
    Move,
    Said,
    Standing,
    begun,
    moved,
    moves_of,
    rated,
    reworded,
    standing,
)
from app.what_matters.judgement import errors, issues_of
from tests.what_matters.cast import everybody

TAM = "Patient/tam"
WHEN = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
MYSELF = Said(TAM, WHEN)
FOR_HER = Said("RelatedPerson/son", WHEN, how_known="said")
WORKER = Said("Practitioner/wella", WHEN)


def goal(status: str = "active", **rest: Any) -> dict[str, Any]:
    return {
        "resourceType": "Goal",
        "meta": {"profile": [f"{BASE}/StructureDefinition/person-stated-goal"]},
        "lifecycleStatus": status,
        "description": {"text": "Walk to the quay"},
        "subject": {"reference": TAM},
        "startDate": "2026-03-01",
        "expressedBy": {"reference": TAM},
        **rest,
    }


def achieved(**rest: Any) -> dict[str, Any]:
    return moved(goal(), Move.REACH, MYSELF, **rest)


@pytest.mark.parametrize(
    ("status", "words", "next_moves"),
    [
        ("proposed", "suggested", ["start", "pause", "achieved", "let go"]),
        ("accepted", "agreed", ["start", "pause", "achieved", "let go"]),
        ("active", "under way", ["pause", "achieved", "let go"]),
        ("on-hold", "paused", ["pick up again", "achieved", "let go"]),
        ("completed", "ended", ["pick up again"]),
        ("cancelled", "let go", ["pick up again"]),
        ("rejected", "not wanted", ["pick up again"]),
        ("entered-in-error", "a mistake", []),
    ],
)
def test_where_a_goal_stands_and_what_may_come_next_is_in_plain_words(
    status: str, words: str, next_moves: list[str]
) -> None:
    assert standing(goal(status)) == words
    assert list(moves_of(goal(status))) == next_moves


@pytest.mark.parametrize("move", Move)
def test_a_move_gives_a_goal_that_is_right_by_its_profile(move: Move) -> None:
    for status in MOVES[move][0]:
        before = goal(status)
        after = moved(before, move, MYSELF, LettingGo.LIFE_CHANGED)
        assert errors(issues_of(after, before=before)) == []
        assert after["lifecycleStatus"] == MOVES[move][1]
        assert after["statusDate"] == "2026-11-01"


def test_a_move_leaves_the_goal_it_is_given_as_it_was() -> None:
    before = goal()
    kept = deepcopy(before)
    moved(before, Move.LET_GO, MYSELF, "I stood in it to my knees, and that was enough.")
    assert before == kept


def test_a_goal_is_let_go_with_the_persons_own_words() -> None:
    words = "I stood in it to my knees, and that was enough."
    assert moved(goal(), Move.LET_GO, MYSELF, words)["statusReason"] == words


@pytest.mark.parametrize("move", [Move.PAUSE, Move.LET_GO])
@pytest.mark.parametrize("reason", [None, "", "  "])
def test_pausing_and_letting_go_ask_for_a_reason(move: Move, reason: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        moved(goal(), move, MYSELF, reason)
    assert refused.value.issues[0].expression == "Goal.statusReason"


@pytest.mark.parametrize("reason", LettingGo)
def test_no_reason_for_letting_go_speaks_of_failure(reason: LettingGo) -> None:
    unkind = ("fail", "unsuccessful", "gave up", "did not achieve", "non-")
    assert not any(word in reason.lower() for word in unkind)


def test_a_goal_that_was_let_go_keeps_what_was_known_of_how_far_it_came() -> None:
    near = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/goal-achievement"}]}
    after = moved(goal(achievementStatus=near), Move.LET_GO, MYSELF, LettingGo.ENOUGH)
    assert after["achievementStatus"] == near


def test_a_goal_that_is_achieved_says_so_and_is_reached() -> None:
    assert standing(achieved()) is Standing.REACHED


def test_a_goal_that_was_achieved_can_be_picked_up_again_and_is_under_way() -> None:
    again = moved(achieved(reason="Feast Sunday, second row."), Move.PICK_UP, MYSELF)
    assert standing(again) is Standing.UNDER_WAY
    assert again["achievementStatus"]["coding"][0]["code"] == "in-progress"
    assert "statusReason" not in again


def test_a_move_that_cannot_be_made_from_here_says_which_can() -> None:
    with pytest.raises(Invalid, match="What may come next: pick up again"):
        moved(goal("on-hold"), Move.START, MYSELF)


@pytest.mark.parametrize("move", Move)
def test_a_worker_moves_no_goal_by_their_own_view(move: Move) -> None:
    with pytest.raises(Forbidden, match="for the person to say"):
        moved(goal(next(iter(MOVES[move][0]))), move, WORKER, LettingGo.ENOUGH)


def test_whoever_writes_down_what_the_person_said_tells_how_they_know() -> None:
    after = moved(goal(), Move.REACH, FOR_HER)
    assert after["note"][-1] == {
        "authorReference": {"reference": "RelatedPerson/son"},
        "time": "2026-11-01T09:30:00+00:00",
        "text": "Achieved. They said it.",
    }


def test_a_way_of_knowing_that_nobody_has_heard_of_is_none() -> None:
    with pytest.raises(Forbidden):
        moved(goal(), Move.REACH, Said("Practitioner/wella", WHEN, how_known="assumed"))


def known(**how: Any) -> dict[str, Any]:
    return {"extension": [{"url": HOW_KNOWN, "valueCodeableConcept": how}]}


def how(code: str, system: str = HOW_KNOWN_CODES) -> dict[str, Any]:
    return known(coding=[{"system": system, "code": code}])


BY_SON = {"expressedBy": {"reference": "RelatedPerson/son"}}


@pytest.mark.parametrize(
    ("rest", "status"),
    [
        ({}, "active"),
        ({**BY_SON, **how("said")}, "active"),
        (BY_SON, "proposed"),
        ({**BY_SON, **known(text="I can tell")}, "proposed"),
        ({**BY_SON, **how("assumed")}, "proposed"),
        ({**BY_SON, **how("said", "https://partner.example/how")}, "proposed"),
        ({"expressedBy": {"display": "Her son"}}, "proposed"),
    ],
)
def test_what_nobody_heard_the_person_say_begins_as_a_suggestion(
    rest: dict[str, Any], status: str
) -> None:
    new = {name: one for name, one in goal(**rest).items() if name != "lifecycleStatus"}
    assert begun(new) == {**new, "lifecycleStatus": status}


def test_a_new_goal_stands_where_it_says() -> None:
    assert begun(goal("on-hold", **BY_SON)) == goal("on-hold", **BY_SON)


def test_new_words_keep_the_old_ones_with_who_said_them() -> None:
    after = reworded(goal(), "Walk to the quay with Wella", MYSELF)
    assert after["description"] == {"text": "Walk to the quay with Wella"}
    assert after["note"] == [
        {
            "authorReference": {"reference": TAM},
            "time": "2026-11-01T09:30:00+00:00",
            "text": "Walk to the quay",
        }
    ]


def test_new_words_for_the_person_say_whose_they_are_and_how_they_know() -> None:
    before = goal()
    after = reworded(before, "Walk to the quay with Wella", FOR_HER)
    assert after["expressedBy"] == {"reference": "RelatedPerson/son"}
    assert [one["url"] for one in after["extension"]] == [HOW_KNOWN]
    assert errors(issues_of(after, before=before)) == []


def test_the_persons_new_words_need_nobody_to_know_them() -> None:
    theirs = reworded(goal(), "Walk to the quay with Wella", FOR_HER)
    assert "extension" not in reworded(theirs, "Walk there alone", MYSELF)


def test_a_worker_rewords_nothing_by_their_own_view() -> None:
    with pytest.raises(Forbidden):
        reworded(goal(), "Improve mobility", WORKER)


def test_the_same_words_again_change_nothing() -> None:
    assert reworded(goal(), "Walk to the quay", MYSELF) == goal()


def test_a_goal_has_words() -> None:
    with pytest.raises(Invalid):
        reworded(goal(), "  ", MYSELF)


def test_how_much_it_matters_is_the_persons_to_say_from_0_to_10() -> None:
    after = rated(rated(goal(), MYSELF, importance=3), MYSELF, importance=9, confidence=4)
    assert {one["url"].rpartition("/")[2]: one["valueInteger"] for one in after["extension"]} == {
        "goal-importance": 9,
        "goal-confidence": 4,
    }
    with pytest.raises(Forbidden):
        rated(goal(), WORKER, importance=0)
    with pytest.raises(Invalid) as refused:
        rated(goal(), MYSELF, importance=11, cost=3)
    assert [issue.expression for issue in refused.value.issues] == ["importance", "cost"]


# What comes in by any door, not only through `reworded`.
JARGON = {
    "description": {"text": "Improve mobility"},
    "expressedBy": {"reference": "Practitioner/wella"},
    "extension": [{"url": HOW_KNOWN, "valueCodeableConcept": {"text": "I think so"}}],
}
KEPT = {"note": [{"text": "She said: “Walk to the quay”"}]}


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        (JARGON, ["wm-goal-own-words"]),
        (JARGON | KEPT, []),
        ({"description": {"text": "Walk further"}}, []),
        (
            {"expressedBy": {"reference": "Practitioner/wella"}, "extension": JARGON["extension"]},
            [],
        ),
    ],
    ids=["words gone", "words kept", "reworded by the person", "the same words"],
)
@pytest.mark.parametrize("profile", ["person-stated-goal", "scaled-goal"])
def test_the_persons_words_are_not_lost_whichever_door_a_change_comes_by(
    change: dict[str, Any], rules: list[str], profile: str
) -> None:
    meta = {"profile": [f"{BASE}/StructureDefinition/{profile}"]}
    before = goal(meta=meta)
    found = errors(issues_of(before | change, before=before))
    assert [one.rule for one in found if one.rule == "wm-goal-own-words"] == rules


def test_a_claim_that_is_dropped_does_not_let_the_words_go() -> None:
    bare = {name: value for name, value in (goal() | JARGON).items() if name != "meta"}
    assert [one.rule for one in issues_of(bare, before=goal())] == ["wm-goal-own-words"]


@given(st.lists(st.tuples(st.sampled_from(Move), st.sampled_from([MYSELF, FOR_HER])), max_size=8))
def test_however_a_goal_moves_it_can_be_moved_again_and_its_words_stay(
    path: list[tuple[Move, Said]],
) -> None:
    current = goal("proposed")
    for move, said in path:
        if move in moves_of(current):
            current = moved(current, move, said, LettingGo.RATHER_NOT_SAY)
        else:
            with pytest.raises(Invalid):
                moved(current, move, said, LettingGo.RATHER_NOT_SAY)
        assert moves_of(current)
    assert current["description"] == {"text": "Walk to the quay"}
    assert errors(issues_of(current)) == []


def test_every_goal_of_the_cast_stands_somewhere() -> None:
    found = {standing(one) for link, one in everybody().items() if link.startswith("Goal/")}
    assert found == set(Standing) - {Standing.NOT_WANTED, Standing.MISTAKE}


def test_a_goal_that_was_let_go_keeps_how_far_it_came_when_it_is_picked_up_again() -> None:
    coding = {
        "system": "http://terminology.hl7.org/CodeSystem/goal-achievement",
        "code": "improving",
    }
    far = {"coding": [coding]}
    again = moved(goal("cancelled", achievementStatus=far), Move.PICK_UP, MYSELF)
    assert again["achievementStatus"] == far


@pytest.mark.parametrize(("number", "is_taken"), [(-1, False), (0, True), (10, True), (11, False)])
def test_how_much_it_matters_goes_from_0_to_10(number: int, is_taken: bool) -> None:
    if is_taken:
        assert rated(goal(), MYSELF, importance=number)["extension"][0]["valueInteger"] == number
    else:
        with pytest.raises(Invalid):
            rated(goal(), MYSELF, importance=number)
