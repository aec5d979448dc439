"""Every interaction leaves one AuditEvent with the person it was about, and so does every no.

Spec: https://hl7.org/fhir/R4/auditevent.html, https://profiles.ihe.net/ITI/BALP/content.html
"""

import json
import secrets
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.endpoints.asking import (
    JSON_PATCH,
    MERGE_PATCH,
    Json,
    about,
    changed,
    entry,
    ids,
    json_patch,
    new_goal,
    send,
)
from tests.people import goal, new_person, observation

Do = Callable[[httpx.Client, str, str], httpx.Response]

QUAY = "tamsin-pender-walk-to-the-quay"  # a Goal that is there before the tests begin


@pytest.fixture(scope="module")
def officer(as_client: Callable[..., httpx.Client]) -> httpx.Client:
    return as_client("privacy-officer")


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    return new_person(surgery)


def request_id(event: Json) -> str | None:
    for one in event.get("entity", ()):
        if one["type"]["code"] == "XrequestId":
            return str(one["what"]["identifier"]["value"])
    return None


def left_by(
    officer: httpx.Client, client: httpx.Client, person: str, do: Callable[[], httpx.Response]
) -> list[tuple[str, str]]:
    """(interaction, outcome) of each AuditEvent that a request left with the person."""
    id = secrets.token_hex(8)
    client.headers["X-Request-Id"] = id
    try:
        do()
    finally:
        del client.headers["X-Request-Id"]
    return sorted(
        (event["subtype"][-1]["code"], event["outcome"])
        for event in about(officer, person)
        if request_id(event) == id
    )


def merge(client: httpx.Client, where: str, change: str) -> httpx.Response:
    return client.patch(where, content=change, headers=MERGE_PATCH)


def put(client: httpx.Client, person: str, where: str, **rest: Any) -> httpx.Response:
    return client.put(where, json=goal(person, "Changed", id=where[6:], **rest))


