"""Classes 6, 7 and 8: types outside compartments, reading by id, versions and histories."""

from collections.abc import Callable

import httpx
import pytest

from tests.attacks.cast import LOOKERS, SIGNED_IN, Cast, leaks, provenance
from tests.endpoints.asking import MERGE_PATCH, Json, ids, new_goal
from tests.endpoints.sharing import JUST_US, NOT_THE_PERSON, choice, labelled, stored, team
from tests.people import goal, new_person

AsClient = Callable[..., httpx.Client]
ABSENT = "aaaaaaaaaaaaaaaa-bbbbbbbbbbbb"


@pytest.mark.parametrize("looker", LOOKERS)
@pytest.mark.parametrize(
    "after", ["", "/_history", "/_history/1", "/$validate", "?_elements=id", "?_summary=text"]
)
def test_reading_what_is_hidden_is_answered_as_reading_what_is_not_there(
    cast: Cast, looker: str, after: str
) -> None:
    """Classes 7, 8, 14, 19 and 20, and HEAD."""
    client = cast.clients[looker]
    for name in cast.hidden_from(looker):
        kind, _, id = cast.entries[name].partition("/")
        for method in ("GET", "HEAD"):
            hidden, absent = (
                client.request(method, f"/{kind}/{one}{after}") for one in (id, ABSENT)
            )
            assert (
                hidden.status_code == absent.status_code == (401 if looker == "no token" else 404)
            )
            assert hidden.text.replace(id, ABSENT) == absent.text
            assert {*hidden.headers} == {*absent.headers}


@pytest.mark.parametrize("looker", SIGNED_IN)
def test_other_spellings_of_an_id_lead_no_further(cast: Cast, looker: str) -> None:
    """Class 7: by a list of ids, with a version, in other cases, with encoded slashes."""
    client = cast.clients[looker]
    base = str(client.base_url).rstrip("/")
    for name in cast.hidden_from(looker):
        where = cast.entries[name]
        kind, _, id = where.partition("/")
        everyone = ",".join(one.partition("/")[2] for one in cast.entries.values())
        for path in (
            f"{kind}?_id={everyone}",
            f"{kind}?_id=x,{id}",
            f"{kind}/{id.upper()}",
            f"{kind}%2F{id}",
            f"{kind}//{id}",
            f"{kind}/{id}/",
            f"Goal/../{where}",
            f"{kind}/{id}/_history/1",
            f"Provenance?target={where}",
            f"Provenance?target={base}/{where}",
            f"Provenance?target={where}/_history/1",
            f"Observation?focus={base}/{where}",
            f"AuditEvent?entity={where}/_history/1",
        ):
            answer = client.get(f"/{path}")
            if path.startswith("AuditEvent") and looker != "the person":
                continue
            assert leaks(cast, looker, answer, path) == [], path


@pytest.mark.parametrize("looker", LOOKERS)
def test_histories_hold_nothing_hidden(cast: Cast, looker: str) -> None:
    """Class 8: of the type, of everything, since and at a time."""
    client = cast.clients[looker]
    for path in (
        "_history?_count=200",
        "Goal/_history?_count=200",
        "Provenance/_history?_count=200",
        "Goal/_history?_since=2020-01-01T00:00:00Z&_count=200",
        "Goal/_history?_at=2199-01-01T00:00:00Z&_count=200",
        "Patient/_history?_count=200",
    ):
        assert leaks(cast, looker, client.get(f"/{path}"), path) == [], path


