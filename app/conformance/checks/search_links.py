"""Search: along references, by chains, _has, _include and _revinclude.

Spec: https://hl7.org/fhir/R4/search.html#chaining, https://hl7.org/fhir/R4/search.html#include
"""

from app.conformance.bench import Bench, address, entries, matches, new_value
from app.conformance.made_up import SYSTEM, observation, patient
from app.conformance.requirement import R4, Group, rows
from app.conformance.unmet import expect
from app.conformance.verdict import MUST
from app.fhir.resource_types import Json


def a_chain_finds_by_what_is_referred_to(bench: Bench) -> None:
    value, made = _made(bench)
    scope = {"identifier": f"{SYSTEM}|{value}"}
    for asked, finds in ((value, True), (new_value(), False)):
        chain = {"subject:Patient.identifier": f"{SYSTEM}|{asked}"}
        found = _ids(matches(bench.search_if_known("Observation", scope | chain)))
        wanted = {made["id"]} if finds else set()
        expect(found == wanted, f"A chain found {len(found)}, not {len(wanted)}.")


def has_finds_by_what_refers_to_it(bench: Bench) -> None:
    value, made = _made(bench)
    bench.claims.need_parameter("Patient", "identifier")
    person = str(made["subject"]["reference"]).split("/")[-1]
    for asked, finds in ((value, True), (new_value(), False)):
        params = {"_has:Observation:subject:identifier": f"{SYSTEM}|{asked}"}
        found = _ids(matches(bench.search_if_known("Patient", params)))
        wanted = {person} if finds else set()
        expect(found == wanted, f"_has found {len(found)}, not {len(wanted)}.")


def an_include_brings_what_is_referred_to_and_nothing_else(bench: Bench) -> None:
    bench.claims.need_include("Observation", "searchInclude", "Observation:subject")
    value, made = _made(bench)
    found = bench.search(
        "Observation", {"identifier": f"{SYSTEM}|{value}", "_include": "Observation:subject"}
    )
    expect(_ids(matches(found)) == {made["id"]}, "With _include, other matches are found.")
    brought = [address(one) for one in entries(found, "include")]
    expect(made["subject"]["reference"] in brought, "_include does not bring what is referred to.")
    expect(len(brought) == 1, "_include brings something that nothing found refers to.")


def a_revinclude_brings_what_refers_to_it_and_nothing_else(bench: Bench) -> None:
    bench.claims.need_include("Patient", "searchRevInclude", "Observation:subject")
    value, made = _made(bench)
    bench.claims.need_parameter("Patient", "identifier")
    bench.create(observation(new_value(), bench.person))
    found = bench.search(
        "Patient", {"identifier": f"{SYSTEM}|{value}", "_revinclude": "Observation:subject"}
    )
    person = str(made["subject"]["reference"]).split("/")[-1]
    expect(_ids(matches(found)) == {person}, "With _revinclude, other matches are found.")
    brought = _ids(entries(found, "include"))
    expect(made["id"] in brought, "_revinclude does not bring what refers to the match.")
    expect(len(brought) == 1, "_revinclude brings what does not refer to the match.")


def what_is_brought_along_is_not_counted(bench: Bench) -> None:
    bench.claims.need_include("Observation", "searchInclude", "Observation:subject")
    value, _ = _made(bench)
    params = {"identifier": f"{SYSTEM}|{value}", "_include": "Observation:subject"}
    found = bench.search("Observation", params | {"_total": "accurate"})
    expect(found.get("total", 1) == 1, f"One matches; with _include the total is {found['total']}.")


def _made(bench: Bench) -> tuple[str, Json]:
    """A person of their own and an Observation of them, both with one value as identifier."""
    bench.claims.need_parameter("Observation", "identifier", "subject")
    bench.claims.need("Observation", "create", "read")
    bench.claims.need("Patient", "create", "read")
    value = new_value()
    person = address(bench.create(patient(value)))
    return value, bench.create(observation(value, person))


def _ids(resources: list[Json]) -> set[str]:
    return {str(one.get("id")) for one in resources}


REQUIREMENTS = rows(
    Group.SEARCH,
    (
        (MUST, R4 + "search.html#chaining", a_chain_finds_by_what_is_referred_to),
        (MUST, R4 + "search.html#has", has_finds_by_what_refers_to_it),
        (MUST, R4 + "search.html#include", an_include_brings_what_is_referred_to_and_nothing_else),
        (
            MUST,
            R4 + "search.html#revinclude",
            a_revinclude_brings_what_refers_to_it_and_nothing_else,
        ),
        (MUST, R4 + "search.html#total", what_is_brought_along_is_not_counted),
    ),
)
