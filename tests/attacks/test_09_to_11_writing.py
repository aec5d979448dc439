"""Classes 9, 10 and 11: update, create and delete across the borders of people and labels."""

from collections.abc import Callable

import httpx
import pytest

from tests.attacks.cast import SIGNED_IN, Cast, leaks, provenance
from tests.endpoints.asking import JSON_PATCH, MERGE_PATCH, Json, entry, send
from tests.endpoints.sharing import (
    JUST_US,
    NOT_SUPPORTERS,
    NOT_THE_PERSON,
    OURS,
    TERMINOLOGY,
    labelled,
    stored,
    team,
)
from tests.people import goal, new_person, observation

AsClient = Callable[..., httpx.Client]
ABSENT = "aaaaaaaaaaaaaaaa-bbbbbbbbbbbb"


def renamed(answer: httpx.Response, id: str) -> tuple[int, str]:
    """An answer without the id that was asked for."""
    return answer.status_code, answer.text.replace(id, "(id)")


@pytest.mark.parametrize("looker", SIGNED_IN)
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "IF-MATCH", "IF-NONE-MATCH"])
def test_a_write_to_what_is_hidden_is_answered_as_one_to_what_is_not_there(
    cast: Cast, looker: str, method: str
) -> None:
    """Classes 9 and 11."""
    client = cast.clients[looker]
    headers = {"IF-MATCH": {"If-Match": 'W/"1"'}, "IF-NONE-MATCH": {"If-None-Match": "*"}}
    open_entry = provenance(cast.entries["open"])
    bodies = {"Goal": goal(cast.a), "Observation": observation(cast.a), "Provenance": open_entry}
    for name in cast.hidden_from(looker):
        kind, _, id = cast.entries[name].partition("/")
        answers = []
        for one in (id, ABSENT):
            body = {**bodies[kind], "id": one}
            if method == "PATCH":
                answer = client.patch(
                    f"/{kind}/{one}", json={"language": "en"}, headers=MERGE_PATCH
                )
            elif method == "DELETE":
                answer = client.delete(f"/{kind}/{one}")
            else:
                more = headers.get(method, {})
                answer = client.put(f"/{kind}/{one}", json=body, headers=more)
            assert leaks(cast, looker, answer, id) == []
            answers.append(renamed(answer, one))
        assert answers[0] == answers[1]
    surgery = cast.clients["the surgery"]
    assert {
        surgery.get(f"/{one}").json()["meta"]["versionId"] for one in cast.entries.values()
    } == {"1"}


@pytest.fixture
def two(surgery: httpx.Client) -> tuple[str, str, str]:
    """Two people whom the surgery and the charity know, and a goal of the first."""
    one, other = (new_person(surgery, known_to=("harbour-befriending",)) for _ in range(2))
    return one, other, stored(surgery, goal(one))


def test_an_entry_is_not_moved_to_another_person_at_any_door(
    surgery: httpx.Client, two: tuple[str, str, str]
) -> None:
    """Class 9: change the subject, patch the subject."""
    one, other, where = two
    there = {"reference": f"Patient/{other}"}
    whole = {**surgery.get(f"/{where}").json(), "subject": there}
    step = [{"op": "replace", "path": "/subject", "value": there}]
    deeper = [{"op": "replace", "path": "/subject/reference", "value": f"Patient/{other}"}]
    answers = [
        surgery.put(f"/{where}", json=whole),
        surgery.patch(f"/{where}", json={"subject": there}, headers=MERGE_PATCH),
        surgery.patch(f"/{where}", json=step, headers=JSON_PATCH),
        surgery.patch(f"/{where}", json=deeper, headers=JSON_PATCH),
        send(surgery, "transaction", entry("PUT", where, whole)),
        surgery.put(f"/Goal?_id={where.partition('/')[2]}", json=whole),
    ]
    assert {answer.status_code for answer in answers} == {422}
    assert surgery.get(f"/{where}").json()["subject"]["reference"] == f"Patient/{one}"


def test_an_entry_is_not_moved_by_deleting_it_first_nor_by_tricks_of_its_id(
    surgery: httpx.Client, two: tuple[str, str, str]
) -> None:
    """Classes 9 and 10: the id of one person's entry under another."""
    one, other, where = two
    id = where.partition("/")[2]
    surgery.delete(f"/{where}").raise_for_status()
    moved = {**goal(other), "id": id}
    assert surgery.put(f"/{where}", json=moved).status_code == 422
    prefixed = f"{other}-{id.partition('-')[2]}"
    body = {**goal(one), "id": prefixed}
    assert surgery.put(f"/Goal/{prefixed}", json=body).status_code == 404
    both = [entry("DELETE", where), entry("PUT", where, moved)]
    assert send(surgery, "transaction", *both).status_code in (400, 422)


