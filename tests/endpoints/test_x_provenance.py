"""The header X-Provenance: a write and where it comes from, both or neither.

Spec: https://hl7.org/fhir/R4/provenance.html#header
"""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.endpoints.asking import (
    MERGE_PATCH,
    Json,
    count_rows,
    entry,
    issues,
    named,
    new_goal,
    places,
    told,
)
from tests.endpoints.sharing import NOT_THE_PERSON, labelled, stored
from tests.endpoints.test_provenance import HARBOUR, SURGERY, WELLA, agent
from tests.people import goal, new_person


@pytest.fixture
def person(surgery: httpx.Client) -> str:
    return new_person(surgery, known_to=())


def said(person: str, **rest: Any) -> Json:
    """What a header says: the person's words, typed in at the surgery."""
    oneself = {"reference": f"Patient/{person}"}
    agents = [agent("author", oneself), agent("enterer", WELLA, onBehalfOf=SURGERY)]
    return {
        "resourceType": "Provenance",
        "occurredDateTime": "2026-03-01T10:00:00Z",
        "agent": agents,
    } | rest


def header(body: Json, **headers: str) -> dict[str, str]:
    return {"X-Provenance": json.dumps(body), **headers}


def told_of(client: httpx.Client, where: str) -> list[Json]:
    """The Provenances about an entry, the first first."""
    found = client.get(f"/Provenance?target={where.strip('/')}&_sort=_lastUpdated").json()
    return [one["resource"] for one in found.get("entry", ())]


def test_a_create_stores_where_it_comes_from_with_it(surgery: httpx.Client, person: str) -> None:
    made = surgery.post("/Goal", json=goal(person), headers=header(said(person)))
    assert made.status_code == 201, made.text
    (one,) = told_of(surgery, f"Goal/{made.json()['id']}")
    assert one["target"] == [{"reference": f"Goal/{made.json()['id']}/_history/1"}]
    assert one["recorded"] == made.json()["meta"]["lastUpdated"]
    assert one["occurredDateTime"] == "2026-03-01T10:00:00Z"
    assert one["meta"]["source"].startswith("Organization/gp-surgery#")
    assert surgery.get(f"/AuditEvent?entity=Provenance/{one['id']}").json()["entry"]


def test_each_version_is_told_of_by_its_own(surgery: httpx.Client, person: str) -> None:
    where = new_goal(surgery, person)
    body = surgery.get(where).json()
    surgery.put(where, json={**body, "language": "kw"}, headers=header(said(person)))
    surgery.patch(where, json={"language": "en"}, headers=header(said(person), **MERGE_PATCH))
    assert surgery.delete(where, headers=header(said(person))).status_code == 204
    targets = [one["target"][0]["reference"] for one in told_of(surgery, where)]
    assert targets == [f"{where[1:]}/_history/{version}" for version in (2, 3, 4)]
    assert surgery.get(where).status_code in (404, 410)


def test_a_provenance_of_a_version_keeps_nothing_from_being_deleted(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], person: str
) -> None:
    made = surgery.post("/Goal", json=goal(person), headers=header(said(person)))
    own = as_client(f"person:{person}")
    assert own.delete(f"/Goal/{made.json()['id']}").status_code == 204
    assert len(told_of(own, f"Goal/{made.json()['id']}")) == 1


def test_conditional_writes_take_it_and_what_writes_nothing_says_nothing(
    surgery: httpx.Client, person: str
) -> None:
    body = named(person, person)
    condition = f"identifier={person}"
    if_none = {"If-None-Exist": condition}
    for expected in (1, 1):
        surgery.post("/Goal", json=body, headers=header(said(person), **if_none))
        where = f"Goal/{surgery.get(f'/Goal?{condition}').json()['entry'][0]['resource']['id']}"
        assert len(told_of(surgery, where)) == expected
    changed = {**body, "language": "kw"}
    for expected in (2, 2):
        answer = surgery.put(f"/Goal?{condition}", json=changed, headers=header(said(person)))
        assert answer.status_code == 200, answer.text
        assert len(told_of(surgery, where)) == expected
    answer = surgery.delete(f"/Goal?{condition}", headers=header(said(person)))
    assert (answer.status_code, len(told_of(surgery, where))) == (204, 3)


