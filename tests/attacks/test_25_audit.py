"""Class 25: every access leaves an AuditEvent, and no AuditEvent tells of what is hidden."""

from base64 import b64decode
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.attacks.cast import LOOKERS, SIGNED_IN, Cast
from tests.attacks.plain import at_api
from tests.endpoints.asking import MERGE_PATCH, about, changed, entry, send
from tests.endpoints.sharing import NOT_THE_PERSON, labelled, stored, team
from tests.people import goal, new_person, observation

AsClient = Callable[..., httpx.Client]


@pytest.mark.parametrize("looker", SIGNED_IN)
def test_an_attempt_is_on_record_and_the_person_sees_it(cast: Cast, looker: str) -> None:
    """A refused, a chained, a counted and an included access each leave an event."""
    client = cast.clients[looker]
    person = cast.clients["the person"]
    where = cast.entries["open"]
    for n, path in enumerate(
        (
            where,
            f"Goal?patient={cast.a}&_summary=count",
            f"Patient?_id={cast.a}",
            f"Observation?subject:Patient._id={cast.a}&_include=Observation:subject",
        )
    ):
        request = f"try-{SIGNED_IN.index(looker)}-{n}"
        client.get(f"/{path}", headers={"X-Request-Id": request})
        found = person.get(f"/AuditEvent?patient={cast.a}&_sort=-date&_count=5").text
        assert request in found, path


def test_a_hidden_entry_is_not_told_by_who_wrote_or_read_it(
    surgery: httpx.Client, as_client: AsClient
) -> None:
    """2.13: no trace in the access log either, by page, total, entity, chain or include."""
    person = new_person(surgery, known_to=())
    own = as_client(f"person:{person}")
    before = own.get(f"/AuditEvent?patient={person}&_summary=count").json()["total"]
    secret = stored(surgery, goal(person, **labelled(NOT_THE_PERSON)))
    body = surgery.get(f"/{secret}").json()
    assert surgery.put(f"/{secret}", json={**body, "language": "en"}).status_code == 200
    id = secret.partition("/")[2]
    assert id not in str(about(own, person))
    for path in (
        f"AuditEvent?entity={secret}",
        f"AuditEvent?entity={secret}/_history/1",
        f"AuditEvent?entity:Goal._id={id}",
        f"Goal?_has:AuditEvent:entity:action=C&_id={id}",
        f"Patient?_id={person}&_revinclude=AuditEvent:patient&_include:iterate=AuditEvent:entity",
    ):
        answer = own.get(f"/{path}")
        assert answer.status_code != 200 or f'"reference":"{secret}' not in answer.text, path
        assert answer.json().get("total", 0) in (0, 1)
    from_the_surgery = [one for one in about(own, person) if "gp-surgery" in str(one["agent"])]
    assert len(from_the_surgery) == before
    surgery.delete(f"/{secret}").raise_for_status()
    assert id not in str(about(own, person))


def test_a_no_about_a_hidden_entry_is_kept_from_the_person_and_not_from_the_reviewer(
    surgery: httpx.Client, as_client: AsClient
) -> None:
    """2.13: whoever may see it and is refused leaves no trace of it, at either door."""
    person = new_person(surgery, known_to=())
    own = as_client(f"person:{person}")
    secret = stored(surgery, goal(person, **labelled(NOT_THE_PERSON)))
    id = secret.partition("/")[2]
    stale = {"If-Match": 'W/"7"'}
    body = {**goal(person), "id": id}
    with at_api(surgery) as api:
        at = f"/people/{person}/goals/{id}"
        refused = [
            surgery.put(f"/{secret}", json=body, headers=stale),
            surgery.put(f"/{secret}", json={**body, "lifecycleStatus": "wished"}),
            surgery.patch(f"/{secret}", json={"subject": None}, headers=MERGE_PATCH),
            surgery.delete(f"/{secret}", headers=stale),
            surgery.get(f"/{secret}/$who-can-see"),
            surgery.get(f"/{secret}/_history/9"),
            send(surgery, "batch", entry("PUT", secret, body, ifMatch='W/"7"')),
            api.patch(at, json={"why": "For the sea"}, headers=stale),
            api.get(f"{at}/who-can-see"),
        ]
    assert [one.status_code for one in refused if one.is_success] == [200]  # of the batch
    surgery.delete(f"/{secret}").raise_for_status()
    surgery.delete(f"/{secret}").raise_for_status()
    told = own.get(f"/Patient/{person}/$who-has-looked").text
    assert id not in str(about(own, person))
    assert "but could not" not in told
    assert "took something out" not in told
    seen = [one for one in about(as_client("privacy-officer"), person) if secret in str(one)]
    assert len([one for one in seen if one["outcome"] == "4"]) >= len(refused)


