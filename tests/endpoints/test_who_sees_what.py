"""Who sees what of a person: by relationship, by choice and by label, the same at every door.

The reading is published in docs/access.md; tests/store/test_rights.py compares it with the clause.
"""

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.endpoints.asking import Json, entry, ids, issues, new_goal
from tests.endpoints.sharing import (
    JUST_US,
    NOT_SUPPORTERS,
    NOT_THE_PERSON,
    RESTRICTED,
    TERMINOLOGY,
    choice,
    labelled,
    standing,
    stored,
    supporter,
    team,
)
from tests.people import goal, new_person, observation


@pytest.fixture
def person(surgery: httpx.Client) -> str:
    """Somebody whom the surgery alone knows."""
    return new_person(surgery, known_to=())


@pytest.fixture
def own(as_client: Callable[..., httpx.Client], person: str) -> httpx.Client:
    """The person themselves."""
    return as_client(f"person:{person}")


@pytest.fixture
def where(surgery: httpx.Client, person: str) -> str:
    return new_goal(surgery, person)


def doors(client: httpx.Client, person: str, where: str) -> Iterator[tuple[str, bool]]:
    """Whether an entry is there, at every door that reads."""
    kind, _, id = where.strip("/").partition("/")
    yield "read", client.get(where).status_code == 200
    yield "head", client.head(where).status_code == 200
    yield "vread", client.get(f"{where}/_history/1").status_code == 200
    yield "history", client.get(f"{where}/_history").status_code == 200
    yield "search", id in ids(client.get(f"/{kind}?patient={person}").json())
    yield "by id", id in ids(client.get(f"/{kind}?_id={id}").json())
    total = client.get(f"/{kind}?_id={id}&_summary=count").json()["total"]
    yield "count", total == 1
    yield "across types", id in ids(client.get(f"/?_type={kind}&_id={id}").json())
    yield "compartment", id in ids(client.get(f"/Patient/{person}/{kind}").json())
    everything = client.get(f"/Patient/{person}/$everything?_count=200")
    yield "everything", everything.status_code == 200 and id in ids(everything.json())
    versions = client.get(f"/{kind}/_history?_count=200").json()
    yield (
        "history of the type",
        id in [one["resource"]["id"] for one in versions.get("entry", ()) if "resource" in one],
    )
    brought = client.get(f"/Patient?_id={person}&_revinclude={kind}:subject").json()
    yield "revinclude", id in ids(brought)
    chained = client.get(f"/Patient?_has:{kind}:subject:_id={id}").json()
    yield "has", person in ids(chained)
    batch = {"resourceType": "Bundle", "type": "batch", "entry": [entry("GET", where[1:])]}
    answer = client.post("", json=batch).json()["entry"][0]["response"]["status"]
    yield "batch", answer.startswith("200")
    yield "validate", client.get(f"{where}/$validate").status_code == 200


def sees(client: httpx.Client, person: str, where: str) -> bool:
    """Whether an entry is there: at all doors, or at none."""
    found = dict(doors(client, person, where))
    assert len(set(found.values())) == 1, found
    return found["read"]


def test_without_a_relationship_the_person_is_not_there(
    surgery: httpx.Client, befriending: httpx.Client, person: str, where: str
) -> None:
    assert sees(surgery, person, where)
    assert not sees(befriending, person, where)
    hidden, absent = befriending.get(where), befriending.get("/Goal/aaaaaaaaaaaaaaaa-bbbbbbbbbbbb")
    assert (hidden.status_code, hidden.content) == (absent.status_code, absent.content)
    refused = befriending.post("/Goal", json=goal(person))
    assert (refused.status_code, issues(refused)[0]["code"]) == (422, "not-found")


def test_an_organisation_on_the_team_sees_and_one_taken_off_it_does_not(
    surgery: httpx.Client, befriending: httpx.Client, person: str, where: str
) -> None:
    made = stored(surgery, team(person, "harbour-befriending"))
    assert sees(befriending, person, where)
    ended = {**surgery.get(f"/{made}").json(), "status": "inactive"}
    assert surgery.put(f"/{made}", json=ended).status_code == 200
    assert not sees(befriending, person, where)


def test_an_open_request_for_help_lets_its_owner_see_until_it_is_done(
    surgery: httpx.Client, befriending: httpx.Client, person: str, where: str
) -> None:
    task = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "for": {"reference": f"Patient/{person}"},
        "owner": {"reference": "Organization/harbour-befriending"},
    }
    made = stored(surgery, task)
    assert sees(befriending, person, where)
    done = {**befriending.get(f"/{made}").json(), "status": "completed"}
    assert befriending.put(f"/{made}", json=done).status_code == 200
    assert not sees(befriending, person, where)