# What is done (by the surgery, about a person, to their Goal), and the events it leaves.
DEEDS: list[tuple[str, Do, list[tuple[str, str]]]] = [
    ("read", lambda c, p, g: c.get(g), [("read", "0")]),
    ("head", lambda c, p, g: c.head(g), [("read", "0")]),
    (
        "read of what is known",
        lambda c, p, g: c.get(g, headers={"If-None-Match": "*"}),
        [("read", "0")],
    ),
    ("vread", lambda c, p, g: c.get(f"{g}/_history/1"), [("vread", "0")]),
    ("vread refused", lambda c, p, g: c.get(f"{g}/_history/9"), [("vread", "4")]),
    ("history", lambda c, p, g: c.get(f"{g}/_history"), [("history-instance", "0")]),
    (
        "empty history",
        lambda c, p, g: c.get(f"{g}/_history?_since=2999-01-01"),
        [("history-instance", "0")],
    ),
    ("search", lambda c, p, g: c.get(f"/Goal?patient={p}"), [("search-type", "0")]),
    (
        "search that finds nothing",
        lambda c, p, g: c.get(f"/Flag?patient={p}"),
        [("search-type", "0")],
    ),
    (
        "search that counts",
        lambda c, p, g: c.get(f"/Goal?patient={p}&_summary=count"),
        [("search-type", "0")],
    ),
    (
        "search that counts whom it does not name",
        lambda c, p, g: c.get(f"/Goal?_id={g[6:]}&_count=0"),
        [("search-type", "0")],
    ),
    (
        "search that counts what is on another page",
        lambda c, p, g: c.get(
            f"/Goal?_id={QUAY},{g[6:]}&_total=accurate&_sort=_lastUpdated&_count=1"
        ),
        [("search-type", "0")],
    ),
    (
        "search of others that asks about them",
        lambda c, p, g: c.get(f"/Organization?_has:Encounter:service-provider:patient={p}"),
        [("search-type", "0")],
    ),
    (
        "search of others that counts by them",
        lambda c, p, g: c.get(f"/Observation?focus:Goal.subject:Patient._id={p}&_summary=count"),
        [("search-type", "0")],
    ),
    (
        "search by post",
        lambda c, p, g: c.post(
            "/Goal/_search",
            content=f"patient={p}",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        ),
        [("search-type", "0")],
    ),
    ("compartment", lambda c, p, g: c.get(f"/Patient/{p}/Goal"), [("search-type", "0")]),
    (
        "compartment of all types",
        lambda c, p, g: c.get(f"/Patient/{p}/*"),
        [("search-system", "0")],
    ),
    (
        "compartment refused",
        lambda c, p, g: c.get(f"/Patient/{p}/Goal?colour=blue"),
        [("search-type", "4")],
    ),
    (
        "only by inclusion",
        lambda c, p, g: c.get(f"/Goal?_id={g[6:]}&_include=Goal:subject"),
        [("search-type", "0")],
    ),
    ("create", lambda c, p, g: c.post("/Goal", json=goal(p)), [("create", "0")]),
    (
        "conditional create that matches",
        lambda c, p, g: c.post("/Goal", json=goal(p), headers={"If-None-Exist": f"_id={g[6:]}"}),
        [("create", "0")],
    ),
    ("update", lambda c, p, g: put(c, p, g), [("update", "0")]),
    (
        "update that changes nothing",
        lambda c, p, g: c.put(g, content=c.get(g, headers={"X-Request-Id": "-"}).content),
        [("update", "0")],
    ),
    (
        "update refused",
        lambda c, p, g: put(c, p, g, lifecycleStatus="begun"),
        [("update", "4")],
    ),
    (
        "update of another version",
        lambda c, p, g: c.put(g, json=goal(p, id=g[6:]), headers={"If-Match": 'W/"7"'}),
        [("update", "4")],
    ),
    ("patch", lambda c, p, g: merge(c, g, '{"language":"kw"}'), [("patch", "0")]),
    ("patch refused", lambda c, p, g: merge(c, g, "[]"), [("patch", "4")]),
    (
        "body that is not JSON",
        lambda c, p, g: c.put(g, content="{"),
        [("update", "4")],
    ),
    (
        "body of another kind",
        lambda c, p, g: c.put(g, content="<a/>", headers={"Content-Type": "application/xml"}),
        [("update", "4")],
    ),
    (
        "body that is too large",
        lambda c, p, g: c.put(g, content=b" " * 5_000_001),
        [("update", "4")],
    ),
    (
        "header that cannot be read",
        lambda c, p, g: c.delete(g, headers={"If-Match": "now"}),
        [("delete", "4")],
    ),
    ("delete", lambda c, p, g: c.delete(g), [("delete", "0")]),
    (
        "delete refused",
        lambda c, p, g: c.delete(g, headers={"If-Match": 'W/"7"'}),
        [("delete", "4")],
    ),
    (
        "conditional patch of the one match, refused",
        lambda c, p, g: merge(c, f"/Goal?_id={g[6:]}&lifecycle-status=active", '{"language":7}'),
        [("patch", "4")],
    ),
    (
        "conditional update of the one match, refused",
        lambda c, p, g: c.put(f"/Goal?_id={g[6:]}", json=goal(p, id="another")),
        [("update", "4")],
    ),
    (
        "conditional create, refused",
        lambda c, p, g: c.post(
            "/Goal",
            json=goal("nobody"),
            headers={"If-None-Exist": f"patient={p}&lifecycle-status=rejected"},
        ),
        [("create", "4")],
    ),
    (
        "conditional patch that finds nothing",
        lambda c, p, g: merge(c, f"/Goal?patient={p}&lifecycle-status=rejected", "{}"),
        [("patch", "4")],
    ),
    (
        "conditional delete that finds nothing",
        lambda c, p, g: c.delete(f"/Goal?patient={p}&lifecycle-status=rejected"),
        [("delete", "0")],
    ),
    (
        "everything",
        lambda c, p, g: c.get(f"/Patient/{p}/$everything"),
        [("everything", "0")],
    ),
    (
        "everything refused",
        lambda c, p, g: c.get(f"/Patient/{p}/$everything?_count=0"),
        [("everything", "4")],
    ),
    (
        "validate of what is stored",
        lambda c, p, g: c.get(f"{g}/$validate"),
        [("validate", "0")],
    ),
    (
        "batch",
        lambda c, p, g: send(
            c,
            "batch",
            entry("GET", g[1:]),
            entry("POST", "Goal", goal(p)),
            entry("GET", f"{g[1:]}/_history/9"),
        ),
        [("create", "0"), ("read", "0"), ("vread", "4")],
    ),
    (
        "transaction",
        lambda c, p, g: send(
            c,
            "transaction",
            entry("GET", g[1:]),
            entry("POST", "Observation", observation(p)),
            entry("PATCH", g[1:], json_patch('[{"op":"add","path":"/language","value":"kw"}]')),
            entry("DELETE", "Goal/never-was"),
        ),
        [("create", "0"), ("patch", "0"), ("read", "0")],
    ),
    (
        "transaction that reads, refused",
        lambda c, p, g: send(c, "transaction", entry("GET", g[1:]), entry("GET", "Goal/nowhere")),
        [("transaction", "4")],
    ),
    (
        "transaction with a condition, refused",
        lambda c, p, g: send(
            c,
            "transaction",
            entry("DELETE", f"Goal?_id={g[6:]}&lifecycle-status=active"),
            entry("GET", "Goal/nowhere"),
        ),
        [("transaction", "4")],
    ),
    (
        "transaction with a conditional reference, refused",
        lambda c, p, g: send(
            c,
            "transaction",
            entry("POST", "Goal", {**goal(p), "subject": {"reference": f"Patient?_id={p}"}}),
            entry("GET", "Goal/nowhere"),
        ),
        [("transaction", "4")],
    ),
    (
        "transaction rolled back",
        lambda c, p, g: send(
            c, "transaction", entry("POST", "Goal", goal(p)), entry("GET", "Goal/nowhere")
        ),
        [("transaction", "4")],
    ),
]


