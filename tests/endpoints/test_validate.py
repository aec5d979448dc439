"""$validate. Spec: https://hl7.org/fhir/R4/resource-operation-validate.html"""

from collections.abc import Callable

import httpx
import pytest

from tests.endpoints.asking import Json, issues, new_goal, places, told
from tests.people import goal, new_person, observation

BASE = "https://whatmatters.example/fhir"
HL7 = "http://hl7.org/fhir"


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    return new_person(surgery)


def severities(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 200, answer.text
    return {issue["severity"] for issue in issues(answer)}


def wrapped(resource: Json, **rest: str) -> Json:
    """A Parameters with the resource and simple parameters."""
    parameters: list[Json] = [{"name": "resource", "resource": resource}]
    for name, value in rest.items():
        parameters.append({"name": name, ("valueUri" if name == "profile" else "valueCode"): value})
    return {"resourceType": "Parameters", "parameter": parameters}


@pytest.mark.parametrize("path", ["/Goal/$validate", "/$validate"])
def test_a_sound_resource_has_no_error(surgery: httpx.Client, person: str, path: str) -> None:
    assert "error" not in severities(surgery.post(path, json=goal(person)))
    assert "error" not in severities(surgery.post(path, json=wrapped(goal(person), mode="create")))


def test_a_reference_tells_nothing_of_what_the_caller_may_not_read(
    as_client: Callable[..., httpx.Client], person: str
) -> None:
    caller = as_client("stranger-clinic", scope="system/Organization.r")
    there = caller.post("/$validate", json=goal(person))
    nowhere = caller.post("/$validate", json=goal("nobody"))
    assert there.json() == nowhere.json()
    surgery = {"url": "urn:example:by", "valueReference": {"reference": "Organization/gp-surgery"}}
    known = caller.post("/$validate", json=goal("nobody", extension=[surgery]))
    assert places(known) == places(nowhere)


@pytest.mark.parametrize("path", ["/Goal/$validate", "/$validate"])
def test_every_fault_is_told_with_its_place_and_nothing_is_stored(
    surgery: httpx.Client, path: str
) -> None:
    person = new_person(surgery)
    faulty = goal(person, lifecycleStatus="begun", note=[{"text": "a"}, {"text": 7}])
    for body in (faulty, wrapped(faulty)):
        answer = surgery.post(path, json=body)
        assert severities(answer) == {"error"}
        assert set(places(answer)) == {"Goal.lifecycleStatus", "Goal.note[1].text"}
    assert "entry" not in surgery.get(f"/Goal?patient={person}").json()


def test_a_stored_resource_may_be_looked_at_by_its_address(
    surgery: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    assert "error" not in severities(surgery.get(f"{where}/$validate"))
    assert surgery.head(f"{where}/$validate").status_code == 200
    assert surgery.get("/Goal/nowhere/$validate").status_code == 404


def test_a_body_sent_to_an_instance_must_have_its_id(surgery: httpx.Client, person: str) -> None:
    where = new_goal(surgery, person)
    assert "error" not in severities(surgery.post(f"{where}/$validate", json=goal(person)))
    answer = surgery.post(f"{where}/$validate", json=goal(person, id="another"))
    assert places(answer)[0] == "Goal.id"


def test_a_deletion_is_looked_at_and_not_done(surgery: httpx.Client, person: str) -> None:
    where = new_goal(surgery, person)
    free = surgery.post(f"{where}/$validate?mode=delete")
    assert severities(free) == {"information"}
    led_to = {"focus": [{"reference": where[1:]}]}
    assert surgery.post("/Observation", json=observation(person, **led_to)).status_code == 201
    held = surgery.get(f"{where}/$validate", params={"mode": "delete"})
    assert severities(held) == {"error"}
    assert surgery.delete(where).json()["issue"] == issues(held)
    assert surgery.get(where).status_code == 200


def test_a_deletion_of_what_is_not_there_is_not_found(surgery: httpx.Client) -> None:
    assert surgery.post("/Goal/nowhere/$validate?mode=delete").status_code == 404


def test_a_deletion_is_asked_of_one_resource(surgery: httpx.Client, person: str) -> None:
    answer = surgery.post("/Goal/$validate", json=wrapped(goal(person), mode="delete"))
    assert "error" in severities(answer)
    assert "Goal/[id]/$validate" in told(answer)


def test_a_profile_that_is_asked_for_is_looked_at_though_nothing_claims_it(
    surgery: httpx.Client, person: str
) -> None:
    asked = f"{BASE}/StructureDefinition/person-stated-goal"
    assert "error" not in severities(surgery.post("/Goal/$validate", json=goal(person)))
    in_address = surgery.post("/Goal/$validate", params={"profile": asked}, json=goal(person))
    in_body = surgery.post("/Goal/$validate", json=wrapped(goal(person), profile=asked))
    assert in_address.json() == in_body.json()
    assert "Goal.expressedBy" in places(in_address)


def test_a_change_is_judged_by_what_it_replaces_and_a_creation_is_not(
    surgery: httpx.Client, person: str
) -> None:
    request = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "proposal",
        "subject": {"reference": f"Patient/{person}"},
    }
    made = surgery.post("/ServiceRequest", json=request).json()
    task = {
        "resourceType": "Task",
        "meta": {"profile": [f"{BASE}/StructureDefinition/help-task"]},
        "status": "requested",
        "intent": "order",
        "code": {"coding": [{"system": f"{HL7}/CodeSystem/task-code", "code": "fulfill"}]},
        "focus": {"reference": f"ServiceRequest/{made['id']}"},
        "for": {"reference": f"Patient/{person}"},
        "authoredOn": "2026-03-01T10:00:00Z",
        "requester": {"reference": f"Patient/{person}"},
        "businessStatus": {
            "coding": [{"system": f"{BASE}/CodeSystem/request-stage", "code": "asked"}]
        },
    }
    stored = surgery.post("/Task", json=task)
    assert stored.status_code == 201, stored.text
    done = {**stored.json(), "status": "completed"}
    where = f"/Task/{done['id']}/$validate"
    as_update = surgery.post(where, json=wrapped(done, mode="update"))
    as_it_is = surgery.post(where, json=done)
    assert "wm-help-task-moves" in as_update.text
    assert as_it_is.json() == as_update.json()
    assert surgery.put(f"/Task/{done['id']}", json=done).status_code == 422
    assert "wm-help-task-moves" not in surgery.post(where, json=wrapped(done, mode="create")).text


def test_entries_of_a_bundle_are_held_to_what_they_claim(
    surgery: httpx.Client, person: str
) -> None:
    claims = {"profile": [f"{BASE}/StructureDefinition/person-stated-goal"]}
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {"resource": one, "request": {"method": "POST", "url": "Goal"}}
            for one in (goal(person), goal(person, meta=claims))
        ],
    }
    found = issues(surgery.post("/$validate", json=bundle))
    wrong = [one["expression"] for one in found if one["severity"] == "error"]
    assert ["Bundle.entry[1].resource.expressedBy"] in wrong
    assert not [place for (place,) in wrong if place.startswith("Bundle.entry[0]")]
    assert "Bundle.entry[1].resource.expressedBy" in places(surgery.post("", json=bundle))


