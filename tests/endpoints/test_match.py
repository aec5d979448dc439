"""Patient/$match: who finds whom, and what they are told (docs/decisions/0020)."""

import base64
import secrets
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import httpx
import pytest

from app.settings import Settings
from tests.conftest import Running, mint_token, run_sql
from tests.endpoints.asking import about, issues, places, told
from tests.endpoints.numbers import Json, identifier, new_number
from tests.endpoints.sharing import JUST_US, RESTRICTED, choice, labelled, stored, team
from tests.people import new_person

BORN = "1950-03-01"
STRANGER = "stranger-clinic"
GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"


@pytest.fixture(scope="module")
def stranger(as_client: Callable[..., httpx.Client]) -> httpx.Client:
    """An organisation without a relationship to anybody here."""
    return as_client(STRANGER)


@pytest.fixture
def number() -> str:
    return new_number()


@pytest.fixture
def family() -> str:
    """A family name that nobody else has."""
    return "".join(secrets.choice("bcdfglmnprst") + secrets.choice("aeiou") for _ in range(6))


def made(client: httpx.Client, number: str | None = None, **rest: Any) -> str:
    """A person whom this client alone knows, born on that day."""
    named: Json = {"birthDate": BORN, **rest}
    if number is not None:
        named["identifier"] = [identifier(number)]
    return new_person(client, known_to=(), **named)


def asked(patient: Json, **parameters: Any) -> Json:
    kinds = {bool: "valueBoolean", int: "valueInteger", str: "valueString"}
    return {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "resource", "resource": {"resourceType": "Patient", **patient}},
            *({"name": name, kinds[type(v)]: v} for name, v in parameters.items()),
        ],
    }


def by(number: str, born: str | None = BORN) -> Json:
    said: Json = {"identifier": [identifier(number, None)]}
    return said if born is None else {**said, "birthDate": born}


def ask(client: httpx.Client, patient: Json, **parameters: Any) -> httpx.Response:
    return client.post("/Patient/$match", json=asked(patient, **parameters))


def found(client: httpx.Client, patient: Json, **parameters: Any) -> list[tuple[str, str]]:
    """(id, grade) of each, in their order."""
    answer = ask(client, patient, **parameters)
    assert answer.status_code == 200, answer.text
    return [
        (one["resource"]["id"], one["search"]["extension"][0]["valueCode"])
        for one in answer.json().get("entry", ())
        if one["search"]["mode"] == "match"
    ]


def test_the_number_and_the_date_are_certain(surgery: httpx.Client, number: str) -> None:
    person = made(surgery, number, gender="other")
    [entry] = ask(surgery, by(number)).json()["entry"]
    assert entry["search"] == {
        "extension": [{"url": GRADE, "valueCode": "certain"}],
        "mode": "match",
        "score": 1.0,
    }
    assert entry["fullUrl"].endswith(f"/Patient/{person}")
    assert entry["resource"]["gender"] == "other"


def test_a_stranger_is_told_the_id_and_the_number_they_sent_and_nothing_else(
    surgery: httpx.Client, stranger: httpx.Client, number: str, family: str
) -> None:
    name = [{"family": family, "given": ["Tamsin"]}]
    person = made(surgery, number, name=name, gender="other", address=[{"city": "Mousehole"}])
    answer = ask(stranger, by(number))
    [entry] = answer.json()["entry"]
    shown = entry["resource"]
    assert shown.keys() == {"resourceType", "id", "meta", "identifier"}
    assert shown["id"] == person
    assert shown["identifier"] == by(number)["identifier"]
    assert [tag["code"] for tag in shown["meta"]["tag"]] == ["SUBSETTED"]
    assert family not in answer.text
    assert stranger.get(f"/Patient/{person}").status_code == 404


@pytest.mark.parametrize("born", ["1950-01-03", "1950-03-02", "1950-03", "1951-03-01"])
def test_a_stranger_finds_nobody_by_a_number_with_another_date(
    surgery: httpx.Client, stranger: httpx.Client, number: str, born: str
) -> None:
    made(surgery, number)
    answer = ask(stranger, by(number, born))
    assert answer.json().get("entry") is None


