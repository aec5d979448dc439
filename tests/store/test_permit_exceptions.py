"""What is out of the ordinary, in the clause of a permit: an emergency opens the records it names
to one practitioner, and a freeze closes a record to whoever is no professional.

Source: docs/decisions/0020-what-is-out-of-the-ordinary-is-a-row-too.md
"""

from typing import Any

import pytest

from app.fhir.labels import Label
from app.fhir.resource_types import DIRECTORY
from app.store.permit import Permit
from app.store.rights import Right
from tests.store.search_world import Bench, Stored
from tests.store.test_permit import (
    FUTURE,
    NO,
    OTHER,
    PAST,
    PERSON,
    THEM,
    TIE,
    but,
    kept,
    logs,
    of_party,
    permit,
    seen,
)

USER = "Practitioner/p"
RUNS = Right(USER, True, weight=64, covers_restricted=True)
RESTRICTED, JUST_US = int(Label.RESTRICTED), int(Label.JUST_US)

# What is said of the person, what the goal is like, whose records are opened, and is it seen.
EMERGENCIES: dict[str, tuple[tuple[Right, ...], dict[str, Any], tuple[str, ...], bool]] = {
    "one that runs": ((RUNS,), {}, (PERSON,), True),
    "one that runs, of two people": ((RUNS,), {}, (PERSON, OTHER), True),
    "one that is over": ((but(RUNS, high=PAST),), {}, (PERSON,), False),
    "one that is to come": ((but(RUNS, low=FUTURE),), {}, (PERSON,), False),
    "one of a colleague": ((but(RUNS, actor="Practitioner/q"),), {}, (PERSON,), False),
    "none": ((), {}, (PERSON,), False),
    "one that is not asked by": ((RUNS,), {}, (), False),
    "one in another record": ((RUNS,), {}, (OTHER,), False),
    "one against a no": ((RUNS, NO), {}, (PERSON,), True),
    "none, and a tie": ((TIE,), {}, (), True),
    "none, and a tie and a no": ((TIE, NO), {}, (PERSON,), False),
    "one, of what is restricted": ((RUNS,), {"labels": RESTRICTED}, (PERSON,), True),
    "one, of what is another's alone": ((RUNS,), {"labels": JUST_US}, (PERSON,), False),
}


@pytest.mark.parametrize("name", EMERGENCIES)
def test_an_emergency_opens_what_it_names_to_whom_it_names(bench: Bench, name: str) -> None:
    rights, like, opened, is_seen = EMERGENCIES[name]
    rows = (
        Stored(PERSON, "Goal", "g", **{"author": THEM, **like}),
        Stored(PERSON, "Flag", "f", rights=rights),
    )
    with bench.holding(rows):
        found = seen(bench, of_party(user=USER, opened=opened))
        without = seen(bench, of_party(opened=opened))
    assert ("Goal/g" in found) is is_seen
    assert ("Goal/g" in without) is (rights == (TIE,))


def test_an_emergency_in_one_record_opens_no_other(bench: Bench) -> None:
    rows = (
        Stored(PERSON, "Goal", "g", author=THEM),
        Stored(OTHER, "Goal", "o", author=THEM),
        Stored(PERSON, "Flag", "f", rights=(RUNS,)),
    )
    with bench.holding(rows):
        assert seen(bench, of_party(user=USER, opened=(PERSON, OTHER))) == {"Goal/g"}


GOALS = (
    Stored(PERSON, "Goal", "g", author=THEM),
    Stored(OTHER, "Goal", "o", author=THEM),
    Stored(DIRECTORY, "Organization", "them", author=THEM),
    Stored(PERSON, "AuditEvent", "1"),
    Stored(PERSON, "RelatedPerson", "r", rights=(Right("RelatedPerson/r", True, tie=True),)),
)
CONTENT = {"Goal/g", "Organization/them"}


def freeze(bench: Bench, person: str, lifted: str = "null") -> None:
    sql = (
        "insert into freezes (person_id, id, reason, made, made_by, lifted)"  # noqa: S608
        f" values ($1, $2, 'safeguarding', statement_timestamp(), 'x', {lifted})"
    )
    bench.run(bench.fetch(sql, (person, f"freeze-of-{person}")))


def by_the_person(**rest: Any) -> Permit:
    types = frozenset(("Goal", "Organization", "AuditEvent"))
    return permit(**{"people": (PERSON,), "is_lay": True, "types": types, **rest})


def by_a_supporter(**rest: Any) -> Permit:
    helper = "RelatedPerson/r"
    return by_the_person(**{"agent": helper, "party": helper, **rest})


@pytest.mark.parametrize("asks", [by_the_person, by_a_supporter])
@pytest.mark.parametrize(
    ("frozen", "lifted", "expected"),
    [
        ((), "null", CONTENT),
        ((PERSON,), "null", {"Organization/them"}),
        ((PERSON,), "statement_timestamp()", CONTENT),
        ((OTHER,), "null", CONTENT),
    ],
    ids=["nothing", "this record", "this record, before", "another record"],
)
def test_a_frozen_record_shows_the_directory_alone_to_who_is_no_professional(
    bench: Bench, asks: Any, frozen: tuple[str, ...], lifted: str, expected: set[str]
) -> None:
    with bench.holding(GOALS):
        for person in frozen:
            freeze(bench, person, lifted)
        assert seen(bench, asks()) == expected
        assert seen(bench, asks(is_lay=False)) == CONTENT


@pytest.mark.parametrize("frozen", [PERSON, OTHER])
def test_a_freeze_of_either_of_two_records_of_one_person_closes_both(
    bench: Bench, frozen: str
) -> None:
    by = by_the_person(people=(PERSON, OTHER))
    with bench.holding(GOALS):
        assert seen(bench, by) == {*CONTENT, "Goal/o"}
        freeze(bench, frozen)
        assert seen(bench, by) == {"Organization/them"}


def test_what_was_before_a_freeze_is_kept_back_too(bench: Bench) -> None:
    by = by_the_person()
    with bench.holding(GOALS):
        assert "Goal/g" not in kept(bench, by)
        freeze(bench, PERSON)
        assert "Goal/g" in kept(bench, by)
        assert "Organization/them" not in kept(bench, by)


def test_a_frozen_record_tells_who_is_no_professional_nothing_of_who_looked(bench: Bench) -> None:
    about: dict[str, Any] = {"audit": "about", "people": (PERSON,)}
    with bench.holding(GOALS):
        assert logs(bench, is_lay=True, **about) == {"1"}
        freeze(bench, OTHER)
        assert logs(bench, is_lay=True, **about) == {"1"}
        freeze(bench, PERSON)
        assert logs(bench, is_lay=True, **about) == set()
        assert logs(bench, **about) == {"1"}