def test_a_search_that_finds_only_what_is_hidden_of_a_person_is_not_told_to_them(
    surgery: httpx.Client, as_client: AsClient
) -> None:
    """Such as the list of all that an organisation is asked, whose asking is hidden."""
    person = new_person(surgery, known_to=())
    own = as_client(f"person:{person}")
    named: dict[str, Any] = {"identifier": [{"system": "urn:example:found", "value": person}]}
    stored(surgery, goal(person, **named, **labelled(NOT_THE_PERSON)))

    def told() -> int:
        return sum("gp-surgery" in str(one["agent"]) for one in about(own, person))

    before = told()
    query = f"/Goal?identifier=urn:example:found|{person}"
    assert len(surgery.get(query).json()["entry"]) == 1
    assert told() == before
    kept = [one for one in about(as_client("privacy-officer"), person) if one["action"] == "E"]
    assert "gp-surgery" in str([one["agent"] for one in kept])
    stored(surgery, goal(person, **named))
    assert len(surgery.get(query).json()["entry"]) == 2
    assert told() == before + 2
    # Who asks for the person by name is told to them, whatever is found.
    surgery.get(f"{query}&patient=Patient/{person}").raise_for_status()
    assert told() == before + 3


def test_reading_what_was_before_a_label_is_kept_from_whom_the_label_hides_it(
    surgery: httpx.Client, as_client: AsClient
) -> None:
    person = new_person(surgery, known_to=())
    own = as_client(f"person:{person}")
    secret = stored(surgery, goal(person))
    changed(surgery, f"/{secret}", **labelled(NOT_THE_PERSON)).raise_for_status()

    def told() -> int:
        return sum("gp-surgery" in str(one["agent"]) for one in about(own, person))

    before = told()
    for below in ("/_history/1", "/_history", "/$provenance"):
        assert surgery.get(f"/{secret}{below}").status_code == 200
        assert told() == before, below
    # What the person can still see is told to them.
    seen = stored(surgery, goal(person))
    surgery.get(f"/{seen}/_history").raise_for_status()
    assert told() == before + 2


def test_a_no_to_the_person_is_in_their_log_whether_the_entry_is_hidden_or_not_there(
    surgery: httpx.Client, as_client: AsClient
) -> None:
    """What their own log says of their own try does not tell that it is there."""
    person = new_person(surgery, known_to=())
    own = as_client(f"person:{person}")
    secret = stored(surgery, goal(person, **labelled(NOT_THE_PERSON)))
    for where in (secret, f"Goal/{person}-aaaaaaaaaaaa"):
        assert own.get(f"/{where}").status_code == 404
        told = own.get(f"/AuditEvent?entity={where}").json()["entry"]
        assert [one["resource"]["outcome"] for one in told] == ["4"]


@pytest.mark.parametrize("looker", LOOKERS)
def test_the_access_log_of_another_is_not_there(cast: Cast, looker: str) -> None:
    client = cast.clients[looker]
    for path in (
        f"AuditEvent?patient={cast.b}",
        "AuditEvent?entity=" + cast.entries["B's goal"],
        "AuditEvent?agent=Organization/gp-surgery",
        f"AuditEvent?patient:Patient._id={cast.b}",
        f"Patient/{cast.b}/AuditEvent",
        f"?_type=AuditEvent&patient={cast.b}",
    ):
        answer = client.get(f"/{path}")
        if answer.status_code != 200:
            continue
        of_surgery = [
            one
            for one in answer.json().get("entry", ())
            if one["resource"]["resourceType"] == "AuditEvent"
            and "Organization/gp-surgery" in str(one["resource"]["agent"])
            and cast.b in str(one["resource"])
        ]
        assert not of_surgery, path


def test_an_organisations_own_log_of_whom_it_lost_holds_no_more_than_it_asked(
    surgery: httpx.Client, befriending: httpx.Client
) -> None:
    """What it did stays on record for it; what others do there does not come to it."""
    person = new_person(surgery, known_to=())
    made = stored(surgery, team(person, "harbour-befriending"))
    where = stored(surgery, goal(person))
    assert befriending.get(f"/{where}").status_code == 200
    ended = {**surgery.get(f"/{made}").json(), "status": "inactive"}
    assert surgery.put(f"/{made}", json=ended).status_code == 200
    lost = stored(surgery, goal(person))
    for path in (
        f"AuditEvent?patient={person}",
        f"AuditEvent?entity={lost}",
        "AuditEvent?action=C",
    ):
        told = befriending.get(f"/{path}&_count=200").text
        assert lost not in told.replace(f"entity={lost}", "")
        assert "Organization/gp-surgery" not in told
    assert befriending.get(f"/{lost}").status_code == 404
    brought = befriending.get(f"/AuditEvent?patient={person}&_include=AuditEvent:entity").json()
    kinds = {one["resource"]["resourceType"] for one in brought["entry"]}
    assert kinds == {"AuditEvent"}


