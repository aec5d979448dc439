"""Searching over HTTP: by GET, by form, across types and in a person's compartment; links; paging.

Spec: https://hl7.org/fhir/R4/http.html#search, https://hl7.org/fhir/R4/search.html
"""

import threading
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from tests.conftest import Running
from tests.endpoints.asking import Json, changed, ids, issues, link, new_goal, pages, told
from tests.people import new_person, observation

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    return new_person(surgery)


@pytest.fixture(scope="module")
def goals(surgery: httpx.Client, person: str) -> list[str]:
    """The ids of five Goals, oldest first."""
    return [
        new_goal(surgery, person, f"Goal {n}", startDate=f"2026-0{n + 1}-01")[6:] for n in range(5)
    ]


def self_query(bundle: Json) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(link(bundle, "self") or "").query, keep_blank_values=True)


def test_a_search_answers_a_searchset_of_whole_resources(
    surgery: httpx.Client, service: Running, person: str, goals: list[str]
) -> None:
    bundle = surgery.get(f"/Goal?patient={person}").json()
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "searchset")
    assert set(ids(bundle)) == set(goals)
    for one in bundle["entry"]:
        assert one["search"] == {"mode": "match"}
        assert one["fullUrl"] == f"{service.settings.fhir_base}/Goal/{one['resource']['id']}"
        assert surgery.get(one["fullUrl"]).json() == one["resource"]


def test_a_form_asks_the_same_as_an_address(
    surgery: httpx.Client, person: str, goals: list[str]
) -> None:
    by_address = surgery.get(f"/Goal?patient={person}&start-date=ge2026-03-01").json()
    form = f"patient={person}&start-date=ge2026-03-01"
    by_form = surgery.post("/Goal/_search", content=form, headers=FORM).json()
    both = surgery.post(
        f"/Goal/_search?patient={person}", content="start-date=ge2026-03-01", headers=FORM
    ).json()
    assert set(ids(by_address)) == set(goals[2:])
    assert by_form == both == by_address


def test_a_form_of_another_kind_is_refused_and_an_empty_one_is_not(
    surgery: httpx.Client, person: str
) -> None:
    answer = surgery.post("/Goal/_search", json={"patient": person})
    assert answer.status_code == 415
    assert surgery.post(f"/Goal/_search?patient={person}", headers=FORM).status_code == 200
    assert surgery.post(f"/Goal/_search?patient={person}").status_code == 200
    raw = surgery.post("/Goal/_search", content="patient=é".encode(), headers=FORM)
    assert raw.status_code == 400


def test_a_compartment_holds_the_persons_own(
    surgery: httpx.Client, service: Running, person: str, goals: list[str]
) -> None:
    bundle = surgery.get(f"/Patient/{person}/Goal?start-date=lt2026-02-01").json()
    assert ids(bundle) == goals[:1]
    base = service.settings.fhir_base
    assert link(bundle, "self") == f"{base}/Patient/{person}/Goal?start-date=lt2026-02-01"
    by_form = surgery.post(
        f"/Patient/{person}/Goal/_search", content="start-date=lt2026-02-01", headers=FORM
    )
    assert by_form.json() == bundle


def test_a_compartment_of_all_types_holds_the_person_too(
    surgery: httpx.Client, person: str, goals: list[str]
) -> None:
    found = {id for page in pages(surgery, f"/Patient/{person}/*?_count=2") for id in ids(page)}
    assert found >= {person, *goals}


@pytest.mark.parametrize("type", ["Task", "Organization", "Medication"])
def test_a_type_that_is_no_part_of_the_compartment_is_refused(
    surgery: httpx.Client, person: str, type: str
) -> None:
    answer = surgery.get(f"/Patient/{person}/{type}")
    assert answer.status_code == (404 if type == "Medication" else 400)


def test_a_search_across_types_finds_each_of_those_asked_for(
    surgery: httpx.Client, person: str, goals: list[str]
) -> None:
    note = surgery.post("/Observation", json=observation(person)).json()["id"]
    wanted = f"_type=Goal,Observation&_id={note},{goals[0]}"
    by_address = surgery.get(f"/?{wanted}").json()
    by_form = surgery.post("/_search", content=wanted, headers=FORM).json()
    assert set(ids(by_address)) == {note, goals[0]}
    assert by_form == by_address


@pytest.mark.parametrize("count", [1, 2, 4, 5, 50])
@pytest.mark.parametrize("sort", ["", "&_sort=start-date", "&_sort=-_lastUpdated"])
def test_a_search_is_paged_to_its_end_with_nothing_left_out_or_told_twice(
    surgery: httpx.Client, person: str, goals: list[str], count: int, sort: str
) -> None:
    found = list(pages(surgery, f"/Goal?patient={person}&_count={count}{sort}"))
    told_ids = [id for page in found for id in ids(page)]
    assert sorted(told_ids) == sorted(goals)
    assert [len(ids(page)) for page in found[:-1]] == [count] * (len(found) - 1)
    if sort == "&_sort=start-date":
        assert told_ids == goals


