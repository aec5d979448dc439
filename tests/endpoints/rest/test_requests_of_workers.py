"""A step of a request for help that a worker or a team has is moved by the organisation whose they
are, and by nobody else."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.endpoints.asking import changed
from tests.endpoints.rest.helping import ASKED, NO_ROOM, ask, move, states, where
from tests.endpoints.sharing import stored
from tests.people import new_person

Json = dict[str, Any]
Clients = Callable[..., httpx.Client]
BRYOK = "Practitioner/bryok-laity"  # of the council


def given(api: httpx.Client, surgery: httpx.Client, asker: str, owner: str) -> httpx.Response:
    """A request that was handed to somebody at the FHIR door."""
    made = ask(api, asker)
    task = f"/Task/{made.json()['steps'][0]['id']}"
    answer = changed(surgery, task, owner={"reference": owner})
    assert answer.status_code == 200, answer.text
    return api.get(where(made))


def team(person: str, *members: str, **rest: Any) -> Json:
    return {
        "resourceType": "CareTeam",
        "status": "active",
        "subject": {"reference": f"Patient/{person}"},
        "participant": [{"member": {"reference": one}, **rest} for one in members],
    }


def moves(client: httpx.Client, of: httpx.Response) -> list[str]:
    told: list[str] = client.get(where(of)).json().get("may_become", [])
    return told


@pytest.mark.parametrize("owner", [BRYOK, "PractitionerRole/bryok-laity-role"])
def test_what_a_worker_is_asked_goes_all_its_way_by_their_organisation(
    api: httpx.Client, surgery: httpx.Client, council: httpx.Client, asker: str, owner: str
) -> None:
    of = given(api, surgery, asker, owner)
    assert moves(council, of) == ["offer", "accept", "decline", "pass-on"]
    of = move(council, council.get(where(of)), "accept")
    of = move(council, of, "done")
    of = move(council, of, "tell-back", words="The rail is up.")
    assert states(of) == ["told-back"]
    owned = surgery.get(f"/Task/{of.json()['steps'][0]['id']}").json()["owner"]
    assert owned == {"reference": owner}
    of = move(api, api.get(where(of)), "confirm", helped=False)
    assert states(of) == ["not-yet", "asked"]
    assert "accept" in moves(council, of)


def test_what_a_worker_is_asked_is_moved_by_no_other_organisation(
    api: httpx.Client, surgery: httpx.Client, asker: str
) -> None:
    of = given(api, surgery, asker, BRYOK)
    assert moves(api, of) == ["take-back"]
    for word, said in (("accept", {}), ("decline", NO_ROOM), ("pass-on", NO_ROOM)):
        assert move(api, of, word, **said).status_code == 403
    named = {"by": {"kind": "worker", "id": "bryok-laity"}}
    assert move(api, of, "accept", **named).status_code == 403


def test_of_a_worker_with_roles_at_two_organisations_nobody_knows_whose_it_is(
    api: httpx.Client, surgery: httpx.Client, council: httpx.Client, asker: str
) -> None:
    worker = stored(surgery, {"resourceType": "Practitioner", "name": [{"text": "Hedra"}]})
    for place in ("council-care", "gp-surgery"):
        role = {
            "resourceType": "PractitionerRole",
            "practitioner": {"reference": worker},
            "organization": {"reference": f"Organization/{place}"},
        }
        stored(surgery, role)
        of = given(api, surgery, asker, worker)
        assert ("accept" in moves(council, of)) is (place == "council-care")
    assert move(council, of, "accept").status_code == 403


def test_a_role_that_is_over_lets_nobody_move(
    api: httpx.Client, surgery: httpx.Client, council: httpx.Client, asker: str
) -> None:
    role = {
        "resourceType": "PractitionerRole",
        "active": False,
        "practitioner": {"reference": BRYOK},
        "organization": {"reference": "Organization/council-care"},
    }
    of = given(api, surgery, asker, stored(surgery, role))
    assert move(council, of, "accept").status_code == 403


def test_what_a_team_is_asked_is_moved_by_whoever_stands_on_it(
    api: httpx.Client, surgery: httpx.Client, council: httpx.Client, asker: str
) -> None:
    theirs = stored(surgery, team(asker, "Organization/council-care"))
    of = given(api, surgery, asker, theirs)
    assert move(api, of, "accept").status_code == 403
    assert states(move(council, council.get(where(of)), "accept")) == ["taken-on"]


def test_whose_time_on_the_team_is_over_moves_nothing_of_it(
    api: httpx.Client, surgery: httpx.Client, council: httpx.Client, asker: str
) -> None:
    past = {"period": {"start": "2020-01-01", "end": "2020-12-31"}}
    theirs = stored(surgery, team(asker, "Organization/council-care", **past))
    of = given(api, surgery, asker, theirs)
    assert move(council, of, "accept").status_code == 403


def test_who_may_not_see_the_team_does_not_move_what_it_is_asked(
    api: httpx.Client, surgery: httpx.Client, api_as: Clients, asker: str
) -> None:
    of = given(api, surgery, asker, stored(surgery, team(asker, "Organization/council-care")))
    scope = " ".join(f"system/{one}.cruds" for one in ("Task", "ServiceRequest", "Patient"))
    assert move(api_as("council-care", scope), of, "accept").status_code == 403
    seeing = api_as("council-care", f"{scope} system/CareTeam.rs")
    assert move(seeing, of, "accept").status_code == 200


def test_two_of_one_team_do_not_both_take_it_on(
    api: httpx.Client, surgery: httpx.Client, council: httpx.Client, asker: str
) -> None:
    members = ("Organization/council-care", "Organization/gp-surgery")
    of = given(api, surgery, asker, stored(surgery, team(asker, *members)))
    seen = council.get(where(of))
    assert move(api, of, "accept").status_code == 200
    assert move(council, seen, "accept").status_code == 412


def test_a_key_that_is_sent_again_moves_a_workers_step_once(
    api: httpx.Client, surgery: httpx.Client, council: httpx.Client, asker: str
) -> None:
    of = council.get(where(given(api, surgery, asker, BRYOK)))
    headers = {"If-Match": of.headers["ETag"], "Idempotency-Key": str(uuid4())}
    first, again = (council.post(f"{where(of)}/accept", headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert states(first) == states(again) == ["taken-on"]
    assert ASKED["words"] == again.json()["words"]


def asked(client: httpx.Client, **params: str) -> dict[str, Json]:
    """What an organisation is asked, by the request's id, from all pages."""
    found: list[Json] = []
    after: dict[str, str] = {}
    while True:
        page = client.get("/requests", params={"limit": "5", **params, **after}).json()
        found += page["entries"]
        if "next" not in page:
            break
        after = {"after": page["next"]}
    told = {one["id"]: one for one in found}
    assert len(told) == len(found)
    return told