@pytest.mark.parametrize("looker", SIGNED_IN)
def test_types_outside_compartments_are_their_writers_own(cast: Cast, looker: str) -> None:
    """Class 6: Group, Basic, Communication and List of nobody."""
    client, surgery = cast.clients[looker], cast.clients["the surgery"]
    of_b = {"reference": cast.entries["B's goal"]}
    nobody: list[Json] = [
        {
            "resourceType": "Group",
            "type": "person",
            "actual": True,
            "member": [{"entity": {"reference": f"Patient/{cast.b}"}}],
        },
        {"resourceType": "Basic", "code": {"text": "x"}},
        {"resourceType": "Communication", "status": "completed", "about": [of_b]},
        {"resourceType": "List", "status": "current", "mode": "working", "entry": [{"item": of_b}]},
    ]
    for body in nobody:
        where = stored(surgery, body)
        assert client.get(f"/{where}").status_code == 404
        assert client.get(f"/{where}/_history").status_code == 404
        assert where.partition("/")[2] not in client.get(f"/{body['resourceType']}").text


def test_what_nobody_else_sees_is_not_shown_by_being_a_lists_item(
    surgery: httpx.Client, befriending: httpx.Client
) -> None:
    """Class 6: a list of one's own about hidden entries cannot be written."""
    person = new_person(surgery, known_to=("harbour-befriending",))
    secret = {"reference": stored(surgery, goal(person, **labelled(JUST_US)))}
    bodies: list[Json] = [
        {
            "resourceType": "List",
            "status": "current",
            "mode": "working",
            "entry": [{"item": secret}],
        },
        provenance(secret["reference"]),
        {"resourceType": "Communication", "status": "completed", "about": [secret]},
        {
            "resourceType": "Basic",
            "code": {"text": "x"},
            "extension": [{"url": "https://x.example/x", "valueReference": secret}],
        },
    ]
    for body in bodies:
        assert befriending.post(f"/{body['resourceType']}", json=body).status_code == 422


def test_versions_from_before_a_label_a_no_and_an_ended_team_are_gone_too(
    surgery: httpx.Client, befriending: httpx.Client, as_client: AsClient
) -> None:
    """Class 8: before a share, after its end, and of every kind of entry."""
    person = new_person(surgery, known_to=())
    own = as_client(f"person:{person}")
    made = stored(surgery, team(person, "harbour-befriending"))
    where = new_goal(surgery, person, "Before")
    put = {**surgery.get(where).json(), "description": {"text": "After"}}
    assert surgery.put(where, json=put).status_code == 200
    single = [{"meaning": "instance", "reference": {"reference": where[1:]}}]
    no = stored(own, choice(person, "deny", "Organization/harbour-befriending", data=single))
    for version in ("", "/1", "/2"):
        assert befriending.get(f"{where}/_history{version}").status_code == 404
    assert own.delete(f"/{no}").status_code == 204
    assert befriending.get(f"{where}/_history/1").status_code == 200
    ended = {**surgery.get(f"/{made}").json(), "status": "inactive"}
    assert surgery.put(f"/{made}", json=ended).status_code == 200
    for one in (where, f"/{made}", f"/Patient/{person}"):
        assert befriending.get(f"{one}/_history").status_code == 404
        assert befriending.get(f"{one}/_history/1").status_code == 404
    kept = befriending.get("/_history?_count=200").text
    assert person not in kept


def test_a_version_of_a_choice_that_named_another_is_not_shown(
    befriending: httpx.Client, surgery: httpx.Client, as_client: AsClient
) -> None:
    """Classes 8 and 23: who was named before is not told to who is named now, nor the reverse."""
    person = new_person(surgery, known_to=("harbour-befriending",))
    own = as_client(f"person:{person}")
    first = choice(person, "permit", "Organization/open-door-housing")
    made = stored(own, first)
    then = choice(person, "permit", "Organization/harbour-befriending")
    changed = {**own.get(f"/{made}").json(), "provision": then["provision"]}
    assert own.put(f"/{made}", json=changed).status_code == 200
    assert befriending.get(f"/{made}").status_code == 200
    assert befriending.get(f"/{made}/_history/1").status_code == 404
    assert "open-door-housing" not in befriending.get(f"/{made}/_history").text
    assert "open-door-housing" not in befriending.get("/Consent/_history?_count=200").text