def test_a_transaction_is_told_of_as_one_and_a_batch_entry_by_entry(
    surgery: httpx.Client, person: str
) -> None:
    two = [entry("POST", "Goal", goal(person, text)) for text in ("Swim", "Sing")]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": two}
    answer = surgery.post("", json=bundle, headers=header(said(person)))
    assert answer.status_code == 200, answer.text
    (one,) = told_of(surgery, answer.json()["entry"][0]["response"]["location"].split("/fhir/")[1])
    assert len(one["target"]) == 2
    answer = surgery.post("", json=bundle | {"type": "batch"}, headers=header(said(person)))
    for each in answer.json()["entry"]:
        where = each["response"]["location"].split("/fhir/")[1]
        assert [len(one["target"]) for one in told_of(surgery, where)] == [1]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"agent": [agent("author", HARBOUR)]}, ".agent[0].who"),
        ({"agent": [agent("author", WELLA, onBehalfOf=HARBOUR)]}, ".agent[0].onBehalfOf"),
        ({"agent": [agent("enterer", WELLA)]}, ".agent"),
        ({"agent": [agent("author", {"reference": "Practitioner/no"})]}, ".agent[0].who.reference"),
        ({"occurredDateTime": "yesterday"}, ".occurredDateTime"),
        ({"occurredDateTime": None}, ".occurred"),
        ({"target": [{"reference": "Goal/1"}]}, ".target"),
        ({"colour": "red"}, ".colour"),
        ({"resourceType": "Goal"}, None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_where_the_header_is_refused_nothing_is_written(
    surgery: httpx.Client, database_url: str, person: str, change: Json, place: str | None
) -> None:
    where = new_goal(surgery, person)
    body = surgery.get(where).json()
    head = header({k: v for k, v in (said(person) | change).items() if v is not None})
    before = count_rows(database_url, person)
    bundle = {"resourceType": "Bundle", "type": "transaction"}
    for answer in (
        surgery.post("/Goal", json=goal(person), headers=head),
        surgery.put(where, json={**body, "language": "kw"}, headers=head),
        surgery.patch(where, json={"language": "kw"}, headers={**head, **MERGE_PATCH}),
        surgery.delete(where, headers=head),
        surgery.post(
            "", json=bundle | {"entry": [entry("POST", "Goal", goal(person))]}, headers=head
        ),
    ):
        assert answer.status_code == 422, answer.text
        assert all(one.startswith("http.X-Provenance") for one in places(answer))
        if place is not None:
            assert places(answer)[0] == "http.X-Provenance" + place
    assert count_rows(database_url, person) == before


def test_a_header_that_is_no_json_or_is_there_twice_is_told_so(
    surgery: httpx.Client, person: str
) -> None:
    answer = surgery.post("/Goal", json=goal(person), headers={"X-Provenance": "{'agent'"})
    assert (answer.status_code, places(answer)) == (400, ["http.X-Provenance"])
    twice = [("X-Provenance", json.dumps(said(person)))] * 2
    answer = surgery.post("/Goal", json=goal(person), headers=twice)
    assert answer.status_code == 400
    assert "twice" in told(answer)


def test_a_header_needs_the_right_to_write_a_provenance(
    as_client: Callable[..., httpx.Client], person: str
) -> None:
    narrow = as_client("gp-surgery", scope="system/Goal.cruds system/Patient.rs")
    answer = narrow.post("/Goal", json=goal(person), headers=header(said(person)))
    assert answer.status_code == 403
    assert "Provenance.c" in told(answer)


def test_an_overtaken_write_leaves_no_provenance_behind(surgery: httpx.Client, person: str) -> None:
    where = new_goal(surgery, person)
    body = surgery.get(where).json()
    stale = header(said(person), **{"If-Match": 'W/"2"'})
    answer = surgery.put(where, json={**body, "language": "kw"}, headers=stale)
    assert answer.status_code == 412
    assert issues(answer)
    assert told_of(surgery, where) == []


def test_of_writes_that_race_each_version_has_one_provenance_and_each_refusal_none(
    surgery: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    body = surgery.get(where).json()

    def put(n: int) -> int:
        changed = {**body, "description": {"text": f"Walk {n} miles"}}
        return surgery.put(where, json=changed, headers=header(said(person))).status_code

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(put, range(40)))
    assert set(statuses) <= {200, 409}
    done = statuses.count(200)
    targets = [one["target"][0]["reference"] for one in told_of(surgery, f"{where}&_count=200")]
    assert sorted(targets) == sorted(f"{where[1:]}/_history/{n}" for n in range(2, done + 2))


def test_a_role_at_another_organisation_is_not_named(surgery: httpx.Client, person: str) -> None:
    theirs = agent("author", {"reference": "PractitionerRole/clemmo-pascoe-role"})
    head = header(said(person, agent=[theirs]))
    answer = surgery.post("/Goal", json=goal(person), headers=head)
    assert (answer.status_code, places(answer)) == (422, ["http.X-Provenance.agent[0].who"])
    where = new_goal(surgery, person)[1:]
    posted = said(person, agent=[theirs]) | {
        "target": [{"reference": where}],
        "recorded": "2026-03-01T10:00:00Z",
    }
    answer = surgery.post("/Provenance", json=posted)
    assert (answer.status_code, places(answer)) == (422, ["Provenance.agent[0].who"])


def test_what_is_hidden_from_the_person_is_not_told_by_where_it_comes_from(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], person: str
) -> None:
    hidden = goal(person, **labelled(NOT_THE_PERSON))
    made = surgery.post("/Goal", json=hidden, headers=header(said(person)))
    plain = stored(surgery, goal(person))
    own = as_client(f"person:{person}")
    (one,) = told_of(surgery, f"Goal/{made.json()['id']}")
    assert own.get(f"/{plain}").status_code == 200
    assert own.get(f"/Goal/{made.json()['id']}").status_code == 404
    assert own.get(f"/Provenance/{one['id']}").status_code == 404
    assert own.get(f"/Provenance/{one['id']}/_history/1").status_code == 404
    assert own.get("/Provenance").json().get("entry", []) == []