@pytest.mark.parametrize("label", [NOT_SUPPORTERS, NOT_THE_PERSON])
def test_a_label_is_not_taken_off_by_who_did_not_write_the_entry(
    surgery: httpx.Client, befriending: httpx.Client, two: tuple[str, str, str], label: Json
) -> None:
    """Class 9: remove the label by null, by remove, by another system, by words alone, by deleting
    the entry and writing it again."""
    _, _, where = two
    before = surgery.get(f"/{where}").json()
    assert surgery.put(f"/{where}", json={**before, **labelled(label)}).status_code == 200
    other = {"system": "https://x.example", "code": label["code"]}
    words = {"display": label["code"]}
    tricks: list[Json] = [
        {"meta": None},
        {"meta": {"security": None}},
        {"meta": {"security": [other]}},
        {"meta": {"security": [words]}},
        {"meta": {"security": [{**label, "code": label["code"].upper()}]}},
        {"meta": {"security": [{**label, "system": label["system"].replace("https", "http")}]}},
        {"meta": {"security": [{"extension": [{"url": "https://x", "valueString": "x"}]}]}},
    ]
    for change in tricks:
        answer = befriending.patch(f"/{where}", json=change, headers=MERGE_PATCH)
        assert answer.status_code in (403, 422), change
    for path in ("/meta", "/meta/security", "/meta/security/0"):
        step = [{"op": "remove", "path": path}]
        answer = befriending.patch(f"/{where}", json=step, headers=JSON_PATCH)
        assert answer.status_code in (403, 422), path
    step = [{"op": "replace", "path": "/meta/security/0/code", "value": "N"}]
    assert befriending.patch(f"/{where}", json=step, headers=JSON_PATCH).status_code in (403, 422)
    plain = {name: value for name, value in before.items() if name != "meta"}
    assert befriending.put(f"/{where}", json=plain).status_code == 403
    assert send(befriending, "transaction", entry("PUT", where, plain)).status_code == 403
    befriending.delete(f"/{where}").raise_for_status()
    assert befriending.put(f"/{where}", json=plain).status_code == 403
    assert send(befriending, "transaction", entry("PUT", where, plain)).status_code == 403


@pytest.mark.parametrize("looker", SIGNED_IN)
def test_nobody_writes_who_another_organisation_is(cast: Cast, looker: str) -> None:
    """Class 6: the names that people choose by, in the directory that all may read."""
    client = cast.clients[looker]
    where = "Organization/larder-food-bank"
    body = {**client.get(f"/{where}").json(), "name": "Your own surgery"}
    assert client.put(f"/{where}", json=body).status_code == 403
    name = {"name": "Your own surgery"}
    assert client.patch(f"/{where}", json=name, headers=MERGE_PATCH).status_code == 403
    # What refers to it is told of first.
    assert client.delete(f"/{where}").status_code in (403, 409)
    assert send(client, "transaction", entry("PUT", where, body)).status_code == 403
    assert send(client, "transaction", entry("DELETE", where)).status_code == 403
    assert "Your own" not in client.get(f"/{where}").text


def test_an_organisation_writes_who_it_is(surgery: httpx.Client, as_client: AsClient) -> None:
    """Class 6, its other side: itself, and who first wrote it."""
    food_bank = as_client("larder-food-bank")
    where = "Organization/larder-food-bank"
    body = {**food_bank.get(f"/{where}").json(), "alias": ["The larder"]}
    assert food_bank.put(f"/{where}", json=body).status_code == 200
    made = stored(surgery, {"resourceType": "Organization", "name": "A ward"})
    renamed_ward = {**surgery.get(f"/{made}").json(), "name": "Another ward"}
    assert surgery.put(f"/{made}", json=renamed_ward).status_code == 200
    assert food_bank.delete(f"/{made}").status_code == 403
    assert surgery.delete(f"/{made}").status_code == 204


def test_what_the_person_wrote_is_not_hidden_from_them(
    surgery: httpx.Client, as_client: AsClient, two: tuple[str, str, str]
) -> None:
    """Class 9: an organisation puts a label on another's entry."""
    own = as_client(f"person:{two[0]}")
    where = stored(own, goal(two[0]))
    change = {"meta": {"security": [NOT_THE_PERSON]}}
    assert surgery.patch(f"/{where}", json=change, headers=MERGE_PATCH).status_code == 403
    whole = {**surgery.get(f"/{where}").json(), **change}
    assert surgery.put(f"/{where}", json=whole).status_code == 403
    assert send(surgery, "transaction", entry("PUT", where, whole)).status_code == 403
    assert own.get(f"/{where}").status_code == 200
    assert surgery.patch(f"/{two[2]}", json=change, headers=MERGE_PATCH).status_code == 200


