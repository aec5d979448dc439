"""transaction: all or nothing. Spec: https://hl7.org/fhir/R4/http.html#trules"""

import secrets
from collections.abc import Callable

import httpx
import pytest

from tests.endpoints.asking import (
    SYSTEM,
    Json,
    count_rows,
    done,
    entry,
    id_of,
    ids,
    json_patch,
    named,
    new_goal,
    places,
    send,
    told,
)
from tests.people import goal, new_person, observation

GOAL = "urn:uuid:6f1e1a52-8d55-4f35-9b0e-0e9f4f8ad001"
NOTE = "urn:uuid:6f1e1a52-8d55-4f35-9b0e-0e9f4f8ad002"
PERSON = "urn:uuid:6f1e1a52-8d55-4f35-9b0e-0e9f4f8ad003"


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    return new_person(surgery)


@pytest.fixture
def value() -> str:
    return secrets.token_hex(6)


def test_entries_refer_to_each_other_whatever_their_order(surgery: httpx.Client) -> None:
    answer = send(
        surgery,
        "transaction",
        entry(
            "POST",
            "Observation",
            {
                **observation("x", focus=[{"reference": GOAL}]),
                "subject": {"reference": PERSON},
            },
            fullUrl=NOTE,
        ),
        entry("POST", "Goal", {**goal("x"), "subject": {"reference": PERSON}}, fullUrl=GOAL),
        entry("POST", "Patient", {"resourceType": "Patient"}, fullUrl=PERSON),
    )
    responses = done(answer)
    assert [one["status"] for one in responses] == ["201 Created"] * 3
    note, made, person = (id_of(one) for one in responses)
    stored = surgery.get(f"/Observation/{note}").json()
    assert stored["focus"] == [{"reference": f"Goal/{made}"}]
    assert stored["subject"] == {"reference": f"Patient/{person}"}
    assert ids(surgery.get(f"/Goal?patient={person}").json()) == [made]


def test_responses_stand_in_the_order_of_the_entries(surgery: httpx.Client, person: str) -> None:
    kept, going = new_goal(surgery, person), new_goal(surgery, person)
    answer = send(
        surgery,
        "transaction",
        entry("GET", kept[1:]),
        entry("PUT", kept[1:], {**goal(person, "Changed"), "id": kept[6:]}),
        entry("POST", "Goal", goal(person)),
        entry("DELETE", going[1:]),
    )
    assert [one["status"][:3] for one in done(answer)] == ["200", "200", "201", "204"]
    # Reading comes last, so it sees what the same transaction wrote.
    assert answer.json()["entry"][0]["resource"]["description"]["text"] == "Changed"
    assert surgery.get(going).status_code == 404


def test_a_search_in_a_transaction_sees_what_the_transaction_wrote(
    surgery: httpx.Client, person: str, value: str
) -> None:
    answer = send(
        surgery,
        "transaction",
        entry("GET", f"Goal?identifier={SYSTEM}|{value}"),
        entry("POST", f"Goal/_search?identifier={SYSTEM}|{value}"),
        entry("POST", "Goal", named(person, value)),
    )
    responses = done(answer)
    made = id_of(responses[2])
    assert [ids(one["resource"]) for one in answer.json()["entry"][:2]] == [[made], [made]]


@pytest.mark.parametrize(
    "bad",
    [
        entry("POST", "Goal", {"resourceType": "Goal", "lifecycleStatus": "begun"}),
        entry("PUT", "Goal/another", {"resourceType": "Goal", "id": "mine"}),
        entry("GET", "Goal/nowhere"),
        entry("GET", "Goal?colour=blue"),
        entry("PATCH", "Goal/nowhere", json_patch("[]")),
        entry("DELETE", "Goal"),
        entry("POST", "AuditEvent", {"resourceType": "AuditEvent"}),
        entry("POST", "Medication", {"resourceType": "Medication"}),
        entry("GET", "metadata"),
        entry("GET", "Patient/1/$everything"),
        entry("DANCE", "Goal"),
        {},
    ],
)
def test_one_entry_refused_and_nothing_is_written(
    surgery: httpx.Client, database_url: str, bad: Json
) -> None:
    person = new_person(surgery)
    where = new_goal(surgery, person)
    before = count_rows(database_url, person)
    answer = send(
        surgery,
        "transaction",
        entry("POST", "Goal", goal(person)),
        entry("PUT", where[1:], {**goal(person, "Changed"), "id": where[6:]}),
        entry("DELETE", where[1:].replace(where[6:], "never-was")),
        bad,
    )
    assert 400 <= answer.status_code < 500
    assert all(place.startswith("Bundle.entry[3]") for place in places(answer))
    assert places(answer)
    assert count_rows(database_url, person) == before
    assert surgery.get(where).headers["ETag"] == 'W/"1"'


