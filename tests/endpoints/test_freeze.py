"""A frozen record is open to professionals alone, at every door, and nobody else learns why."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace

import httpx

from app.access.acts import Act
from app.access.caller import Caller, Role
from app.errors import Refusal
from app.interactions.perform import perform
from app.interactions.visit import Ask
from app.main import make_record, open_database
from tests.access.callers import caller
from tests.conftest import Running
from tests.endpoints.asking import new_goal
from tests.endpoints.emergencies import listed, opened, parameters, practitioner
from tests.endpoints.sharing import stored, supporter, team
from tests.people import goal, new_person

AsClient = Callable[..., httpx.Client]
WHY = "A supporter was seen reading out the safeguarding notes."


def changed(client: httpx.Client, person: str, how: str, why: str = WHY) -> httpx.Response:
    return client.post(f"/Patient/{person}/${how}", json=parameters(explanation=why))


def doors(person: str, where: str) -> list[tuple[str, str, object]]:
    entry = {"request": {"method": "GET", "url": where[1:]}}
    made = {"request": {"method": "POST", "url": "Goal"}, "resource": goal(person)}
    return [
        ("GET", where, None),
        ("HEAD", where, None),
        ("GET", f"{where}/_history", None),
        ("GET", f"{where}/_history/1", None),
        ("GET", f"/Goal?patient={person}", None),
        ("POST", "/Goal/_search", None),
        ("GET", "/", None),
        ("GET", "/_history", None),
        ("GET", f"/Patient/{person}", None),
        ("GET", f"/Patient/{person}/$everything", None),
        ("GET", f"/Patient/{person}/Goal", None),
        ("GET", f"{where}/$who-can-see", None),
        ("GET", f"{where}/$provenance", None),
        ("GET", f"/Patient/{person}/$who-has-looked", None),
        ("GET", "/Patient/$notices", None),
        ("GET", "/Patient/$emergency-access-list", None),
        ("GET", "/AuditEvent", None),
        ("GET", "/Organization/gp-surgery", None),
        ("GET", "/Goal/nowhere", None),
        ("POST", "/Goal", goal(person)),
        ("PUT", where, {**goal(person), "id": where[6:]}),
        ("PATCH", where, {"language": "kw"}),
        ("DELETE", where, None),
        ("POST", "/Goal/$validate", goal(person)),
        ("POST", "/", {"resourceType": "Bundle", "type": "batch", "entry": [entry]}),
        ("POST", "/", {"resourceType": "Bundle", "type": "transaction", "entry": [made]}),
        ("POST", "/", {"resourceType": "Bundle", "type": "batch", "entry": []}),
    ]


def test_the_person_and_supporters_get_one_sentence_at_every_door(
    surgery: httpx.Client, as_client: AsClient
) -> None:
    person = new_person(surgery)
    where, own = new_goal(surgery, person), as_client(f"person:{person}")
    helper = as_client(f"supporter:{stored(own, supporter(person)).partition('/')[2]}")
    assert changed(surgery, person, "freeze").status_code == 200
    sentences = set()
    for client in (own, helper):
        for method, path, body in doors(person, where):
            answer = client.request(method, path, json=body)
            assert answer.status_code == 403, (method, path)
            if method != "HEAD":
                sentences.add(answer.content)
    assert len(sentences) == 1
    told = sentences.pop().decode()
    assert "just now" in told
    for word in ("safeguarding", "freez", "frozen", "suspend", "supporter", "surgery"):
        assert word not in told.lower()
    assert surgery.get(where).status_code == 200


def test_lifting_it_gives_back_everything(surgery: httpx.Client, as_client: AsClient) -> None:
    person = new_person(surgery)
    where, own = new_goal(surgery, person), as_client(f"person:{person}")
    assert changed(surgery, person, "freeze").status_code == 200
    assert changed(surgery, person, "freeze").status_code == 409
    assert own.get(where).status_code == 403
    council = as_client("council-care")
    assert (
        changed(council, person, "unfreeze", "The supporter's access was ended.").status_code == 200
    )
    assert changed(council, person, "unfreeze").status_code == 409
    assert own.get(where).status_code == 200
    assert changed(surgery, person, "freeze").status_code == 200
    assert own.get(where).status_code == 403


def test_the_clause_alone_keeps_it_closed_to_whoever_comes_by_another_door(
    surgery: httpx.Client, as_client: AsClient, service: Running
) -> None:
    person = new_person(surgery)
    where, own = new_goal(surgery, person), as_client(f"person:{person}")
    helper = stored(own, supporter(person))
    assert changed(surgery, person, "freeze").status_code == 200

    async def asked(who: Caller) -> list[int]:
        database = await open_database(service.settings)
        record = make_record(service.settings, database)
        statuses = []
        for ask in (
            Ask(Act.READ, "Goal", where[6:]),
            Ask(Act.VREAD, "Goal", where[6:], 1),
            Ask(Act.HISTORY_INSTANCE, "Goal", where[6:]),
            Ask(Act.READ, "Patient", person),
            Ask(Act.CREATE, "Goal", method="POST", tree=goal(person)),
            Ask(Act.SEARCH_TYPE, "Goal", query="_summary=count"),
            Ask(Act.SEARCH_TYPE, "AuditEvent", query="_summary=count"),
        ):
            try:
                answer = await perform(record, who, ask)
            except Refusal as refusal:
                statuses.append(refusal.status)
            else:
                statuses.append(json.loads(answer.body)["total"])
        await database.close()
        return statuses

    kept = [404, 404, 404, 404, 422, 0, 0]
    oneself = caller(Role.PERSON, person=person)
    friend = replace(caller(Role.SUPPORTER, person=person), supporter=helper.partition("/")[2])
    assert asyncio.run(asked(oneself)) == kept
    assert asyncio.run(asked(friend))[:-1] == kept[:-1]
    preview = as_client("admin").get(f"{where}/$who-can-see").json()["parameter"]
    sees = {one["part"][0]["valueReference"]["reference"]: one["part"][1] for one in preview}
    assert sees[helper]["valueBoolean"] is False


def test_the_reason_is_for_the_privacy_officer_alone(
    surgery: httpx.Client, as_client: AsClient
) -> None:
    person = new_person(surgery)
    own, officer = as_client(f"person:{person}"), as_client("privacy-officer")
    changed(as_client("stranger-clinic"), person, "freeze")
    changed(surgery, person, "freeze")
    changed(surgery, person, "unfreeze")
    told = [n for n in listed(officer, "notices") if n["patient"]["reference"].endswith(person)]
    assert len(told) == 2
    assert all(WHY in one["text"] for one in told)
    assert listed(own, "notices") == []
    assert "freeze" not in own.get("/AuditEvent?_count=100").text
    log = officer.get(f"/AuditEvent?entity=Patient/{person}&subtype=freeze,unfreeze").json()
    assert len(log["entry"]) == 3
    assert WHY not in str(log)


def test_only_a_lasting_relationship_will_do(
    surgery: httpx.Client, as_client: AsClient, service: Running
) -> None:
    person = new_person(surgery, known_to=())
    own, stranger = as_client(f"person:{person}"), as_client("stranger-clinic")
    for client in (own, as_client("privacy-officer"), as_client("analyst")):
        assert changed(client, person, "freeze").status_code == 403
    assert changed(stranger, person, "freeze").status_code == 404
    task = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "for": {"reference": f"Patient/{person}"},
        "owner": {"reference": "Organization/council-care"},
    }
    stored(own, task)
    council = as_client("council-care")
    assert council.get(f"/Patient/{person}").status_code == 200
    assert changed(council, person, "freeze").status_code == 403
    with practitioner(service.settings, "dr-freeze") as doctor:
        opened(doctor, person)
        assert changed(doctor, person, "freeze").status_code == 404
    stored(own, team(person, "council-care"))
    assert changed(council, person, "freeze").status_code == 200
    assert own.get(f"/Patient/{person}").status_code == 403


def test_without_a_reason_it_is_refused_with_the_place(surgery: httpx.Client) -> None:
    person = new_person(surgery)
    answer = changed(surgery, person, "freeze", " ")
    assert answer.status_code == 422
    place = "Parameters.parameter.where(name='explanation')"
    assert answer.json()["issue"][0]["expression"] == [place]
    assert surgery.get(f"/Patient/{person}/$freeze").status_code == 405
    reader = {"resourceType": "Parameters", "parameter": [{"name": "x", "valueString": "y"}]}
    assert surgery.post(f"/Patient/{person}/$freeze", json=reader).status_code == 422