@pytest.mark.parametrize(
    "spelling",
    [
        {"system": f"{TERMINOLOGY}/v3-Confidentiality".replace("http:", "https:"), "code": "R"},
        {"system": f"{TERMINOLOGY}/v3-Confidentiality", "code": "r"},
        {"system": f"{TERMINOLOGY}/v3-Confidentiality/", "code": "R"},
        {"system": f"{TERMINOLOGY}/v3-Confidentiality|2.0", "code": "R"},
        {"system": "urn:oid:2.16.840.1.113883.5.25", "code": "R"},
        {"system": f"{TERMINOLOGY}/v3-Confidentiality", "code": "restricted"},
        {"system": f"{OURS}/CodeSystem/label", "code": "Just-Us"},
        {"system": f"{OURS}/CodeSystem/label", "code": "hidden"},
        {"system": f"{OURS}/CodeSystem/labels", "code": "just-us"},
        {"code": "R"},
        {"display": "restricted"},
        {"system": f"{OURS}/CodeSystem/label"},
    ],
)
def test_a_label_that_would_hide_nothing_is_refused(
    surgery: httpx.Client, two: tuple[str, str, str], spelling: Json
) -> None:
    """Classes 10 and 20: a label in another spelling."""
    one, _, where = two
    assert surgery.post("/Goal", json=goal(one, **labelled(spelling))).status_code == 422
    change = {"meta": {"security": [spelling]}}
    assert surgery.patch(f"/{where}", json=change, headers=MERGE_PATCH).status_code == 422
    told = surgery.post("/Goal/$validate", json=goal(one, **labelled(spelling))).json()
    assert "Goal.meta.security[0]" in str(told)


@pytest.mark.parametrize(
    "coding",
    [
        {"system": f"{TERMINOLOGY}/v3-Confidentiality", "code": "N"},
        {"system": f"{TERMINOLOGY}/v3-ActReason", "code": "HTEST"},
    ],
)
def test_labels_that_hide_nothing_and_do_not_look_so_are_kept(
    surgery: httpx.Client, two: tuple[str, str, str], coding: Json
) -> None:
    """Class 10, its other side."""
    assert surgery.post("/Goal", json=goal(two[0], **labelled(coding))).status_code == 201


@pytest.mark.parametrize("looker", ["an unrelated person", "an unrelated clinic"])
@pytest.mark.parametrize("door", ["", "batch", "transaction"])
def test_nothing_is_written_into_a_strangers_record(cast: Cast, looker: str, door: str) -> None:
    """Class 10: a subject outside reach, alone and second to one inside."""
    client = cast.clients[looker]
    for body in (
        goal(cast.a),
        observation(cast.a, performer=[{"reference": f"Patient/{cast.a}"}]),
        {**goal(cast.a), "subject": {"reference": f"{client.base_url}Patient/{cast.a}"}},
        {**goal(cast.a), "subject": {"reference": f"Patient/{cast.a}/_history/1"}},
    ):
        if not door:
            assert client.post(f"/{body['resourceType']}", json=body).status_code == 422
            continue
        answer = send(client, door, entry("POST", body["resourceType"], body))
        told = answer.json()
        status = told["entry"][0]["response"]["status"] if door == "batch" else answer.status_code
        assert str(status).startswith("422")


def test_what_only_the_server_says_is_not_taken_from_the_caller(
    surgery: httpx.Client, two: tuple[str, str, str]
) -> None:
    """Class 10: server-owned meta."""
    forged = {"versionId": "9", "lastUpdated": "2020-01-01T00:00:00Z", "source": "Patient/x#1"}
    made = surgery.post("/Goal", json=goal(two[0], meta=forged)).json()
    assert made["meta"]["versionId"] == "1"
    assert made["meta"]["lastUpdated"] > "2026"
    assert made["meta"]["source"].startswith("Organization/gp-surgery#")
    step = [{"op": "add", "path": "/meta/source", "value": "Patient/x#1"}]
    patched = surgery.patch(f"/Goal/{made['id']}", json=step, headers=JSON_PATCH)
    assert patched.json()["meta"]["source"].startswith("Organization/gp-surgery#")


def test_a_deletion_with_a_condition_takes_only_what_is_seen(
    as_client: AsClient, fresh: Cast
) -> None:
    """Class 11: conditional delete of hidden matches."""
    for looker in SIGNED_IN:
        client = fresh.clients[looker]
        for name in fresh.hidden_from(looker):
            kind, _, id = fresh.entries[name].partition("/")
            assert client.delete(f"/{kind}?_id={id}").status_code in (204, 403, 412)
            assert client.delete(f"/{kind}?patient={fresh.b}").status_code in (204, 403, 412)
    surgery = fresh.clients["the surgery"]
    for where in fresh.entries.values():
        assert surgery.get(f"/{where}").status_code == 200


def test_a_transaction_that_is_refused_in_one_entry_writes_none(
    befriending: httpx.Client, surgery: httpx.Client, two: tuple[str, str, str]
) -> None:
    """Class 13: atomicity on a refused entry."""
    one, _, _ = two
    secret = stored(surgery, goal(one, **labelled(JUST_US)))
    stored(surgery, team(one, "harbour-befriending"))
    about = observation(one, focus=[{"reference": secret}])
    for bad in (entry("POST", "Observation", about), entry("PATCH", secret, {"language": "en"})):
        before = befriending.get(f"/Goal?patient={one}&_summary=count").json()["total"]
        answer = send(befriending, "transaction", entry("POST", "Goal", goal(one)), bad)
        assert answer.status_code >= 400
        assert befriending.get(f"/Goal?patient={one}&_summary=count").json()["total"] == before
