"""The measures of Person-Centered Outcomes, against the table in pco_cases.txt."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.what_matters.attainment import CODE_BY_LEVEL, LOINC, SCALING
from app.what_matters.pco_goal import CONCEPTS, DOMAINS, NAMED_MEASURES, Person, is_pco_goal
from app.what_matters.pco_measures import SetMeasures, Why, measure, measure_all
from app.what_matters.period import Period, Window
from tests.what_matters.cast import of_type

LONDON = ZoneInfo("Europe/London")
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31), LONDON)
GOAL = {"reference": "Goal/walk"}
MATTERS = {
    "resourceType": "Observation",
    "id": "sea",
    "status": "final",
    "category": [{"coding": [{"system": CONCEPTS, "code": "what-matters"}]}],
}
ABOUT: dict[str, dict[str, Any]] = {
    "part of life": {"category": [{"coding": [{"system": DOMAINS, "code": "independence"}]}]},
    "wellbeing": {"category": [{"coding": [{"system": CONCEPTS, "code": "wellbeing"}]}]},
    "well-being": {"category": [{"coding": [{"system": CONCEPTS, "code": "well-being"}]}]},
    "what matters": {"addresses": [{"reference": "Observation/sea"}]},
    "a condition": {"addresses": [{"reference": "Condition/hip"}]},
    "nothing": {},
    "mistake": {
        "category": [{"coding": [{"system": DOMAINS, "code": "independence"}]}],
        "lifecycleStatus": "entered-in-error",
    },
}
MEASURED: dict[str, dict[str, Any]] = {
    "steps": {"extension": [{"url": SCALING, "extension": [{"url": "progressText"}]}]},
    "old steps": {"extension": [{"url": SCALING, "extension": [{"url": "text"}]}]},
    "target": {"target": [{"measure": {"coding": [{"system": LOINC, "code": "107332-9"}]}}]},
    "named": {"target": [{"measure": {"coding": [{"system": LOINC, "code": "44261-6"}]}}]},
    "nothing": {},
}


def cases() -> Iterator[list[str]]:
    """The cells of each row under the line."""
    text = Path(__file__).with_name("pco_cases.txt").read_text(encoding="utf-8")
    for line in text.partition("\n-----")[2].splitlines()[1:]:
        yield [cell.strip() for cell in line.split("|")]


CASES = list(cases())


def score(written: str) -> dict[str, Any]:
    """An Observation from "day=step"; with "!" it was a mistake."""
    when, _, told = written.strip().partition("=")
    value, mistake = told.rstrip("!"), told.endswith("!")
    named = value == "named"
    body: dict[str, Any] = {
        "resourceType": "Observation",
        "status": "entered-in-error" if mistake else "final",
        "code": {"coding": [{"system": LOINC, "code": "44261-6" if named else "107334-5"}]},
        "focus": [GOAL],
        "effectiveDateTime": when,
    }
    if named:
        return body | {"valueQuantity": {"value": 5}}
    coding = {"system": LOINC, "code": CODE_BY_LEVEL[int(value)]}
    return body | {"valueCodeableConcept": {"coding": [coding]}}


def person(born: str, began: str, about: str, measured: str, plan: str, scores: str) -> Person:
    patient = {"resourceType": "Patient", "id": "tam"} | ({"birthDate": born} if born else {})
    goal = {
        "resourceType": "Goal",
        "id": "walk",
        "lifecycleStatus": "active",
        **({"startDate": began} if began else {}),
        **MEASURED[measured],
        **ABOUT[about],
    }
    status = "entered-in-error" if plan == "bad" else "active"
    plans = [] if plan == "no" else [{"resourceType": "CarePlan", "status": status, "goal": [GOAL]}]
    told = [score(one) for one in scores.split(",") if one]
    return Person(patient, [goal], [MATTERS, *told], plans)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_a_person_counts_as_worked_out_by_hand(case: list[str]) -> None:
    _, born, began, about, measured, plan, scores, *expected = case
    found = measure(person(born, began, about, measured, plan, scores), YEAR)
    told = [found.identified, found.followed_up, found.achieved]
    if not found.in_population:
        assert expected == ["out"] * 3
    else:
        assert ["yes" if one else "-" for one in told] == expected


def test_a_set_of_people_is_the_sum_of_each() -> None:
    people = [person(*case[1:7]) for case in CASES]
    out = [case[7] for case in CASES].count("out")
    identified, followed_up, achieved = (
        [case[n] for case in CASES].count("yes") for n in (7, 8, 9)
    )
    left_out = {Why.UNDER_18: 1, Why.AGE_UNKNOWN: 2}
    expected = SetMeasures(len(CASES) - out, identified, followed_up, achieved, left_out)
    assert measure_all(iter(people), YEAR) == expected


def test_nobody_at_all_is_a_population_of_nobody() -> None:
    assert measure_all([], YEAR) == SetMeasures(0, 0, 0, 0, {})


def test_another_window_moves_both_ends() -> None:
    tam = person("1950-03-01", "2026-03-02", "part of life", "steps", "yes", "2026-03-12=0")
    early = Period(YEAR.first, YEAR.last, LONDON, Window(1, 4))
    assert measure(tam, early).followed_up
    assert not measure(tam, YEAR).followed_up


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ("no plan", Why.NO_PLAN),
        ("about nothing", Why.NOT_OF_WHAT_MATTERS),
        ("no day when it began", Why.NO_START),
        ("the period: began the day after", Why.NOT_BEGUN_IN_PERIOD),
        ("measured by nothing", Why.NOT_MEASURED),
        ("no score at all", Why.NO_FIRST_SCORE),
        ("a first score alone", Why.NO_FOLLOW_UP),
        ("followed up and not reached", Why.NOT_ACHIEVED),
        ("all is there, and it is reached", None),
    ],
)
def test_a_goal_says_the_first_thing_it_lacks(case: str, why: Why | None) -> None:
    row = next(one for one in CASES if one[0] == case)
    assert [goal.why for goal in measure(person(*row[1:7]), YEAR).goals] == [why]


def test_somebody_who_is_not_in_the_population_is_told_why() -> None:
    child = person("2014-05-01", "2026-03-02", "part of life", "steps", "yes", "")
    found = measure(child, YEAR)
    assert (found.why, found.goals) == (Why.UNDER_18, ())


def test_a_score_about_another_goal_is_not_this_ones() -> None:
    tam = person("1950-03-01", "2026-03-02", "part of life", "steps", "yes", "2026-03-02=-1")
    other = score("2026-05-01=0") | {"focus": [{"reference": "Goal/other"}]}
    assert not measure(Person(tam.patient, tam.goals, [other], tam.plans), YEAR).followed_up


@pytest.mark.parametrize(
    ("first", "last", "window"),
    [
        (date(2026, 2, 1), date(2026, 1, 31), Window()),
        (date(2026, 1, 1), date(2026, 1, 1), Window(4, 3)),
        (date(2026, 1, 1), date(2026, 1, 1), Window(-1, 3)),
    ],
)
def test_a_time_that_ends_before_it_begins_is_refused(
    first: date, last: date, window: Window
) -> None:
    with pytest.raises(Invalid):
        Period(first, last, LONDON, window)


def test_the_guide_names_thirty_four_measures() -> None:
    assert len(NAMED_MEASURES) == 34


def test_tamsin_counts_for_all_three() -> None:
    tam = Person(
        of_type("Patient", "tamsin-pender")[0],
        of_type("Goal", "tamsin-pender"),
        of_type("Observation", "tamsin-pender"),
        of_type("CarePlan", "tamsin-pender"),
    )
    found = measure(tam, YEAR)
    assert (found.identified, found.followed_up, found.achieved) == (True, True, True)


days = st.dates(date(2025, 1, 1), date(2027, 12, 31)).map(str)
rows = st.builds(
    person,
    st.sampled_from(["1950-03-01", "2008-01-01", "2008-01-02", "2008", ""]),
    days | st.just(""),
    st.sampled_from(sorted(ABOUT)),
    st.sampled_from(sorted(MEASURED)),
    st.sampled_from(["yes", "no", "bad"]),
    st.lists(st.builds("{}={}".format, days, st.integers(-2, 2)), max_size=4).map(",".join),
)


@given(rows)
def test_nobody_achieves_without_follow_up_and_nobody_counts_outside_the_population(
    somebody: Person,
) -> None:
    found = measure(somebody, YEAR)
    assert found.achieved <= found.followed_up
    assert (found.identified or found.followed_up) <= found.in_population


@given(rows)
def test_one_more_score_never_takes_anything_away(somebody: Person) -> None:
    before = measure(somebody, YEAR)
    more = [*somebody.observations, score("2026-05-01=1")]
    after = measure(Person(somebody.patient, somebody.goals, more, somebody.plans), YEAR)
    for name in ("identified", "followed_up", "achieved"):
        assert getattr(before, name) <= getattr(after, name)


def goal(**rest: Any) -> dict[str, Any]:
    return {"resourceType": "Goal", "id": "walk", "startDate": "2026-03-02", **rest}


def category(system: str, code: str) -> dict[str, Any]:
    return {"category": [{"coding": [{"system": system, "code": code}]}]}


@pytest.mark.parametrize(
    ("given", "is_one"),
    [
        (category(DOMAINS, "independence"), True),
        (category(DOMAINS, "sailing"), False),
        (category("https://elsewhere.example", "independence"), False),
        (category(CONCEPTS, "person-centered"), True),
        (category(CONCEPTS, "independence"), False),
        (category("https://elsewhere.example", "wellbeing"), False),
        ({"addresses": [{"reference": "Observation/sea"}]}, True),
        ({"addresses": [{"reference": "Observation/other"}]}, False),
        ({}, False),
    ],
)
def test_a_goal_is_of_what_matters_by_its_category_or_by_what_it_addresses(
    given: dict[str, Any], is_one: bool
) -> None:
    assert is_pco_goal(goal(**given), [MATTERS]) is is_one
    assert not is_pco_goal(goal(**given) | {"lifecycleStatus": "entered-in-error"}, [MATTERS])
    no_start = {name: value for name, value in goal(**given).items() if name != "startDate"}
    assert not is_pco_goal(no_start, [MATTERS])


@pytest.mark.parametrize(
    "spoilt", [{"status": "entered-in-error"}, {"category": []}, {"id": "another"}], ids=str
)
def test_what_a_goal_addresses_must_be_an_observation_of_what_matters(
    spoilt: dict[str, Any],
) -> None:
    addressing = goal(addresses=[{"reference": "Observation/sea"}])
    assert not is_pco_goal(addressing, [MATTERS | spoilt])


@pytest.mark.parametrize("window", [Window(0, 0), Window(0, 26), Window(26, 26)])
def test_the_shortest_times_there_are_are_taken(window: Window) -> None:
    assert Period(YEAR.first, YEAR.first, LONDON, window).window == window
