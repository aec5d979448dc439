"""The clause of a permit, in SQL and for a row that is not stored yet: which rows it opens."""

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from app.fhir.labels import HIDDEN_DEED, Label
from app.fhir.resource_types import DIRECTORY
from app.store.permit import Permit, covers, kept_from, visible, visible_audit
from app.store.rights import Right
from app.store.statement import Statement
from tests.store.search_world import Bench, Stored

PERSON, OTHER = "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"
US, THEM = "Organization/us", "Organization/them"

ROWS = (
    Stored(PERSON, "Goal", "g", tokens=("category=a", "status=b"), author=THEM),
    Stored(PERSON, "Task", "t", author=THEM),
    Stored(OTHER, "Goal", "o", tokens=("category=a",), author=THEM),
    Stored(DIRECTORY, "Organization", "them", author=THEM),
    Stored(DIRECTORY, "Location", "ours", author=US),
    Stored(DIRECTORY, "Location", "theirs", author=THEM),
    Stored(DIRECTORY, "Goal", "ours", author=US),
    Stored(DIRECTORY, "Goal", "theirs", author=THEM),
)
TYPES = frozenset(row.type for row in ROWS)
EVERY_GOAL = {"Goal/g", "Goal/o", "Goal/ours"}


def permit(**rest: Any) -> Permit:
    defaults: dict[str, Any] = {
        "caller": "us",
        "agent": US,
        "types": TYPES,
        "directory_types": frozenset(("Organization",)),
    }
    return Permit(**{**defaults, **rest})


def seen(bench: Bench, by: Permit, types: tuple[str, ...] | None = None) -> set[str]:
    statement = Statement()
    of_types = "" if types is None else f" and r.type = any({statement.bind_all(types)})"
    sql = (
        "select r.type || '/' || r.id as name from resources r"  # noqa: S608  (our own names)
        f" where {visible(by, 'r', statement, types)}{of_types}"
    )
    return {row["name"] for row in bench.run(bench.fetch(sql, statement.arguments))}


def covered(by: Permit) -> set[str]:
    return {
        row.name
        for row in ROWS
        if covers(by, type=row.type, person_id=row.person_id, author=row.author, tokens=row.tokens)
    }


OPENED = {
    "every person": (permit(), {row.name for row in ROWS} - {"Location/theirs", "Goal/theirs"}),
    "no type": (permit(types=frozenset()), set()),
    "one type": (permit(types=frozenset(("Goal",))), EVERY_GOAL),
    "one person": (
        permit(people=(PERSON,)),
        {"Goal/g", "Task/t", "Organization/them", "Location/ours", "Goal/ours"},
    ),
    "nobody": (permit(people=()), {"Organization/them", "Location/ours", "Goal/ours"}),
    "the directory": (
        permit(people=(), directory_types=frozenset(("Organization", "Location"))),
        {"Organization/them", "Location/ours", "Location/theirs", "Goal/ours"},
    ),
    "another's rows of the directory": (
        permit(agent="Organization/new", people=()),
        {"Organization/them"},
    ),
    "a constraint": (
        permit(types=frozenset(("Goal", "Task")), constraints=(("Goal", (("category=a",),)),)),
        {"Goal/g", "Goal/o", "Task/t"},
    ),
    "a constraint of two parts": (
        permit(constraints=(("Goal", (("category=a", "status=b"),)),), people=(PERSON, OTHER)),
        {"Goal/g", "Task/t", "Organization/them", "Location/ours"},
    ),
    "alternatives": (
        permit(
            types=frozenset(("Goal",)),
            constraints=(("Goal", (("status=b",), ("category=z",), ("category=a", "status=b"))),),
        ),
        {"Goal/g"},
    ),
    "two constraints": (
        permit(
            types=frozenset(("Goal", "Task")),
            constraints=(("Goal", (("status=b",),)), ("Task", (("status=b",),))),
        ),
        {"Goal/g"},
    ),
    "no alternative": (permit(constraints=(("Goal", ()), ("Task", ()))), None),
}


@pytest.mark.parametrize("name", OPENED)
def test_a_permit_opens_the_rows_it_names_stored_or_not(bench: Bench, name: str) -> None:
    by, expected = OPENED[name]
    if expected is None:
        expected = {"Organization/them", "Location/ours"}
    with bench.holding(ROWS):
        assert seen(bench, by) == expected
    assert covered(by) == expected