@pytest.mark.parametrize(("name", "do", "events"), DEEDS, ids=[name for name, _, _ in DEEDS])
def test_each_deed_leaves_its_events_with_the_person(
    surgery: httpx.Client,
    officer: httpx.Client,
    name: str,
    do: Do,
    events: list[tuple[str, str]],
) -> None:
    person = new_person(surgery)
    where = new_goal(surgery, person)
    assert left_by(officer, surgery, person, lambda: do(surgery, person, where)) == events


def test_a_transaction_that_is_refused_leaves_one_event_of_the_refusal(
    surgery: httpx.Client, officer: httpx.Client
) -> None:
    headers = {"X-Request-Id": f"refused-{secrets.token_hex(4)}"}
    body = {"resourceType": "Bundle", "type": "transaction", "entry": [entry("GET", "Goal/no")]}
    assert surgery.post("", json=body, headers=headers).status_code == 404
    found = officer.get("/AuditEvent?outcome=4&_sort=-date&_count=20").json()
    events = [one["resource"] for one in found["entry"]]
    left = [event for event in events if request_id(event) == headers["X-Request-Id"]]
    assert [event["subtype"][-1]["code"] for event in left] == ["transaction"]
    assert left[0]["outcomeDesc"]


@pytest.mark.parametrize("path", ["/Goal/1", "/Goal", "/Patient/1/$everything", "/_history"])
def test_a_caller_nobody_knows_leaves_an_event_that_is_nobodys(
    as_client: Callable[..., httpx.Client], officer: httpx.Client, path: str
) -> None:
    headers = {"X-Request-Id": f"unknown-{secrets.token_hex(4)}"}
    assert as_client(None).get(path, headers=headers).status_code == 401
    found = officer.get("/AuditEvent?outcome=4&_sort=-date&_count=20").json()
    events = [one["resource"] for one in found["entry"]]
    assert len([event for event in events if request_id(event) == headers["X-Request-Id"]]) == 1


def test_a_person_who_tries_anothers_record_is_told_of_to_that_other(
    surgery: httpx.Client,
    officer: httpx.Client,
    as_client: Callable[..., httpx.Client],
    person: str,
) -> None:
    where = new_goal(surgery, person)
    curious = as_client(f"person:{new_person(surgery)}")
    tries: list[tuple[Callable[[], httpx.Response], list[tuple[str, str]]]] = [
        (lambda: curious.get(where), [("read", "4")]),
        (lambda: curious.get(f"/Patient/{person}/Goal"), [("search-type", "0")]),
        (lambda: curious.get(f"/Goal?patient={person}"), [("search-type", "0")]),
        (lambda: curious.delete(where), [("delete", "0")]),
        (lambda: curious.get(f"/Patient/{person}/$everything"), [("everything", "4")]),
    ]
    for do, events in tries:
        assert left_by(officer, curious, person, do) == events


