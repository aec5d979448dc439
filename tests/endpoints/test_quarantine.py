"""What is about somebody else is set apart in one step, from everyone but reviewers, and nothing
is lost."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx
import pytest

from tests.conftest import Running, run_sql
from tests.endpoints.asking import Json, ids, new_goal
from tests.endpoints.emergencies import by_name, listed, opened, parameters, practitioner
from tests.endpoints.sharing import (
    NOT_THE_PERSON,
    choice,
    labelled,
    stored,
    supporter,
    team,
)
from tests.people import goal, new_person, observation

AsClient = Callable[..., httpx.Client]
WHY = "This is about her sister, who has the same name."
TODAY = datetime.now(UTC).date().isoformat()


def asked(client: httpx.Client, person: str, *entries: str, **rest: str) -> httpx.Response:
    body = parameters(entry=list(entries), **{"explanation": WHY, **rest})
    return client.post(f"/Patient/{person}/$quarantine", json=body)


def apart(client: httpx.Client, person: str, *entries: str, **rest: str) -> str:
    """Sets them apart; returns the id of the step."""
    answer = asked(client, person, *entries, **rest)
    assert answer.status_code == 200, answer.text
    return str(by_name(answer.json())["quarantine"])


def lifted(client: httpx.Client, step: str) -> httpx.Response:
    body = parameters(quarantine=step, explanation="It was about her after all.")
    return client.post("/Patient/$quarantine-lift", json=body)


@pytest.fixture
def person(surgery: httpx.Client) -> str:
    return new_person(surgery)


@pytest.fixture
def everyone(
    surgery: httpx.Client, as_client: AsClient, service: Running, person: str
) -> Iterator[list[httpx.Client]]:
    """All who would see an entry without a label: the author, another organisation, the person, a
    supporter, and a practitioner in an emergency."""
    own = as_client(f"person:{person}")
    helper = stored(own, supporter(person)).partition("/")[2]
    with practitioner(service.settings, "dr-quarantine") as doctor:
        opened(doctor, person)
        yield [surgery, as_client("council-care"), own, as_client(f"supporter:{helper}"), doctor]


def provenance(where: str) -> Json:
    return {
        "resourceType": "Provenance",
        "target": [{"reference": where[1:]}],
        "recorded": "2026-05-01T09:00:00Z",
        "agent": [{"who": {"display": "Somebody"}}],
    }


def statuses(client: httpx.Client, person: str, where: str, seen: str) -> list[object]:
    """What each door tells of the entry; 404, or that it is not among what is found."""
    id = where[6:]
    entry = [{"request": {"method": "GET", "url": where[1:]}}]
    told: list[object] = [
        client.get(f"{where}{below}").status_code
        for below in ("", "/_history", "/_history/1", "/$provenance")
    ]
    for kind in ("batch", "transaction"):
        answer = client.post("/", json={"resourceType": "Bundle", "type": kind, "entry": entry})
        ok = answer.status_code == 200 and "200" in str(answer.json()["entry"][0]["response"])
        told.append(ok)
    for path in (
        f"/Goal?_id={id}",
        f"/Goal?patient={person}",
        "/Goal/_history?_count=1000",
        f"/Patient/{person}/Goal",
        f"/Patient/{person}/*",
        f"/Patient/{person}/$everything?_count=1000",
        f"/Patient?_id={person}&_revinclude=Goal:patient",
        f"/Observation?_id={seen}&_include=Observation:focus",
    ):
        entries = client.get(path).json().get("entry", ())
        told.append(any(one["fullUrl"].endswith(where) for one in entries))
    found = client.get(f"/Provenance?target={where[1:]}").json()
    told.append("entry" in found)
    told.append(client.get(f"/Goal?_id={id}&_summary=count").json()["total"])
    told.append(ids(client.get(f"/Patient?_id={person}&_has:Goal:patient:_id={id}").json()))
    told.append(
        ids(client.get(f"/Observation?_id={seen}&focus:Goal.lifecycle-status=active").json())
    )
    return told


def test_nobody_but_a_reviewer_finds_it_at_any_door_and_lifting_it_gives_it_back(
    surgery: httpx.Client, as_client: AsClient, person: str, everyone: list[httpx.Client]
) -> None:
    where = new_goal(surgery, person)
    surgery.put(where, json={**goal(person, "Say it better"), "id": where[6:]})
    focus = {"focus": [{"reference": where[1:]}]}
    seen = stored(surgery, observation(person, **focus)).partition("/")[2]
    stored(surgery, provenance(where))
    here = [200, 200, 200, 200, *[True] * 11, 1, [person], [seen]]
    gone = [404, 404, 404, 404, *[False] * 11, 0, [], []]
    before = [client.get(where).content for client in everyone]
    versions = surgery.get(f"{where}/_history/1").content
    assert [statuses(client, person, where, seen) for client in everyone] == [here] * 5
    step = apart(surgery, person, where[1:])
    told = [statuses(client, person, where, seen) for client in everyone]
    assert told == [gone] * 5
    admin = as_client("admin")
    assert admin.get(where).status_code == 200
    assert lifted(as_client("privacy-officer"), step).status_code == 200
    assert [client.get(where).content for client in everyone] == before
    assert surgery.get(f"{where}/_history/1").content == versions
    assert lifted(admin, step).status_code == 404


def test_a_supporter_who_is_set_apart_is_named_to_nobody_but_a_reviewer(
    surgery: httpx.Client, as_client: AsClient, person: str
) -> None:
    """Whoever helps somebody else is not to be read of here, by the person either."""
    own = as_client(f"person:{person}")
    helper = stored(own, supporter(person, name=[{"text": "Jory Nance"}]))
    where = new_goal(surgery, person)
    asked_of = (f"/Patient/{person}/$who-can-see", f"{where}/$who-can-see")
    assert all("Jory Nance" in own.get(one).text for one in asked_of)
    apart(surgery, person, helper)
    for one in asked_of:
        answer = own.get(one)
        assert answer.status_code == 200
        assert "Jory Nance" not in answer.text
        assert helper not in answer.text
    assert "Jory Nance" in as_client("admin").get(asked_of[0]).text


def test_who_cannot_see_it_cannot_change_or_delete_it(
    surgery: httpx.Client, as_client: AsClient, person: str
) -> None:
    where, own = new_goal(surgery, person), as_client(f"person:{person}")
    step = apart(surgery, person, where[1:])
    for client in (surgery, own):
        assert client.put(where, json={**goal(person), "id": where[6:]}).status_code == 404
        assert client.patch(where, json={"language": "kw"}).status_code == 404
        assert client.delete(where).status_code == 204
    lifted(as_client("admin"), step)
    assert surgery.get(where).json()["meta"]["versionId"] == "1"


def test_a_version_that_a_reviewer_writes_stays_apart(
    surgery: httpx.Client, as_client: AsClient, person: str
) -> None:
    where, admin = new_goal(surgery, person), as_client("admin")
    step = apart(surgery, person, where[1:])
    body = {**goal(person, "Another word"), "id": where[6:]}
    assert admin.put(where, json=body).status_code == 200
    assert surgery.get(where).status_code == 404
    assert surgery.get(f"{where}/_history/2").status_code == 404
    assert admin.delete(where).status_code == 204
    assert surgery.get(f"{where}/_history").status_code == 404
    assert lifted(admin, step).status_code == 200
    assert surgery.get(f"{where}/_history/2").status_code == 200


def test_a_team_that_is_set_apart_gives_nobody_a_relationship_until_it_is_put_back(
    surgery: httpx.Client, as_client: AsClient
) -> None:
    person = new_person(surgery, known_to=())
    where, council = new_goal(surgery, person), as_client("council-care")
    on_team = stored(surgery, team(person, "council-care"))
    assert council.get(where).status_code == 200
    step = apart(surgery, person, on_team)
    assert council.get(where).status_code == 404
    body = {**team(person, "council-care", name="The team"), "id": on_team.partition("/")[2]}
    assert as_client("admin").put(f"/{on_team}", json=body).status_code == 200
    assert council.get(where).status_code == 404
    assert lifted(as_client("admin"), step).status_code == 200
    assert council.get(where).status_code == 200


def test_a_no_that_is_set_apart_is_kept_all_the_same(
    surgery: httpx.Client, as_client: AsClient, person: str
) -> None:
    where, own = new_goal(surgery, person), as_client(f"person:{person}")
    council = as_client("council-care")
    no = stored(own, choice(person, "deny", "Organization/council-care"))
    assert council.get(where).status_code == 404
    apart(as_client("admin"), person, no)
    assert own.get(f"/{no}").status_code == 404
    assert council.get(where).status_code == 404


def test_all_that_one_organisation_wrote_on_a_day_goes_in_one_step(
    surgery: httpx.Client, as_client: AsClient, person: str, service: Running
) -> None:
    council, own = as_client("council-care"), as_client(f"person:{person}")
    theirs = [stored(council, goal(person)), stored(council, observation(person))]
    other, older = new_goal(surgery, person), stored(council, goal(person))
    for table in ("resources", "resource_versions"):
        run_sql(
            service.settings.database_url or "",
            f"update {table} set updated = updated - interval '1 day'"  # noqa: S608
            f" where person_id = '{person}' and id = '{older.partition('/')[2]}'",
        )
    answer = asked(surgery, person, organization="Organization/council-care", date=TODAY)
    assert by_name(answer.json())["entries"] == 2
    for client in (council, own):
        assert [client.get(f"/{one}").status_code for one in theirs] == [404, 404]
        assert client.get(other).status_code == client.get(f"/{older}").status_code == 200
    again = asked(surgery, person, organization="Organization/council-care", date=TODAY)
    assert again.status_code == 404
    for wrong in ("2026", "2026-03", "yesterday"):
        rest = {"organization": "council-care", "date": wrong}
        assert asked(surgery, person, **rest).status_code == 422


def test_it_never_takes_away_who_the_person_is(surgery: httpx.Client, person: str) -> None:
    assert asked(surgery, person, f"Patient/{person}").status_code == 422
    where = new_goal(surgery, person)
    apart(surgery, person, organization="gp-surgery", date=TODAY)
    assert surgery.get(where).status_code == 404
    assert surgery.get(f"/Patient/{person}").status_code == 200


def test_it_is_refused_for_what_is_not_there_not_seen_or_another_persons(
    surgery: httpx.Client, as_client: AsClient, person: str
) -> None:
    where = new_goal(surgery, person)
    elsewhere = new_goal(surgery, new_person(surgery))
    nowhere = asked(surgery, person, f"Goal/{person}-aaaaaaaaaaaa")
    for entries in ([elsewhere[1:]], [where[1:], elsewhere[1:]], ["Organization/gp-surgery"]):
        answer = asked(surgery, person, *entries)
        assert (answer.status_code, answer.content) == (404, nowhere.content)
    assert surgery.get(where).status_code == 200
    assert asked(surgery, person, "nonsense").status_code == 422
    assert asked(surgery, person).status_code == 422
    assert asked(surgery, person, where[1:], explanation="no").status_code == 422
    assert asked(as_client("stranger-clinic"), person, where[1:]).status_code == 404
    apart(surgery, person, where[1:], where[1:])
    assert asked(as_client("admin"), person, where[1:]).status_code == 409


def test_who_has_no_lasting_relationship_sets_apart_what_it_wrote_alone(
    surgery: httpx.Client, as_client: AsClient
) -> None:
    person = new_person(surgery, known_to=())
    own, larder = as_client(f"person:{person}"), as_client("larder-food-bank")
    stored(own, choice(person, "permit", "Organization/larder-food-bank"))
    theirs, mine = new_goal(larder, person), new_goal(surgery, person)
    assert asked(larder, person, theirs[1:], mine[1:]).status_code == 403
    assert larder.get(theirs).status_code == 200
    assert asked(larder, person, theirs[1:]).status_code == 200
    for client in (own, as_client("privacy-officer"), as_client("analyst")):
        assert asked(client, person, mine[1:]).status_code == 403
    assert surgery.get(mine).status_code == 200


def test_only_a_reviewer_puts_it_back(
    surgery: httpx.Client, as_client: AsClient, person: str
) -> None:
    where, own = new_goal(surgery, person), as_client(f"person:{person}")
    step = apart(surgery, person, where[1:])
    for client in (surgery, own, as_client("analyst")):
        assert lifted(client, step).status_code == 403
    assert surgery.get(where).status_code == 404


def test_it_is_audited_and_told_to_the_privacy_officer_and_the_person(
    surgery: httpx.Client, as_client: AsClient, person: str
) -> None:
    own, officer = as_client(f"person:{person}"), as_client("privacy-officer")
    where = new_goal(surgery, person)
    hidden = stored(surgery, goal(person, **labelled(NOT_THE_PERSON)))
    apart(surgery, person, hidden)
    assert listed(own, "notices") == []
    assert "entry" not in own.get("/AuditEvent?subtype=quarantine").json()
    step = apart(surgery, person, where[1:])
    (mine,) = listed(own, "notices")
    assert mine["about"] == step
    assert WHY not in mine["text"]
    (theirs,) = [one for one in listed(officer, "notices") if one["about"] == step]
    assert where[1:] in theirs["text"]
    assert WHY in theirs["text"]
    lifted(officer, step)
    log = officer.get(f"/AuditEvent?entity={where[1:]}&subtype=quarantine,quarantine-lift").json()
    assert len(log["entry"]) == 2


def test_no_label_that_a_caller_writes_sets_apart_or_puts_back(
    surgery: httpx.Client, person: str
) -> None:
    system = "https://whatmatters.example/fhir/CodeSystem/label"
    for code in ("quarantined", "quarantine", "16"):
        label = {"system": system, "code": code}
        answer = surgery.post("/Goal", json=goal(person, **labelled(label)))
        if answer.status_code == 201:
            assert surgery.get(f"/Goal/{answer.json()['id']}").status_code == 200