def test_a_yes_lets_an_organisation_see_and_taking_it_back_ends_it(
    befriending: httpx.Client, own: httpx.Client, person: str, where: str
) -> None:
    made = stored(own, choice(person, "permit", "Organization/harbour-befriending"))
    assert sees(befriending, person, where)
    taken_back = {**own.get(f"/{made}").json(), "status": "inactive"}
    assert own.put(f"/{made}", json=taken_back).status_code == 200
    assert not sees(befriending, person, where)


def test_a_no_to_one_entry_hides_that_entry_alone(
    surgery: httpx.Client, own: httpx.Client, person: str, where: str
) -> None:
    other = new_goal(surgery, person)
    single = [{"meaning": "instance", "reference": {"reference": where[1:]}}]
    made = stored(own, choice(person, "deny", "Organization/gp-surgery", data=single))
    assert not sees(surgery, person, where)
    assert sees(surgery, person, other)
    assert own.delete(f"/{made}").status_code == 204
    assert sees(surgery, person, where)


def test_a_choice_for_some_uses_holds_for_a_token_that_states_one(
    as_client: Callable[..., httpx.Client], own: httpx.Client, person: str, where: str
) -> None:
    treatment = [{"system": f"{TERMINOLOGY}/v3-ActReason", "code": "TREAT"}]
    who = "Organization/council-care"
    stored(own, choice(person, "permit", who, purpose=treatment))
    assert as_client("council-care", purpose="TREAT").get(where).status_code == 200
    assert as_client("council-care", purpose="HRESCH").get(where).status_code == 404
    assert as_client("council-care").get(where).status_code == 404


@pytest.mark.parametrize("label", [RESTRICTED, JUST_US])
def test_a_label_keeps_an_entry_with_who_wrote_it_and_the_person(
    surgery: httpx.Client,
    befriending: httpx.Client,
    own: httpx.Client,
    person: str,
    label: Json,
) -> None:
    stored(surgery, team(person, "harbour-befriending"))
    entry = "/" + stored(surgery, goal(person, **labelled(label)))
    assert sees(surgery, person, entry)
    assert sees(own, person, entry)
    assert not sees(befriending, person, entry)


def test_a_restricted_entry_is_seen_by_who_is_permitted_by_name(
    surgery: httpx.Client, befriending: httpx.Client, own: httpx.Client, person: str
) -> None:
    entry = "/" + stored(surgery, goal(person, **labelled(RESTRICTED)))
    just_us = "/" + stored(surgery, goal(person, **labelled(JUST_US)))
    stored(own, choice(person, "permit", "Organization/harbour-befriending"))
    assert sees(befriending, person, entry)
    assert not sees(befriending, person, just_us)


def test_an_entry_hidden_from_the_person_is_not_there_for_them(
    surgery: httpx.Client, own: httpx.Client, person: str
) -> None:
    entry = "/" + stored(surgery, goal(person, **labelled(NOT_THE_PERSON)))
    assert sees(surgery, person, entry)
    assert not sees(own, person, entry)


def test_a_label_hides_the_versions_before_it_and_the_deletion_after_it(
    surgery: httpx.Client, befriending: httpx.Client, person: str, where: str
) -> None:
    stored(surgery, team(person, "harbour-befriending"))
    assert sees(befriending, person, where)
    secret = {**surgery.get(where).json(), **labelled(JUST_US)}
    assert surgery.put(where, json=secret).status_code == 200
    assert not sees(befriending, person, where)
    assert surgery.delete(where).status_code == 204
    assert befriending.get(f"{where}/_history").status_code == 404
    assert befriending.get(f"{where}/_history/1").status_code == 404
    kept = befriending.get("/Goal/_history?_count=200").json().get("entry", ())
    assert not [one for one in kept if where[1:] in one["fullUrl"]]
    assert surgery.get(f"{where}/_history").status_code == 200


def test_a_supporter_sees_what_is_not_hidden_from_them_while_their_entry_runs(
    surgery: httpx.Client,
    own: httpx.Client,
    as_client: Callable[..., httpx.Client],
    person: str,
    where: str,
) -> None:
    made = stored(own, supporter(person))
    sister = as_client(f"supporter:{made.partition('/')[2]}")
    assert sees(sister, person, where)
    for label in (NOT_SUPPORTERS, NOT_THE_PERSON, JUST_US, RESTRICTED):
        entry = "/" + stored(surgery, goal(person, **labelled(label)))
        assert not sees(sister, person, entry), label
    ended = standing(own.get(f"/{made}").json(), "ended", "person-asked-to-stop")
    assert own.put(f"/{made}", json=ended).status_code == 200
    assert not sees(sister, person, where)


