"""What tells of other things is seen with them alone: where an entry comes from with what it came
to, and a choice by whom each of its versions names.
"""

import pytest

from app.fhir.resource_types import DIRECTORY
from tests.store.search_world import Bench, Stored
from tests.store.test_permit import (
    NO_GOAL,
    PERSON,
    THEM,
    TIE,
    TYPES,
    US,
    YES,
    but,
    of_party,
    permit,
    seen,
)

ENTRIES = (
    Stored(PERSON, "Goal", "g", author=THEM),
    Stored(PERSON, "Task", "g", author=THEM),
    Stored(PERSON, "Task", "t", author=THEM),
    Stored(DIRECTORY, "Organization", "them", author=THEM),
    Stored(PERSON, "CareTeam", "c", author=THEM, rights=(TIE, NO_GOAL)),
)


@pytest.mark.parametrize(
    ("target", "is_seen"),
    [
        ("Task/t", True),
        ("Organization/them", True),
        ("https://elsewhere.example/Goal/9", True),
        ("urn:uuid:0c3201bd-1cbf-4d64-b04d-cd9187a4c6e0", True),
        ("Task/g", True),
        ("Goal/g", False),
        ("Goal/t", False),
        ("Organization/gone", False),
    ],
)
def test_where_an_entry_comes_from_is_seen_with_what_it_came_to(
    bench: Bench, target: str, is_seen: bool
) -> None:
    made = Stored(PERSON, "Provenance", "p", author=THEM, tokens=(f"target={target}",))
    with bench.holding((*ENTRIES, made)):
        assert ("Provenance/p" in seen(bench, of_party())) is is_seen


def test_to_whom_no_label_is_hidden_every_provenance_is_shown(bench: Bench) -> None:
    made = Stored(PERSON, "Provenance", "p", author=THEM, tokens=("target=Goal/gone",))
    with bench.holding((*ENTRIES, made)):
        assert "Provenance/p" in seen(bench, permit(types=TYPES | {"Provenance"}))


@pytest.mark.parametrize(
    ("actor", "tokens", "is_seen"),
    [
        (US, (), True),
        (US, (f"actor={US}",), True),
        ("team", ("actor=CareTeam/c",), True),
        (US, (f"actor={US}", f"actor={THEM}"), False),
        (US, (f"actor={US}", "actor=RelatedPerson/r"), False),
        (US, (f"actor={US}", "status=active", f"_source={THEM}#1"), True),
        (THEM, (f"_source={THEM}#1",), False),
        (THEM, (f"_source={US}2#1",), False),
        (THEM, (f"source={US}#1",), False),
        (THEM, (f"_source={US}#1", f"actor={THEM}"), True),
    ],
)
def test_a_version_of_a_choice_is_seen_by_whom_it_names_alone_and_by_who_wrote_it(
    bench: Bench, actor: str, tokens: tuple[str, ...], is_seen: bool
) -> None:
    right = but(YES, actor=actor, classes=("Task",))
    made = Stored(PERSON, "Consent", "x", author=THEM, tokens=tokens, rights=(right,))
    with bench.holding((*ENTRIES, made)):
        assert ("Consent/x" in seen(bench, of_party())) is is_seen
