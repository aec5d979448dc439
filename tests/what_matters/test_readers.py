"""Whatever an entry holds in an odd place, what reads it does not fall over."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Refusal
from app.fhir.json_guard import parse
from app.what_matters.attainment import is_scaled, level_of, steps_of
from app.what_matters.contact import contact_of
from app.what_matters.experience import experience_of
from app.what_matters.goal import Move, Said, lost_words, moved, moves_of, rated, reworded, standing
from app.what_matters.help_chain import (
    Patience,
    chain_of,
    must_not_be_contacted,
    overdue,
    reached_instead,
    status_of,
    unanswered,
)
from app.what_matters.help_step import Deed, made
from app.what_matters.mapping.kind import shown
from app.what_matters.needs import needs_of
from app.what_matters.pco_goal import Person
from app.what_matters.pco_measures import measure
from app.what_matters.period import Period
from app.what_matters.progress import progress_of, stated_direction
from app.what_matters.request_for_help import Move as HelpMove
from app.what_matters.request_for_help import is_for_anyone, state_of
from app.what_matters.request_for_help import moves_of as help_moves_of
from app.what_matters.review import chosen_of, looked_at
from app.what_matters.shapes.kinds import KINDS
from app.what_matters.t_scores import t_scores
from app.what_matters.told_once import wait_of
from app.what_matters.voice import voice_of
from app.what_matters.wellbeing import answers_of
from app.what_matters.written_to_people import written_to_people
from tests.papers import ROOT

NOW = datetime(2026, 11, 26, tzinfo=UTC)
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31), UTC)
TAM = "Patient/tamsin-pender"
ENTRIES = [
    entry["resource"]
    for entry in parse((ROOT / "fhir_profiles/examples/people/01-tamsin-pender.json").read_bytes())[
        "entry"
    ]
]
ODD: list[Any] = [
    None,
    7,
    True,
    "",
    "x",
    [],
    {},
    [None],
    [{}],
    ["x"],
    {"x": 1},
    "2026-13-45",
    "9999-12-31",
]
Reader = Callable[[dict[str, Any]], Any]
READERS: list[Reader] = [
    *(steps_of, is_scaled, level_of, progress_of, stated_direction, standing, moves_of, state_of),
    *(answers_of, experience_of, contact_of, voice_of, written_to_people, is_for_anyone),
    *(must_not_be_contacted, reached_instead),
    lambda entry: needs_of(entry, NOW),
    lambda entry: help_moves_of(entry, frozenset([TAM])),
    lambda entry: overdue(entry, NOW, Patience(7, 7)),
    lambda entry: chosen_of([entry]),
    lambda entry: looked_at(entry, [], [], UTC),
    lambda entry: wait_of(entry, [entry]),
    lambda entry: list(lost_words(entry, entry)),
    lambda entry: unanswered([chain_of(entry, [entry])]),
    lambda entry: status_of(chain_of(entry, [entry])),
    lambda entry: chain_of(entry, [entry]).hand_offs,
    lambda entry: measure(Person(entry, [entry], [entry], [entry]), YEAR),
    lambda entry: t_scores(Person(entry, [entry], [entry]), YEAR),
    *(lambda entry, kind=kind: (kind.is_one(entry), shown(kind, entry)) for kind in KINDS),
]
WRITERS: list[Reader] = [
    *(lambda e, m=move: moved(e, m, Said(TAM, NOW), "Because.") for move in Move),
    lambda entry: reworded(entry, "New words", Said(TAM, NOW)),
    lambda entry: rated(entry, Said(TAM, NOW), importance=3),
    *(lambda e, m=move: made(e, Deed(m, (TAM,), NOW, "Because.")) for move in HelpMove),
]


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every part of an entry, but for what type it is."""
    members = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in members:
        if (*path, key) != ("resourceType",):
            yield (*path, key)
            if isinstance(value, dict | list):
                yield from places(value, (*path, key))


def spoilt(node: Any, path: tuple[Any, ...], odd: Any) -> Any:
    """A copy with one part put right out of place."""
    if not path:
        return odd
    first, *rest = path
    if isinstance(node, dict):
        return {k: spoilt(v, tuple(rest), odd) if k == first else v for k, v in node.items()}
    return [spoilt(v, tuple(rest), odd) if k == first else v for k, v in enumerate(node)]


@st.composite
def odd_entries(draw: st.DrawFn) -> dict[str, Any]:
    entry = draw(st.sampled_from(ENTRIES))
    path = draw(st.sampled_from(list(places(entry))))
    found: dict[str, Any] = spoilt(entry, path, draw(st.sampled_from(ODD)))
    return found


@given(odd_entries())
def test_nothing_odd_makes_a_reader_fall_over(entry: dict[str, Any]) -> None:
    for read in READERS:
        read(entry)


@given(odd_entries())
def test_what_cannot_be_changed_is_refused_and_nothing_worse(entry: dict[str, Any]) -> None:
    for write in WRITERS:
        try:
            write(entry)
        except Refusal:
            continue


@pytest.mark.parametrize("read", READERS)
def test_an_entry_with_nothing_in_it_is_read(read: Reader) -> None:
    read({})
