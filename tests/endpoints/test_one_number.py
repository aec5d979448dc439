"""A verified NHS number is one person's, at every door."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from app.settings import Settings
from tests.conftest import Running
from tests.endpoints.asking import (
    MERGE_PATCH,
    about,
    entry,
    ids,
    issues,
    places,
    send,
    told,
)
from tests.endpoints.numbers import identifier, new_number, patient
from tests.people import new_person

STRANGER = "stranger-clinic"
RULE = "wm-one-nhs-number"


@pytest.fixture(scope="module")
def stranger(as_client: Callable[..., httpx.Client]) -> httpx.Client:
    """An organisation without a relationship to anybody here."""
    return as_client(STRANGER)


@pytest.fixture
def number() -> str:
    return new_number()


@pytest.fixture
def holder(surgery: httpx.Client, number: str) -> str:
    """A person whom the surgery alone knows, with the number verified."""
    return new_person(surgery, known_to=(), identifier=[identifier(number)])


def is_refused(answer: httpx.Response) -> bool:
    return answer.status_code == 409 and "$match" in told(answer)


def test_a_second_record_with_the_number_is_refused_with_how_to_go_on(
    stranger: httpx.Client, holder: str, number: str
) -> None:
    answer = stranger.post("/Patient", json=patient(number))
    assert answer.status_code == 409
    assert places(answer) == ["Patient.identifier"]
    assert "$match" in told(answer)
    assert "yes" in told(answer)


def test_the_refusal_tells_nothing_of_whose_number_it_is(
    stranger: httpx.Client, holder: str, number: str
) -> None:
    answer = stranger.post("/Patient", json=patient(number))
    assert answer.status_code == 409
    assert holder not in answer.text
    assert number not in answer.text
    log = stranger.get("/AuditEvent?_sort=-date&_count=50").text
    assert holder not in log


def test_whose_number_it_is_reads_of_it_in_their_own_log(
    as_client: Callable[..., httpx.Client], stranger: httpx.Client, holder: str, number: str
) -> None:
    assert stranger.post("/Patient", json=patient(number)).status_code == 409
    log = about(as_client(f"person:{holder}"), holder)
    descriptions = [one.get("outcomeDesc", "") for one in log]
    assert any("was not made" in one for one in descriptions)


def test_the_one_who_may_see_them_gets_the_same_answer(
    surgery: httpx.Client, stranger: httpx.Client, holder: str, number: str
) -> None:
    seen = surgery.post("/Patient", json=patient(number))
    unseen = stranger.post("/Patient", json=patient(number))
    assert (seen.status_code, seen.content) == (unseen.status_code, unseen.content)


def test_every_way_to_make_or_change_a_patient_is_held_to_it(
    stranger: httpx.Client, holder: str, number: str
) -> None:
    other = new_person(stranger, known_to=())
    where, whole = f"/Patient/{other}", {**patient(number), "id": other}
    condition = "identifier=urn:example:nobody|1"
    whole_2 = {**patient(number), "id": f"own-{number}"}
    tries = [
        stranger.post("/Patient", json=patient(number)),
        stranger.post("/Patient", json=patient(number), headers={"If-None-Exist": condition}),
        stranger.put(where, json=whole),
        stranger.put(f"/Patient/own-{number}", json=whole_2),
        stranger.put(f"/Patient?{condition}", json=patient(number)),
        stranger.patch(where, json={"identifier": [identifier(number)]}, headers=MERGE_PATCH),
        send(stranger, "transaction", entry("POST", "Patient", patient(number))),
        send(stranger, "transaction", entry("PUT", where[1:], whole)),
        send(
            stranger,
            "transaction",
            entry("POST", "Patient", patient(number), ifNoneExist=condition),
        ),
    ]
    assert [is_refused(one) for one in tries] == [True] * len(tries)
    batch = send(stranger, "batch", entry("POST", "Patient", patient(number)))
    assert batch.json()["entry"][0]["response"]["status"].startswith("409")
    assert stranger.get(where).json().get("identifier") is None


def test_a_transaction_names_the_entry(stranger: httpx.Client, holder: str, number: str) -> None:
    answer = send(
        stranger,
        "transaction",
        entry("POST", "Patient", patient()),
        entry("POST", "Patient", patient(number)),
    )
    assert places(answer) == ["Bundle.entry[1].resource.identifier"]


def test_two_with_one_number_in_a_transaction_are_refused(
    stranger: httpx.Client, number: str
) -> None:
    both = [entry("POST", "Patient", patient(number)) for _ in range(2)]
    assert is_refused(send(stranger, "transaction", *both))


def test_a_transaction_may_pass_a_number_from_one_to_another(
    stranger: httpx.Client, number: str
) -> None:
    wrong = new_person(stranger, known_to=(), identifier=[identifier(number)])
    right = new_person(stranger, known_to=())
    answer = send(
        stranger,
        "transaction",
        entry("PUT", f"Patient/{wrong}", {**patient(), "id": wrong}),
        entry("PUT", f"Patient/{right}", {**patient(number), "id": right}),
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("status", [None, "02", "03"])
def test_a_number_that_is_not_verified_joins_nothing_and_refuses_nothing(
    stranger: httpx.Client, holder: str, number: str, status: str | None
) -> None:
    assert stranger.post("/Patient", json=patient(number, status)).status_code == 201


def test_a_number_that_nobody_verified_does_not_keep_it_from_who_did(
    surgery: httpx.Client, stranger: httpx.Client, number: str
) -> None:
    new_person(surgery, known_to=(), identifier=[identifier(number, "02")])
    assert stranger.post("/Patient", json=patient(number)).status_code == 201


def test_to_verify_a_number_later_is_held_to_it_too(
    stranger: httpx.Client, holder: str, number: str
) -> None:
    other = new_person(stranger, known_to=(), identifier=[identifier(number, "02")])
    verified = {"identifier": [identifier(number)]}
    assert is_refused(stranger.patch(f"/Patient/{other}", json=verified, headers=MERGE_PATCH))


def test_whoever_has_the_number_goes_on_to_be_written(
    surgery: httpx.Client, holder: str, number: str
) -> None:
    body = {**surgery.get(f"/Patient/{holder}").json(), "gender": "other"}
    assert surgery.put(f"/Patient/{holder}", json=body).status_code == 200


def test_a_deleted_record_holds_its_number_no_more_and_may_not_come_back_with_it(
    surgery: httpx.Client, stranger: httpx.Client, holder: str, number: str
) -> None:
    whole = surgery.get(f"/Patient/{holder}").json()
    assert surgery.delete(f"/Patient/{holder}").status_code == 204
    assert stranger.post("/Patient", json=patient(number)).status_code == 201
    assert surgery.put(f"/Patient/{holder}", json=whole).status_code in (404, 409)


def test_people_without_a_number_are_made_as_often_as_they_are_sent(
    stranger: httpx.Client,
) -> None:
    made = [stranger.post("/Patient", json=patient(birthDate="1950-03-01")) for _ in range(2)]
    assert [one.status_code for one in made] == [201, 201]


def test_a_number_that_is_none_is_refused_where_the_profile_is_claimed(
    stranger: httpx.Client,
) -> None:
    profile = "https://whatmatters.example/fhir/StructureDefinition/person"
    body = {**patient("9" * 10), "meta": {"profile": [profile]}}
    answer = stranger.post("/Patient", json=body)
    assert answer.status_code == 422
    assert "Patient.identifier[0].value" in places(answer)


def test_the_demonstration_takes_no_number_that_may_be_a_real_persons(
    service: Running, stranger: httpx.Client
) -> None:
    # Put together here, so that no number of a real person stands in a file.
    real = next(
        number
        for n in range(100)
        if (number := f"4{service.settings.bounds.page:02}00{n:05}")
        and stranger.post("/Patient", json=patient(number)).status_code == 422
    )
    [issue] = issues(stranger.post("/Patient", json=patient(real)))
    assert issue["expression"] == ["Patient.identifier[0].value"]
    assert "for tests" in issue["diagnostics"]
    assert "for tests" in told(stranger.post("/Patient/$validate", json=patient(real)))


def test_a_demonstration_takes_numbers_for_tests_alone_whatever_else_is_said() -> None:
    assert Settings(demo=True, nhs_numbers="live").nhs_numbers_taken == "test"
    assert Settings(demo=False, nhs_numbers="live").nhs_numbers_taken == "live"


@pytest.mark.parametrize("round", range(3))
def test_of_32_who_make_the_same_person_at_once_one_does(
    service: Running, as_client: Callable[..., httpx.Client], surgery: httpx.Client, round: int
) -> None:
    number, start = new_number(), threading.Barrier(32)
    clients = [as_client(name) for name in ("gp-surgery", STRANGER) for _ in range(16)]

    def make(n: int) -> int:
        start.wait()
        if n % 4 == 3:
            answer = send(clients[n], "transaction", entry("POST", "Patient", patient(number)))
            return 201 if answer.status_code == 200 else answer.status_code
        if n % 4 == 2:
            body = {**patient(number), "id": f"raced-{number}-{n}"}
            return clients[n].put(f"/Patient/{body['id']}", json=body).status_code
        return clients[n].post("/Patient", json=patient(number)).status_code

    with ThreadPoolExecutor(32) as pool:
        statuses = list(pool.map(make, range(32)))
    assert statuses.count(201) == 1, statuses
    assert set(statuses) <= {201, 409, 503}, statuses


def test_of_those_found_by_number_nobody_is_left_out(
    surgery: httpx.Client, holder: str, number: str
) -> None:
    found = surgery.get(f"/Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|{number}")
    assert ids(found.json()) == [holder]
