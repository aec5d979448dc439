"""$validate. Spec: https://hl7.org/fhir/R4/resource-operation-validate.html"""

from collections.abc import Callable

import httpx
import pytest

from tests.endpoints.asking import Json, issues, new_goal, places, told
from tests.people import goal, new_person


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
    assert places(answer) == ["Goal.id"]


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
