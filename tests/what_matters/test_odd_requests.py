"""Whatever a person or a request for help holds in an odd place is told, or refused in words."""

from collections.abc import Callable
from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import Refusal
from app.what_matters.goal import Said
from app.what_matters.mapping.kind import shown
from app.what_matters.shapes.goal_becoming import GoalMove, may_become
from app.what_matters.shapes.goal_moves import moved_in_words
from app.what_matters.shapes.people import PEOPLE
from app.what_matters.shapes.request_moves import Moving, writes_of
from app.what_matters.shapes.request_told import Whole, asked_of_us, told_whole
from app.what_matters.shapes.request_told import may_become as moves_of_request
from app.what_matters.shapes.request_words import RequestMove
from tests.what_matters.test_readers import ENTRIES, NOW, ODD, TAM, places, spoilt

Json = dict[str, Any]
KEPT = ("id", "subject", "for")  # no entry is stored without these, or with others
SEEN = frozenset((TAM, "Organization/harbour-befriending"))
RELEVANT = [
    one
    for one in ENTRIES
    if one["resourceType"] in ("Patient", "ServiceRequest", "Task", "Communication", "Goal")
]
REQUEST = next(one for one in RELEVANT if one["resourceType"] == "ServiceRequest")


@st.composite
def odd_entries(draw: st.DrawFn) -> Json:
    entry = draw(st.sampled_from(RELEVANT))
    free = [path for path in places(entry) if path[0] not in KEPT]
    found: Json = spoilt(entry, draw(st.sampled_from(free)), draw(st.sampled_from(ODD)))
    return found


def whole(entry: Json) -> Whole:
    """A request that has this odd entry in its place."""
    type = entry["resourceType"]
    request = entry if type == "ServiceRequest" else REQUEST
    focus = {"reference": f"ServiceRequest/{request['id']}"}
    tasks = [one for one in RELEVANT if one["resourceType"] == "Task"][:1]
    if type == "Task":
        tasks = [{**entry, "focus": focus}]
    messages = (entry,) if type == "Communication" else ()
    return Whole(request, tuple({**one, "focus": focus} for one in tasks), messages)


READERS: list[Callable[[Json], Any]] = [
    lambda entry: shown(PEOPLE, entry) if entry["resourceType"] == "Patient" else None,
    lambda entry: told_whole(whole(entry), NOW),
    lambda entry: moves_of_request(whole(entry), SEEN),
    lambda entry: asked_of_us(entry, entry, NOW),
    may_become,
]


@settings(max_examples=400, deadline=None)
@given(odd_entries())
def test_nothing_odd_makes_what_tells_it_fall_over(entry: Json) -> None:
    for read in READERS:
        read(entry)


@settings(max_examples=200, deadline=None)
@given(odd_entries(), st.sampled_from(get_args(RequestMove)), st.sampled_from(sorted(SEEN)))
def test_a_move_of_what_is_odd_is_made_or_refused(entry: Json, word: str, who: str) -> None:
    helped = True if word == "confirm" else None
    try:
        writes_of(whole(entry), Moving(word, (who,), NOW, "Because.", helped=helped), "abcdef")
    except Refusal:
        return


@settings(max_examples=100, deadline=None)
@given(odd_entries(), st.sampled_from(get_args(GoalMove)))
def test_a_move_of_an_odd_goal_is_made_or_refused(entry: Json, word: GoalMove) -> None:
    try:
        moved_in_words(entry, word, Said(TAM, NOW), "Because.", TAM)
    except Refusal:
        return