def test_an_organisation_reads_what_its_workers_and_teams_are_asked(
    api: httpx.Client, surgery: httpx.Client, council: httpx.Client, asker: str
) -> None:
    theirs = stored(surgery, team(asker, "Organization/council-care"))
    led = {**team(asker), "managingOrganization": [{"reference": "Organization/council-care"}]}
    led.pop("participant")
    owners = [BRYOK, "PractitionerRole/bryok-laity-role", theirs, stored(surgery, led)]
    ids = [given(api, surgery, asker, owner).json()["id"] for owner in owners]
    kinds = ["worker", "worker-in-a-role", "team", "team"]
    for which in ("both", "given"):
        told = asked(council, which=which)
        of = [told[id]["step"]["of"] for id in ids]
        assert [one["kind"] for one in of] == kinds
        assert [one["id"] for one in of] == [owner.partition("/")[2] for owner in owners]
        assert [told[id]["for_anyone"] for id in ids] == [False] * 4
        assert {told[id]["words"] for id in ids} == {ASKED["words"]}
    assert not set(ids) & asked(council, which="for-anyone").keys()
    assert not set(ids) & asked(api).keys()


def test_what_is_listed_of_workers_and_teams_is_what_may_be_moved(
    api: httpx.Client, surgery: httpx.Client, council: httpx.Client, asker: str, api_as: Clients
) -> None:
    worker = stored(surgery, {"resourceType": "Practitioner", "name": [{"text": "Hedra"}]})
    for place in ("council-care", "gp-surgery"):
        role = {
            "resourceType": "PractitionerRole",
            "practitioner": {"reference": worker},
            "organization": {"reference": f"Organization/{place}"},
        }
        stored(surgery, role)
    past = {"period": {"start": "2020-01-01", "end": "2020-12-31"}}
    gone = stored(surgery, team(asker, "Organization/council-care", **past))
    for owner in (worker, gone):
        of = given(api, surgery, asker, owner)
        assert "accept" not in moves(council, of)
        assert of.json()["id"] not in asked(council)
    of = given(api, surgery, asker, stored(surgery, team(asker, "Organization/council-care")))
    scope = " ".join(f"system/{one}.cruds" for one in ("Task", "ServiceRequest", "Patient"))
    assert of.json()["id"] in asked(council)
    assert of.json()["id"] not in asked(api_as("council-care", scope))
    move(council, council.get(where(of)), "decline", **NO_ROOM)
    assert of.json()["id"] not in asked(council)


def test_what_a_worker_is_asked_by_somebody_unseen_is_not_listed(
    surgery: httpx.Client, council: httpx.Client, api: httpx.Client
) -> None:
    of = given(api, surgery, new_person(surgery, known_to=("gp-surgery",)), BRYOK)
    assert of.json()["id"] not in asked(council)