@pytest.mark.parametrize(
    "types",
    [("Goal",), ("Task",), ("Organization",), ("Location",), ("Goal", "Organization"), ("Flag",)],
)
@pytest.mark.parametrize("name", OPENED)
def test_a_statement_that_says_its_types_itself_sees_the_same_of_them(
    bench: Bench, name: str, types: tuple[str, ...]
) -> None:
    by, _ = OPENED[name]
    with bench.holding(ROWS):
        expected = {one for one in seen(bench, by) if one.partition("/")[0] in types}
        assert seen(bench, by, types) == expected


def test_types_that_a_statement_says_itself_are_not_said_again() -> None:
    said, not_said = Statement(), Statement()
    assert "r.type = any" not in visible(permit(directory_types=TYPES), "r", said, ("Goal",))
    assert "r.type = any" in visible(permit(directory_types=TYPES), "r", not_said)


def test_a_clause_with_nothing_to_keep_back_is_true() -> None:
    by = permit(directory_types=TYPES)
    assert visible(by, "r", Statement(), ("Goal",)) == "(true)"


TIE = Right(US, True, tie=True)
NO = Right(US, False, weight=16, covers_restricted=True)


def of_party(**rest: Any) -> Permit:
    return permit(**{"party": US, "types": TYPES | {"Provenance", "Consent", "CareTeam"}, **rest})


def test_a_party_sees_the_directory_and_who_is_tied_to_it(bench: Bench) -> None:
    team = Stored(PERSON, "CareTeam", "c", rights=(TIE,))
    with bench.holding((*ROWS, team)):
        expected = {"Goal/g", "Task/t", "CareTeam/c"}
        directory = {"Organization/them", "Location/ours", "Goal/ours"}
        assert seen(bench, of_party()) == expected | directory
        assert seen(bench, of_party(), ("Goal", "Task")) == {"Goal/g", "Task/t", "Goal/ours"}


def test_a_yes_to_the_team_lets_in_nobody_tied_to_another_person_alone(bench: Bench) -> None:
    yes = Right("team", True)
    rows = (
        Stored(PERSON, "Goal", "g"),
        Stored(PERSON, "Consent", "c", rights=(yes,)),
        Stored(OTHER, "CareTeam", "o", rights=(TIE,)),
    )
    with bench.holding(rows):
        assert seen(bench, of_party()) == {"CareTeam/o"}


PAST, FUTURE = datetime(2020, 1, 1, tzinfo=UTC), datetime(2199, 1, 1, tzinfo=UTC)
YES = Right(US, True, weight=16, covers_restricted=True)
RESTRICTED, JUST_US = int(Label.RESTRICTED), int(Label.JUST_US)


def but(right: Right, **changed: Any) -> Right:
    return replace(right, **changed)


# What is said of the person, what the goal is like, for what it is asked, and whether it is seen.
SAID: dict[str, tuple[tuple[Right, ...], dict[str, Any], str, bool]] = {
    "nothing": ((), {}, "", False),
    "a tie": ((TIE,), {}, "", True),
    "a tie that is over": ((but(TIE, high=PAST),), {}, "", False),
    "a tie that is to come": ((but(TIE, low=FUTURE),), {}, "", False),
    "a tie of another": ((but(TIE, actor=THEM),), {}, "", False),
    "a yes": ((YES,), {}, "", True),
    "a yes that is over": ((but(YES, high=PAST),), {}, "", False),
    "a yes that is to come": ((but(YES, low=FUTURE),), {}, "", False),
    "a no against a tie": ((TIE, NO), {}, "", False),
    "a no that is over": ((TIE, but(NO, high=PAST)), {}, "", True),
    "a no that is to come": ((TIE, but(NO, low=FUTURE)), {}, "", True),
    "a no against a yes that says as much": ((YES, NO), {}, "", False),
    "a yes that says more": ((but(YES, weight=17), NO), {}, "", True),
    "a no that says more": ((YES, but(NO, weight=17)), {}, "", False),
    "a yes to the team alone": ((Right("team", True),), {}, "", False),
    "a yes to the team and a tie": (
        (but(TIE, classes=("Task",)), Right("team", True)),
        {},
        "",
        True,
    ),
    "a yes to the team and a tie that is over": (
        (but(TIE, high=PAST), Right("team", True)),
        {},
        "",
        False,
    ),
    "a yes to the team and a tie that is to come": (
        (but(TIE, low=FUTURE), Right("team", True)),
        {},
        "",
        False,
    ),
    "a yes to the team and a choice, which is no tie": (
        (but(YES, classes=("Task",)), Right("team", True)),
        {},
        "",
        False,
    ),
    "a no to the team, of whom no tie makes one": (
        (YES, Right("team", False, weight=32)),
        {},
        "",
        False,
    ),
    "a yes to its kind": ((but(YES, classes=("Goal",)),), {}, "", True),
    "a yes to another kind": ((but(YES, classes=("Task",)),), {}, "", False),
    "a yes to it": ((but(YES, entries=("Goal/g",)),), {}, "", True),
    "a yes to another entry": ((but(YES, entries=("Goal/h",)),), {}, "", False),
    "a yes for this use": ((but(YES, purposes=("TREAT",)),), {}, "TREAT", True),
    "a yes for another use": ((but(YES, purposes=("TREAT",)),), {}, "HRESCH", False),
    "a yes for a use, and none is told": ((but(YES, purposes=("TREAT",)),), {}, "", False),
    "a no for this use": ((TIE, but(NO, purposes=("TREAT",))), {}, "TREAT", False),
    "a no for another use": ((TIE, but(NO, purposes=("TREAT",))), {}, "HRESCH", True),
    "a no for a use, and none is told": ((TIE, but(NO, purposes=("TREAT",))), {}, "", False),
    "restricted, by a tie": ((TIE,), {"labels": RESTRICTED}, "", False),
    "restricted, by a tie, one's own": ((TIE,), {"labels": RESTRICTED, "author": US}, "", True),
    "restricted, by a yes by name": ((YES,), {"labels": RESTRICTED}, "", True),
    "restricted, one's own, and a no to what is not": (
        (TIE, but(NO, covers_restricted=False)),
        {"labels": RESTRICTED, "author": US},
        "",
        True,
    ),
    "just us, another's": ((YES,), {"labels": JUST_US}, "", False),
    "just us, one's own": ((YES,), {"labels": JUST_US, "author": US}, "", True),
    "one's own, without a tie": ((), {"author": US}, "", False),
}


