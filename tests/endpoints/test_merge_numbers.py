"""The NHS number of a record that was merged into another: whose it is, and where it leads."""

import httpx

from app.what_matters.nhs_number import NHS_NUMBER
from tests.endpoints.merging import WHY, Administrators, AsClient, asked, ids, told
from tests.endpoints.numbers import identifier, new_number, patient
from tests.endpoints.people_signing_in import NHS_LOGIN, Browser, Providers
from tests.endpoints.sharing import JUST_US, Json, choice, labelled, stored
from tests.endpoints.test_match import asked as match_question
from tests.people import goal, new_person


def test_a_superseded_number_leads_to_the_record_in_use(
    surgery: httpx.Client, as_client: AsClient, admins: Administrators
) -> None:
    old, new = new_number(), new_number()
    born = {"birthDate": "1950-03-01"}
    source = new_person(surgery, identifier=[identifier(old)], **born)
    target = new_person(surgery, identifier=[identifier(new)], birthDate="1950-03-02")
    goals = sorted(stored(surgery, goal(one)) for one in (source, target))
    stranger = as_client("stranger-clinic")
    asking = {"identifier": [identifier(old, None)], **born}
    assert matched(stranger, asking) == [(source, "certain")]
    admins.merge(source, target)
    assert matched(stranger, asking) == [(target, "certain")]
    assert matched(surgery, asking) == [(target, "certain")]
    by_number = ids(surgery, f"/Patient?identifier={NHS_NUMBER}|{old}")
    assert by_number == sorted((f"Patient/{source}", f"Patient/{target}"))
    assert ids(surgery, f"/Patient?identifier={NHS_NUMBER}|{new}") == [f"Patient/{target}"]
    assert ids(stranger, f"/Patient?identifier={NHS_NUMBER}|{old}") == []
    for number in (old, new):
        assert ids(surgery, f"/Goal?patient.identifier={NHS_NUMBER}|{number}") == goals
        second = surgery.post("/Patient", json=patient(number))
        assert second.status_code == 409
        assert source not in second.text
        assert target not in second.text
    admins.unmerge(source)
    assert matched(stranger, asking) == [(source, "certain")]
    assert ids(surgery, f"/Patient?identifier={NHS_NUMBER}|{old}") == [f"Patient/{source}"]
    assert surgery.post("/Patient", json=patient(old)).status_code == 409


def matched(client: httpx.Client, person: Json) -> list[tuple[str, str]]:
    answer = client.post("/Patient/$match", json=match_question(person))
    assert answer.status_code == 200, answer.text
    return [
        (one["resource"]["id"], one["search"]["extension"][0]["valueCode"])
        for one in answer.json().get("entry", ())
    ]


def test_a_number_that_the_record_in_use_took_over_is_not_given_back_twice(
    surgery: httpx.Client, admins: Administrators
) -> None:
    number = new_number()
    source = new_person(surgery, identifier=[identifier(number)])
    target = new_person(surgery)
    admins.merge(source, target)
    body = {**surgery.get(f"/Patient/{target}").json(), "identifier": [identifier(number)]}
    assert surgery.put(f"/Patient/{target}", json=body).status_code == 200
    made = told(asked(admins.one, "unmerge", source=source, explanation=WHY))["proposal"]
    answer = asked(admins.other, "unmerge", proposal=made, decision="approve")
    assert (answer.status_code, "would give back" in answer.text) == (409, True)
    body = {**surgery.get(f"/Patient/{target}").json()}
    body.pop("identifier")
    assert surgery.put(f"/Patient/{target}", json=body).status_code == 200
    assert asked(admins.other, "unmerge", proposal=made, decision="approve").status_code == 200


def test_a_merged_record_takes_no_number_that_is_somebody_elses(
    surgery: httpx.Client, admins: Administrators
) -> None:
    taken = new_number()
    new_person(surgery, identifier=[identifier(taken)])
    source, target = new_person(surgery), new_person(surgery)
    admins.merge(source, target)
    for one in (source, target):
        body = {**surgery.get(f"/Patient/{one}").json(), "identifier": [identifier(taken)]}
        assert surgery.put(f"/Patient/{one}", json=body).status_code == 409
        body = {**body, "identifier": [identifier(new_number())]}
        assert surgery.put(f"/Patient/{one}", json=body).status_code == 200


def test_who_signs_in_elsewhere_by_the_number_of_either_is_both(
    surgery: httpx.Client, admins: Administrators, made: Providers, browser: Browser
) -> None:
    old, new = new_number(), new_number()
    born = {"birthDate": "1955-03-04"}
    source, target = (new_person(surgery, identifier=[identifier(n)], **born) for n in (old, new))
    admins.merge(source, target)
    for number, person in ((old, source), (new, target), (old, source)):
        made.patient(f"sub-{number}", number)
        assert browser.sign_in(made.issuer(NHS_LOGIN)).status_code == 303
        assert browser.me().json()["person"] == person


def test_a_no_or_a_label_of_either_side_keeps_both_from_being_found(
    surgery: httpx.Client, as_client: AsClient, admins: Administrators
) -> None:
    number, born = new_number(), {"birthDate": "1950-03-01"}
    source = new_person(surgery, identifier=[identifier(number)], **born)
    target = new_person(surgery)
    asking = {"identifier": [identifier(number, None)], **born}
    stranger = as_client("stranger-clinic")
    admins.merge(source, target)
    own = as_client(f"person:{source}")
    no = stored(own, choice(target, "deny", "Organization/stranger-clinic"))
    assert matched(stranger, asking) == []
    assert own.delete(f"/{no}").status_code == 204
    assert matched(stranger, asking) == [(target, "certain")]
    body = {**own.get(f"/Patient/{target}").json(), **labelled(JUST_US)}
    assert own.put(f"/Patient/{target}", json=body).status_code == 200
    assert matched(stranger, asking) == []


def test_likeness_tells_the_record_in_use_once(
    surgery: httpx.Client, admins: Administrators
) -> None:
    name: Json = {
        "name": [{"family": f"Z{new_number()}", "given": ["Jowan"]}],
        "birthDate": "1950-03-01",
    }
    source, target = new_person(surgery, **name), new_person(surgery, **name)
    assert {id for id, _ in matched(surgery, name)} == {source, target}
    admins.merge(source, target)
    assert [id for id, _ in matched(surgery, name)] == [target]