def test_every_fault_of_every_entry_is_told_with_its_place(
    surgery: httpx.Client, person: str
) -> None:
    answer = send(
        surgery,
        "transaction",
        entry("POST", "Goal", goal(person, lifecycleStatus="begun")),
        entry("POST", "Goal", goal(person)),
        entry("POST", "Goal", goal(person, note=[{"text": "a"}, {"text": 7}])),
    )
    assert answer.status_code == 422
    assert places(answer) == [
        "Bundle.entry[0].resource.lifecycleStatus",
        "Bundle.entry[2].resource.note[1].text",
    ]


def test_a_reference_that_leads_nowhere_refuses_the_whole_and_is_named(
    surgery: httpx.Client, person: str
) -> None:
    answer = send(
        surgery,
        "transaction",
        entry("POST", "Goal", goal(person)),
        entry("POST", "Observation", observation(person, focus=[{"reference": GOAL}])),
    )
    assert answer.status_code == 422
    assert places(answer) == ["Bundle.entry[1].resource.focus[0].reference"]


def test_a_patch_in_a_transaction_is_a_binary_with_a_json_patch(
    surgery: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    steps = '[{"op":"replace","path":"/lifecycleStatus","value":"on-hold"}]'
    answer = send(surgery, "transaction", entry("PATCH", where[1:], json_patch(steps)))
    assert done(answer)[0]["etag"] == 'W/"2"'
    assert surgery.get(where).json()["lifecycleStatus"] == "on-hold"


def test_a_patch_in_a_transaction_of_another_version_is_refused(
    surgery: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    steps = '[{"op":"replace","path":"/lifecycleStatus","value":"on-hold"}]'
    body = entry("PATCH", where[1:], json_patch(steps), ifMatch='W/"3"')
    assert send(surgery, "transaction", body).status_code == 412


def test_a_fault_of_an_entrys_address_is_told_as_one_of_its_request(surgery: httpx.Client) -> None:
    answer = send(surgery, "transaction", entry("GET", "Goal?colour=blue"))
    assert places(answer) == ["Bundle.entry[0].request"]


def test_two_entries_cannot_write_to_the_same_resource(surgery: httpx.Client, person: str) -> None:
    where = new_goal(surgery, person)
    body = {**goal(person, "Changed"), "id": where[6:]}
    answer = send(surgery, "transaction", entry("PUT", where[1:], body), entry("DELETE", where[1:]))
    assert answer.status_code == 422
    assert places(answer) == ["Bundle.entry[1]"]


def test_two_entries_cannot_have_the_same_full_url(surgery: httpx.Client, person: str) -> None:
    body = entry("POST", "Goal", goal(person), fullUrl=GOAL)
    answer = send(surgery, "transaction", body, body)
    assert answer.status_code == 422
    assert places(answer) == ["Bundle.entry[1].fullUrl"]


def test_what_goes_together_may_refer_to_each_other(surgery: httpx.Client, person: str) -> None:
    where = new_goal(surgery, person)
    about = [{"reference": where[1:]}]
    note = surgery.post("/Observation", json=observation(person, focus=about)).json()["id"]
    alone = send(surgery, "transaction", entry("DELETE", where[1:]))
    assert alone.status_code == 409
    assert f"Observation/{note}" in told(alone)
    both = send(
        surgery,
        "transaction",
        entry("DELETE", where[1:]),
        entry("DELETE", f"Observation/{note}"),
    )
    assert [one["status"][:3] for one in done(both)] == ["204", "204"]


def test_nothing_may_come_to_refer_to_what_goes(
    surgery: httpx.Client, database_url: str, person: str
) -> None:
    where = new_goal(surgery, person)
    before = count_rows(database_url, person)
    answer = send(
        surgery,
        "transaction",
        entry("DELETE", where[1:]),
        entry("POST", "Observation", observation(person, focus=[{"reference": where[1:]}])),
    )
    assert answer.status_code == 422
    assert count_rows(database_url, person) == before


def test_a_patch_cannot_come_to_refer_to_what_goes(surgery: httpx.Client, person: str) -> None:
    where = new_goal(surgery, person)
    note = surgery.post("/Observation", json=observation(person)).json()["id"]
    steps = f'[{{"op":"add","path":"/focus","value":[{{"reference":"{where[1:]}"}}]}}]'
    answer = send(
        surgery,
        "transaction",
        entry("DELETE", where[1:]),
        entry("PATCH", f"Observation/{note}", json_patch(steps)),
    )
    assert answer.status_code == 409
    assert surgery.get(where).status_code == 200


@pytest.mark.parametrize(
    ("prefer", "shown"),
    [(None, False), ("return=minimal", False), ("return=representation", True)],
)
def test_a_transaction_shows_what_it_wrote_when_asked_to(
    surgery: httpx.Client, person: str, prefer: str | None, shown: bool
) -> None:
    answer = send(surgery, "transaction", entry("POST", "Goal", goal(person)), prefer=prefer)
    assert ("resource" in answer.json()["entry"][0]) is shown


def test_a_transaction_of_nothing_is_done_at_once(surgery: httpx.Client) -> None:
    assert done(send(surgery, "transaction")) == []


def test_a_scope_that_lacks_one_entry_refuses_the_whole(
    as_client: Callable[..., httpx.Client], database_url: str, surgery: httpx.Client
) -> None:
    person = new_person(surgery)
    writer = as_client("gp-surgery", scope="system/Goal.cruds")
    before = count_rows(database_url, person)
    answer = send(
        writer,
        "transaction",
        entry("POST", "Goal", goal(person)),
        entry("POST", "Observation", observation(person)),
    )
    assert answer.status_code == 403
    assert places(answer) == ["Bundle.entry[1].request"]
    assert count_rows(database_url, person) == before


def test_a_person_cannot_write_about_another_by_way_of_a_transaction(
    as_client: Callable[..., httpx.Client],
    database_url: str,
    surgery: httpx.Client,
    person: str,
) -> None:
    other = new_person(surgery)
    before = count_rows(database_url, person), count_rows(database_url, other)
    oneself = as_client(f"person:{other}")
    answer = send(
        oneself,
        "transaction",
        entry("POST", "Goal", goal(other)),
        entry("POST", "Goal", goal(person)),
    )
    assert answer.status_code == 422
    assert before == (count_rows(database_url, person), count_rows(database_url, other))


def test_a_hundred_entries_are_one_transaction(surgery: httpx.Client) -> None:
    person = new_person(surgery)
    answer = send(surgery, "transaction", *[entry("POST", "Goal", goal(person))] * 100)
    assert len({id_of(one) for one in done(answer)}) == 100
    assert surgery.get(f"/Goal?patient={person}&_summary=count").json()["total"] == 100


def test_a_person_in_a_transaction_may_have_an_id_of_their_own(
    surgery: httpx.Client, value: str
) -> None:
    id = f"mine-{value}"
    answer = send(
        surgery,
        "transaction",
        entry("PUT", f"Patient/{id}", {"resourceType": "Patient", "id": id}),
        entry("POST", "Goal", goal(id)),
    )
    assert [one["status"][:3] for one in done(answer)] == ["201", "201"]
    assert len(ids(surgery.get(f"/Patient/{id}/Goal").json())) == 1