def test_every_link_is_whole_and_under_the_base(
    surgery: httpx.Client, service: Running, person: str, goals: list[str]
) -> None:
    base = service.settings.fhir_base
    second = surgery.get(
        link(surgery.get(f"/Goal?patient={person}&_count=2").json(), "next") or ""
    ).json()
    relations = {one["relation"]: one["url"] for one in second["link"]}
    assert relations.keys() == {"self", "next", "first"}
    assert all(
        url.startswith(f"{base}/Goal?patient={person}&_count=2") for url in relations.values()
    )
    assert surgery.get(relations["self"]).json()["entry"] == second["entry"]
    assert ids(surgery.get(relations["first"]).json()) != ids(second)


@pytest.mark.parametrize(
    ("query", "understood"),
    [
        ("status=active&_format=json&_pretty=true", []),
        ("lifecycle-status=active", [("lifecycle-status", "active")]),
        ("_count=99999", [("_count", "1000")]),
        (
            "start-date=ge2026-01-01&_sort=-start-date",
            [("start-date", "ge2026-01-01"), ("_sort", "-start-date")],
        ),
        ("patient.name:contains=of the quay", [("patient.name:contains", "of the quay")]),
        ("_totalMethod=count", [("_total", "accurate")]),
    ],
)
def test_the_self_link_tells_the_query_as_it_was_understood(
    surgery: httpx.Client, query: str, understood: list[tuple[str, str]]
) -> None:
    headers = {"Prefer": "handling=lenient"}
    assert self_query(surgery.get(f"/Goal?{query}", headers=headers).json()) == understood


def test_a_self_link_asks_the_same_again(surgery: httpx.Client) -> None:
    person = new_person(surgery, name=[{"family": "Odd & strange, 100% + more / less"}])
    odd = {"_id": person, "family:exact": "Odd & strange\\, 100% + more / less"}
    found = surgery.get("/Patient", params=odd).json()
    assert ids(found) == [person]
    assert surgery.get(link(found, "self") or "").json() == found


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("lifecyclestatus=active", "lifecycle-status"),
        ("patiant=1", "patient"),
        ("_cuont=1", "_count"),
        ("subject:Patient.famly=a", "family"),
        ("colour=blue", "no search parameter"),
        ("_filter=a", "not served"),
        ("patient=", "value"),
        ("start-date=yesterday", ""),
        ("start-date:exact=2026-01-01", "modifiers"),
        ("_include=Goal", "include"),
        ("_include=Goal:colour", ""),
        ("_sort=colour", ""),
        ("_count=some", "whole number"),
        ("_page=forged", "page link"),
        ("_summary=some", "true"),
    ],
)
def test_what_a_search_does_not_know_is_refused_with_a_hint(
    surgery: httpx.Client, query: str, hint: str
) -> None:
    answer = surgery.get(f"/Goal?{query}")
    assert answer.status_code == 400
    assert hint in told(answer)


def test_every_parameter_that_is_wrong_is_named_at_once(surgery: httpx.Client) -> None:
    answer = surgery.get("/Goal?colour=blue&start-date=yesterday&_count=some")
    assert answer.status_code == 400
    assert [issue["expression"] for issue in issues(answer)] == [
        ["http.colour"],
        ["http.start-date"],
        ["http._count"],
    ]


def test_a_lenient_search_leaves_out_what_it_does_not_know_and_says_so(
    surgery: httpx.Client, person: str, goals: list[str]
) -> None:
    headers = {"Prefer": "handling=lenient"}
    bundle = surgery.get(f"/Goal?patient={person}&colour=blue", headers=headers).json()
    last = bundle["entry"][-1]
    assert last["search"]["mode"] == "outcome"
    assert last["resource"]["issue"][0]["severity"] == "warning"
    assert "colour" in last["resource"]["issue"][0]["diagnostics"]
    assert set(ids({"entry": bundle["entry"][:-1]})) >= set(goals)
    assert self_query(bundle) == [("patient", person)]


@pytest.mark.parametrize("version", ["", "|4.0.1"])
def test_in_takes_a_value_set_that_r4_requires_codes_of(
    surgery: httpx.Client, person: str, goals: list[str], version: str
) -> None:
    value_set = f"http://hl7.org/fhir/ValueSet/goal-status{version}"
    inside = surgery.get(f"/Goal?patient={person}&lifecycle-status:in={value_set}")
    outside = surgery.get(f"/Goal?patient={person}&lifecycle-status:not-in={value_set}")
    assert set(ids(inside.json())) == set(goals)
    assert ids(outside.json()) == []