@pytest.mark.parametrize("name", SAID)
def test_an_entry_is_seen_as_what_is_said_of_the_person_decides(bench: Bench, name: str) -> None:
    rights, like, purpose, is_seen = SAID[name]
    rows = (
        Stored(PERSON, "Goal", "g", **{"author": THEM, **like}),
        Stored(PERSON, "Flag", "f", rights=rights),
    )
    with bench.holding(rows):
        found = seen(bench, of_party(purpose=purpose))
    assert ("Goal/g" in found) is is_seen


def test_a_yes_to_the_team_is_not_for_a_supporter(bench: Bench) -> None:
    helper = "RelatedPerson/r"
    said = (Right(helper, True, tie=True, classes=("Task",)), Right("team", True))
    rows = (Stored(PERSON, "Goal", "g"), Stored(PERSON, "Flag", "f", rights=said))
    with bench.holding(rows):
        assert seen(bench, of_party(party=helper, agent=helper)) == set()


def test_a_no_of_one_person_says_nothing_of_another(bench: Bench) -> None:
    rows = (
        Stored(PERSON, "Goal", "g"),
        Stored(PERSON, "Flag", "f", rights=(TIE,)),
        Stored(OTHER, "Flag", "o", rights=(NO,)),
    )
    with bench.holding(rows):
        assert "Goal/g" in seen(bench, of_party())


def provenance(of: str, id: str = "p", **rest: Any) -> Stored:
    return Stored(PERSON, "Provenance", id, tokens=(f"target={of}",), **rest)


NO_GOAL = Right(US, False, weight=48, covers_restricted=True, entries=("Goal/g",))
WHERE_FROM = (
    Stored(PERSON, "CareTeam", "c", rights=(TIE, NO_GOAL)),
    provenance("Goal/g", "of-goal"),
    provenance("Task/t", "of-task"),
    Stored(PERSON, "Provenance", "of-both", tokens=("target=Task/t", "target=Goal/g")),
    Stored(PERSON, "Provenance", "agent", tokens=("target=Task/t", "agent=Goal/g")),
    Stored(PERSON, "Task", "no-provenance", tokens=("target=Goal/g",)),
)


@pytest.mark.parametrize("types", [None, ("Provenance",), ("Provenance", "Goal")])
def test_where_an_entry_comes_from_is_seen_with_it_alone(
    bench: Bench, types: tuple[str, ...] | None
) -> None:
    with bench.holding((*ROWS, *WHERE_FROM, Stored(OTHER, "Task", "t"))):
        found = {one for one in seen(bench, of_party(), types) if one.startswith("Prov")}
        assert "Task/no-provenance" in seen(bench, of_party())
    assert found == {"Provenance/of-task", "Provenance/agent"}


