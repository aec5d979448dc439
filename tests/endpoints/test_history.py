"""history. Spec: https://hl7.org/fhir/R4/http.html#history"""

from collections.abc import Callable

import httpx
import pytest

from tests.conftest import Running
from tests.endpoints.asking import (
    JSON_PATCH,
    MERGE_PATCH,
    Json,
    changed,
    ids,
    link,
    new_goal,
    pages,
    places,
    told,
)
from tests.people import new_person, observation


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    return new_person(surgery)


@pytest.fixture(scope="module")
def where(surgery: httpx.Client, person: str) -> str:
    """A Goal that was created, updated, patched, deleted, and put back."""
    made = new_goal(surgery, person, "One")
    changed(surgery, made, description={"text": "Two"})
    body = surgery.patch(made, json={"description": {"text": "Three"}}, headers=MERGE_PATCH).json()
    surgery.delete(made)
    assert surgery.put(made, json=body).status_code == 201
    return made


def versions(bundle: Json) -> list[str]:
    return [one["response"]["etag"] for one in bundle.get("entry", ())]


def updated(client: httpx.Client, where: str, version: int) -> str:
    found = client.get(f"{where}/_history").json()["entry"]
    times = {one["response"]["etag"]: one["response"]["lastModified"] for one in found}
    return str(times[f'W/"{version}"'])


def test_an_instances_history_tells_every_version_newest_first(
    surgery: httpx.Client, service: Running, where: str
) -> None:
    bundle = surgery.get(f"{where}/_history").json()
    assert bundle["type"] == "history"
    assert versions(bundle) == [f'W/"{n}"' for n in (5, 4, 3, 2, 1)]
    methods = [one["request"]["method"] for one in bundle["entry"]]
    assert methods == ["PUT", "DELETE", "PATCH", "PUT", "POST"]
    assert ["resource" in one for one in bundle["entry"]] == [True, False, True, True, True]
    texts = [one["resource"]["description"]["text"] for one in bundle["entry"][2:]]
    assert texts == ["Three", "Two", "One"]
    full_urls = {one["fullUrl"] for one in bundle["entry"]}
    assert full_urls == {service.settings.fhir_base + where}


def test_each_version_in_a_history_is_what_a_version_read_answers(
    surgery: httpx.Client, where: str
) -> None:
    for one in surgery.get(f"{where}/_history").json()["entry"]:
        if "resource" in one:
            version = one["resource"]["meta"]["versionId"]
            assert surgery.get(f"{where}/_history/{version}").json() == one["resource"]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_history_is_paged_to_its_end_with_nothing_left_out_or_told_twice(
    surgery: httpx.Client, where: str, count: int
) -> None:
    told_pages = list(pages(surgery, f"{where}/_history?_count={count}"))
    assert [v for page in told_pages for v in versions(page)] == [
        f'W/"{n}"' for n in (5, 4, 3, 2, 1)
    ]
    assert all(len(page["entry"]) <= count for page in told_pages)


def test_links_are_absolute_and_self_tells_what_was_asked(
    surgery: httpx.Client, service: Running, where: str
) -> None:
    bundle = surgery.get(f"{where}/_history?_count=2&_format=json").json()
    base = service.settings.fhir_base
    assert link(bundle, "self") == f"{base}{where}/_history?_count=2"
    following = link(bundle, "next")
    assert following is not None
    assert following.startswith(f"{base}{where}/_history?_count=2&_page=")


def test_since_tells_the_versions_made_then_and_later(surgery: httpx.Client, where: str) -> None:
    since = updated(surgery, where, 3)
    bundle = surgery.get(f"{where}/_history", params={"_since": since}).json()
    assert versions(bundle)[-1] == 'W/"3"'


def test_since_the_future_is_an_empty_history(surgery: httpx.Client, where: str) -> None:
    answer = surgery.get(f"{where}/_history", params={"_since": "2999-01-01T00:00:00Z"})
    assert answer.status_code == 200
    assert "entry" not in answer.json()


def test_at_tells_the_version_that_was_current_then(surgery: httpx.Client, where: str) -> None:
    at = updated(surgery, where, 2)
    bundle = surgery.get(f"{where}/_history", params={"_at": at}).json()
    assert versions(bundle)[-1] == 'W/"2"'
    early = surgery.get(f"{where}/_history", params={"_at": "2001-01-01T00:00:00Z"}).json()
    assert versions(early) == []
    late = surgery.get(f"{where}/_history", params={"_at": "2999-01-01T00:00:00Z"}).json()
    assert versions(late) == ['W/"5"']


def test_an_instant_with_a_zone_may_have_its_plus_sign_as_it_is(
    surgery: httpx.Client, where: str
) -> None:
    answer = surgery.get(f"{where}/_history?_since=2001-01-01T00:00:00+01:00")
    assert len(versions(answer.json())) == 5