def test_a_choice_about_two_organisations_tells_neither_of_the_other(
    befriending: httpx.Client, surgery: httpx.Client, as_client: AsClient
) -> None:
    """Class 23 (2.10): a charity does not learn from a choice that another service is involved."""
    person = new_person(surgery, known_to=("harbour-befriending",))
    own = as_client(f"person:{person}")
    both = ("Organization/harbour-befriending", "Organization/open-door-housing")
    made = stored(own, choice(person, "permit", *both))
    assert befriending.get(f"/{made}").status_code == 404
    assert "open-door-housing" not in befriending.get(f"/Consent?patient={person}").text
    assert as_client("open-door-housing").get(f"/Patient/{person}").status_code == 200


def test_the_person_does_not_meet_a_hidden_entry_by_its_provenance(
    surgery: httpx.Client, as_client: AsClient
) -> None:
    """Classes 1, 7 and 20: Provenance about a hidden target, and about it among several."""
    person = new_person(surgery, known_to=())
    own = as_client(f"person:{person}")
    plain = stored(surgery, goal(person))
    secret = stored(surgery, goal(person, **labelled(NOT_THE_PERSON)))
    several = provenance(plain)
    several["target"] = [{"reference": plain}, {"reference": secret}]
    for body in (provenance(secret), several):
        made = stored(surgery, body)
        assert own.get(f"/{made}").status_code == 404
        assert made.partition("/")[2] not in ids(own.get(f"/Provenance?patient={person}").json())
        assert secret not in own.get(f"/Goal?patient={person}&_revinclude=Provenance:target").text
        assert surgery.get(f"/{made}").status_code == 200


def test_who_wrote_a_choice_down_is_not_told_what_the_person_made_of_it(
    befriending: httpx.Client, surgery: httpx.Client, as_client: AsClient
) -> None:
    """Classes 8 and 23: the writer sees its own version, until another is the current one."""
    person = new_person(surgery, known_to=("harbour-befriending",))
    own = as_client(f"person:{person}")
    made = stored(befriending, choice(person, "permit", "Organization/larder-food-bank"))
    assert befriending.get(f"/{made}").status_code == 200
    provision = choice(person, "permit", "Organization/open-door-housing")["provision"]
    rewritten = {**own.get(f"/{made}").json(), "provision": provision}
    assert own.put(f"/{made}", json=rewritten).status_code == 200
    for path in (made, f"{made}/_history", f"{made}/_history/1", f"{made}/_history/2"):
        assert befriending.get(f"/{path}").status_code == 404
    status = {"status": "active"}
    assert befriending.patch(f"/{made}", json=status, headers=MERGE_PATCH).status_code == 404


def test_a_provenance_of_two_peoples_entries_is_seen_by_neither(
    befriending: httpx.Client, surgery: httpx.Client, as_client: AsClient
) -> None:
    """Classes 1, 7 and 8: a target that lies with another person."""
    one, other = new_person(surgery, known_to=("harbour-befriending",)), new_person(surgery)
    targets = [{"reference": stored(surgery, goal(who))} for who in (one, other)]
    both = {**provenance(targets[0]["reference"]), "target": targets}
    answer = surgery.post("/Provenance", json=both)
    if answer.status_code != 201:
        assert answer.status_code == 422
        return
    where = f"/Provenance/{answer.json()['id']}"
    for client in (befriending, *(as_client(f"person:{who}") for who in (one, other))):
        assert client.get(where).status_code == 404
        assert client.get(f"{where}/_history/1").status_code == 404
    alone = stored(surgery, provenance(targets[0]["reference"]))
    doctor = stored(surgery, {"resourceType": "Practitioner"})
    with_doctor = provenance(targets[0]["reference"])
    with_doctor["target"].append({"reference": doctor})
    for made in (alone, stored(surgery, with_doctor)):
        assert befriending.get(f"/{made}").status_code == 200
        assert as_client(f"person:{one}").get(f"/{made}").status_code == 200
