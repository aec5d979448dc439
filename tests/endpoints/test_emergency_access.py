"""One practitioner, one person, four hours, for a reason: and everybody concerned is told."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from app.settings import Settings
from tests.conftest import Running, run_sql
from tests.endpoints.asking import ids, new_goal
from tests.endpoints.emergencies import asked, by_name, listed, opened, parameters, practitioner
from tests.endpoints.sharing import (
    JUST_US,
    NOT_THE_PERSON,
    RESTRICTED,
    choice,
    labelled,
    stored,
    supporter,
)
from tests.people import goal, new_person

AsClient = Callable[..., httpx.Client]
SUBJECTS = iter(range(10_000))


@pytest.fixture
def running(service: Running) -> Settings:
    return service.settings


@pytest.fixture
def doctor(running: Settings) -> Iterator[httpx.Client]:
    """A practitioner of an organisation that knows nobody here; one of their own for each test."""
    with practitioner(running, f"dr-{next(SUBJECTS)}") as client:
        yield client


@pytest.fixture
def person(surgery: httpx.Client) -> str:
    return new_person(surgery, known_to=())


def test_it_opens_one_persons_record_and_says_until_when(
    doctor: httpx.Client, surgery: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    assert doctor.get(where).status_code == 404
    told = by_name(asked(doctor, person).json())
    assert told["patient"] == {"reference": f"Patient/{person}"}
    assert told["until"] > "2026"
    assert doctor.get(where).status_code == 200
    assert ids(doctor.get(f"/Goal?patient={person}").json()) == [where[6:]]
    assert doctor.get(f"{where}/_history").status_code == 200
    assert doctor.get(f"/Patient/{person}/$everything").status_code == 200
    other = new_goal(surgery, new_person(surgery, known_to=()))
    assert doctor.get(other).status_code == 404


def test_an_entry_of_a_batch_and_of_a_transaction_sees_it_too(
    doctor: httpx.Client, surgery: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    opened(doctor, person)
    entry = [{"request": {"method": "GET", "url": where[1:]}}]
    for kind in ("batch", "transaction"):
        answer = doctor.post("", json={"resourceType": "Bundle", "type": kind, "entry": entry})
        assert answer.json()["entry"][0]["response"]["status"] == "200 OK"


def test_the_person_may_be_named_by_nhs_number_and_date_of_birth(
    doctor: httpx.Client, surgery: httpx.Client
) -> None:
    number = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990548609"}
    born = {"identifier": [number], "birthDate": "1931-04-05"}
    made = new_person(surgery, known_to=(), **born)
    answer = asked(doctor, "", **{"nhs-number": "999 054 8609", "birth-date": "1931-04-05"})
    assert by_name(answer.json())["patient"] == {"reference": f"Patient/{made}"}
    for wrong in ("1931-04-06", "1931-04", "1931"):
        answer = asked(doctor, "", **{"nhs-number": "9990548609", "birth-date": wrong})
        assert answer.status_code == 404
    assert asked(doctor, "", **{"nhs-number": "9990548609"}).status_code == 422
    assert asked(doctor, made, **{"nhs-number": "9990548609"}).status_code == 422
    assert asked(doctor, "").status_code == 422


def test_without_a_reason_it_is_refused_with_the_place(doctor: httpx.Client, person: str) -> None:
    answer = asked(doctor, person, reason="", explanation="")
    assert answer.status_code == 422
    assert [one["expression"][0] for one in answer.json()["issue"]] == [
        "Parameters.parameter.where(name='reason')",
        "Parameters.parameter.where(name='explanation')",
    ]
    assert asked(doctor, person, reason="curious").status_code == 422
    assert asked(doctor, person, explanation="urgent").status_code == 422
    assert asked(doctor, person, explanation=" " * 40).status_code == 422
    assert doctor.get(f"/Patient/{person}").status_code == 404


def test_the_person_is_never_named_in_the_address(doctor: httpx.Client, person: str) -> None:
    body = parameters(reason="in-danger", explanation="A fall on the stairs.")
    for where in (f"/Patient/$emergency-access?patient={person}",):
        assert doctor.post(where, json=body).status_code == 400
    assert doctor.post(f"/Patient/{person}/$emergency-access", json=body).status_code == 400
    assert doctor.get("/Patient/$emergency-access").status_code == 405


@pytest.mark.parametrize("ago", [301, 86_400, None, -120])
def test_a_sign_in_that_is_not_fresh_is_refused_with_what_to_do(
    running: Settings, person: str, ago: int | None
) -> None:
    with practitioner(running, "dr-stale", signed_in_seconds_ago=ago) as doctor:
        answer = asked(doctor, person)
        assert answer.status_code == 403
        assert "Sign in again" in answer.text
        assert doctor.get(f"/Patient/{person}").status_code == 404


def test_only_a_practitioner_may(
    surgery: httpx.Client, as_client: AsClient, person: str, running: Settings
) -> None:
    helper = stored(as_client(f"person:{person}"), supporter(person)).partition("/")[2]
    others = [f"person:{person}", f"supporter:{helper}", "privacy-officer", "admin", "analyst"]
    for client in (surgery, *(as_client(one) for one in others)):
        assert asked(client, person).status_code == 403
    with practitioner(running, scope="user/Goal.rs") as narrow:
        assert asked(narrow, person).status_code == 403


def test_another_practitioner_of_the_same_organisation_sees_nothing_by_it(
    doctor: httpx.Client, surgery: httpx.Client, as_client: AsClient, running: Settings, person: str
) -> None:
    where = new_goal(surgery, person)
    opened(doctor, person)
    with practitioner(running, "somebody-else") as colleague:
        assert colleague.get(where).status_code == 404
    assert as_client("stranger-clinic").get(where).status_code == 404


def test_it_shows_what_is_restricted_and_whatever_was_chosen_but_not_what_is_just_us(
    doctor: httpx.Client, surgery: httpx.Client, as_client: AsClient, person: str
) -> None:
    own = as_client(f"person:{person}")
    restricted = stored(surgery, goal(person, **labelled(RESTRICTED)))
    between_us = stored(surgery, goal(person, **labelled(JUST_US)))
    hidden = stored(surgery, goal(person, **labelled(NOT_THE_PERSON)))
    data = [{"meaning": "instance", "reference": {"reference": restricted}}]
    stored(own, choice(person, "deny", "Organization/stranger-clinic", data=data))
    opened(doctor, person)
    assert doctor.get(f"/{restricted}").status_code == 200
    assert doctor.get(f"/{between_us}").status_code == 404
    found = ids(doctor.get(f"/Goal?patient={person}").json())
    assert sorted(found) == sorted((restricted[5:], hidden[5:]))
    assert own.get(f"/{hidden}").status_code == 404


def test_when_its_time_is_over_it_shows_nothing(
    doctor: httpx.Client, surgery: httpx.Client, running: Settings, person: str
) -> None:
    where = new_goal(surgery, person)
    id = opened(doctor, person)
    run_sql(
        running.database_url or "",
        "update rights set high = statement_timestamp() - interval '1 millisecond'"  # noqa: S608
        f" where id = '{id}'",
    )
    assert doctor.get(where).status_code == 404
    assert ids(doctor.get(f"/Goal?patient={person}").json()) == []


def test_a_look_after_its_time_is_not_audited_as_breaking_the_glass(
    surgery: httpx.Client, as_client: AsClient, running: Settings, person: str
) -> None:
    where = new_goal(surgery, person)
    with practitioner(running, "dr-of-the-surgery", "gp-surgery") as known:
        id = opened(known, person)
        run_sql(
            running.database_url or "",
            "update rights set high = statement_timestamp() - interval '1 millisecond'"  # noqa: S608
            f" where id = '{id}'",
        )
        assert known.get(where).status_code == 200
    log = as_client(f"person:{person}").get("/AuditEvent?subtype=read").json()["entry"]
    assert "purposeOfEvent" not in log[0]["resource"]


def test_it_lasts_four_hours(doctor: httpx.Client, person: str) -> None:
    opened(doctor, person)
    (one,) = listed(doctor, "emergency-access-list")
    assert int(one["until"][11:13]) == (int(one["began"][11:13]) + 4) % 24


def test_what_the_practitioner_writes_is_decided_as_ever(
    doctor: httpx.Client, surgery: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    opened(doctor, person)
    read = doctor.get(where).json()
    assert doctor.post("/Goal", json=goal(person)).status_code == 422
    assert doctor.put(where, json=read).status_code == 404
    assert doctor.patch(where, json={"language": "kw"}).status_code == 404
    assert doctor.delete(where).status_code == 204
    assert surgery.get(where).status_code == 200
    team = {"resourceType": "CareTeam", "status": "active"}
    team["subject"] = {"reference": f"Patient/{person}"}  # type: ignore[assignment]
    team["managingOrganization"] = [{"reference": "Organization/stranger-clinic"}]  # type: ignore[assignment]
    assert doctor.post("/CareTeam", json=team).status_code in (403, 422)


def test_it_and_every_look_under_it_are_audited_as_breaking_the_glass(
    doctor: httpx.Client, surgery: httpx.Client, as_client: AsClient, person: str
) -> None:
    where = new_goal(surgery, person)
    opened(doctor, person)
    doctor.get(where)
    doctor.get(f"/Goal?patient={person}")
    own = as_client(f"person:{person}")
    log = own.get(f"/AuditEvent?patient={person}&_count=100").json()["entry"]
    told = {}
    for event in (one["resource"] for one in log):
        codes = [c["coding"][0]["code"] for c in event.get("purposeOfEvent", ())]
        told[event["subtype"][-1]["code"]] = codes
    assert told["emergency-access"] == ["BTG", "in-danger"]
    assert (told["read"], told["search-type"], told["create"]) == (["BTG"], ["BTG"], [])
    found = own.get("/AuditEvent?subtype=emergency-access").json()["entry"]
    assert [one["code"] for one in found[0]["resource"]["subtype"]][1] == "110127"
    sentences = own.get(f"/Patient/{person}/$who-has-looked").text
    assert "opened your record" in sentences
    assert "read a goal" in sentences or "read your goals" in sentences
    assert sentences.count(", in an emergency") >= 3
    assert "bus station" not in str(log)


def test_the_person_and_the_privacy_officer_are_told_and_a_supporter_is_not(
    doctor: httpx.Client, as_client: AsClient, person: str
) -> None:
    own, officer = as_client(f"person:{person}"), as_client("privacy-officer")
    helper = stored(own, supporter(person)).partition("/")[2]
    id = opened(doctor, person)
    (mine,) = listed(own, "notices")
    assert (mine["about"], mine["patient"]) == (id, {"reference": f"Patient/{person}"})
    assert "Dr Loveday Penrose, of " in mine["text"]
    assert "life or health is in danger" in mine["text"]
    assert "bus station" not in mine["text"]
    (theirs,) = [one for one in listed(officer, "notices") if one["about"] == id]
    assert "bus station" in theirs["text"]
    assert as_client(f"supporter:{helper}").get("/Patient/$notices").status_code == 403
    assert doctor.get("/Patient/$notices").status_code == 403
    assert listed(own, "notices")[0]["first-read"] == mine["first-read"]


def test_no_notice_no_access(
    doctor: httpx.Client, surgery: httpx.Client, running: Settings, person: str
) -> None:
    where, url = new_goal(surgery, person), running.database_url or ""
    run_sql(url, f"alter table notices add constraint broken check (person_id <> '{person}')")
    try:
        assert asked(doctor, person).status_code == 500
    finally:
        run_sql(url, "alter table notices drop constraint broken")
    assert doctor.get(where).status_code == 404
    assert listed(doctor, "emergency-access-list") == []


def test_a_privacy_officer_reviews_it_once_and_the_person_sees_what_came_of_it(
    doctor: httpx.Client, as_client: AsClient, person: str
) -> None:
    own, officer = as_client(f"person:{person}"), as_client("privacy-officer")
    id = opened(doctor, person)
    waiting = [one for one in listed(officer, "emergency-access-list") if one["access"] == id]
    assert "bus station" in waiting[0]["explanation"]
    seen = parameters(access=id, outcome="was-needed", explanation="Seen with the ward sister.")
    where = "/Patient/$emergency-access-review"
    for body in (parameters(access=id), parameters(access=id, outcome="was-needed")):
        assert officer.post(where, json=body).status_code == 422
    assert doctor.post(where, json=seen).status_code == 403
    assert own.post(where, json=seen).status_code == 403
    assert officer.post(where, json=seen).status_code == 200
    assert officer.post(where, json=seen).status_code == 409
    assert (
        officer.post(where, json=seen | parameters(**{**NONE, "access": "x" * 32})).status_code
        == 404
    )
    assert id not in [one["access"] for one in listed(officer, "emergency-access-list")]
    (mine,) = listed(own, "emergency-access-list")
    assert (mine["outcome"], "explanation" in mine) == ("was-needed", False)
    assert "It was needed" in listed(own, "notices")[0]["text"]
    log = own.get("/AuditEvent?subtype=emergency-access-review").json()["entry"]
    assert len(log) == 1


NONE = {"outcome": "was-needed", "explanation": "Seen with the ward sister."}


@pytest.mark.parametrize("who", ["doctor", "person", "privacy-officer", "admin"])
def test_an_end_by_hand_binds_the_next_request(
    doctor: httpx.Client, surgery: httpx.Client, as_client: AsClient, person: str, who: str
) -> None:
    where = new_goal(surgery, person)
    id = opened(doctor, person)
    name = f"person:{person}" if who == "person" else who
    ends = doctor if who == "doctor" else as_client(name)
    assert doctor.get(where).status_code == 200
    answer = ends.post("/Patient/$emergency-access-end", json=parameters(access=id))
    assert answer.status_code == 200, answer.text
    assert doctor.get(where).status_code == 404
    again = ends.post("/Patient/$emergency-access-end", json=parameters(access=id))
    assert again.status_code == 409


def test_nobody_else_ends_it_or_learns_that_it_is(
    doctor: httpx.Client, surgery: httpx.Client, as_client: AsClient, running: Settings, person: str
) -> None:
    id = opened(doctor, person)
    body = parameters(access=id)
    other = as_client(f"person:{new_person(surgery)}")
    with (
        practitioner(running, "somebody-else") as colleague,
        practitioner(running, "somebody-else", patient=person) as at_the_bedside,
    ):
        for client in (other, colleague, at_the_bedside):
            assert client.post("/Patient/$emergency-access-end", json=body).status_code == 404
            assert id not in [one["access"] for one in listed(client, "emergency-access-list")]
    assert surgery.post("/Patient/$emergency-access-end", json=body).status_code == 403
    assert surgery.get("/Patient/$emergency-access-list").status_code == 403
    assert doctor.get(f"/Patient/{person}").status_code == 200