def test_the_own_log_does_not_tell_of_a_provenance_of_what_is_hidden(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], person: str
) -> None:
    own = as_client(f"person:{person}")
    hidden = goal(person, **labelled(NOT_THE_PERSON))
    made = surgery.post("/Goal", json=hidden, headers=header(said(person)))
    where = f"Goal/{made.json()['id']}"
    posted = said(person) | {"target": [{"reference": where}], "recorded": "2026-03-01T10:00:00Z"}
    stored(surgery, posted)
    linked = posted | {"target": [{"reference": "urn:uuid:5f0c1c6e-3d5b-4f5e-9b4b-0d6a3a4f1b11"}]}
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                **entry("POST", "Goal", hidden),
                "fullUrl": "urn:uuid:5f0c1c6e-3d5b-4f5e-9b4b-0d6a3a4f1b11",
            },
            entry("POST", "Provenance", linked),
            entry("POST", "Provenance", posted),
        ],
    }
    answer = surgery.post("", json=bundle, headers=header(said(person)))
    assert answer.status_code == 200, answer.text
    about_it = [f"Provenance/{one['id']}" for one in told_of(surgery, where)]
    assert len(about_it) == 3
    for one in about_it:
        changed = {**surgery.get(f"/{one}").json(), "language": "kw"}
        assert surgery.put(f"/{one}", json=changed).status_code == 200
        assert surgery.get(f"/{one}/_history").status_code == 200
    assert surgery.get(f"/{where}/$provenance").status_code == 200
    assert surgery.delete(f"/{about_it[1]}").status_code == 204
    log = own.get("/AuditEvent?_count=200").text
    assert "Provenance/" not in log
    assert "Goal/" not in log
    looked = own.get(f"/Patient/{person}/$who-has-looked").text
    assert "your goals" not in looked
    for done in ("added to", "read", "read older versions of", "changed", "took something out of"):
        assert f"{done} where your entries come from" not in looked
    assert "Provenance/" in as_client("privacy-officer").get(f"/AuditEvent?patient={person}").text