def test_a_stranger_finds_nobody_by_likeness(
    surgery: httpx.Client, stranger: httpx.Client, family: str
) -> None:
    name = [{"family": family, "given": ["Tamsin"]}]
    home: Json = {"address": [{"postalCode": "TR18 4AB"}], "name": name}
    person = made(surgery, **home)
    same: Json = {**home, "birthDate": BORN}
    assert found(surgery, same) == [(person, "probable")]
    assert found(stranger, same) == []


def test_a_number_that_is_not_verified_makes_nobody_certain(
    surgery: httpx.Client, stranger: httpx.Client, number: str
) -> None:
    unverified = {"identifier": [identifier(number, "02")]}
    person = new_person(surgery, known_to=(), birthDate=BORN, **unverified)
    assert found(surgery, by(number)) == [(person, "possible")]
    assert found(stranger, by(number)) == []


def hide_by_label(client: httpx.Client, person: str, label: Json) -> None:
    body = client.get(f"/Patient/{person}").json()
    body["meta"]["security"] = [label]
    assert client.put(f"/Patient/{person}", json=body).status_code == 200


def without_counts(answer: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    kept = {k: v for k, v in answer.headers.items() if k not in ("date", "x-request-id")}
    return answer.status_code, answer.content, kept


@pytest.mark.parametrize("label", [RESTRICTED, JUST_US], ids=["restricted", "just-us"])
def test_a_hidden_person_is_not_found_and_the_answer_is_that_of_one_who_is_not_here(
    surgery: httpx.Client, stranger: httpx.Client, number: str, label: Json
) -> None:
    absent = ask(stranger, by(number))
    person = new_person(
        surgery, known_to=(), birthDate=BORN, identifier=[identifier(number)], **labelled(label)
    )
    assert without_counts(ask(stranger, by(number))) == without_counts(absent)
    assert found(surgery, by(number)) == [(person, "certain")]


def test_a_hidden_person_takes_as_long_to_find_nobody_as_one_who_is_not_here(
    surgery: httpx.Client, stranger: httpx.Client, number: str
) -> None:
    new_person(
        surgery,
        known_to=(),
        birthDate=BORN,
        identifier=[identifier(number)],
        **labelled(RESTRICTED),
    )
    bodies = {"hidden": asked(by(number)), "absent": asked(by(new_number()))}
    seconds: dict[str, list[float]] = {name: [] for name in bodies}
    # By turns, so that whatever else the machine does befalls both.
    for _ in range(60):
        for name, body in bodies.items():
            started = time.perf_counter()
            assert stranger.post("/Patient/$match", json=body).json()["total"] == 0
            seconds[name].append(time.perf_counter() - started)
    hidden, absent = (median(some) for some in seconds.values())
    assert 0.4 < hidden / absent < 2.5


@pytest.mark.parametrize("is_named", [True, False], ids=["by-name", "everyone"])
def test_whoever_said_no_is_not_found_by_who_it_was_said_to(
    surgery: httpx.Client,
    stranger: httpx.Client,
    as_client: Callable[..., httpx.Client],
    number: str,
    is_named: bool,
) -> None:
    absent = ask(stranger, by(number))
    person = made(surgery, number)
    assert found(stranger, by(number)) == [(person, "certain")]
    oneself = as_client(f"person:{person}")
    to = f"Organization/{STRANGER}" if is_named else stored(oneself, team(person, "gp-surgery"))
    stored(oneself, choice(person, "deny", to))
    assert without_counts(ask(stranger, by(number))) == without_counts(absent)


def test_a_no_that_is_over_or_about_something_else_hides_nobody(
    surgery: httpx.Client,
    stranger: httpx.Client,
    as_client: Callable[..., httpx.Client],
    number: str,
) -> None:
    person = made(surgery, number)
    oneself, to = as_client(f"person:{person}"), f"Organization/{STRANGER}"
    goals: Json = {"class": [{"system": "http://hl7.org/fhir/resource-types", "code": "Goal"}]}
    stored(oneself, choice(person, "deny", to, **goals))
    stored(oneself, choice(person, "deny", to, period={"end": "2026-01-01"}))
    stored(oneself, choice(person, "deny", to, status="inactive"))
    assert found(stranger, by(number)) == [(person, "certain")]


def test_who_was_said_yes_to_finds_the_whole_person(
    surgery: httpx.Client,
    stranger: httpx.Client,
    as_client: Callable[..., httpx.Client],
    number: str,
) -> None:
    person = made(surgery, number, gender="other")
    stored(as_client(f"person:{person}"), choice(person, "permit", f"Organization/{STRANGER}"))
    [entry] = ask(stranger, by(number)).json()["entry"]
    assert entry["resource"]["gender"] == "other"


def test_a_deleted_person_is_not_found(surgery: httpx.Client, number: str) -> None:
    person = made(surgery, number)
    assert surgery.delete(f"/Patient/{person}").status_code == 204
    assert found(surgery, by(number)) == []


def test_were_two_to_hold_a_number_neither_would_be_certain(
    surgery: httpx.Client, stranger: httpx.Client, database_url: str, number: str
) -> None:
    """As a record may have held before numbers were kept apart."""
    one, other = (
        new_person(surgery, known_to=(), birthDate=BORN, identifier=[identifier(number, status)])
        for status in ("01", "02")
    )
    run_sql(
        database_url,
        "update resources set body = convert_to(replace(convert_from(body, 'UTF8'),"  # noqa: S608
        f""" '"code":"02"', '"code":"01"'), 'UTF8') where id = '{other}'""",
    )
    assert found(stranger, by(number)) == []
    told = found(surgery, by(number))
    assert {id for id, _ in told} == {one, other}
    assert {grade for _, grade in told} == {"probable"}


def test_likeness_is_asked_only_when_the_number_finds_nobody(
    surgery: httpx.Client, number: str, family: str
) -> None:
    name = [{"family": family, "given": ["Tamsin"]}]
    person = made(surgery, number, name=name)
    made(surgery, name=name)
    assert found(surgery, {**by(number), "name": name}) == [(person, "certain")]


def test_the_likeliest_comes_first(surgery: httpx.Client, family: str) -> None:
    home: Json = {"address": [{"postalCode": "TR18 4AB"}]}
    name, near = (
        [{"family": family, "given": ["Tamsin"]}],
        [{"family": family, "given": ["Tamzin"]}],
    )
    probable = made(surgery, name=name, **home)
    turned = new_person(surgery, known_to=(), birthDate="1950-01-03", name=near)
    without = made(surgery, name=near)
    told = found(surgery, {"name": name, "birthDate": BORN, **home})
    assert told == [(probable, "probable"), (without, "possible"), (turned, "possible")]


def test_a_count_keeps_the_likeliest(surgery: httpx.Client, family: str) -> None:
    name = [{"family": family, "given": ["Tamsin"]}]
    for _ in range(3):
        made(surgery, name=name)
    assert len(found(surgery, {"name": name, "birthDate": BORN}, count=2)) == 2


def test_with_only_certain_matches_nobody_is_found_by_likeness(
    surgery: httpx.Client, family: str
) -> None:
    name = [{"family": family, "given": ["Tamsin"]}]
    made(surgery, name=name)
    same: Json = {"name": name, "birthDate": BORN}
    assert len(found(surgery, same)) == 1
    assert found(surgery, same, onlyCertainMatches=True) == []


def test_too_many_are_told_of_and_not_told(surgery: httpx.Client, family: str) -> None:
    name = [{"family": family, "given": ["Tamsin"]}]
    born = f"19{secrets.randbelow(90) + 10}-0{secrets.randbelow(9) + 1}-11"
    for _ in range(21):
        new_person(surgery, known_to=(), birthDate=born, name=name)
    answer = ask(surgery, {"name": name, "birthDate": born}).json()
    assert answer["total"] == 0
    [entry] = answer["entry"]
    assert entry["search"]["mode"] == "outcome"
    assert entry["resource"]["issue"][0]["code"] == "multiple-matches"


def test_twins_father_and_son_and_a_shared_telephone_are_never_certain(
    surgery: httpx.Client, family: str
) -> None:
    home: Json = {"telecom": [{"system": "phone", "value": f"01736 {family}"[:12]}]}
    one: Json = {"name": [{"family": family, "given": ["Jory"]}], "birthDate": BORN, **home}
    twin = {**one, "name": [{"family": family, "given": ["Jori"]}]}
    son = {**one, "birthDate": "1980-06-21"}
    for body in (twin, son):
        new_person(surgery, known_to=(), **body)
    grades = [grade for _, grade in found(surgery, one)]
    assert grades
    assert "certain" not in grades


def test_it_changes_nothing(surgery: httpx.Client, stranger: httpx.Client, number: str) -> None:
    person = made(surgery, number)
    before = surgery.get(f"/Patient/{person}/_history").content
    assert len(found(stranger, by(number))) == 1
    assert surgery.get(f"/Patient/{person}/_history").content == before
    assert stranger.get(f"/Patient/{person}").status_code == 404


def queries(event: Json) -> list[str]:
    return [base64.b64decode(one["query"]).decode() for one in event["entity"] if "query" in one]


def test_the_person_reads_who_asked_for_them_and_nobody_reads_what_was_sent(
    surgery: httpx.Client,
    stranger: httpx.Client,
    as_client: Callable[..., httpx.Client],
    number: str,
) -> None:
    person = made(surgery, number)
    assert len(found(stranger, by(number))) == 1
    events = [
        one
        for one in about(as_client(f"person:{person}"), person)
        if any(sub["code"] == "match" for sub in one["subtype"])
    ]
    assert [queries(one) for one in events] == [["POST Patient?birthDate&identifier"]]
    assert STRANGER in str(events[0]["agent"])
    assert number not in str(events)


def test_the_person_reads_in_plain_words_that_they_were_found(
    surgery: httpx.Client,
    stranger: httpx.Client,
    as_client: Callable[..., httpx.Client],
    number: str,
) -> None:
    person = made(surgery, number)
    assert len(found(stranger, by(number))) == 1
    answer = as_client(f"person:{person}").get(f"/Patient/{person}/$who-has-looked")
    assert "asked whether you have a record here, and found you" in answer.text


def test_a_question_that_finds_nobody_is_on_record(stranger: httpx.Client, number: str) -> None:
    assert found(stranger, by(number)) == []
    [event, *_] = stranger.get("/AuditEvent?subtype=match&_sort=-date&_count=1").json()["entry"]
    assert number not in str(event)
    assert queries(event["resource"]) == ["POST Patient?birthDate&identifier"]


@pytest.mark.parametrize(
    ("patient", "place"),
    [
        (
            {"identifier": [identifier("9990000019", None)], "birthDate": BORN},
            "identifier[0].value",
        ),
        (by("9" * 10), "identifier[0].value"),
        (
            {
                "identifier": [identifier("9990000018", None), identifier("9990000026", None)],
                "birthDate": BORN,
            },
            "identifier",
        ),
        ({"name": [{"family": "Pender"}] * 6, "birthDate": BORN}, "name"),
        ({"birthDate": "yesterday"}, "birthDate"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    surgery: httpx.Client, patient: Json, place: str
) -> None:
    answer = ask(surgery, patient)
    assert answer.status_code == 422
    assert places(answer) == [f"Patient.{place}"]


@pytest.mark.parametrize(
    "patient",
    [{}, {"birthDate": BORN}, {"name": [{"family": "Pender"}]}, {"address": [{"city": "Hayle"}]}],
)
def test_what_does_not_say_who_is_meant_is_refused(surgery: httpx.Client, patient: Json) -> None:
    answer = ask(surgery, patient)
    assert answer.status_code == 422
    assert "NHS number" in told(answer)


@pytest.mark.parametrize(
    "body",
    [
        {"resourceType": "Patient"},
        {"resourceType": "Parameters"},
        asked({"birthDate": BORN}, count=0),
        asked({"birthDate": BORN}, count="2"),
        asked({"birthDate": BORN}, onlyCertainMatches="true"),
        asked({"birthDate": BORN}, threshold=1),
    ],
)
def test_a_question_that_cannot_be_read_is_refused(surgery: httpx.Client, body: Json) -> None:
    assert surgery.post("/Patient/$match", json=body).status_code == 400


def test_it_is_asked_of_all_people_by_post(surgery: httpx.Client, number: str) -> None:
    person = made(surgery, number)
    body = asked(by(number))
    assert surgery.get("/Patient/$match").status_code == 405
    for elsewhere in (f"/Patient/{person}/$match", "/Goal/$match", "/$match"):
        assert surgery.post(elsewhere, json=body).status_code == 404


@pytest.mark.parametrize("scope", ["system/Patient.r", "system/Goal.rs", "system/Patient.cud"])
def test_a_token_without_the_right_to_search_for_people_may_not_ask(
    as_client: Callable[..., httpx.Client], number: str, scope: str
) -> None:
    answer = ask(as_client("gp-surgery", scope=scope), by(number))
    assert answer.status_code == 403
    assert "Patient.s" in told(answer)


def test_a_scope_with_a_condition_may_not_ask(
    as_client: Callable[..., httpx.Client], number: str
) -> None:
    narrow = as_client("gp-surgery", scope="system/Patient.rs?_tag=x|y")
    assert ask(narrow, by(number)).status_code == 403


@pytest.mark.parametrize("who", ["analyst", "privacy-officer", "admin", "oneself"])
def test_only_organisations_may_ask(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], number: str, who: str
) -> None:
    person = made(surgery, number)
    client = as_client(f"person:{person}" if who == "oneself" else who)
    answer = ask(client, by(number))
    assert answer.status_code == 403
    assert [one["code"] for one in issues(answer)] == ["forbidden"]


@pytest.fixture
def limited(settings: Settings) -> Iterator[Running]:
    ours = settings.model_copy(
        update={"rate_limits": "match=6/900000 person=3/900000", "secret": secrets.token_hex(8)}
    )
    running = Running(ours)
    running.start()
    yield running
    running.stop()


def at(worker: Running, name: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {mint_token(worker.settings, name)}"}
    headers["Content-Type"] = "application/fhir+json"
    return httpx.Client(base_url=worker.settings.fhir_base, headers=headers, timeout=30)


def test_it_is_limited_by_client_and_by_person_asked_about(limited: Running) -> None:
    numbers = [new_number() for _ in range(4)]
    with at(limited, "gp-surgery") as client:
        first = ask(client, by(numbers[0]))
        assert first.headers["ratelimit-policy"] == '"match";q=6;w=900000, "person";q=3;w=900000'
        assert '"match";r=5;' in first.headers["ratelimit"]
        of_person = [ask(client, by(numbers[0], born)).status_code for born in ("1951-01-01",) * 3]
        assert of_person == [200, 200, 429]
        of_client = [ask(client, by(numbers[n])).status_code for n in (1, 2, 3)]
        assert of_client == [200, 200, 429]
        refused = ask(client, by(numbers[3]))
        assert int(refused.headers["retry-after"]) > 0
        assert numbers[3] not in refused.text


def test_no_client_can_tell_whether_another_asked_about_somebody(limited: Running) -> None:
    number = new_number()
    with at(limited, "gp-surgery") as one, at(limited, "council-care") as other:
        for _ in range(4):
            ask(one, by(number))
        answer = ask(other, by(number))
    assert answer.status_code == 200
    assert '"person";r=2;' in answer.headers["ratelimit"]


def test_who_is_here_and_who_is_not_are_counted_alike(
    surgery: httpx.Client, limited: Running, number: str
) -> None:
    made(surgery, number)
    with at(limited, STRANGER) as client:
        here = ask(client, by(number))
        absent = ask(client, by(new_number()))
    assert '"person";r=2;' in here.headers["ratelimit"]
    assert '"person";r=2;' in absent.headers["ratelimit"]
