"""The other forms of a permit's clause tell what the first does: asked once of one person, and with
who asks in a row of the statement, as a write asks of what it refers to.
"""

from itertools import product
from typing import Any

import pytest
from hypothesis import example, given, settings
from msgspec.structs import replace

from app.fhir.labels import Label
from app.fhir.resource_types import DIRECTORY
from app.store.permit import Permit, may_be_told_by_columns, referable, visible
from app.store.rights import Right
from app.store.statement import Statement
from tests.store.search_world import Bench, Stored
from tests.store.test_permit import (
    FUTURE,
    OTHER,
    PAST,
    PERSON,
    SAID,
    THEM,
    TIE,
    US,
    YES,
    but,
    of_party,
    permit,
)
from tests.store.test_rights import ASKERS, ONE_GOAL, TEAM, World, choice, permit_of, stored, worlds
from tests.store.test_rights_of_linked import HELPER, SIDES, Two, helper_of, link, plain, twos
from tests.store.test_rights_of_linked import rows as rows_of

HELP = Right("RelatedPerson/r", True, tie=True)
RESTRICTED, JUST_US = int(Label.RESTRICTED), int(Label.JUST_US)


def of_each_row(bench: Bench, by: Permit, person: str) -> set[str]:
    statement = Statement()
    clause = visible(by, "r", statement)
    return named(bench, statement, f"r.person_id = {statement.bind(person)} and {clause}")


def asked_once(bench: Bench, by: Permit, person: str) -> set[str]:
    statement = Statement()
    bound = statement.bind(person)
    clause = visible(by, "r", statement, None, bound)
    return named(bench, statement, f"r.person_id = {bound} and {clause}")


def told_by_columns(bench: Bench, by: Permit, person: str) -> set[str]:
    statement = Statement()
    asker = ", ".join(statement.bind(one) for one in (by.agent, by.party, by.purpose))
    told = (
        f"exists (select from (select {asker}, {by.hidden}) w(agent, party, purpose, hidden)"
        f" where {referable('r', 'w')})"
    )
    return named(bench, statement, f"r.person_id = {statement.bind(person)} and {told}")


def named(bench: Bench, statement: Statement, clause: str) -> set[str]:
    sql = f"select r.type || '/' || r.id as name from resources r where {clause}"  # noqa: S608
    return {row["name"] for row in bench.run(bench.fetch(sql, statement.arguments))}


@pytest.mark.parametrize("form", [asked_once, told_by_columns], ids=["once", "columns"])
@pytest.mark.parametrize("name", SAID)
def test_each_form_decides_as_what_is_said_of_the_person_does(
    bench: Bench, name: str, form: Any
) -> None:
    rights, like, purpose, is_seen = SAID[name]
    rows = (
        Stored(PERSON, "Goal", "g", **{"author": THEM, **like}),
        Stored(PERSON, "Flag", "f", rights=rights),
    )
    with bench.holding(rows):
        assert ("Goal/g" in form(bench, of_party(purpose=purpose), PERSON)) is is_seen


# Rights of which some are about a part alone: entries beside each other are told apart.
PARTS: dict[str, tuple[tuple[Right, ...], set[str]]] = {
    "a yes, but to one goal": ((YES, but(YES, says=False, weight=48, entries=("Goal/g",))), {"h"}),
    "a yes to one goal": ((but(YES, entries=("Goal/g",)),), {"g"}),
    "a yes to a kind, and a no to one": (
        (but(YES, classes=("Goal",)), but(YES, says=False, weight=48, entries=("Goal/h",))),
        {"g"},
    ),
    "a no to another kind": ((YES, but(YES, says=False, weight=24, classes=("Task",))), {"g", "h"}),
}


@pytest.mark.parametrize("form", [of_each_row, asked_once, told_by_columns])
@pytest.mark.parametrize("name", PARTS)
def test_what_is_said_of_a_part_decides_of_that_part(bench: Bench, name: str, form: Any) -> None:
    rights, expected = PARTS[name]
    rows = (
        *(Stored(PERSON, "Goal", id, author=THEM) for id in ("g", "h")),
        Stored(PERSON, "Flag", "f", rights=rights),
    )
    with bench.holding(rows):
        found = form(bench, of_party(types=frozenset(("Goal",))), PERSON)
    # A reference is not asked for its type.
    assert found - {"Flag/f"} == {f"Goal/{id}" for id in expected}


@pytest.mark.parametrize("form", [of_each_row, asked_once])
def test_a_supporter_is_told_by_their_own_right_once_or_of_each(bench: Bench, form: Any) -> None:
    rows = (
        Stored(PERSON, "Goal", "open", author=THEM),
        Stored(PERSON, "Goal", "restricted", author=THEM, labels=RESTRICTED),
        Stored(PERSON, "Goal", "just-us", author=THEM, labels=JUST_US),
        Stored(PERSON, "RelatedPerson", "r", author=THEM, rights=(HELP,)),
        Stored(OTHER, "Goal", "other", author=THEM),
    )
    by = of_party(agent=HELP.actor, party=HELP.actor, types=frozenset(("Goal",)))
    with bench.holding(rows):
        assert form(bench, by, PERSON) == {"Goal/open"}
        assert form(bench, by, OTHER) == set()


HELPED_BY = Right("RelatedPerson/r", True, weight=16, covers_restricted=True)