@pytest.mark.parametrize(
    "change", [{"extension": None}, {"basis": "attorney-money"}, {"period": {"end": "2021-01-01"}}]
)
def test_without_a_ground_or_after_its_time_a_supporter_sees_nothing(
    own: httpx.Client,
    as_client: Callable[..., httpx.Client],
    person: str,
    where: str,
    change: Json,
) -> None:
    body = {name: value for name, value in supporter(person, **change).items() if value}
    made = stored(own, body)
    assert not sees(as_client(f"supporter:{made.partition('/')[2]}"), person, where)


def test_a_supporter_of_one_person_sees_nobody_else(
    surgery: httpx.Client, own: httpx.Client, as_client: Callable[..., httpx.Client], person: str
) -> None:
    made = stored(own, supporter(person))
    other = new_person(surgery)
    entry = new_goal(surgery, other)
    assert not sees(as_client(f"supporter:{made.partition('/')[2]}"), other, entry)


def test_a_choice_is_seen_by_whom_it_is_about(
    surgery: httpx.Client, befriending: httpx.Client, own: httpx.Client, person: str
) -> None:
    stored(surgery, team(person, "harbour-befriending"))
    about_council = stored(own, choice(person, "permit", "Organization/council-care"))
    about_harbour = stored(own, choice(person, "permit", "Organization/harbour-befriending"))
    assert befriending.get(f"/{about_harbour}").status_code == 200
    assert befriending.get(f"/{about_council}").status_code == 404
    assert own.get(f"/{about_council}").status_code == 200


def test_a_provenance_is_seen_with_what_it_is_about(
    surgery: httpx.Client, befriending: httpx.Client, person: str, where: str
) -> None:
    stored(surgery, team(person, "harbour-befriending"))
    secret = stored(surgery, goal(person, **labelled(JUST_US)))
    for target, is_seen in ((where[1:], True), (secret, False)):
        made = stored(
            surgery,
            {
                "resourceType": "Provenance",
                "target": [{"reference": target}],
                "recorded": "2026-03-01T10:00:00Z",
                "agent": [{"who": {"reference": "Organization/gp-surgery"}}],
            },
        )
        found = befriending.get(f"/{made}").status_code == 200
        assert found is is_seen
        listed = ids(befriending.get(f"/Provenance?target={target}").json())
        assert (made.partition("/")[2] in listed) is is_seen
        assert surgery.get(f"/{made}").status_code == 200


def test_a_choice_that_would_not_be_kept_to_is_refused(own: httpx.Client, person: str) -> None:
    who = "Organization/gp-surgery"
    for rest in (
        {"action": [{"coding": [{"code": "access"}]}]},
        {"code": [{"text": "Goals about money"}]},
        {"dataPeriod": {"start": "2026-01-01"}},
        {"provision": [{"type": "permit"}]},
        {"data": [{"meaning": "related", "reference": {"reference": "Goal/1"}}]},
    ):
        answer = own.post("/Consent", json=choice(person, "deny", who, **rest))
        assert answer.status_code == 422, rest
    other = {**choice(person, "deny", who), "scope": {"coding": [{"code": "research"}]}}
    assert own.post("/Consent", json=other).status_code == 422


def test_an_organisation_says_no_yes_to_itself_and_takes_back_no_no(
    surgery: httpx.Client, own: httpx.Client, person: str
) -> None:
    for actor in ("Organization/gp-surgery", "CareTeam/t"):
        if actor.startswith("CareTeam"):
            actor = stored(surgery, team(person, "council-care"))
        answer = surgery.post("/Consent", json=choice(person, "permit", actor))
        assert answer.status_code == 403, answer.text
    for_another = stored(surgery, choice(person, "permit", "Organization/council-care"))
    widened = {
        **surgery.get(f"/{for_another}").json(),
        "provision": choice(person, "permit", "Organization/gp-surgery")["provision"],
    }
    assert surgery.put(f"/{for_another}", json=widened).status_code == 403
    single = [{"meaning": "instance", "reference": {"reference": f"Patient/{person}"}}]
    no = stored(own, choice(person, "deny", "Organization/gp-surgery", data=single))
    body = own.get(f"/{no}").json()
    assert surgery.delete(f"/{no}").status_code == 403
    assert surgery.put(f"/{no}", json={**body, "status": "inactive"}).status_code in (403, 422)
    assert own.get(f"/{no}").json()["status"] == "active"


