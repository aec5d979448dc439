"""Classes 12 and 13: conditions that ask whether a hidden entry is there; batches and
transactions."""

from collections.abc import Callable

import httpx
import pytest

from tests.attacks.cast import SIGNED_IN, Cast, leaks, provenance
from tests.endpoints.asking import Json, entry, json_patch, send
from tests.endpoints.sharing import JUST_US, labelled, stored
from tests.people import goal, new_person, observation

AsClient = Callable[..., httpx.Client]
ABSENT = "aaaaaaaaaaaaaaaa-bbbbbbbbbbbb"
NHS = "https://fhir.nhs.uk/Id/nhs-number"
ORGANISATIONS = (
    "a practitioner of a sharing trust",
    "a charity worker",
    "an unrelated clinic",
    "a revoked sharer",
    "a backend service",
)


@pytest.mark.parametrize("looker", ORGANISATIONS)
def test_a_strangers_nhs_number_is_not_found_by_a_conditional_create(
    surgery: httpx.Client, cast: Cast, looker: str
) -> None:
    """Class 12: 201 whether or not the number is somebody's, at every door."""
    client = cast.clients[looker]
    for door in ("header", "query", "batch", "transaction"):
        for number in ("9990000107", "9990000115"):
            identifier = [{"system": NHS, "value": number}]
            if number == "9990000107":
                surgery.post("/Patient", json={"resourceType": "Patient", "identifier": identifier})
            mine = [{"system": f"urn:x:{door}:{looker}".replace(" ", "-"), "value": number}]
            body = {"resourceType": "Patient", "identifier": mine}
            asked = f"identifier={NHS}|{number}"
            if door == "header":
                answer = client.post("/Patient", json=body, headers={"If-None-Exist": asked})
            elif door == "query":
                answer = client.post(f"/Patient?{asked}", json=body)
            else:
                answer = send(client, door, entry("POST", "Patient", body, ifNoneExist=asked))
                assert answer.json()["entry"][0]["response"]["status"].startswith("201")
                continue
            assert answer.status_code == 201


@pytest.mark.parametrize("looker", SIGNED_IN)
def test_a_condition_on_a_hidden_entry_is_answered_as_one_on_none(cast: Cast, looker: str) -> None:
    """Class 12: conditional update, patch and delete, and their references."""
    client = cast.clients[looker]
    for name in cast.hidden_from(looker):
        kind, _, id = cast.entries[name].partition("/")
        if kind != "Goal":
            continue
        answers = []
        for one in (id, ABSENT):
            body = {**goal(cast.a), "id": one}
            about = observation(cast.a, focus=[{"reference": f"Goal?_id={one}"}])
            some = [
                client.put(f"/Goal?_id={one}", json=body),
                client.patch(f"/Goal?_id={one}", json={"language": "en"}),
                client.delete(f"/Goal?_id={one}"),
                send(client, "transaction", entry("POST", "Observation", about)),
                send(client, "transaction", entry("PUT", f"Goal?_id={one}", body)),
                send(client, "transaction", entry("DELETE", f"Goal/{one}", ifMatch='W/"1"')),
                send(client, "batch", entry("PUT", f"Goal/{one}", body)),
                send(client, "batch", entry("GET", f"Goal/{one}"), entry("HEAD", f"Goal/{one}")),
            ]
            answers.append([(each.status_code, each.text.replace(one, "(id)")) for each in some])
            assert [each for each in some if leaks(cast, looker, each, one)] == []
        assert answers[0] == answers[1]
    seen = cast.clients["the surgery"].get(f"/Goal?patient={cast.a}&_summary=count").json()
    assert seen["total"] == 5


@pytest.mark.parametrize("looker", SIGNED_IN)
def test_reading_inside_a_bundle_shows_no_more(cast: Cast, looker: str) -> None:
    """Class 13: GET entries, searches, histories and operations inside."""
    client = cast.clients[looker]
    paths = [f"Patient?_id={cast.b}&_revinclude=*", f"Patient/{cast.b}/$everything"]
    for name in cast.hidden_from(looker):
        kind, _, id = cast.entries[name].partition("/")
        paths += [f"{kind}/{id}", f"{kind}/{id}/_history", f"{kind}/{id}/_history/1"]
        paths += [f"{kind}?_id={id}", f"{kind}/{id}/$validate"]
    answer = send(client, "batch", *(entry("GET", path) for path in paths))
    assert leaks(cast, looker, answer, str(paths)) == []
    assert len(answer.json()["entry"]) == len(paths)
    for path in paths[:7]:
        assert leaks(cast, looker, send(client, "transaction", entry("GET", path)), path) == []


@pytest.mark.parametrize("looker", ["their supporter", "a charity worker", "a revoked sharer"])
def test_a_bundle_writes_nothing_that_its_entries_may_not(fresh: Cast, looker: str) -> None:
    """Class 13: urn references to a hidden target, Provenance by another, patches, nesting."""
    client, surgery = fresh.clients[looker], fresh.clients["the surgery"]
    for name in fresh.hidden_from(looker):
        where = fresh.entries[name]
        kind, _, id = where.partition("/")
        whole = surgery.get(f"/{where}").json()
        urn = {"reference": "urn:uuid:5f6d7c1e-0000-4000-8000-000000000001"}
        named = entry("PUT", where, whole, fullUrl=urn["reference"])
        nested = {"resourceType": "Bundle", "type": "batch", "entry": [entry("DELETE", where)]}
        bundles: list[list[Json]] = [
            [named, entry("POST", "Observation", observation(fresh.a, focus=[urn]))],
            [entry("POST", "Provenance", provenance(where))],
            [entry("PATCH", where, json_patch('[{"op":"remove","path":"/meta/security"}]'))],
            [entry("POST", "Bundle", nested)],
            [entry("PUT", f"{kind}?_id={id}", whole)],
        ]
        for entries in bundles:
            for door in ("transaction", "batch"):
                answer = send(client, door, *entries)
                assert leaks(fresh, looker, answer, str(entries)) == []
        assert surgery.get(f"/{where}").json()["meta"]["versionId"] == "1"
        assert len(surgery.get(f"/{where}/_history").json()["entry"]) == 1
        about = surgery.get(f"/Provenance?target={where}&_summary=count").json()["total"]
        assert about == (name == "open" or f"why {name}" in fresh.entries)


def test_one_entry_of_a_transaction_does_not_open_another(
    surgery: httpx.Client, as_client: AsClient
) -> None:
    """Class 13: to take a label off, or to write who one is, and read in the same transaction."""
    person = new_person(surgery, known_to=("harbour-befriending",))
    secret = stored(surgery, goal(person, **labelled(JUST_US)))
    charity = as_client("harbour-befriending")
    plain = {**goal(person), "id": secret.partition("/")[2]}
    answer = send(charity, "transaction", entry("PUT", secret, plain), entry("GET", secret))
    assert answer.status_code == 404
    clinic = as_client("stranger-clinic")
    me = {"resourceType": "Patient", "id": person, "generalPractitioner": [
        {"reference": "Organization/stranger-clinic"}]}  # fmt: skip
    answer = send(
        clinic,
        "transaction",
        entry("PUT", f"Patient/{person}", me),
        entry("GET", f"Patient/{person}/$everything"),
        entry("GET", secret),
    )
    assert answer.status_code in (400, 404)
    assert clinic.get(f"/Patient/{person}").status_code == 404