def test_the_person_reads_who_has_looked(
    surgery: httpx.Client, befriending: httpx.Client, as_client: Callable[..., httpx.Client]
) -> None:
    person = new_person(surgery)
    where = new_goal(surgery, person)
    befriending.get(where)
    found = about(as_client(f"person:{person}"), person)
    readers = {
        agent["who"].get("reference") or agent["who"].get("display")
        for event in found
        if event["subtype"][-1]["code"] == "read"
        for agent in event["agent"]
        if agent["requestor"]
    }
    assert any("harbour-befriending" in str(reader) for reader in readers)


def test_an_organisation_sees_the_events_of_its_own_deeds_alone(
    surgery: httpx.Client, befriending: httpx.Client, officer: httpx.Client
) -> None:
    person = new_person(surgery)
    befriending.get(new_goal(surgery, person))
    whole = len(about(officer, person))
    own, theirs = len(about(surgery, person)), len(about(befriending, person))
    assert theirs == 1
    assert 0 < own < whole
    audit = about(befriending, person)[0]["id"]
    assert surgery.get(f"/AuditEvent/{audit}").status_code == 404
    assert befriending.get(f"/AuditEvent/{audit}").status_code == 200


def test_a_person_sees_no_event_about_another(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], person: str
) -> None:
    other = new_person(surgery)
    oneself = as_client(f"person:{other}")
    assert about(oneself, person) == []
    found = oneself.get("/AuditEvent?_count=200").json()
    assert person not in found["entry"][0]["resource"].__repr__()
    assert all(f"Patient/{other}" in str(one["resource"]) for one in found["entry"])


def test_no_event_can_be_written_changed_or_deleted_by_anyone(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], officer: httpx.Client
) -> None:
    person = new_person(surgery)
    id = ids(officer.get(f"/AuditEvent?patient={person}").json())[0]
    body = officer.get(f"/AuditEvent/{id}").json()
    for client in (surgery, officer, as_client("admin"), as_client(f"person:{person}")):
        assert client.post("/AuditEvent", json=body).status_code == 403
        assert client.put(f"/AuditEvent/{id}", json=body).status_code == 403
        answer = client.patch(f"/AuditEvent/{id}", content="[]", headers=JSON_PATCH)
        assert answer.status_code == 403
        assert client.delete(f"/AuditEvent/{id}").status_code == 403
    assert officer.get(f"/AuditEvent/{id}").json() == body


def test_an_event_holds_no_token_and_nothing_of_what_was_said(
    surgery: httpx.Client, officer: httpx.Client
) -> None:
    person = new_person(surgery)
    new_goal(surgery, person, "Something only for us")
    text = str(about(officer, person))
    assert "eyJ" not in text
    assert "Something only for us" not in text


def test_a_read_names_the_version_that_was_read(
    surgery: httpx.Client, officer: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    for text in ("Hear it twice", "Hear it again"):
        assert changed(surgery, where, description={"text": text}).status_code == 200
        assert surgery.get(where).status_code == 200
    reads = [
        one["what"]["reference"]
        for event in about(officer, person)
        if event["subtype"][-1]["code"] == "read"
        for one in event["entity"]
        if one.get("what", {}).get("reference", "").startswith(where[1:])
    ]
    # Twice on the way, to change what was there, and twice to see what had become of it.
    assert sorted(reads) == [f"{where[1:]}/_history/{version}" for version in (1, 2, 2, 3)]
    for version, times in ((1, 2), (2, 3), (3, 2)):  # each written once, too
        found = officer.get(f"/AuditEvent?entity={where[1:]}/_history/{version}&_total=accurate")
        assert found.json()["total"] == times


@pytest.mark.parametrize("address", ["/Organization/gp-surgery", "/Organization?_id=gp-surgery"])
def test_an_entry_of_the_directory_is_nobodys_record(
    surgery: httpx.Client, officer: httpx.Client, address: str
) -> None:
    id = secrets.token_hex(8)
    assert surgery.get(address, headers={"X-Request-Id": id}).status_code == 200
    recent = officer.get("/AuditEvent?_sort=-date&_count=50").json()
    mine = [one["resource"] for one in recent["entry"] if request_id(one["resource"]) == id]
    assert len(mine) == 1
    assert "Patient/" not in json.dumps(mine)
