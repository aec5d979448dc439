"""Which scores make the T-score of one person's goals; the formula is in test_attainment.py."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.fhir.library import BASE
from app.what_matters.attainment import CODE_BY_LEVEL, FIRST_SCORE, LOINC
from app.what_matters.pco_goal import Person
from app.what_matters.period import Period
from app.what_matters.t_scores import TScore, TScores, t_scores
from tests.what_matters.cast import of_type

YEAR = Period(date(2026, 1, 1), date(2026, 12, 31), ZoneInfo("Europe/London"))
LATER_BY_VOICE = {
    "Patient/tam": "107334-5",
    "Practitioner/wella": "107333-7",
    "RelatedPerson/mo": "107331-1",
}
NONE = TScores(0, 0, None, None)


def goal(id: str, importance: int | None = None, **rest: Any) -> dict[str, Any]:
    body = {"resourceType": "Goal", "id": id, "lifecycleStatus": "active", **rest}
    if importance is not None:
        url = f"{BASE}/StructureDefinition/goal-importance"
        body["extension"] = [{"url": url, "valueInteger": importance}]
    return body


def score(
    of: str, day: str, level: int, by: str = "Patient/tam", *, first: bool = False, **rest: Any
) -> dict[str, Any]:
    code = FIRST_SCORE if first else LATER_BY_VOICE[by]
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "focus": [{"reference": f"Goal/{of}"}],
        "performer": [{"reference": by}],
        "effectiveDateTime": day,
        "valueCodeableConcept": {"coding": [{"system": LOINC, "code": CODE_BY_LEVEL[level]}]},
        **rest,
    }


def told(goals: list[dict[str, Any]], *scores: dict[str, Any]) -> TScores:
    return t_scores(Person({}, goals, scores), YEAR)


def test_the_first_score_and_the_last_are_compared_whatever_their_order() -> None:
    three = [score("a", "2026-06-01", 1), score("a", "2026-03-01", -1, first=True)]
    found = told([goal("a")], score("a", "2026-04-01", -2), *three)
    assert found == TScores(1, 0, TScore(40.0, 60.0, 20.0), None)


def test_a_goal_that_was_scored_once_is_in_no_figure_and_counted_beside() -> None:
    both = [score("a", "2026-03-01", -1), score("a", "2026-04-01", 0)]
    found = told([goal("a"), goal("b"), goal("c")], *both, score("b", "2026-03-01", 2))
    assert (found.goals, found.scored_once) == (1, 1)
    assert found.alike == TScore(40.0, 50.0, 10.0)
    assert told([goal("b")], score("b", "2026-03-01", 2)) == TScores(0, 1, None, None)


def test_the_persons_own_word_goes_before_a_workers_that_came_later() -> None:
    start = score("a", "2026-03-01", -1, "Practitioner/wella", first=True)
    later = score("a", "2026-06-01", -2, "Practitioner/wella")
    own = score("a", "2026-05-01", 1)
    assert told([goal("a")], start, own, later).alike == TScore(40.0, 60.0, 20.0)
    assert told([goal("a")], start, later).alike == TScore(40.0, 30.0, -10.0)


def test_each_goal_counts_by_how_much_it_matters_where_all_of_them_say_so() -> None:
    scores = [
        one
        for id, level in (("a", 1), ("b", -1))
        for one in (score(id, "2026-03-01", 0), score(id, "2026-04-01", level))
    ]
    found = told([goal("a", 9), goal("b", 3)], *scores)
    assert found.alike == TScore(50.0, 50.0, 0.0)
    assert found.by_importance == TScore(50.0, 55.82, 5.82)
    for unsaid in (None, 0):
        assert told([goal("a", 9), goal("b", unsaid)], *scores).by_importance is None


@pytest.mark.parametrize("day", ["2025-12-31", "2027-01-01", "2026-03", "2026"])
def test_a_score_that_was_not_told_in_the_period_is_not_read(day: str) -> None:
    found = told([goal("a")], score("a", "2026-03-01", 0), score("a", day, 2))
    assert found == TScores(0, 1, None, None)


def test_what_was_a_mistake_is_not_read() -> None:
    both = [score("a", "2026-03-01", 0), score("a", "2026-04-01", 2, status="entered-in-error")]
    assert told([goal("a")], *both) == TScores(0, 1, None, None)
    both[1]["status"] = "final"
    assert told([goal("a", lifecycleStatus="entered-in-error")], *both) == NONE


def test_tamsins_walk_to_the_quay_moved_by_thirty() -> None:
    goals, observations = (of_type(one, "tamsin-pender") for one in ("Goal", "Observation"))
    found = t_scores(Person({}, goals, observations), YEAR)
    assert found.alike == TScore(30.0, 60.0, 30.0)