def test_nobody_puts_themselves_on_a_team_who_is_not_on_one(
    surgery: httpx.Client, befriending: httpx.Client, own: httpx.Client, person: str
) -> None:
    stored(own, choice(person, "permit", "Organization/harbour-befriending"))
    body = team(person, "harbour-befriending")
    assert befriending.post("/CareTeam", json=body).status_code == 403
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [entry("POST", "CareTeam", body)],
    }
    assert befriending.post("", json=bundle).status_code == 403
    made = stored(surgery, team(person, "council-care"))
    patch = [{"op": "add", "path": "/participant", "value": body["participant"]}]
    put = {**befriending.get(f"/{made}").json(), "participant": body["participant"]}
    headers = {"Content-Type": "application/json-patch+json"}
    assert befriending.patch(f"/{made}", json=patch, headers=headers).status_code == 403
    assert befriending.put(f"/{made}", json=put).status_code == 403
    assert surgery.put(f"/{made}", json=put).status_code == 200


def test_labels_are_put_on_by_those_who_may_and_taken_off_by_who_wrote_it_or_the_person(
    surgery: httpx.Client,
    befriending: httpx.Client,
    own: httpx.Client,
    as_client: Callable[..., httpx.Client],
    person: str,
    where: str,
) -> None:
    stored(surgery, team(person, "harbour-befriending"))
    plain = surgery.get(where).json()
    marked = {**plain, "meta": {"security": [NOT_SUPPORTERS]}}
    unmarked = {name: value for name, value in plain.items() if name != "meta"}
    assert befriending.put(where, json=marked).status_code == 200
    assert befriending.put(where, json=unmarked).status_code == 403
    assert own.put(where, json=unmarked).status_code == 200
    assert own.put(where, json={**plain, "meta": {"security": [NOT_THE_PERSON]}}).status_code == 403
    assert surgery.put(where, json=marked).status_code == 200
    assert surgery.put(where, json=unmarked).status_code == 200
    made = stored(own, supporter(person))
    sister = as_client(f"supporter:{made.partition('/')[2]}")
    assert sister.put(where, json={**plain, "meta": {"security": [RESTRICTED]}}).status_code == 403
    assert sister.post("/Goal", json=goal(person, **labelled(JUST_US))).status_code == 403
    yes = choice(person, "permit", "Organization/council-care")
    assert sister.post("/Consent", json=yes).status_code == 403


def test_a_hidden_entry_cannot_be_referred_to(
    surgery: httpx.Client, befriending: httpx.Client, person: str
) -> None:
    stored(surgery, team(person, "harbour-befriending"))
    secret = stored(surgery, goal(person, **labelled(JUST_US)))
    about = observation(person, focus=[{"reference": secret}])
    nowhere = observation(person, focus=[{"reference": f"Goal/{person}-aaaaaaaaaaaa"}])
    one, other = (befriending.post("/Observation", json=body) for body in (about, nowhere))
    assert (one.status_code, one.content) == (other.status_code, other.content)


def test_a_deletion_does_not_tell_of_a_hidden_entry_that_refers_to_it(
    surgery: httpx.Client, befriending: httpx.Client, person: str
) -> None:
    stored(surgery, team(person, "harbour-befriending"))
    with_secret, with_open = new_goal(surgery, person), new_goal(surgery, person)
    secret = stored(
        surgery, observation(person, focus=[{"reference": with_secret[1:]}], **labelled(JUST_US))
    )
    stored(surgery, observation(person, focus=[{"reference": with_open[1:]}]))
    assert befriending.delete(with_open).status_code == 409
    assert surgery.delete(with_secret).status_code == 409
    assert befriending.delete(with_secret).status_code == 204
    assert surgery.get(f"/{secret}").status_code == 200


def test_what_an_administrator_loads_lets_their_organisation_see_nothing(
    as_client: Callable[..., httpx.Client], surgery: httpx.Client
) -> None:
    admin = as_client("admin")
    person = new_person(admin, known_to=["gp-surgery"])
    where = new_goal(admin, person)
    shown = as_client(f"person:{person}").get(f"{where}/$who-can-see").json()["parameter"]
    sees = {
        party["part"][0]["valueReference"]["reference"]
        for party in shown
        if party["part"][1]["valueBoolean"]
    }
    assert sees == {"Organization/gp-surgery"}
    assert surgery.get(where).status_code == 200