@pytest.mark.parametrize(
    "value_set",
    [
        "goal-status",
        "http://hl7.org/fhir/ValueSet/goal-status|5.0.0",
        "http://hl7.org/fhir/ValueSet/observation-codes",
        "http://example.org/goal-status",
    ],
)
def test_in_does_not_guess_at_a_value_set_it_does_not_know(
    surgery: httpx.Client, value_set: str
) -> None:
    answer = surgery.get(f"/Goal?lifecycle-status:in={value_set}")
    assert answer.status_code == 400
    assert "not known here" in told(answer)


def test_a_strict_search_is_what_is_usual(surgery: httpx.Client) -> None:
    for headers in ({}, {"Prefer": "handling=strict"}):
        assert surgery.get("/Goal?colour=blue", headers=headers).status_code == 400


@pytest.mark.parametrize("query", ["_summary=count", "_count=0", "_count=0&_total=accurate"])
def test_a_count_alone_tells_the_total_and_no_entry(
    surgery: httpx.Client, person: str, goals: list[str], query: str
) -> None:
    bundle = surgery.get(f"/Goal?patient={person}&start-date=lt2026-03-01&{query}").json()
    assert bundle["total"] == 2
    assert "entry" not in bundle
    assert link(bundle, "next") is None


def test_the_total_counts_all_pages(surgery: httpx.Client, person: str, goals: list[str]) -> None:
    query = f"/Goal?patient={person}&start-date=lt2026-04-01&_count=2&_total=accurate"
    assert [page["total"] for page in pages(surgery, query)] == [3, 3]


def test_what_a_search_shows_in_part_is_marked_as_a_part(
    surgery: httpx.Client, person: str, goals: list[str]
) -> None:
    bundle = surgery.get(f"/Goal?_id={goals[0]}&_elements=startDate").json()
    shown = bundle["entry"][0]["resource"]
    assert shown["meta"]["tag"][-1]["code"] == "SUBSETTED"
    assert shown["startDate"] == "2026-01-01"
    assert "subject" in shown  # mandatory, so it stays


def test_an_include_is_told_apart_from_a_match(
    surgery: httpx.Client, person: str, goals: list[str]
) -> None:
    bundle = surgery.get(f"/Goal?_id={goals[0]}&_include=Goal:patient&_total=accurate").json()
    assert bundle["total"] == 1
    modes = {one["resource"]["resourceType"]: one["search"]["mode"] for one in bundle["entry"]}
    assert modes == {"Goal": "match", "Patient": "include"}


def test_what_is_written_is_found_by_whoever_searches_next(
    surgery: httpx.Client, befriending: httpx.Client
) -> None:
    person = new_person(surgery)
    where = new_goal(surgery, person, startDate="2026-01-01")
    query = f"/Goal?patient={person}&start-date="
    assert ids(befriending.get(f"{query}2026-01-01").json()) == [where[6:]]
    changed(surgery, where, startDate="2026-02-02")
    assert ids(befriending.get(f"{query}2026-01-01").json()) == []
    assert ids(befriending.get(f"{query}2026-02-02").json()) == [where[6:]]
    surgery.delete(where)
    assert ids(befriending.get(f"{query}2026-02-02").json()) == []


def test_a_page_that_is_altered_or_of_another_search_is_refused(
    surgery: httpx.Client, befriending: httpx.Client, person: str, goals: list[str]
) -> None:
    following = link(surgery.get(f"/Goal?patient={person}&_count=2").json(), "next") or ""
    assert befriending.get(following).status_code == 400
    assert surgery.get(following.replace("_count=2", "_count=3")).status_code == 400
    assert surgery.get(following.replace(person, new_person(surgery))).status_code == 400
    assert surgery.get(following[:-2]).status_code == 400


def test_of_many_who_change_one_entry_at_once_none_is_lost(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client]
) -> None:
    where = new_goal(surgery, new_person(surgery))
    statuses: list[int] = []

    def run(n: int) -> None:
        with httpx.Client(base_url=surgery.base_url, headers=surgery.headers) as client:
            body = {"note": [{"text": f"By {n}"}]}
            headers = {"Content-Type": "application/merge-patch+json"}
            statuses.append(client.patch(where, json=body, headers=headers).status_code)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    versions = surgery.get(f"{where}/_history").json()["entry"]
    assert statuses == [200] * 4
    assert [one["response"]["etag"] for one in versions] == [f'W/"{n}"' for n in (5, 4, 3, 2, 1)]


@pytest.mark.parametrize(
    ("asked", "found"),
    [("Nankarrow", True), ("kathryn", True), ("NANCARROW", True), ("Nancarrick", False)],
)
def test_a_name_spelled_as_it_sounds_is_found(
    surgery: httpx.Client, asked: str, found: bool
) -> None:
    mark = f"sounds-like-{asked}"
    id = new_person(
        surgery,
        name=[{"family": "Nancarrow", "given": ["Catherine"]}],
        identifier=[{"system": "urn:example:sound", "value": mark}],
    )
    bundle = surgery.get(f"/Patient?phonetic={asked}&identifier=urn:example:sound|{mark}").json()
    assert ids(bundle) == ([id] if found else [])
