"""Class 23, consent and identity: nobody lets in themselves, nor another whom they may not."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.access.assertions import STRANGER_KEY, jwks
from tests.attacks.cast import Cast
from tests.conftest import Running
from tests.endpoints.asking import JSON_PATCH, MERGE_PATCH, Json, entry, send
from tests.endpoints.merging import administrator
from tests.endpoints.sharing import RESTRICTED, choice, labelled, standing, stored, supporter, team
from tests.endpoints.signing_in import Member, register
from tests.people import goal, new_person

AsClient = Callable[..., httpx.Client]
TRUST, CHARITY, CLINIC = "acute-trust", "harbour-befriending", "stranger-clinic"


def organization(id: str) -> Json:
    return {"reference": f"Organization/{id}"}


def task(person: str, owner: str, **rest: Any) -> Json:
    return {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "for": {"reference": f"Patient/{person}"},
        "owner": organization(owner),
        **rest,
    }


def request(person: str, performer: str, **rest: Any) -> Json:
    return {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "subject": {"reference": f"Patient/{person}"},
        "performer": [organization(performer)],
        **rest,
    }


def of_kind(name: str) -> dict[str, Any]:
    """What a choice about one kind of entry says."""
    return {"class": [{"system": "http://hl7.org/fhir/resource-types", "code": name}]}


def ways_in(person: str, who: str, by: str = "somebody") -> dict[str, Json]:
    """Every entry that would give an organisation a tie, by the element that gives it."""
    worker = {"type": "Practitioner", "display": "Somebody"}
    behind = {"member": worker, "onBehalfOf": organization(who)}
    owned = task(person, by)
    asked = request(person, by)
    for body, name in ((owned, "owner"), (asked, "performer")):
        if by == "somebody":
            body.pop(name)
    return {
        "CareTeam.participant.member": team(person, who),
        "CareTeam.participant.onBehalfOf": {**team(person), "participant": [behind]},
        "CareTeam.managingOrganization": team(
            person, participant=[], managingOrganization=[organization(who)]
        ),
        "Task.owner": task(person, who),
        "Task.requester": {**owned, "requester": organization(who)},
        "ServiceRequest.performer": request(person, who),
        "ServiceRequest.requester": {**asked, "requester": organization(who)},
    }


ELEMENTS = tuple(ways_in("a", "b"))


def cleaned(body: Json) -> Json:
    """Without empty lists, which FHIR has not."""
    return {name: value for name, value in body.items() if value != []}


@pytest.fixture
def person(surgery: httpx.Client) -> str:
    """Somebody whom the surgery alone knows."""
    return new_person(surgery, known_to=())


@pytest.fixture
def asked(surgery: httpx.Client, person: str) -> str:
    """The request that the acute trust was given; its only tie."""
    return stored(surgery, task(person, TRUST))


@pytest.mark.parametrize("element", ELEMENTS)
@pytest.mark.parametrize("door", ["post", "put", "transaction", "batch"])
def test_an_organisation_with_one_request_makes_no_other_tie_of_its_own(
    as_client: AsClient, person: str, asked: str, element: str, door: str
) -> None:
    trust = as_client(TRUST)
    body = cleaned(ways_in(person, TRUST)[element])
    kind = body["resourceType"]
    if door == "post":
        status = trust.post(f"/{kind}", json=body).status_code
    elif door == "put":
        status = trust.put(f"/{kind}/x-{person}", json={**body, "id": f"x-{person}"}).status_code
    else:
        answer = send(trust, door, entry("POST", kind, body))
        status = answer.status_code
        if door == "batch":
            status = int(answer.json()["entry"][0]["response"]["status"][:3])
    assert status == 403


@pytest.mark.parametrize("element", ["generalPractitioner", "managingOrganization"])
@pytest.mark.parametrize("door", ["put", "merge", "json-patch", "transaction"])
def test_an_organisation_with_one_request_does_not_become_the_persons_practice(
    as_client: AsClient, surgery: httpx.Client, person: str, asked: str, element: str, door: str
) -> None:
    trust = as_client(TRUST)
    where = f"/Patient/{person}"
    value: Any = organization(TRUST)
    if element == "generalPractitioner":
        value = [value]
    whole = {**trust.get(where).json(), element: value}
    if door == "put":
        answer = trust.put(where, json=whole)
    elif door == "merge":
        answer = trust.patch(where, json={element: value}, headers=MERGE_PATCH)
    elif door == "json-patch":
        step = {"op": "add", "path": f"/{element}", "value": value}
        answer = trust.patch(where, json=[step], headers=JSON_PATCH)
    else:
        answer = send(trust, "transaction", entry("PUT", where[1:], whole))
    assert answer.status_code == 403
    assert element not in surgery.get(where).json()


def test_an_ended_request_is_not_opened_again_by_whom_it_was_given(
    as_client: AsClient, surgery: httpx.Client, person: str, asked: str
) -> None:
    trust = as_client(TRUST)
    stored(surgery, choice(person, "permit", f"Organization/{TRUST}"))
    ended = {**trust.get(f"/{asked}").json(), "status": "completed"}
    assert trust.put(f"/{asked}", json=ended).status_code == 200
    assert trust.put(f"/{asked}", json={**ended, "status": "in-progress"}).status_code == 403
    reopened = {"status": "accepted"}
    assert trust.patch(f"/{asked}", json=reopened, headers=MERGE_PATCH).status_code == 403
    assert trust.delete(f"/{asked}").status_code == 204
    assert trust.put(f"/{asked}", json={**ended, "status": "requested"}).status_code == 403


@pytest.mark.parametrize("element", [one for one in ELEMENTS if one.startswith("CareTeam")])
def test_an_organisation_with_one_request_puts_no_accomplice_on_the_team(
    as_client: AsClient, person: str, asked: str, element: str
) -> None:
    body = cleaned(ways_in(person, CLINIC)[element])
    assert as_client(TRUST).post("/CareTeam", json=body).status_code == 403
    assert as_client(CLINIC).get(f"/Patient/{person}").status_code == 404


def test_an_organisation_with_one_request_makes_no_accomplice_the_persons_practice(
    as_client: AsClient, person: str, asked: str
) -> None:
    change = {"generalPractitioner": [organization(CLINIC)]}
    patched = as_client(TRUST).patch(f"/Patient/{person}", json=change, headers=MERGE_PATCH)
    assert patched.status_code == 403


def test_an_organisation_with_one_request_makes_and_widens_no_supporter(
    as_client: AsClient, surgery: httpx.Client, person: str, asked: str
) -> None:
    trust = as_client(TRUST)
    assert trust.post("/RelatedPerson", json=supporter(person)).status_code == 403
    made = stored(surgery, standing(supporter(person), "paused", "recorded"))
    widened = standing(trust.get(f"/{made}").json(), "active", "person-asked-to-resume")
    assert trust.put(f"/{made}", json=widened).status_code == 403
    assert surgery.put(f"/{made}", json=widened).status_code == 200
    period = {"period": {"end": "2222-01-01"}}
    assert trust.patch(f"/{made}", json=period, headers=MERGE_PATCH).status_code == 403


def test_whoever_sees_by_a_narrow_yes_alone_gives_no_accomplice_the_whole_record(
    as_client: AsClient, surgery: httpx.Client, person: str
) -> None:
    own = as_client(f"person:{person}")
    kinds = of_kind("Goal")
    stored(own, choice(person, "permit", f"Organization/{TRUST}", **kinds))
    trust = as_client(TRUST)
    for body in (task(person, CLINIC), request(person, CLINIC), team(person, CLINIC)):
        assert trust.post(f"/{body['resourceType']}", json=body).status_code == 403
    assert as_client(CLINIC).get(f"/Patient/{person}").status_code == 404


def test_a_request_is_passed_on_by_whom_it_was_given(
    as_client: AsClient, person: str, asked: str
) -> None:
    trust, charity = as_client(TRUST), as_client(CHARITY)
    passed = {**trust.get(f"/{asked}").json(), "owner": organization(CHARITY)}
    assert trust.put(f"/{asked}", json=passed).status_code == 200
    assert charity.get(f"/{asked}").status_code == 200
    assert trust.get(f"/{asked}").status_code == 404


@pytest.mark.parametrize("element", ELEMENTS)
def test_a_supporter_lets_no_organisation_in(
    as_client: AsClient, person: str, element: str
) -> None:
    own = as_client(f"person:{person}")
    sister = as_client(f"supporter:{stored(own, supporter(person)).partition('/')[2]}")
    body = cleaned(ways_in(person, CLINIC)[element])
    assert sister.post(f"/{body['resourceType']}", json=body).status_code == 403
    assert as_client(CLINIC).get(f"/Patient/{person}").status_code == 404


def test_a_supporter_hands_no_request_to_another_organisation_but_may_change_it(
    as_client: AsClient, surgery: httpx.Client, person: str, asked: str
) -> None:
    own = as_client(f"person:{person}")
    sister = as_client(f"supporter:{stored(own, supporter(person)).partition('/')[2]}")
    body = sister.get(f"/{asked}").json()
    handed = {**body, "owner": organization(CLINIC)}
    assert sister.put(f"/{asked}", json=handed).status_code == 403
    assert sister.put(f"/{asked}", json={**body, "description": "Soon"}).status_code == 200


def test_a_supporter_widens_neither_their_own_entry_nor_anothers(
    as_client: AsClient, person: str
) -> None:
    own = as_client(f"person:{person}")
    made = stored(own, supporter(person))
    sister = as_client(f"supporter:{made.partition('/')[2]}")
    wider = {**own.get(f"/{made}").json(), "period": {"start": "2020-01-01"}}
    assert sister.put(f"/{made}", json=wider).status_code == 403
    assert sister.post("/RelatedPerson", json=supporter(person)).status_code == 403
    assert sister.patch(f"/{made}", json={"active": True}, headers=MERGE_PATCH).status_code == 403


def test_a_contained_or_described_organisation_gives_no_tie(
    as_client: AsClient, surgery: httpx.Client, person: str
) -> None:
    clinic = {"resourceType": "Organization", "id": "x", "name": "Stranger clinic"}
    inside = team(person, participant=[{"member": {"reference": "#x"}}], contained=[clinic])
    described = team(
        person,
        participant=[{"member": {"type": "Organization", "identifier": {"value": CLINIC}}}],
    )
    elsewhere = team(
        person, participant=[{"member": {"reference": f"https://x.example/Organization/{CLINIC}"}}]
    )
    for body in (inside, described, elsewhere):
        surgery.post("/CareTeam", json=body)
        assert as_client(CLINIC).get(f"/Patient/{person}").status_code == 404


def test_in_a_transaction_making_one_person_lets_nobody_in_to_another(
    as_client: AsClient, person: str, asked: str
) -> None:
    trust = as_client(TRUST)
    mine = entry("POST", "Patient", {"resourceType": "Patient"}, fullUrl="urn:uuid:1")
    theirs = entry("POST", "CareTeam", team(person, TRUST))
    for order in ([mine, theirs], [theirs, mine]):
        assert send(trust, "transaction", *order).status_code == 403
    stolen = entry("PUT", f"Patient/{person}", {"resourceType": "Patient", "id": person})
    assert as_client(CLINIC).get(f"/Patient/{person}").status_code == 404
    answer = send(as_client(CLINIC), "transaction", stolen, entry("POST", "CareTeam", team(person)))
    assert answer.status_code in (404, 422)


def test_nobody_says_yes_to_themselves_in_any_spelling(
    as_client: AsClient, surgery: httpx.Client, person: str, asked: str
) -> None:
    trust = as_client(TRUST)
    me = f"Organization/{TRUST}"
    their_team = stored(surgery, team(person, "council-care"))
    bodies = [
        choice(person, "permit", me),
        choice(person, "permit", f"Organization/{CLINIC}", me),
        choice(person, "permit", me, me),
        choice(person, "permit", f"{trust.base_url}{me}"),
        choice(person, "permit", f"{me}/_history/1"),
        choice(person, "permit", their_team),
        choice(person, "permit", me, status="draft"),
    ]
    for body in bodies:
        assert trust.post("/Consent", json=body).status_code in (403, 422)
    described = choice(person, "permit", me)
    described["provision"]["actor"][0]["reference"] = {"identifier": {"value": TRUST}}
    assert trust.post("/Consent", json=described).status_code == 422
    made = stored(trust, choice(person, "permit", f"Organization/{CLINIC}"))
    path = "/provision/actor/0/reference/reference"
    swap = [{"op": "replace", "path": path, "value": me}]
    assert trust.patch(f"/{made}", json=swap, headers=JSON_PATCH).status_code == 403


def test_a_no_is_not_taken_back_by_an_organisation(
    as_client: AsClient, surgery: httpx.Client, person: str
) -> None:
    own = as_client(f"person:{person}")
    kinds = of_kind("Goal")
    made = stored(own, choice(person, "deny", "Organization/gp-surgery", **kinds))
    for change in ({"status": "inactive"}, {"provision": {"period": {"end": "2020-01-01"}}}):
        patched = surgery.patch(f"/{made}", json=change, headers=MERGE_PATCH)
        assert patched.status_code == 403
    assert surgery.delete(f"/{made}").status_code == 403
    assert surgery.delete(f"/Consent?patient={person}&status=active").status_code == 403
    for kind in ("batch", "transaction"):
        send(surgery, kind, entry("DELETE", made))
    assert own.get(f"/{made}").json()["status"] == "active"


def test_a_choice_of_one_person_says_nothing_of_anothers_entries(
    as_client: AsClient, cast: Cast, surgery: httpx.Client, person: str
) -> None:
    own = as_client(f"person:{person}")
    of_b = [{"meaning": "instance", "reference": {"reference": cast.entries["B's goal"]}}]
    who = f"Organization/{CLINIC}"
    assert own.post("/Consent", json=choice(person, "permit", who, data=of_b)).status_code == 422
    surgery.post("/Consent", json=choice(person, "permit", who, data=of_b))
    assert as_client(CLINIC).get("/" + cast.entries["B's goal"]).status_code == 404
    forged = choice(cast.b, "permit", who)
    assert own.post("/Consent", json=forged).status_code == 422


def test_another_persons_choice_is_not_written_over(
    as_client: AsClient, surgery: httpx.Client, person: str, asked: str
) -> None:
    own = as_client(f"person:{person}")
    made = stored(own, choice(person, "deny", f"Organization/{CHARITY}"))
    body = {**choice(person, "permit", f"Organization/{CLINIC}"), "id": made.partition("/")[2]}
    assert as_client(TRUST).put(f"/{made}", json=body).status_code == 404
    stranger = new_person(surgery, known_to=())
    theirs = {**body, "patient": {"reference": f"Patient/{stranger}"}}
    assert as_client(f"person:{stranger}").put(f"/{made}", json=theirs).status_code == 404
    assert own.get(f"/{made}").json()["provision"]["type"] == "deny"


def test_an_organisations_note_of_a_yes_never_beats_the_persons_no(
    as_client: AsClient, surgery: httpx.Client, person: str
) -> None:
    own = as_client(f"person:{person}")
    clinic = as_client(CLINIC)
    where = stored(surgery, goal(person))
    who = f"Organization/{CLINIC}"
    stored(own, choice(person, "deny", who))
    assert clinic.get(f"/{where}").status_code == 404
    single = [{"meaning": "instance", "reference": {"reference": where}}]
    kinds = of_kind("Goal")
    for rest in ({"data": single}, kinds, {"period": {"start": "2020-01-01"}}):
        surgery.post("/Consent", json=choice(person, "permit", who, **rest))
        assert clinic.get(f"/{where}").status_code == 404, rest
    stored(own, choice(person, "permit", who, data=single))
    assert clinic.get(f"/{where}").status_code == 200


def test_an_organisations_note_of_a_yes_opens_nothing_restricted(
    as_client: AsClient, surgery: httpx.Client, person: str, asked: str
) -> None:
    """The trust may not see it, and an accomplice must not see it for them."""
    own, trust, clinic = (as_client(one) for one in (f"person:{person}", TRUST, CLINIC))
    where = stored(surgery, goal(person, **labelled(RESTRICTED)))
    note = stored(trust, choice(person, "permit", f"Organization/{CLINIC}"))
    assert trust.get(f"/{where}").status_code == 404
    assert clinic.get(f"/Patient/{person}").status_code == 200
    assert clinic.get(f"/{where}").status_code == 404
    confirmed = {**own.get(f"/{note}").json(), "language": "en"}
    assert own.put(f"/{note}", json=confirmed).status_code == 200
    assert clinic.get(f"/{where}").status_code == 200


def test_an_organisation_does_not_widen_what_the_person_said(
    as_client: AsClient, surgery: httpx.Client, person: str
) -> None:
    own = as_client(f"person:{person}")
    where = stored(surgery, goal(person, **labelled(RESTRICTED)))
    kinds = of_kind("Task")
    who = f"Organization/{CLINIC}"
    made = stored(own, choice(person, "permit", who, "Organization/gp-surgery", **kinds))
    body = {**own.get(f"/{made}").json(), "provision": choice(person, "permit", who)["provision"]}
    surgery.put(f"/{made}", json=body)
    assert as_client(CLINIC).get(f"/{where}").status_code == 404


def test_who_helps_and_what_was_chosen_is_never_hidden_from_the_person(
    as_client: AsClient, surgery: httpx.Client, person: str
) -> None:
    label = {
        "system": "https://whatmatters.example/fhir/CodeSystem/label",
        "code": "hidden-from-the-person",
    }
    yes = choice(person, "permit", f"Organization/{CLINIC}")
    for body in (yes, supporter(person)):
        answer = surgery.post(f"/{body['resourceType']}", json={**body, **labelled(label)})
        assert answer.status_code == 422


@pytest.mark.parametrize("end", [{}, {"period": {"end": "2021-01-01"}}])
def test_a_yes_to_a_supporter_ends_with_their_entry(
    as_client: AsClient, surgery: httpx.Client, person: str, end: Json
) -> None:
    """After revocation: what was once shown by a choice too is not seen by who helps no more."""
    own = as_client(f"person:{person}")
    where = stored(surgery, goal(person))
    helper = stored(own, supporter(person))
    sister = as_client(f"supporter:{helper.partition('/')[2]}")
    single = [{"meaning": "instance", "reference": {"reference": where}}]
    stored(own, choice(person, "permit", helper, data=single))
    stored(own, choice(person, "permit", helper))
    assert sister.get(f"/{where}").status_code == 200
    was = own.get(f"/{helper}").json()
    ended = {**was, **end} if end else standing(was, "ended", "person-asked-to-stop")
    assert own.put(f"/{helper}", json=ended).status_code == 200
    for path in (where, f"{where}/_history/1", f"Patient/{person}"):
        assert sister.get(f"/{path}").status_code == 404


@pytest.mark.parametrize("element", ELEMENTS)
def test_who_sees_by_a_yes_alone_does_not_take_up_what_it_may_write(
    as_client: AsClient, surgery: httpx.Client, person: str, element: str
) -> None:
    """Task.owner, ServiceRequest.performer and the team, set to oneself on another's entry."""
    own, trust = as_client(f"person:{person}"), as_client(TRUST)
    stored(own, choice(person, "permit", f"Organization/{TRUST}"))
    with_us = cleaned(ways_in(person, TRUST)[element])
    kind = with_us["resourceType"]
    names = ("participant", "managingOrganization", "owner", "requester", "performer")
    bare = {name: value for name, value in with_us.items() if name not in names}
    where = stored(surgery, bare)
    change = {name: value for name, value in with_us.items() if name in names}
    steps = [{"op": "add", "path": f"/{name}", "value": value} for name, value in change.items()]
    whole = {**trust.get(f"/{where}").json(), **change}
    assert trust.patch(f"/{where}", json=change, headers=MERGE_PATCH).status_code == 403
    assert trust.patch(f"/{where}", json=steps, headers=JSON_PATCH).status_code == 403
    assert trust.put(f"/{where}", json=whole).status_code == 403
    assert send(trust, "transaction", entry("PUT", where, whole)).status_code == 403
    assert send(trust, "transaction", entry("POST", kind, with_us)).status_code == 403