@pytest.mark.parametrize("form", [of_each_row, asked_once])
@pytest.mark.parametrize(
    ("rights", "is_seen"),
    [
        ((HELPED_BY,), False),
        ((HELPED_BY, but(HELP, high=PAST, classes=("Task",))), False),
        ((HELPED_BY, but(HELP, low=FUTURE, classes=("Task",))), False),
        ((HELPED_BY, but(HELP, actor="RelatedPerson/s")), False),
        ((HELPED_BY, but(HELP, classes=("Task",))), True),
        ((HELP, but(HELPED_BY, says=False)), False),
    ],
    ids=["no tie", "over", "to come", "another's", "a tie", "a no"],
)
def test_a_yes_to_a_supporter_ends_with_what_makes_them_one(
    bench: Bench, rights: tuple[Right, ...], is_seen: bool, form: Any
) -> None:
    rows = (
        Stored(PERSON, "Goal", "g", author=THEM),
        Stored(PERSON, "Flag", "f", author=THEM, rights=rights),
    )
    with bench.holding(rows):
        found = form(bench, of_party(agent=HELP.actor, party=HELP.actor), PERSON)
    assert ("Goal/g" in found) is is_seen


@pytest.mark.parametrize("form", [of_each_row, asked_once, told_by_columns])
@pytest.mark.parametrize("label", [JUST_US, RESTRICTED])
def test_who_wrote_an_entry_is_told_by_the_agent_and_not_by_the_party(
    bench: Bench, label: int, form: Any
) -> None:
    writer = "Organization/writer"
    rows = (
        Stored(PERSON, "Goal", "written", author=writer, labels=label),
        Stored(PERSON, "Goal", "of-party", author=US, labels=label),
        Stored(PERSON, "Flag", "f", author=THEM, rights=(TIE,)),
    )
    with bench.holding(rows):
        assert form(bench, of_party(agent=writer), PERSON) - {"Flag/f"} == {"Goal/written"}


def test_what_has_no_party_may_refer_to_what_its_labels_leave(bench: Bench) -> None:
    rows = (
        Stored(PERSON, "Goal", "g", author=THEM),
        Stored(PERSON, "Goal", "s", author=THEM, labels=JUST_US),
    )
    with bench.holding(rows):
        assert told_by_columns(bench, permit(), PERSON) == {"Goal/g", "Goal/s"}
        assert told_by_columns(bench, of_party(), PERSON) == set()


def test_the_directory_may_be_referred_to_by_whoever_is_tied_to_nobody(bench: Bench) -> None:
    with bench.holding((Stored(DIRECTORY, "Organization", "them", author=THEM),)):
        assert told_by_columns(bench, of_party(), DIRECTORY) == {"Organization/them"}


@pytest.mark.parametrize("hidden", [int(Label.HIDDEN_FROM_PERSON), int(Label.QUARANTINED)])
def test_what_is_hidden_from_who_asks_is_not_referred_to(bench: Bench, hidden: int) -> None:
    rows = (
        Stored(PERSON, "Goal", "g", author=THEM),
        Stored(PERSON, "Goal", "h", author=THEM, labels=hidden),
        Stored(PERSON, "Flag", "f", rights=(YES,)),
    )
    by = of_party(hidden=hidden)
    with bench.holding(rows):
        for form in (of_each_row, asked_once, told_by_columns):
            assert form(bench, by, PERSON) - {"Flag/f"} == {"Goal/g"}


@pytest.mark.parametrize(
    ("changed", "type", "expected"),
    [
        ({}, "Goal", True),
        ({}, "Patient", True),
        ({}, "Provenance", False),
        ({}, "Consent", False),
        ({"party": None}, "Goal", False),
        ({"party": "RelatedPerson/r"}, "Goal", False),
        ({"user": "Practitioner/p"}, "Goal", False),
        ({"people": (PERSON,)}, "Goal", False),
        ({"people": ()}, "Goal", False),
        ({"is_lay": True}, "Goal", False),
    ],
)
def test_columns_tell_of_organisations_without_exceptions_alone(
    changed: dict[str, Any], type: str, expected: bool
) -> None:
    assert may_be_told_by_columns(of_party(**changed), type) is expected


@settings(max_examples=30, deadline=None)
@given(worlds)
def test_every_form_sees_the_same_of_one_person(bench: Bench, world: World) -> None:
    with bench.holding(stored(world)):
        for asker in ASKERS:
            agree(bench, permit_of(asker), PERSON)


R = frozenset({"R"})
A = "Organization/a"


@settings(max_examples=20, deadline=None)
@given(twos)
@example({PERSON: plain(PERSON, TEAM), OTHER: plain(OTHER)})
@example({PERSON: plain(PERSON, TEAM), OTHER: plain(OTHER, choice("deny", A))})
@example(
    {
        PERSON: plain(PERSON, choice("permit", A), labels=R),
        OTHER: plain(OTHER, TEAM, labels=R),
    }
)
@example({PERSON: plain(PERSON, helper_of(PERSON)), OTHER: plain(OTHER)})
@example({PERSON: plain(PERSON, helper_of(PERSON)), OTHER: plain(OTHER, choice("deny", HELPER))})
@example({PERSON: plain(PERSON, TEAM), OTHER: plain(OTHER, choice("deny", A, **ONE_GOAL))})
@example({PERSON: plain(PERSON, helper_of(PERSON)), OTHER: plain(OTHER, choice("permit", HELPER))})
def test_every_form_sees_the_same_of_two_linked_people(bench: Bench, two: Two) -> None:
    with bench.holding(rows_of(two)):
        link(bench)
        for asker, side in product(ASKERS, SIDES):
            by = permit_of(asker)
            agree(bench, by if by.people is None else replace(by, people=SIDES), side)


def agree(bench: Bench, by: Permit, person: str) -> None:
    expected = of_each_row(bench, by, person)
    assert asked_once(bench, by, person) == expected, by
    if may_be_told_by_columns(by, "Goal"):
        alike = {one for one in told_by_columns(bench, by, person) if is_told(one)}
        assert alike == {one for one in expected if is_told(one)}, by


def is_told(name: str) -> bool:
    return not name.startswith(("Provenance/", "Consent/"))
