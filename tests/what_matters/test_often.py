"""How often something happens again: told in plain words where it says no more, and never lost."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fhir.json_guard import parse
from app.what_matters.mapping.kind import Kind, changed, made, same, shown
from app.what_matters.shapes.actions import ACTIONS
from app.what_matters.shapes.requests import REQUESTS
from tests.what_matters.test_kinds import FEW, NOW, as_told, rebuilt

Json = dict[str, Any]
TIMES = st.sampled_from(["08:00:00", "20:30:00", "08:00:30"])
REPEATS = st.fixed_dictionaries(
    {},
    optional={
        "period": st.sampled_from([0, 1, 30, 5000]),
        "periodUnit": st.sampled_from(["s", "min", "h", "d", "wk", "mo", "a"]),
        "frequency": st.integers(0, 3),
        "dayOfWeek": st.lists(st.sampled_from(["mon", "thu", "sun"]), min_size=1, unique=True),
        "timeOfDay": st.lists(TIMES, min_size=1, unique=True),
        "when": st.just(["MORN"]),
        "count": st.just(3),
        "boundsPeriod": st.just({"start": "2026-03-01", "end": "2026-09-01"}),
        "boundsDuration": st.just({"value": 3}),
    },
)
TIMINGS = st.fixed_dictionaries({}, optional={"repeat": REPEATS, "event": st.just(["2026-03-01"])})


def action(timing: Json) -> Json:
    said = {"goals": ["quay"], "things": [{"what": "Walk", "state": "done"}]}
    tree = made(ACTIONS, said, "tam", NOW)
    tree["activity"][0]["detail"]["scheduledTiming"] = timing
    return tree


def request(timing: Json) -> Json:
    return {**made(REQUESTS, {"words": "A walk"}, "tam", NOW), "occurrenceTiming": timing}


@pytest.mark.parametrize(
    ("repeat", "said"),
    [
        ({"period": 30, "periodUnit": "d"}, {"count": 30, "unit": "days"}),
        (
            {"frequency": 2, "period": 1, "periodUnit": "wk", "dayOfWeek": ["mon", "thu"]},
            {"times": 2, "count": 1, "unit": "weeks", "on": ["monday", "thursday"]},
        ),
        (
            {
                "period": 1,
                "periodUnit": "d",
                "timeOfDay": ["08:00:00"],
                "boundsPeriod": {"start": "2026-03-01"},
            },
            {"count": 1, "unit": "days", "at": ["08:00"], "first_day": "2026-03-01"},
        ),
    ],
)
def test_how_often_is_told_in_plain_words_and_written_as_it_was_said(
    repeat: Json, said: Json
) -> None:
    assert shown(REQUESTS, request({"repeat": repeat}))["every"] == said
    assert shown(ACTIONS, action({"repeat": repeat}))["things"][0]["every"] == said
    assert made(REQUESTS, {"every": said}, "tam", NOW)["occurrenceTiming"] == {"repeat": repeat}


@pytest.mark.parametrize(("kind", "holding"), [(ACTIONS, action), (REQUESTS, request)])
@given(timing=TIMINGS.filter(bool))
@FEW
def test_no_timing_is_lost_whatever_it_says(kind: Kind, holding: Any, timing: Json) -> None:
    tree = holding(timing)
    again = rebuilt(kind, shown(kind, tree), "tam")
    assert same(as_told(kind, again), as_told(kind, tree))


@pytest.mark.parametrize(
    "repeat",
    [
        b'{"period": 1.5, "periodUnit": "d"}',
        b'{"period": 1, "periodUnit": "d", "periodMax": 2}',
        b'{"period": 1, "periodUnit": "d", "timeOfDay": ["08:00:30"]}',
        b'{"dayOfWeek": ["mon"]}',
    ],
)
def test_what_has_no_plain_word_is_told_as_it_was_written(repeat: bytes) -> None:
    timing = {"repeat": parse(repeat)}
    told = shown(REQUESTS, request(timing))
    assert "every" not in told
    assert told["also"]["occurrenceTiming"] == timing


def test_what_is_said_in_words_from_now_on_is_no_timing_any_more() -> None:
    tree = action({"repeat": {"dayOfWeek": ["mon"]}})
    (thing,) = shown(ACTIONS, tree)["things"]
    after = changed(ACTIONS, tree, {"things": [{**thing, "when": "On Mondays"}]})
    detail = after["activity"][0]["detail"]
    assert "scheduledTiming" not in detail
    assert detail["scheduledString"] == "On Mondays"