@pytest.mark.parametrize(
    "patient",
    [
        {"display": "Me"},
        {"identifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}},
        {"reference": "https://elsewhere.example/Patient/me"},
        {"reference": "#me"},
    ],
)
def test_a_choice_of_nobody_who_is_here_is_not_stored_as_if_it_were_kept(
    as_client: AsClient, person: str, patient: Json
) -> None:
    own = as_client(f"person:{person}")
    no = {**choice(person, "deny", "Organization/gp-surgery"), "patient": patient}
    for client in (own, as_client("gp-surgery")):
        assert client.post("/Consent", json=no).status_code == 422
        assert send(client, "transaction", entry("POST", "Consent", no)).status_code == 422


def test_a_choice_of_somebody_who_comes_with_it_is_theirs(
    as_client: AsClient, surgery: httpx.Client
) -> None:
    urn = "urn:uuid:5f6d7c1e-0000-4000-8000-000000000002"
    no = choice("x", "deny", f"Organization/{CLINIC}") | {"patient": {"reference": urn}}
    no["performer"] = [{"reference": urn}]
    who = entry("POST", "Patient", {"resourceType": "Patient"}, fullUrl=urn)
    answer = send(surgery, "transaction", who, entry("POST", "Consent", no))
    assert answer.status_code == 200, answer.text
    person = answer.json()["entry"][0]["response"]["location"].split("/")[-3]
    assert surgery.get(f"/Consent?patient={person}&_summary=count").json()["total"] == 1


def test_an_organisation_with_one_request_does_not_agree_that_a_supporter_goes_on(
    as_client: AsClient, surgery: httpx.Client, person: str, asked: str
) -> None:
    made = stored(surgery, standing(supporter(person), "active", "under-review"))
    agreed = standing(surgery.get(f"/{made}").json(), "active", "review-agreed")
    assert as_client(TRUST).put(f"/{made}", json=agreed).status_code == 403
    assert as_client(f"person:{person}").put(f"/{made}", json=agreed).status_code == 403
    assert surgery.put(f"/{made}", json=agreed).status_code == 200


def test_no_administrator_makes_the_second_who_approves_what_they_propose(
    service: Running,
) -> None:
    """Two put records together: one makes no other, and takes no other's place by new keys."""
    there = register(service.settings, role="admin", scopes="system/*.cruds")
    base = f"{service.settings.base_url}/admin/clients"
    new = f"second-{uuid4()}"
    with administrator(service.settings, "alice") as alice:
        asked = {
            "client_id": new,
            "name": "The second",
            "organization": "care-board",
            "scopes": "system/*.cruds",
            "contact": "second@board.example",
            "role": "admin",
            "jwks": jwks(STRANGER_KEY),
        }
        signed = {"Authorization": alice.headers["authorization"]}
        for answer in (
            httpx.post(base, json=asked, headers=signed),
            httpx.put(
                f"{base}/{there.client_id}/keys", json={"jwks": jwks(STRANGER_KEY)}, headers=signed
            ),
        ):
            assert answer.status_code == 403, answer.text
            assert "whatmatters client" in answer.text
        for name in (new, there.client_id):
            member = Member(name, service.settings.base_url, STRANGER_KEY)
            assert member.ask("system/*.cruds").status_code in (400, 401)
