"""Goals that are raised for review, when the person chose, and never otherwise."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec import Raw

from app.what_matters.contact import contact_of
from app.what_matters.progress import progress_of
from app.what_matters.review import REVIEW_ON, Chosen, Due, Why, chosen_of, due, looked_at
from tests.what_matters.cast import of_type
from tests.what_matters.test_contact import contact
from tests.what_matters.test_progress import told

LONDON = ZoneInfo("Europe/London")
MARCH, TODAY = date(2026, 3, 1), date(2026, 11, 26)


def goal(id: str = "walk", status: str = "active", **rest: Any) -> dict[str, Any]:
    return {"resourceType": "Goal", "id": id, "lifecycleStatus": status, **rest}


def raised(chosen: Chosen, last: date = MARCH, status: str = "active") -> list[Why]:
    found = due([goal(status=status)], {"Goal/walk": last}, {"Goal/walk": chosen}, TODAY)
    return [one.why for one in found]


@pytest.mark.parametrize(
    ("chosen", "last", "why"),
    [
        (Chosen(on=TODAY), MARCH, [Why.DAY_CHOSEN]),
        (Chosen(on=date(2026, 11, 27)), MARCH, []),
        (Chosen(on=date(2026, 10, 1)), date(2026, 9, 30), [Why.DAY_CHOSEN]),
        (Chosen(on=date(2026, 10, 1)), date(2026, 10, 1), []),
        (Chosen(after_days=30), date(2026, 10, 27), [Why.TIME_CHOSEN]),
        (Chosen(after_days=30), date(2026, 10, 28), []),
        (Chosen(words="When the clocks change"), MARCH, []),
        (Chosen(), MARCH, []),
    ],
)
def test_a_goal_is_raised_once_the_time_that_was_chosen_has_come(
    chosen: Chosen, last: date, why: list[Why]
) -> None:
    assert raised(chosen, last) == why


@pytest.mark.parametrize("status", ["completed", "cancelled", "rejected", "entered-in-error"])
def test_a_goal_that_is_over_is_not_raised(status: str) -> None:
    assert raised(Chosen(on=TODAY), status=status) == []


def test_a_goal_for_which_nobody_chose_a_time_is_left_in_peace() -> None:
    assert due([goal()], {"Goal/walk": MARCH}, {}, TODAY) == []


def test_the_goal_that_has_waited_longest_comes_first() -> None:
    chosen = Chosen(after_days=1)
    looked = {"Goal/a": date(2026, 11, 1), "Goal/b": date(2026, 6, 1)}
    found = due([goal("a"), goal("b")], looked, dict.fromkeys(looked, chosen), TODAY)
    assert found == [
        Due("Goal/b", Why.TIME_CHOSEN, 178),
        Due("Goal/a", Why.TIME_CHOSEN, 25),
    ]


def about(conversation: str) -> Any:
    extension = {
        "url": "http://hl7.org/fhir/StructureDefinition/resource-pertainsToGoal",
        "valueReference": {"reference": "Goal/walk"},
    }
    body = contact(conversation, period={"start": "2026-07-31T23:30:00Z"})
    return contact_of(body | {"extension": [*body["extension"], extension]})


def test_a_goal_was_looked_at_when_progress_was_told_or_a_contact_was_about_it() -> None:
    dated = goal(startDate="2026-03-01", statusDate="2026-04-01")
    progress = progress_of(told("2026-05-01", 3))
    assert progress is not None
    assert looked_at(dated, [], [], LONDON) == date(2026, 4, 1)
    assert looked_at(dated, [progress], [], LONDON) == date(2026, 5, 1)
    # Half past eleven at night by Greenwich is the next day in a Cornish summer.
    assert looked_at(dated, [progress], [about("read")], LONDON) == date(2026, 8, 1)
    assert looked_at(dated, [progress], [about("not-asked")], LONDON) == date(2026, 5, 1)
    stored = {"meta": {"lastUpdated": "2026-07-31T23:30:00.000Z"}}
    assert looked_at(goal() | stored, [], [], LONDON) == date(2026, 8, 1)
    assert looked_at(dated | stored, [], [], LONDON) == date(2026, 4, 1)
    assert looked_at(goal(), [], [], LONDON) is None


def plan(**rest: Any) -> dict[str, Any]:
    return {
        "resourceType": "CarePlan",
        "status": "active",
        "goal": [{"reference": "Goal/walk"}],
    } | rest


def on(day: str) -> dict[str, Any]:
    return {"extension": [{"url": REVIEW_ON, "valueDate": day}]}


def test_the_day_of_an_action_goes_before_that_of_the_whole_plan() -> None:
    detail = {"goal": [{"reference": "Goal/walk"}], **on("2026-12-01")}
    whole = plan(
        goal=[{"reference": "Goal/walk"}, {"reference": "Goal/sing"}],
        activity=[{"detail": detail}],
        **on("2026-06-01"),
    )
    assert chosen_of([whole]) == {
        "Goal/walk": Chosen(on=date(2026, 12, 1)),
        "Goal/sing": Chosen(on=date(2026, 6, 1)),
    }


def test_of_two_plans_the_first_day_counts_and_one_that_is_over_counts_for_nothing() -> None:
    plans = [
        plan(**on("2026-12-01")),
        plan(**on("2026-11-01")),
        plan(status="revoked", **on("2026-01-01")),
    ]
    assert chosen_of(plans) == {"Goal/walk": Chosen(on=date(2026, 11, 1))}


def test_tamsins_own_words_for_when_are_kept() -> None:
    chosen = chosen_of(of_type("CarePlan", "tamsin-pender"))
    assert chosen["Goal/tamsin-pender-sing-in-the-choir"].words == "In March 2027, or when I say"


@pytest.mark.parametrize("turned", [False, True])
def test_a_day_goes_before_words_that_no_calendar_knows(turned: bool) -> None:
    words = plan(extension=[{"url": REVIEW_ON, "valueString": "When the clocks change"}])
    plans = [plan(**on("2026-12-01")), words]
    chosen = chosen_of(plans[::-1] if turned else plans)
    assert chosen == {"Goal/walk": Chosen(on=date(2026, 12, 1))}


def after(value: Any, code: str = "d", **rest: Any) -> dict[str, Any]:
    duration = {"value": value, "code": code, "system": "http://unitsofmeasure.org", **rest}
    return {"extension": [{"url": REVIEW_ON, "valueDuration": duration}]}


@pytest.mark.parametrize(
    ("chosen", "days"),
    [
        (after(90), 90),
        (after(2, "wk"), 14),
        (after(3, "mo"), 91),
        (after(Raw(b"0.5"), "a"), 182),
        (after(Raw(b"0.1")), 1),
        (after(Raw(b"1e999999"), "a"), 3_652_500),
    ],
)
def test_a_time_that_was_chosen_is_in_whole_days(chosen: dict[str, Any], days: int) -> None:
    assert chosen_of([plan(**chosen)]) == {"Goal/walk": Chosen(after_days=days)}


@pytest.mark.parametrize(
    "odd",
    [after(0), after(-3), after(9, "h"), after(9, comparator=">"), after(9, system="days"), {}],
)
def test_what_is_no_time_in_days_raises_nothing(odd: dict[str, Any]) -> None:
    assert chosen_of([plan(**odd)]) == {}


def test_what_the_goal_itself_says_goes_before_what_was_agreed() -> None:
    plans = [plan(**on("2026-12-01")), plan(**after(90)), plan(**after(30))]
    assert chosen_of(plans) == {"Goal/walk": Chosen(on=date(2026, 12, 1), after_days=30)}
    assert chosen_of(plans, [goal(**after(7)), goal("sing")]) == {"Goal/walk": Chosen(after_days=7)}
