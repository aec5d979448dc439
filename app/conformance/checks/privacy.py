"""Privacy: what a caller may not see is, to them, not there; and who has looked is told.

Whoever can tell "deleted" or "not for you" from "never was" has learnt something of a person.
"""

from uuid import uuid4

from app.conformance.bench import Bench, address, entries, new_value
from app.conformance.exchange import Answer
from app.conformance.made_up import observation
from app.conformance.requirement import GUIDE, Group, rows
from app.conformance.unmet import expect
from app.conformance.verdict import MUST

_CLAUSE = GUIDE + "#privacy"


def deleted_and_never_was_are_answered_alike(bench: Bench) -> None:
    bench.claims.need("Observation", "create", "read", "delete")
    place = address(bench.create(observation(new_value(), bench.person)))
    bench.caller.ask("DELETE", place).must_be(200, 202, 204, when="Deleting")
    never = f"Observation/{uuid4().hex}"
    _expect_alike(bench.caller.ask("GET", place), place, bench.caller.ask("GET", never), never)


def hidden_and_never_was_are_answered_alike(bench: Bench) -> None:
    other = bench.other()
    bench.claims.need("Observation", "create", "read")
    place = address(bench.create(observation(new_value(), bench.person)))
    for hidden in (place, bench.person):
        never = f"{hidden.split('/')[0]}/{uuid4().hex}"
        _expect_alike(other.ask("GET", hidden), hidden, other.ask("GET", never), never)


def a_hidden_version_and_one_that_never_was_are_answered_alike(bench: Bench) -> None:
    other = bench.other()
    bench.claims.need("Observation", "create", "read", "vread", "history-instance")
    made = bench.create(observation(new_value(), bench.person))
    for suffix in (f"/_history/{made['meta']['versionId']}", "/_history"):
        place = address(made) + suffix
        never = f"Observation/{uuid4().hex}{suffix}"
        _expect_alike(other.ask("GET", place), place, other.ask("GET", never), never)


def a_search_for_someone_hidden_is_answered_as_for_nobody(bench: Bench) -> None:
    other = bench.other()
    bench.claims.need_parameter("Observation", "patient")
    bench.create(observation(new_value(), bench.person))
    nobody = f"Patient/{uuid4().hex}"
    answers = []
    for person in (bench.person, nobody):
        answer = other.ask("GET", "Observation", params={"patient": person})
        answers.append(answer)
    _expect_alike(answers[0], bench.person, answers[1], nobody)


def what_is_brought_along_stays_hidden_too(bench: Bench) -> None:
    other = bench.other()
    bench.claims.need_include("Patient", "searchRevInclude", "Observation:subject")
    hidden = address(bench.create(observation(new_value(), bench.person)))
    for kind, name in (("Patient", "_revinclude"), ("Observation", "_include")):
        params = {name: "Observation:subject", "_count": "50"}
        answer = other.ask("GET", kind, params=params)
        if answer.status != 200:
            continue
        brought = {
            address(one) for mode in ("match", "include") for one in entries(answer.json, mode)
        }
        expect(not brought & {hidden, bench.person}, f"{name} brings what the caller may not see.")


def an_answer_about_a_person_is_not_kept_on_the_way(bench: Bench) -> None:
    bench.claims.need("Patient", "create", "read")
    said = bench.read(bench.person).headers.get("cache-control", "")
    expect(
        "no-store" in said or "private" in said,
        "Cache-Control lets a machine on the way keep what is about a person.",
    )


def a_read_is_in_the_log_of_who_has_looked(bench: Bench) -> None:
    bench.claims.need_parameter("AuditEvent", "patient")
    bench.claims.need("Observation", "create", "read")
    place = address(bench.create(observation(new_value(), bench.person)))
    bench.read(place)
    found = bench.search("AuditEvent", {"patient": bench.person, "_sort": "-date", "_count": "50"})
    told = any(place in str(one.get("entity", "")) for one in entries(found, "match"))
    expect(told, "A read is not in the log of who has looked.")


def _expect_alike(one: Answer, place: str, other: Answer, never: str) -> None:
    """The same status and body, but for the ids that were asked for and moments of time."""
    expect(
        one.status == other.status,
        f"The status is {one.status}; for what never was it is {other.status}.",
    )
    bodies = [
        _without(answer.text, *asked.split("/")) for answer, asked in ((one, place), (other, never))
    ]
    expect(bodies[0] == bodies[1], "The body is another than for what never was.")


def _without(text: str, *words: str) -> str:
    for word in words:
        if len(word) > 3:
            text = text.replace(word, "…")
    return text


REQUIREMENTS = rows(
    Group.PRIVACY,
    (
        (MUST, _CLAUSE, deleted_and_never_was_are_answered_alike),
        (MUST, _CLAUSE, hidden_and_never_was_are_answered_alike),
        (MUST, _CLAUSE, a_hidden_version_and_one_that_never_was_are_answered_alike),
        (MUST, _CLAUSE, a_search_for_someone_hidden_is_answered_as_for_nobody),
        (MUST, _CLAUSE, what_is_brought_along_stays_hidden_too),
        (MUST, _CLAUSE, an_answer_about_a_person_is_not_kept_on_the_way),
        (MUST, _CLAUSE, a_read_is_in_the_log_of_who_has_looked),
    ),
)
