"""Search: the Bundle that comes back: order, pages, totals, and parts of resources.

Spec: https://hl7.org/fhir/R4/search.html#return
"""

from app.conformance.bench import Bench, address, is_subsetted, link_of, matches, new_value
from app.conformance.made_up import Kind
from app.conformance.requirement import R4, Group, rows
from app.conformance.unmet import NotOffered, expect
from app.conformance.verdict import MUST, SHOULD
from app.fhir.resource_types import Json

_PARAMETER_BY_TYPE = {"Observation": "date", "Patient": "birthdate"}


def a_search_that_finds_nothing_is_an_empty_bundle(bench: Bench) -> None:
    kind = bench.kind("search-type")
    bench.claims.need_parameter(kind.type, "identifier")
    found = bench.search(kind.type, {"identifier": new_value()})
    expect(not matches(found), "A search for what was never there finds something.")
    expect(found.get("total", 0) == 0, "A search that finds nothing has a total above 0.")
    expect(found.get("entry") != [], "An empty array stands for entry; R4 leaves it out.")


def a_search_by_post_finds_the_same(bench: Bench) -> None:
    kind, made = bench.three
    scope = bench.scoped(kind, made)
    form = "&".join(f"{name}={value.replace('|', '%7C')}" for name, value in scope).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = bench.caller.ask("POST", f"{kind.type}/_search", form, headers=headers)
    answer.must_be(200, when="Searching with POST")
    same = _ids([answer.json]) == _ids([bench.search(kind.type, scope)])
    expect(same, "A search with POST finds otherwise than with GET.")


def what_was_deleted_is_no_longer_found(bench: Bench) -> None:
    kind = bench.kind("search-type", "delete")
    made = bench.make(kind)
    scope = bench.scoped(kind, [made])
    expect(made["id"] in bench.ids(kind.type, scope), "A search does not find what was made.")
    bench.caller.ask("DELETE", address(made)).must_be(200, 202, 204, when="Deleting")
    expect(made["id"] not in bench.ids(kind.type, scope), "A search finds what was deleted.")


def every_entry_of_a_search_has_its_address(bench: Bench) -> None:
    found = _found(bench)
    for entry in found.get("entry") or ():
        place = address(entry.get("resource") or {})
        full = str(entry.get("fullUrl", ""))
        expect(full.endswith(f"/{place}"), "An entry's fullUrl is not the address of its resource.")


def the_self_link_says_what_was_searched_by(bench: Bench) -> None:
    kind, made = bench.three
    scope = bench.scoped(kind, made)
    link = link_of(bench.search(kind.type, scope), "self")
    expect(link, "A searchset has no self link.")
    expect(f"{scope[0][0]}=" in str(link), "The self link leaves out what was searched by.")


def a_sort_puts_what_is_found_in_order(bench: Bench) -> None:
    kind, made = bench.three
    name = _PARAMETER_BY_TYPE[kind.type]
    bench.claims.need_parameter(kind.type, name)
    scope = [*bench.scoped(kind, made), *_only_three(kind, name)]
    for sort, wanted in ((name, kind.values), (f"-{name}", tuple(reversed(kind.values)))):
        found = bench.search_if_known(kind.type, [*scope, ("_sort", sort)])
        ids = {one["id"] for one in made}
        values = tuple(one[kind.element] for one in matches(found) if one["id"] in ids)
        expect(values == wanted, f"_sort={sort} does not give what it finds in that order.")


def the_pages_hold_everything_once(bench: Bench) -> None:
    kind, made = bench.three
    scope = [*bench.scoped(kind, made), ("_count", "1")]
    if kind.type in _PARAMETER_BY_TYPE:
        scope += _only_three(kind, _PARAMETER_BY_TYPE[kind.type])
    first = bench.search(kind.type, scope)
    expect(len(matches(first)) <= 1, "With _count=1 a page holds more than one match.")
    pages = bench.pages(first)
    found = [str(one["id"]) for page in pages for one in matches(page)]
    expect(len(found) == len(set(found)), "Something is on two pages.")
    expect({one["id"] for one in made} <= set(found), "Something is on no page.")


def the_total_is_right(bench: Bench) -> None:
    kind, made = bench.three
    scope = [*bench.scoped(kind, made), *_only_three(kind, _PARAMETER_BY_TYPE[kind.type])]
    found = bench.search_if_known(kind.type, [*scope, ("_total", "accurate"), ("_count", "1")])
    if "total" not in found:
        raise NotOffered("The server tells no total.")
    there = len(bench.ids(kind.type, scope))
    expect(found["total"] == there, f"The total is {found['total']}; there are {there}.")


def a_summary_says_that_it_is_one(bench: Bench) -> None:
    kind, made = bench.three
    scope = bench.scoped(kind, made)
    whole = {one["id"]: one for one in matches(bench.search(kind.type, scope))}
    for one in matches(bench.search_if_known(kind.type, [*scope, ("_summary", "true")])):
        if one == whole.get(one["id"]):
            raise NotOffered("With _summary=true the server gives the whole.")
        expect(is_subsetted(one), "What _summary=true gives is not marked as SUBSETTED.")


def _found(bench: Bench) -> Json:
    kind, made = bench.three
    return bench.search(kind.type, bench.scoped(kind, made))


def _only_three(kind: Kind, name: str) -> list[tuple[str, str]]:
    """So much of time as the three are in: other checks make others of the first day."""
    return [(name, f"ge{kind.values[0][:10]}"), (name, f"le{kind.values[-1][:10]}")]


def _ids(pages: list[Json]) -> set[str]:
    return {str(one.get("id")) for page in pages for one in matches(page)}


REQUIREMENTS = rows(
    Group.SEARCH,
    (
        (MUST, R4 + "search.html#errors", a_search_that_finds_nothing_is_an_empty_bundle),
        (MUST, R4 + "http.html#search", a_search_by_post_finds_the_same),
        (MUST, R4 + "http.html#delete", what_was_deleted_is_no_longer_found),
        (MUST, R4 + "bundle.html#bundle-unique", every_entry_of_a_search_has_its_address),
        (MUST, R4 + "search.html#conformance", the_self_link_says_what_was_searched_by),
        (MUST, R4 + "search.html#sort", a_sort_puts_what_is_found_in_order),
        (MUST, R4 + "http.html#paging", the_pages_hold_everything_once),
        (MUST, R4 + "search.html#total", the_total_is_right),
        (SHOULD, R4 + "search.html#summary", a_summary_says_that_it_is_one),
    ),
)
