"""Definitions over HTTP: read, search, and what may not be done with them.

Spec: https://hl7.org/fhir/R4/http.html#read, https://hl7.org/fhir/R4/search.html
"""

from collections.abc import Callable

import httpx
import pytest

from app.fhir import structure
from app.fhir.library import BASE, DEFINITION_TYPES, FOLDER, Shipped, shipped
from tests.endpoints.asking import ids, link, pages, places, told

ALIASES = "/ConceptMap/pco-aliases"
STATUS = "http://hl7.org/fhir/publication-status"
SERVED = [one for one in shipped() if one.type in DEFINITION_TYPES]


@pytest.fixture(scope="module")
def anyone(as_client: Callable[..., httpx.Client]) -> httpx.Client:
    """Nobody in particular: no token."""
    return as_client(None)


@pytest.mark.parametrize("one", SERVED, ids=lambda one: f"{one.type}/{one.id}")
def test_what_is_served_is_the_file_to_the_byte(anyone: httpx.Client, one: Shipped) -> None:
    answer = anyone.get(f"/{one.type}/{one.id}")
    assert answer.status_code == 200
    assert answer.content == (FOLDER / one.type / f"{one.id}.json").read_bytes()
    assert answer.headers["Content-Type"] == "application/fhir+json; charset=utf-8"


def test_an_etag_saves_reading_it_again(anyone: httpx.Client) -> None:
    tag = anyone.get(ALIASES).headers["ETag"]
    again = anyone.get(ALIASES, headers={"If-None-Match": f'W/"other", {tag}'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert anyone.get(ALIASES, headers={"If-None-Match": 'W/"other"'}).status_code == 200


def test_the_head_alone_may_be_asked_for(anyone: httpx.Client) -> None:
    whole, head = anyone.get(ALIASES), anyone.head(ALIASES)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["ETag"] == whole.headers["ETag"]
    assert head.headers["Content-Length"] == str(len(whole.content))


def test_a_definition_may_be_laid_out_or_cut_short(anyone: httpx.Client) -> None:
    assert anyone.get(f"{ALIASES}?_pretty=true").json() == anyone.get(ALIASES).json()
    short = anyone.get(f"{ALIASES}?_elements=title")
    assert "title" in short.json()
    assert "group" not in short.json()
    assert short.json()["meta"]["tag"][0]["code"] == "SUBSETTED"
    assert "ETag" not in short.headers
    assert "group" not in anyone.get(f"{ALIASES}?_summary=true").json()
    assert anyone.get(f"{ALIASES}?name=a").status_code == 400


def test_a_definition_that_is_not_there_is_not_found(anyone: httpx.Client) -> None:
    answer = anyone.get("/ValueSet/nowhere")
    assert answer.status_code == 404
    assert "There is no ValueSet of this id" in told(answer)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_definition_is_not_written(surgery: httpx.Client, method: str) -> None:
    answer = surgery.request(method, ALIASES, json={"resourceType": "ConceptMap"})
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD"
    assert "come with the service and are not written here" in told(answer)


def test_a_definition_is_not_read_inside_a_bundle(surgery: httpx.Client) -> None:
    entry = {"request": {"method": "GET", "url": "ConceptMap/pco-aliases"}}
    answer = surgery.post("", json={"resourceType": "Bundle", "type": "batch", "entry": [entry]})
    response = answer.json()["entry"][0]["response"]
    assert response["status"] == "400"
    assert "outside a Bundle" in response["outcome"]["issue"][0]["diagnostics"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("code=expand", ["value-set-expand"]),
        ("code=expand,lookup", ["code-system-lookup", "value-set-expand"]),
        ("code:not=validate-code,lookup&name:contains=set", ["value-set-expand"]),
        (f"url={BASE}/OperationDefinition/value-set-expand", ["value-set-expand"]),
        ("name=look", ["code-system-lookup"]),
        ("name:exact=look", []),
        ("name:contains=KUP", ["code-system-lookup"]),
        ("title=list%20the%20codes", ["value-set-expand"]),
        ("_id=value-set-expand&status=active", ["value-set-expand"]),
        (f"status={STATUS}|active&instance=false&name:contains=look", ["code-system-lookup"]),
        ("version=0.2.0", []),
        ("url=urn:nowhere", []),
    ],
)
def test_a_search_finds_by_what_a_definition_says(
    anyone: httpx.Client, query: str, found: list[str]
) -> None:
    for answer in (
        anyone.get(f"/OperationDefinition?{query}"),
        anyone.post(
            "/OperationDefinition/_search",
            content=query,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        ),
    ):
        assert answer.status_code == 200, answer.text
        bundle = answer.json()
        assert (bundle["type"], bundle["total"], ids(bundle)) == ("searchset", len(found), found)
        assert structure.check(bundle) == []
        assert (link(bundle, "self") or "").partition("?")[0].endswith("/fhir/OperationDefinition")


def test_the_links_of_a_search_lead_through_all_that_is_found(anyone: httpx.Client) -> None:
    every = [page for page in pages(anyone, "/OperationDefinition?status=active&_count=3")]
    there = sum(one.type == "OperationDefinition" for one in SERVED)
    assert [len(ids(page)) for page in every[:-1]] == [3] * ((there - 1) // 3)
    assert len({id for page in every for id in ids(page)}) == there
    assert link(every[0], "self") == str(
        anyone.base_url.join("OperationDefinition?status=active&_count=3")
    )
    counted = anyone.get("/OperationDefinition?_summary=count").json()
    assert (counted["total"], ids(counted)) == (there, [])


@pytest.mark.parametrize(
    ("query", "place", "text"),
    [
        ("nmae=a", "http.nmae", "Did you mean name"),
        ("name:missing=true", "http.name:missing", "contains, exact"),
        ("_count=many", "http._count", "whole number"),
        ("name=", "http.name", "Write a value"),
        ("_summary=text", "http._summary", "true, false or count"),
    ],
)
def test_a_parameter_that_is_not_known_is_refused(
    anyone: httpx.Client, query: str, place: str, text: str
) -> None:
    answer = anyone.get(f"/ValueSet?{query}")
    assert answer.status_code == 400
    assert places(answer) == [place]
    assert text in told(answer)


def test_a_lenient_search_leaves_out_what_is_not_known_and_says_so(anyone: httpx.Client) -> None:
    bundle = anyone.get(
        "/ConceptMap?nmae=a&status=active", headers={"Prefer": "handling=lenient"}
    ).json()
    assert [one["search"]["mode"] for one in bundle["entry"]] == ["match", "outcome"]
    assert (link(bundle, "self") or "").endswith("/ConceptMap?status=active")


@pytest.mark.parametrize(
    "query",
    ["&".join(["name:contains=a"] * 101), "description:contains=" + ",".join(["zz"] * 201)],
)
def test_a_search_may_ask_for_so_much_and_no_more(anyone: httpx.Client, query: str) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = anyone.post("/StructureDefinition/_search", content=query, headers=form)
    assert (answer.status_code, "at most" in told(answer)) == (400, True)
    less = query.rpartition("&")[0] or query.rpartition(",")[0]
    again = anyone.post("/StructureDefinition/_search", content=less, headers=form)
    assert again.status_code == 200