def test_a_part_of_a_resource_is_told_to_be_one(surgery: httpx.Client, person: str) -> None:
    part = surgery.get(new_goal(surgery, person), params={"_summary": "true"}).json()
    assert places(surgery.post("/Goal/$validate", json=part)) == ["Goal.meta.tag"]


def test_another_type_than_the_address_is_a_fault(surgery: httpx.Client, person: str) -> None:
    answer = surgery.post("/Observation/$validate", json=goal(person))
    assert severities(answer) == {"error"}


def test_a_reference_that_leads_nowhere_is_a_warning(surgery: httpx.Client) -> None:
    answer = surgery.post("/Goal/$validate", json=goal("nobody"))
    assert "error" not in severities(answer)
    assert "Goal.subject.reference" in places(answer)


def test_what_is_not_looked_at_is_not_said_to_be_in_order(
    surgery: httpx.Client, person: str
) -> None:
    profile = "https://example.org/StructureDefinition/other"
    for body in (
        wrapped(goal(person), profile=profile),
        wrapped(goal(person), mode="change"),
        wrapped(goal(person), mode="delete"),
    ):
        answer = surgery.post("/Goal/$validate", json=body)
        assert "error" in severities(answer)
        assert "not looked at" in told(answer)
    by_url = surgery.post(f"/Goal/$validate?profile={profile}", json=goal(person))
    assert "error" in severities(by_url)


def test_r4s_own_definition_of_the_type_is_a_profile_that_is_looked_at(
    surgery: httpx.Client, person: str
) -> None:
    profile = "http://hl7.org/fhir/StructureDefinition/"
    fine = surgery.post("/Goal/$validate", json=wrapped(goal(person), profile=f"{profile}Goal"))
    assert "error" not in severities(fine)
    wrong = surgery.post(f"/Goal/$validate?profile={profile}Task", json=goal(person))
    assert "not looked at" in told(wrong)


@pytest.mark.parametrize("path", ["/$validate", "/Goal/$validate"])
def test_there_must_be_something_to_look_at(surgery: httpx.Client, path: str) -> None:
    assert surgery.get(path).status_code == 400
    assert surgery.post(path).status_code == 400
    empty = {"resourceType": "Parameters", "parameter": []}
    assert surgery.post(path, json=empty).status_code == 400
    for parameter in ([7], [{"valueCode": "x"}], {"name": "resource"}):
        body = {"resourceType": "Parameters", "parameter": parameter}
        assert surgery.post(path, json=body).status_code == 400


def test_a_body_that_cannot_be_read_is_refused_as_everywhere(surgery: httpx.Client) -> None:
    assert surgery.post("/Goal/$validate", content="{").status_code == 400
    headers = {"Content-Type": "application/fhir+xml"}
    assert surgery.post("/Goal/$validate", content="<a/>", headers=headers).status_code == 415


def test_a_person_cannot_look_at_what_is_not_theirs_nor_learn_that_it_is_there(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], person: str
) -> None:
    where, other = new_goal(surgery, person), new_person(surgery)
    oneself = as_client(f"person:{other}")
    assert oneself.get(f"{where}/$validate").status_code == 404
    there = oneself.post("/Goal/$validate", json=goal(person))
    nowhere = oneself.post("/Goal/$validate", json=goal("nobody"))
    assert there.json() == nowhere.json()


def test_of_two_resources_none_is_passed_over(surgery: httpx.Client, person: str) -> None:
    both = wrapped(goal(person))
    both["parameter"] += wrapped(goal(person, lifecycleStatus="begun"))["parameter"]
    answer = surgery.post("/Goal/$validate", json=both)
    assert (answer.status_code, "more than one" in told(answer)) == (400, True)
