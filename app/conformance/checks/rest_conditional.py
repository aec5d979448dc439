"""REST basics: create, update and delete on a condition.

Spec: https://hl7.org/fhir/R4/http.html#cond-update
"""

from app.conformance.bench import Bench, address, new_value
from app.conformance.exchange import Answer
from app.conformance.made_up import SYSTEM
from app.conformance.requirement import R4, Group, rows
from app.conformance.unmet import NotOffered, expect
from app.conformance.verdict import MUST


def a_conditional_create_makes_only_one(bench: Bench) -> None:
    kind = bench.kind()
    bench.claims.says(kind.type, "conditionalCreate")
    value = new_value()
    first, second = (_create_unless_there(bench, value) for _ in range(2))
    first.must_be(201, when="Creating on a condition that nothing matches")
    second.must_be(200, when="Creating on a condition that one matches")
    if bench.claims.does(kind.type, "search-type"):
        found = bench.ids(kind.type, _by(value))
        expect(len(found) == 1, f"After two conditional creates there are {len(found)}.")


def a_conditional_create_that_several_match_is_412(bench: Bench) -> None:
    kind = bench.kind()
    bench.claims.says(kind.type, "conditionalCreate")
    value = new_value()
    for _ in range(2):
        bench.make(kind, value)
    answer = _create_unless_there(bench, value)
    answer.must_be(412, when="Creating on a condition that two match")


def a_conditional_update_changes_the_one_it_finds(bench: Bench) -> None:
    kind = bench.kind("update")
    bench.claims.says(kind.type, "conditionalUpdate")
    value = new_value()
    made = bench.make(kind, value)
    body = bench.body(kind, value, 1)
    answer = bench.caller.ask("PUT", kind.type, body, params=_by(value))
    answer.must_be(200, when="Updating on a condition that one matches")
    found = bench.read(address(made)).json
    expect(found.get(kind.element) == kind.values[1], "A conditional update did not change it.")


def a_conditional_update_that_nothing_matches_creates(bench: Bench) -> None:
    kind = bench.kind("update")
    bench.claims.says(kind.type, "conditionalUpdate")
    value = new_value()
    answer = bench.caller.ask("PUT", kind.type, bench.body(kind, value), params=_by(value))
    answer.must_be(201, when="Updating on a condition that nothing matches")


def a_conditional_update_that_several_match_is_412(bench: Bench) -> None:
    kind = bench.kind("update")
    bench.claims.says(kind.type, "conditionalUpdate")
    value = new_value()
    for _ in range(2):
        bench.make(kind, value)
    answer = bench.caller.ask("PUT", kind.type, bench.body(kind, value, 1), params=_by(value))
    answer.must_be(412, when="Updating on a condition that two match")


def a_conditional_delete_takes_away_what_it_finds(bench: Bench) -> None:
    kind = bench.kind("delete")
    bench.claims.says(kind.type, "conditionalDelete")
    value = new_value()
    place = address(bench.make(kind, value))
    other = address(bench.make(kind))
    answer = bench.caller.ask("DELETE", kind.type, params=_by(value))
    answer.must_be(200, 202, 204, when="Deleting on a condition that one matches")
    bench.caller.ask("GET", place).must_be(404, 410, when="Reading what was deleted")
    bench.read(other)


def a_conditional_delete_of_several_is_412_where_one_is_the_limit(bench: Bench) -> None:
    kind = bench.kind("delete")
    claimed = bench.claims.says(kind.type, "conditionalDelete")
    if claimed != "single":
        raise NotOffered("The server claims to delete several on a condition.")
    value = new_value()
    places = [address(bench.make(kind, value)) for _ in range(2)]
    answer = bench.caller.ask("DELETE", kind.type, params=_by(value))
    answer.must_be(412, when="Deleting on a condition that two match")
    for place in places:
        bench.read(place)


def _create_unless_there(bench: Bench, value: str) -> Answer:
    kind = bench.kind()
    condition = {"If-None-Exist": f"identifier={SYSTEM}|{value}"}
    return bench.caller.ask("POST", kind.type, bench.body(kind, value), headers=condition)


def _by(value: str) -> dict[str, str]:
    return {"identifier": f"{SYSTEM}|{value}"}


REQUIREMENTS = rows(
    Group.REST,
    (
        (MUST, R4 + "http.html#ccreate", a_conditional_create_makes_only_one),
        (MUST, R4 + "http.html#ccreate", a_conditional_create_that_several_match_is_412),
        (MUST, R4 + "http.html#cond-update", a_conditional_update_changes_the_one_it_finds),
        (MUST, R4 + "http.html#cond-update", a_conditional_update_that_nothing_matches_creates),
        (MUST, R4 + "http.html#cond-update", a_conditional_update_that_several_match_is_412),
        (MUST, R4 + "http.html#delete", a_conditional_delete_takes_away_what_it_finds),
        (
            MUST,
            R4 + "http.html#delete",
            a_conditional_delete_of_several_is_412_where_one_is_the_limit,
        ),
    ),
)