@pytest.mark.parametrize("types", [None, ("Provenance",)])
def test_where_a_hidden_entry_comes_from_is_hidden_from_whom_no_right_decides(
    bench: Bench, types: tuple[str, ...] | None
) -> None:
    hidden = int(Label.HIDDEN_FROM_PERSON)
    by = permit(people=(PERSON,), hidden=hidden, types=TYPES | {"Provenance"})
    rows = (
        Stored(PERSON, "Goal", "h", labels=hidden),
        provenance("Goal/h", "of-hidden"),
        Stored(PERSON, "Goal", "s", labels=int(Label.JUST_US)),
        provenance("Goal/s", "of-seen"),
    )
    with bench.holding(rows):
        found = {one for one in seen(bench, by, types) if one.startswith("Prov")}
    assert found == {"Provenance/of-seen"}


@pytest.mark.parametrize("types", [None, ("Consent",)])
def test_a_choice_is_seen_by_whom_it_names_and_by_who_wrote_it(
    bench: Bench, types: tuple[str, ...] | None
) -> None:
    def choice(id: str, actor: str, **rest: Any) -> Stored:
        return Stored(PERSON, "Consent", id, rights=(Right(actor, True, weight=16),), **rest)

    rows = (
        Stored(PERSON, "CareTeam", "c", rights=(TIE,)),
        choice("ours", US),
        choice("teams", "team"),
        choice("theirs", THEM),
        choice("written", THEM, tokens=(f"_source={US}#a-request",)),
        choice("made-by", THEM, author=US),
        Stored(PERSON, "CareTeam", "theirs", rights=(TIE,)),
        Stored(OTHER, "Consent", "theirs", rights=(YES,), labels=JUST_US),
    )
    with bench.holding(rows):
        found = {one for one in seen(bench, of_party(), types) if one.startswith("Consent")}
        by_person = seen(bench, permit(types=TYPES | {"Consent"}), types)
    assert {
        f"Consent/{id}" for id in ("ours", "teams", "theirs", "written", "made-by")
    } <= by_person
    assert found == {"Consent/ours", "Consent/teams", "Consent/written"}


def kept(bench: Bench, by: Permit) -> set[str]:
    statement = Statement()
    clause = kept_from(by, "k", statement, "(r.person_id, r.type, r.id)")
    sql = f"select r.type || '/' || r.id as name from resources r where {clause}"  # noqa: S608
    return {row["name"] for row in bench.run(bench.fetch(sql, statement.arguments))}


def test_what_is_kept_back_is_what_the_person_would_not_show_now(bench: Bench) -> None:
    with bench.holding((*ROWS, *WHERE_FROM)):
        assert kept(bench, of_party()) == {
            "Goal/g",
            "Goal/o",
            "Provenance/of-goal",
            "Provenance/of-both",
        }
        assert kept(bench, permit(people=(PERSON,))) == {"Goal/o"}
        assert kept(bench, permit()) == set()
    assert kept_from(permit(), "k", Statement(), "key") == "false"


AUDITED = (
    Stored(PERSON, "AuditEvent", "1", agent=US),
    Stored(PERSON, "AuditEvent", "2", agent=THEM, tokens=("_label=another",)),
    Stored(OTHER, "AuditEvent", "3", agent=US),
    Stored(PERSON, "AuditEvent", "4", agent=THEM, tokens=(HIDDEN_DEED,)),
    Stored(PERSON, "AuditEvent", "5", agent=US, tokens=("erased",)),
)


def logs(bench: Bench, **rest: Any) -> set[str]:
    by = permit(**{"types": frozenset(("AuditEvent",)), **rest})
    statement = Statement()
    sql = f"select a.id from audit_events a where {visible_audit(by, 'a', statement)}"  # noqa: S608
    return {row["id"] for row in bench.run(bench.fetch(sql, statement.arguments))}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"audit": "none"}, set()),
        ({"audit": "own"}, {"1", "3"}),
        ({"audit": "about", "people": (PERSON,)}, {"1", "2", "4"}),
        ({"audit": "about", "people": (PERSON,), "hidden": 8}, {"1", "2"}),
        ({"audit": "about", "people": (PERSON,), "hidden": 4}, {"1", "2", "4"}),
        ({"audit": "about", "people": ()}, set()),
        ({"audit": "about", "people": None}, set()),
        ({"audit": "all"}, {"1", "2", "3", "4"}),
        ({"audit": "all", "types": frozenset(("Goal",))}, set()),
        ({"audit": "own", "types": frozenset()}, set()),
    ],
)
def test_a_permit_opens_the_access_logs_it_names_and_none_that_is_erased(
    bench: Bench, said: dict[str, Any], expected: set[str]
) -> None:
    with bench.holding(AUDITED):
        erased = "update audit_events set salt = null where id = '5'"
        bench.run(bench.fetch(erased, ()))
        assert logs(bench, **said) == expected
