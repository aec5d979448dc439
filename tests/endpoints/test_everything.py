"""Patient/$everything. Spec: https://hl7.org/fhir/R4/patient-operation-everything.html"""

from collections.abc import Callable

import httpx
import pytest

from tests.conftest import Running
from tests.endpoints.asking import Json, changed, ids, link, new_goal, pages, told
from tests.people import new_person, observation


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    """A person with three Goals and two Observations, one of them by an organisation."""
    made = new_person(surgery, known_to=["harbour-befriending"])
    for n in range(3):
        new_goal(surgery, made, f"Goal {n}")
    by = [{"reference": "Organization/gp-surgery"}]
    surgery.post("/Observation", json=observation(made))
    surgery.post("/Observation", json=observation(made, performer=by))
    return made


def kinds(bundle: Json, mode: str = "match") -> list[str]:
    return [
        one["resource"]["resourceType"]
        for one in bundle.get("entry", ())
        if one["search"]["mode"] == mode
    ]


def test_everything_about_a_person_comes_with_the_directory_it_refers_to(
    surgery: httpx.Client, service: Running, person: str
) -> None:
    bundle = surgery.get(f"/Patient/{person}/$everything").json()
    assert bundle["type"] == "searchset"
    assert sorted(kinds(bundle)) == ["Goal"] * 3 + ["Observation"] * 2 + ["Patient"]
    assert kinds(bundle, "include") == ["Organization"] * 2
    base = service.settings.fhir_base
    assert link(bundle, "self") == f"{base}/Patient/{person}/$everything"
    for one in bundle["entry"]:
        assert surgery.get(one["fullUrl"]).json() == one["resource"]


@pytest.mark.parametrize("count", [1, 2, 4])
def test_everything_is_paged_to_its_end_with_nothing_left_out_or_told_twice(
    surgery: httpx.Client, person: str, count: int
) -> None:
    whole = surgery.get(f"/Patient/{person}/$everything").json()
    parts = list(pages(surgery, f"/Patient/{person}/$everything?_count={count}"))
    found = [kind for part in parts for kind in kinds(part)]
    assert found == kinds(whole)
    assert all(len(kinds(part)) <= count for part in parts)


def test_everything_may_be_of_some_types_alone(surgery: httpx.Client, person: str) -> None:
    path = f"/Patient/{person}/$everything"
    assert set(kinds(surgery.get(f"{path}?_type=Goal").json())) == {"Goal"}
    both = [f"{path}?_type=Goal,Patient", f"{path}?_type=Goal&_type=Patient"]
    for query in both:
        assert set(kinds(surgery.get(query).json())) == {"Goal", "Patient"}


def test_everything_since_a_moment_is_what_changed_from_then_on(surgery: httpx.Client) -> None:
    person = new_person(surgery)
    where, _ = new_goal(surgery, person), new_goal(surgery, person)
    changed_at = changed(surgery, where, startDate="2026-04-01").json()["meta"]["lastUpdated"]
    path = f"/Patient/{person}/$everything"
    bundle = surgery.get(path, params={"_since": changed_at}).json()
    assert ids(bundle) == [where[6:]]
    assert surgery.get(f"{path}?_since=2999-01-01").json().get("entry") is None


def test_everything_may_be_asked_by_post_with_parameters(
    surgery: httpx.Client, person: str
) -> None:
    path = f"/Patient/{person}/$everything"
    body = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "_type", "valueCode": "Goal"},
            {"name": "_type", "valueCode": "Patient"},
            {"name": "_count", "valueInteger": 2},
        ],
    }
    first = surgery.post(path, json=body).json()
    assert kinds(first) == ["Goal"] * 2
    following = link(first, "next")
    assert following is not None
    assert [kind for page in pages(surgery, following) for kind in kinds(page)] == [
        "Goal",
        "Patient",
    ]
    assert len(kinds(surgery.post(path).json())) == 6
    assert surgery.head(path).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "_count=0",
        "_count=" + "1" * 5000,
        "_count=many",
        "_since=lately",
        "_type=Medication",
        "_type=",
        "_page=forged",
        "start=2026-01-01",
        "colour=blue",
    ],
)
def test_what_everything_cannot_heed_is_refused(
    surgery: httpx.Client, person: str, query: str
) -> None:
    answer = surgery.get(f"/Patient/{person}/$everything?{query}")
    assert answer.status_code == 400
    assert told(answer)


@pytest.mark.parametrize(
    "body", ['{"resourceType":"Goal"}', "{", '{"resourceType":"Parameters","parameter":[1]}']
)
def test_a_body_that_is_no_parameters_is_refused(
    surgery: httpx.Client, person: str, body: str
) -> None:
    assert surgery.post(f"/Patient/{person}/$everything", content=body).status_code == 400


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/$everything", 400),
        ("/Patient/$everything", 400),
        ("/Goal/1/$everything", 400),
        ("/Patient/nobody/$everything", 404),
        ("/Patient/1/$nothing", 404),
    ],
)
def test_everything_is_asked_of_one_person(surgery: httpx.Client, path: str, status: int) -> None:
    assert surgery.get(path).status_code == status


def test_a_page_of_everything_is_for_its_own_caller_and_person_alone(
    surgery: httpx.Client, befriending: httpx.Client, person: str
) -> None:
    following = link(surgery.get(f"/Patient/{person}/$everything?_count=1").json(), "next")
    assert following is not None
    assert befriending.get(following).status_code == 400
    other = new_person(surgery)
    assert surgery.get(following.replace(person, other, 1)).status_code == 400


def test_everything_about_another_is_not_found_for_a_person(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], person: str
) -> None:
    other = new_person(surgery)
    oneself = as_client(f"person:{other}")
    hidden, nobody = (
        oneself.get(f"/Patient/{person}/$everything"),
        oneself.get("/Patient/nobody/$everything"),
    )
    assert (hidden.status_code, hidden.text) == (404, nobody.text)
    assert kinds(oneself.get(f"/Patient/{other}/$everything").json()) == ["Patient"]


def test_everything_is_no_more_than_the_scopes_allow(
    as_client: Callable[..., httpx.Client], person: str
) -> None:
    path = f"/Patient/{person}/$everything"
    some = as_client("gp-surgery", scope="system/Patient.rs system/Goal.rs").get(path).json()
    assert set(kinds(some)) == {"Goal", "Patient"}
    assert kinds(some, "include") == []
    assert as_client("gp-surgery", scope="system/Goal.rs").get(path).status_code == 403
