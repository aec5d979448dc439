"""Who sees what of two records that are one person's: what both sides allow, and after an unmerge
what each had allowed before."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from app.cli.relationships import rebuild, sentence
from app.settings import Settings
from tests.cli.erasing import fetch
from tests.conftest import Running
from tests.endpoints.emergencies import opened, parameters, practitioner
from tests.endpoints.merging import Administrators, AsClient, asked, ids, proposed, told
from tests.endpoints.sharing import (
    JUST_US,
    NOT_THE_PERSON,
    RESTRICTED,
    Json,
    choice,
    labelled,
    stored,
    supporter,
    team,
)
from tests.people import goal, new_person, observation

COUNCIL = "Organization/council-care"
GOALS: Json = {"class": [{"system": "http://hl7.org/fhir/resource-types", "code": "Goal"}]}


class Pair:
    """Two records, each with one goal and one observation, made by the surgery alone."""

    def __init__(self, surgery: httpx.Client, as_client: AsClient, *known_to: str) -> None:
        self.source = new_person(surgery, known_to=known_to)
        self.target = new_person(surgery, known_to=())
        self.both = (self.source, self.target)
        self.goals = [stored(surgery, goal(one)) for one in self.both]
        self.observations = [stored(surgery, observation(one)) for one in self.both]
        self.own = [as_client(f"person:{one}") for one in self.both]

    def seen(self, client: httpx.Client) -> set[str]:
        """What a client sees, by every way; they must agree."""
        everything = {*self.goals, *self.observations}
        read = {one for one in everything if client.get(f"/{one}").status_code == 200}
        found = set()
        for person in self.both:
            found |= {*ids(client, f"/Goal?patient={person}")}
            found |= {*ids(client, f"/Patient/{person}/Observation")}
        assert found == read
        return read


@pytest.fixture
def council(as_client: AsClient) -> httpx.Client:
    return as_client("council-care")


def test_a_relationship_with_one_side_is_enough_for_both(
    surgery: httpx.Client, as_client: AsClient, council: httpx.Client, admins: Administrators
) -> None:
    pair = Pair(surgery, as_client, "council-care")
    assert pair.seen(council) == {pair.goals[0], pair.observations[0]}
    admins.merge(*pair.both)
    assert pair.seen(council) == {*pair.goals, *pair.observations}
    assert ids(council, f"/Patient?_id={pair.target}") == [f"Patient/{pair.target}"]
    admins.unmerge(pair.source)
    assert pair.seen(council) == {pair.goals[0], pair.observations[0]}


@pytest.mark.parametrize("side", [0, 1])
def test_a_no_of_either_side_closes_both(
    surgery: httpx.Client,
    as_client: AsClient,
    council: httpx.Client,
    admins: Administrators,
    side: int,
) -> None:
    pair = Pair(surgery, as_client, "council-care")
    stored(surgery, team(pair.target, "council-care"))
    stored(pair.own[side], choice(pair.both[side], "deny", COUNCIL, **GOALS))
    closed = pair.goals[side]
    assert closed not in pair.seen(council)
    admins.merge(*pair.both)
    assert pair.seen(council) == {*pair.observations}
    assert pair.seen(surgery) == {*pair.goals, *pair.observations}
    admins.unmerge(pair.source)
    assert pair.seen(council) == {*pair.goals, *pair.observations} - {closed}


def test_a_yes_by_name_on_one_side_does_not_outweigh_a_no_to_the_team_on_the_other(
    surgery: httpx.Client, as_client: AsClient, council: httpx.Client, admins: Administrators
) -> None:
    pair = Pair(surgery, as_client, "council-care")
    stored(pair.own[0], choice(pair.source, "permit", COUNCIL))
    everyone = stored(surgery, team(pair.target, "acute-trust"))
    no = stored(pair.own[1], choice(pair.target, "deny", everyone))
    admins.merge(*pair.both)
    assert pair.seen(council) == set()
    assert council.get(f"/Patient/{pair.source}").status_code == 404
    assert pair.own[0].delete(f"/{no}").status_code == 204
    assert pair.seen(council) == {*pair.goals, *pair.observations}


def test_what_is_restricted_is_opened_by_its_own_side_alone(
    surgery: httpx.Client, as_client: AsClient, council: httpx.Client, admins: Administrators
) -> None:
    pair = Pair(surgery, as_client, "council-care")
    stored(pair.own[0], choice(pair.source, "permit", COUNCIL))
    kept = [stored(surgery, goal(one, **labelled(RESTRICTED))) for one in pair.both]
    own = [
        stored(one, goal(id, **labelled(JUST_US)))
        for one, id in zip(pair.own, pair.both, strict=True)
    ]
    admins.merge(*pair.both)
    assert [council.get(f"/{one}").status_code for one in (*kept, *own)] == [200, 404, 404, 404]
    assert all(one.get(f"/{where}").status_code == 200 for one in pair.own for where in own)
    stored(pair.own[0], choice(pair.target, "permit", COUNCIL))
    assert council.get(f"/{kept[1]}").status_code == 200


def test_a_choice_written_while_they_are_one_binds_both_at_once(
    surgery: httpx.Client, as_client: AsClient, council: httpx.Client, admins: Administrators
) -> None:
    pair = Pair(surgery, as_client, "council-care")
    admins.merge(*pair.both)
    no = stored(pair.own[0], choice(pair.target, "deny", COUNCIL))
    assert pair.seen(council) == set()
    withdrawn = {**pair.own[1].get(f"/{no}").json(), "status": "inactive"}
    assert pair.own[1].put(f"/{no}", json=withdrawn).status_code == 200
    assert pair.seen(council) == {*pair.goals, *pair.observations}
    ended = stored(surgery, team(pair.target, "acute-trust"))
    trust = as_client("acute-trust")
    assert pair.seen(trust) == {*pair.goals, *pair.observations}
    assert surgery.delete(f"/{ended}").status_code == 204
    assert pair.seen(trust) == set()


def test_a_supporter_sees_their_side_until_the_person_shows_them_the_other(
    surgery: httpx.Client, as_client: AsClient, admins: Administrators
) -> None:
    pair = Pair(surgery, as_client)
    helper = stored(pair.own[0], supporter(pair.source))
    client = as_client(f"supporter:{helper.partition('/')[2]}")
    theirs = {pair.goals[0], pair.observations[0]}
    assert pair.seen(client) == theirs
    admins.merge(*pair.both)
    assert pair.seen(client) == theirs
    assert client.get(f"/Patient/{pair.target}").status_code == 404
    assert client.post("/Goal", json=goal(pair.target)).status_code == 422
    yes = stored(pair.own[0], choice(pair.target, "permit", helper, **GOALS))
    assert pair.seen(client) == {*theirs, pair.goals[1]}
    hidden = stored(surgery, goal(pair.target, **labelled(NOT_THE_PERSON)))
    assert client.get(f"/{hidden}").status_code == 404
    no = stored(pair.own[1], choice(pair.source, "deny", helper, **GOALS))
    assert pair.seen(client) == {pair.observations[0]}
    assert pair.own[0].delete(f"/{no}").status_code == 204
    admins.unmerge(pair.source)
    assert pair.seen(client) == theirs
    assert pair.own[1].get(f"/{yes}").status_code == 200


def test_the_persons_sign_in_reaches_the_other_side_only_while_they_are_one(
    surgery: httpx.Client, as_client: AsClient, admins: Administrators
) -> None:
    pair = Pair(surgery, as_client)
    assert [len(pair.seen(one)) for one in pair.own] == [2, 2]
    proposed(admins.one, *pair.both)
    assert [len(pair.seen(one)) for one in pair.own] == [2, 2]
    assert ids(pair.own[0], f"/AuditEvent?patient={pair.target}") == []


def test_a_next_page_is_what_may_be_seen_when_it_is_asked_for(
    surgery: httpx.Client, as_client: AsClient, council: httpx.Client, admins: Administrators
) -> None:
    pair = Pair(surgery, as_client, "council-care")
    admins.merge(*pair.both)
    first = {}
    for client in (council, pair.own[0], pair.own[1]):
        page = client.get(f"/Goal?patient={pair.source}&_count=1&_sort=_lastUpdated").json()
        assert page["entry"][0]["resource"]["id"] == pair.goals[0].partition("/")[2]
        [first[client]] = [one["url"] for one in page["link"] if one["relation"] == "next"]
    whole = [client.get(url).json()["entry"] for client, url in first.items()]
    assert [f"Goal/{one[0]['resource']['id']}" for one in whole] == [pair.goals[1]] * 3
    admins.unmerge(pair.source)
    assert [client.get(url).json().get("entry") for client, url in first.items()] == [None] * 3


def test_each_of_a_bundle_is_answered_as_it_would_be_alone(
    surgery: httpx.Client, as_client: AsClient, council: httpx.Client, admins: Administrators
) -> None:
    pair = Pair(surgery, as_client, "council-care")
    helper = stored(pair.own[0], supporter(pair.source)).partition("/")[2]
    stored(pair.own[1], choice(pair.target, "deny", COUNCIL, **GOALS))
    clients = [surgery, council, *pair.own, as_client(f"supporter:{helper}"), as_client("doctor")]
    places = [*pair.goals, *pair.observations, *(f"Patient/{one}" for one in pair.both)]
    for step in (
        lambda: None,
        lambda: admins.merge(*pair.both),
        lambda: admins.unmerge(pair.source),
    ):
        step()
        for client in clients:
            alone = [client.get(f"/{where}").status_code for where in places]
            for kind in ("batch", "transaction"):
                wanted = [
                    where
                    for where, status in zip(places, alone, strict=True)
                    if kind == "batch" or status == 200
                ]
                entries = [{"request": {"method": "GET", "url": where}} for where in wanted]
                body = {"resourceType": "Bundle", "type": kind, "entry": entries}
                told = client.post("/", json=body).json().get("entry", ())
                statuses = [int(one["response"]["status"][:3]) for one in told]
                expected = [s for s in alone if kind == "batch" or s == 200]
                assert statuses == expected


def test_in_an_emergency_on_one_side_both_are_open_and_both_close(
    surgery: httpx.Client, as_client: AsClient, admins: Administrators, service: Running
) -> None:
    pair = Pair(surgery, as_client)
    stored(pair.own[1], choice(pair.target, "deny", "Organization/stranger-clinic"))
    admins.merge(*pair.both)
    with practitioner(service.settings, "dr-merge") as doctor:
        assert pair.seen(doctor) == set()
        access = opened(doctor, pair.source)
        assert pair.seen(doctor) == {*pair.goals, *pair.observations}
        ended = doctor.post("/Patient/$emergency-access-end", json=parameters(access=access))
        assert ended.status_code == 200
        assert pair.seen(doctor) == set()
        opened(doctor, pair.target)
        assert pair.seen(doctor) == {*pair.goals, *pair.observations}
        admins.unmerge(pair.source)
        assert pair.seen(doctor) == {pair.goals[1], pair.observations[1]}


@pytest.mark.parametrize("side", [0, 1])
def test_a_freeze_of_either_side_closes_both_to_the_person_and_supporters(
    surgery: httpx.Client, as_client: AsClient, admins: Administrators, side: int
) -> None:
    pair = Pair(surgery, as_client)
    helper = stored(pair.own[0], supporter(pair.source)).partition("/")[2]
    lay = [*pair.own, as_client(f"supporter:{helper}")]
    admins.merge(*pair.both)
    why = parameters(explanation="Her sign-in is used by somebody else.")
    assert surgery.post(f"/Patient/{pair.both[side]}/$freeze", json=why).status_code == 200
    for client in lay:
        for where in (*pair.goals, f"Patient/{pair.source}"):
            assert client.get(f"/{where}").status_code == 403
    assert pair.seen(surgery) == {*pair.goals, *pair.observations}
    assert surgery.post(f"/Patient/{pair.both[side]}/$unfreeze", json=why).status_code == 200
    assert pair.seen(pair.own[0]) == {*pair.goals, *pair.observations}


def test_a_yes_that_is_set_apart_lets_nobody_into_either_side(
    surgery: httpx.Client, as_client: AsClient, council: httpx.Client, admins: Administrators
) -> None:
    pair = Pair(surgery, as_client)
    where = stored(surgery, team(pair.source, "council-care"))
    admins.merge(*pair.both)
    assert pair.seen(council) == {*pair.goals, *pair.observations}
    why = "This team is another person's."
    body = parameters(entry=where, explanation=why)
    step = told(surgery.post(f"/Patient/{pair.source}/$quarantine", json=body))["quarantine"]
    assert pair.seen(council) == set()
    lifted = parameters(quarantine=step, explanation=why)
    assert admins.one.post("/Patient/$quarantine-lift", json=lifted).status_code == 200
    assert pair.seen(council) == {*pair.goals, *pair.observations}


def test_the_preview_is_what_is_seen(
    surgery: httpx.Client, as_client: AsClient, council: httpx.Client, admins: Administrators
) -> None:
    pair = Pair(surgery, as_client, "council-care", "acute-trust")
    helper = stored(pair.own[0], supporter(pair.source))
    stored(pair.own[1], choice(pair.target, "deny", COUNCIL, **GOALS))
    stored(pair.own[1], choice(pair.target, "permit", "Organization/harbour-befriending", **GOALS))
    parties = {
        COUNCIL: council,
        "Organization/gp-surgery": surgery,
        "Organization/acute-trust": as_client("acute-trust"),
        "Organization/harbour-befriending": as_client("harbour-befriending"),
        "Organization/stranger-clinic": as_client("stranger-clinic"),
        helper: as_client(f"supporter:{helper.partition('/')[2]}"),
    }
    admins.merge(*pair.both)
    for own in pair.own:
        for where in (*pair.goals, *pair.observations):
            said = previewed(own, where)
            actual = {n: c.get(f"/{where}").status_code == 200 for n, c in parties.items()}
            assert {name: said[name] for name in parties} == actual, where
        for person in pair.both:
            counted = previewed(own, f"Patient/{person}", "entries")
            for name, client in parties.items():
                assert counted[name] == max(how_many(client, one) for one in pair.both), name


def previewed(client: httpx.Client, where: str, what: str = "sees") -> dict[str, Any]:
    answer = client.get(f"/{where}/$who-can-see")
    assert answer.status_code == 200, answer.text
    parts = [{p["name"]: p for p in one["part"]} for one in answer.json()["parameter"]]
    kind = "valueBoolean" if what == "sees" else "valueInteger"
    return {one["who"]["valueReference"]["reference"]: one[what][kind] for one in parts}


def how_many(client: httpx.Client, person: str) -> int:
    found = client.get(f"/Patient/{person}/$everything")
    if found.status_code == 404:
        return 0
    entries = found.json().get("entry", ())
    return sum(1 for one in entries if one["search"]["mode"] == "match")


def rebuilt(settings: Settings) -> str:
    return sentence(asyncio.run(rebuild(settings, lambda _done, _all: None)))


def test_the_copies_are_what_a_rebuild_would_make(
    surgery: httpx.Client, as_client: AsClient, admins: Administrators, service: Running
) -> None:
    pair = Pair(surgery, as_client, "council-care")
    admins.merge(*pair.both)
    no = stored(pair.own[0], choice(pair.source, "deny", COUNCIL))
    stored(surgery, team(pair.target, "acute-trust"))
    assert "as they say" in rebuilt(service.settings)
    url = service.settings.database_url or ""
    fetch(url, "delete from rights where id = $1 and side <> ''", no.partition("/")[2])
    assert "1 rights between linked records" in rebuilt(service.settings)
    assert "as they say" in rebuilt(service.settings)
    admins.unmerge(pair.source)
    assert "as they say" in rebuilt(service.settings)
    assert (
        fetch(url, "select from rights where person_id = any($1) and side <> ''", [*pair.both])
        == []
    )


def test_no_choice_that_is_written_while_a_merge_is_approved_is_missed(
    surgery: httpx.Client, as_client: AsClient, admins: Administrators, service: Running
) -> None:
    pair = Pair(surgery, as_client, "council-care")
    id = proposed(admins.one, *pair.both)

    def say_no(n: int) -> int:
        return (
            pair.own[n % 2]
            .post("/Consent", json=choice(pair.both[n % 2], "deny", COUNCIL))
            .status_code
        )

    def approve() -> int:
        return asked(admins.other, "merge", proposal=id, decision="approve").status_code

    deeds: list[Callable[[], int]] = [lambda n=n: say_no(n) for n in range(16)]  # type: ignore[misc]
    deeds.insert(8, approve)
    with ThreadPoolExecutor(17) as threads:
        statuses = [one.result() for one in [threads.submit(deed) for deed in deeds]]
    assert sorted(set(statuses)) == [200, 201]
    assert "as they say" in rebuilt(service.settings)