def test_a_types_history_tells_that_type_alone(surgery: httpx.Client, person: str) -> None:
    where = new_goal(surgery, person)
    since = surgery.get(where).json()["meta"]["lastUpdated"]
    surgery.post("/Observation", json=observation(person))
    found = [
        one["resource"]["resourceType"]
        for page in pages(surgery, f"/Goal/_history?_since={since}&_count=1")
        for one in page.get("entry", ())
    ]
    assert found
    assert set(found) == {"Goal"}


def test_the_systems_history_tells_all_types_or_those_asked_for(
    surgery: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    since = surgery.get(where).json()["meta"]["lastUpdated"]
    other = surgery.post("/Observation", json=observation(person)).json()["id"]
    goal = where.rpartition("/")[2]

    everything = [
        id for page in pages(surgery, f"/_history?_since={since}&_count=1") for id in ids(page)
    ]
    assert {goal, other} <= set(everything)
    of_one_type = [
        id
        for page in pages(surgery, f"/_history?_since={since}&_type=Observation")
        for id in ids(page)
    ]
    assert other in of_one_type
    assert goal not in of_one_type


@pytest.mark.parametrize(
    "query",
    [
        "_since=yesterday",
        "_at=1.1.2026",
        "_count=0",
        "_count=-1",
        "_count=many",
        "_page=forged",
        "status=active",
        "_type=Goal",
    ],
)
def test_what_a_history_cannot_heed_is_refused(
    surgery: httpx.Client, where: str, query: str
) -> None:
    answer = surgery.get(f"{where}/_history?{query}")
    assert answer.status_code == 400
    assert told(answer)


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("_since=yesterday", "http._since"),
        ("_at=1.1.2026", "http._at"),
        ("_count=0", "http._count"),
        ("_since=2026-01-01&_since=2027-01-01", "http._since"),
    ],
)
def test_a_history_says_which_parameter_is_wrong(
    surgery: httpx.Client, where: str, query: str, place: str
) -> None:
    answer = surgery.get(f"{where}/_history?{query}")
    assert answer.status_code == 400
    assert places(answer) == [place]


def test_several_types_of_history_may_be_asked_for_one_by_one(
    surgery: httpx.Client, where: str
) -> None:
    since = surgery.get(where).json()["meta"]["lastUpdated"]
    together = surgery.get("/_history", params={"_since": since, "_type": ["Task", "Goal"]})
    assert where[6:] in ids(together.json())
    assert ids(together.json()) == ids(
        surgery.get("/_history", params={"_since": since, "_type": "Goal,Task"}).json()
    )


def test_a_type_that_is_not_served_has_no_history(surgery: httpx.Client) -> None:
    assert surgery.get("/_history?_type=Medication").status_code == 400


def test_a_lenient_caller_is_told_the_history_all_the_same(
    surgery: httpx.Client, where: str
) -> None:
    headers = {"Prefer": "handling=lenient"}
    answer = surgery.get(f"{where}/_history?status=active", headers=headers)
    assert (answer.status_code, len(versions(answer.json()))) == (200, 5)


def test_a_page_link_works_for_its_own_caller_and_history_alone(
    surgery: httpx.Client, befriending: httpx.Client, person: str, where: str
) -> None:
    following = link(surgery.get(f"{where}/_history?_count=2").json(), "next")
    assert following is not None
    assert surgery.get(following).status_code == 200
    assert befriending.get(following).status_code == 400
    other = new_goal(surgery, person)
    page = following.partition("_page=")[2]
    assert surgery.get(f"{other}/_history?_count=2&_page={page}").status_code == 400
    assert surgery.get(following[:-1] + ("A" if following[-1] != "A" else "B")).status_code == 400


def test_the_history_of_what_never_was_or_is_hidden_is_not_found(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], where: str
) -> None:
    somebody = as_client(f"person:{new_person(surgery)}")
    hidden, absent = somebody.get(f"{where}/_history"), surgery.get("/Goal/nowhere/_history")
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert hidden.text == absent.text


def test_a_persons_history_of_a_type_holds_their_own_versions_alone(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], person: str
) -> None:
    other = new_person(surgery)
    theirs = new_goal(surgery, other)
    oneself = as_client(f"person:{other}")
    for path in ("/Goal/_history", "/_history?_type=Goal"):
        found = [id for page in pages(oneself, path) for id in ids(page)]
        assert found == [theirs.rpartition("/")[2]]


def test_the_method_of_each_version_is_the_one_it_came_by(
    surgery: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    steps = '[{"op":"replace","path":"/lifecycleStatus","value":"on-hold"}]'
    surgery.patch(where, content=steps, headers=JSON_PATCH)
    newest = surgery.get(f"{where}/_history?_count=1").json()["entry"][0]
    assert newest["request"] == {"method": "PATCH", "url": where[1:]}
    assert newest["response"]["status"] == "200"