@pytest.mark.parametrize("looker", SIGNED_IN)
def test_nobody_writes_an_audit_event(cast: Cast, looker: str) -> None:
    client = cast.clients[looker]
    body = {
        "resourceType": "AuditEvent",
        "type": {"code": "rest"},
        "recorded": "2026-01-01T00:00:00Z",
        "agent": [{"requestor": True}],
        "source": {"observer": {"display": "x"}},
    }
    (found,) = client.get("/AuditEvent?_count=1").json().get("entry", [None])[:1] or [None]
    where = "AuditEvent/" + (found["resource"]["id"] if found else "x")
    assert client.post("/AuditEvent", json=body).status_code == 403
    assert client.put(f"/{where}", json={**body, "id": where[11:]}).status_code == 403
    assert client.delete(f"/{where}").status_code == 403
    for kind in ("batch", "transaction"):
        answer = send(client, kind, entry("DELETE", where), entry("POST", "AuditEvent", body))
        assert "403" in answer.text or answer.status_code == 403


def test_a_search_for_two_people_tells_neither_of_the_other(
    surgery: httpx.Client, as_client: AsClient
) -> None:
    """The names and numbers that were asked for may be another person's."""
    numbers = ("9990000018", "9990000026")
    system = "https://fhir.nhs.uk/Id/nhs-number"
    one, other = (
        new_person(surgery, known_to=(), identifier=[{"system": "urn:x", "value": value}])
        for value in numbers
    )
    surgery.get(f"/Patient?_id={one},{other}")
    surgery.get(f"/Patient?identifier=urn:x|{numbers[0]},urn:x|{numbers[1]}")
    surgery.get(f"/Patient?identifier={system}|{numbers[1]}&_id={one}")
    told = about(as_client(f"person:{one}"), one)
    assert other not in str(told)
    queries = [e["query"] for event in told for e in event.get("entity", ()) if "query" in e]
    assert queries
    for query in queries:
        text = b64decode(query).decode()
        assert other not in text
        assert numbers[1] not in text


def test_an_entry_about_two_people_is_no_way_from_one_log_to_the_other(
    surgery: httpx.Client, as_client: AsClient
) -> None:
    one, other = (new_person(surgery, known_to=()) for _ in range(2))
    of_other = stored(surgery, goal(other))
    made = stored(surgery, observation(one, focus=[{"reference": of_other}]))
    surgery.get(f"/Observation?_id={made[12:]}&_include=Observation:focus")
    assert of_other not in str(about(as_client(f"person:{one}"), one))
    assert made not in str(about(as_client(f"person:{other}"), other))


@pytest.mark.parametrize("looker", ["a backend service", "an unrelated clinic"])
@pytest.mark.parametrize("between", ["%1E", "%1F", "%00", "%0A"])
def test_no_id_writes_the_rest_of_its_own_event(
    cast: Cast, as_client: AsClient, looker: str, between: str
) -> None:
    """What stands between the parts of an event is no part of an id."""
    client = cast.clients[looker]
    officer = as_client("privacy-officer")
    where, _, id = cast.entries["open"].partition("/")
    forged = "Organization/larder-food-bank"
    parts = ("Patient", cast.b, "forged-event", quote(forged, safe=""), "outcome%3D0", "%7B%7D")
    request = f"forge-{LOOKERS.index(looker)}-{between[1:]}"
    for path in (
        f"Patient/{cast.a}{between}{between.join(parts)}",
        f"{where}/{id}{between}{between.join(parts)}",
        f"{where}/{id}{between}agent={quote(forged, safe='')}{between}patient=Patient/{cast.b}",
    ):
        answer = client.get(f"/{path}", headers={"X-Request-Id": request})
        assert answer.status_code in (400, 404), (path, answer.text)
        assert cast.b not in answer.text
    for asked in (f"agent={forged}", f"patient={cast.b}", "_id=forged-event"):
        assert request not in officer.get(f"/AuditEvent?{asked}&_sort=-date&_count=50").text
