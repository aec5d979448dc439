"""The measures and the T-score over HTTP: of one person and of a set, for who may see whom."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from msgspec.json import decode, encode
from pydantic import TypeAdapter

from app.operations import several_people
from app.store.database import _Connection
from app.what_matters.measures_text import measures_text
from app.what_matters.measures_told import (
    PersonMeasured,
    SetMeasured,
    person_measured,
    set_measured,
)
from app.what_matters.pco_goal import Person
from app.what_matters.period import Period
from tests.conftest import Running
from tests.endpoints.emergencies import WORDS, parameters, practitioner
from tests.endpoints.merging import Administrators
from tests.endpoints.rest.measured import YEAR, asked, measured, plan, scaled_goal, score
from tests.endpoints.sharing import (
    JUST_US,
    NOT_SUPPORTERS,
    NOT_THE_PERSON,
    RESTRICTED,
    choice,
    labelled,
    stored,
    supporter,
)
from tests.people import new_person

Json = dict[str, Any]
ApiAs = Callable[..., httpx.Client]
AsClient = Callable[..., httpx.Client]
PERIOD = Period(date(2026, 1, 1), date(2026, 12, 31), ZoneInfo("Europe/London"))
CAST = ("tamsin-pender", "denzel-trembath", "perran-kitto", "steren-rosewarne", "cador-opie")
ABSENT = "7d5a35a2-0000-4000-8000-000000000000"


def of_one(client: httpx.Client, person: str) -> Json:
    answer = client.get(f"/people/{person}/measures", params=YEAR)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def of_set(client: httpx.Client, *people: str) -> Json:
    answer = client.post("/measures", json=asked(people))
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def as_read(client: httpx.Client, person: str) -> Person:
    """A person with all their entries, as the FHIR door tells them."""

    def every(type: str) -> list[Json]:
        query = {"patient": person, "_count": "200"}
        found = client.get(f"/{type}", params=query).json()
        return [one["resource"] for one in found.get("entry", ())]

    patient = client.get(f"/Patient/{person}").json()
    return Person(patient, every("Goal"), every("Observation"), every("CarePlan"))


def in_json(told: object) -> Json:
    return decode(encode(told))  # type: ignore[no-any-return]


def ordered(told: Json) -> Json:
    return {**told, "goals": sorted(told["goals"], key=lambda one: one["goal"])}


@pytest.mark.parametrize("person", CAST)
def test_one_of_the_cast_is_told_what_the_rules_say_of_all_their_entries(
    surgery: httpx.Client, api: httpx.Client, person: str
) -> None:
    expected = person_measured(as_read(surgery, person), PERIOD)
    assert ordered(of_one(api, person)) == ordered(in_json(expected))


def test_the_cast_together_is_told_what_the_rules_say_of_them(
    surgery: httpx.Client, api: httpx.Client
) -> None:
    told = of_set(api, *CAST)
    assert told == in_json(set_measured((as_read(surgery, one) for one in CAST), PERIOD))
    assert (told["people"], told["population"]) == (5, 4)
    assert told["left_out"][0]["why"].startswith("They are not 18 yet")


def test_each_goal_says_in_plain_words_why_it_does_not_count(
    surgery: httpx.Client, api: httpx.Client
) -> None:
    person = new_person(surgery, birthDate="1955-02-11")
    where = stored(surgery, scaled_goal(person))
    assert [one["why"] for one in of_one(api, person)["goals"]] == ["No plan is about it."]
    stored(surgery, plan(person, where))
    stored(surgery, score(person, where, "2026-03-02", -1))
    told = of_one(api, person)
    assert (told["identified"], told["followed_up"], told["achieved"]) == (True, False, False)
    assert told["goals"][0]["why"] == "It has no score in the time for follow-up."
    assert told["t_score"] == {
        "goals": 0,
        "scored_once": 1,
        "alike": None,
        "by_importance": None,
    }
    stored(surgery, score(person, where, "2026-04-02", 1))
    told = of_one(api, person)
    assert (told["followed_up"], told["achieved"], told["goals"][0]["why"]) == (True, True, "")
    assert told["t_score"]["alike"] == {"start": 40.0, "now": 60.0, "change": 20.0}


def test_one_person_is_told_as_plain_text_too(api: httpx.Client) -> None:
    answer = api.get(
        "/people/tamsin-pender/measures", params=YEAR, headers={"Accept": "text/plain"}
    )
    assert answer.headers["Content-Type"].startswith("text/plain")
    told = decode(encode(of_one(api, "tamsin-pender")), type=PersonMeasured)
    assert answer.text == measures_text(told)
    refused = api.get(
        "/people/tamsin-pender/measures", params=YEAR, headers={"Accept": "text/html"}
    )
    assert refused.status_code == 406


def test_the_description_tells_the_truth_of_both_answers(api: httpx.Client) -> None:
    for model, told in (
        (PersonMeasured, of_one(api, "tamsin-pender")),
        (SetMeasured, of_set(api, *CAST)),
    ):
        adapter: TypeAdapter[Any] = TypeAdapter(model)
        assert adapter.dump_python(adapter.validate_python(told), mode="json") == told


@pytest.mark.parametrize("label", [RESTRICTED, JUST_US], ids=lambda one: one["code"])
def test_what_is_hidden_leaves_no_trace_in_any_figure(
    surgery: httpx.Client, as_client: AsClient, api_as: ApiAs, label: Json
) -> None:
    person = new_person(surgery, birthDate="1955-02-11")
    own, council = as_client(f"person:{person}"), api_as("council-care")
    seen = stored(own, scaled_goal(person, "To be seen"))
    stored(own, score(person, seen, "2026-03-02", -1))
    before = of_one(council, person), of_set(council, person)
    hidden = labelled(label)
    secret = stored(own, scaled_goal(person, "HIDDEN", **hidden))
    stored(own, plan(person, seen, secret, **hidden))
    for where in (seen, secret):
        stored(own, score(person, where, "2026-04-02", 1, **hidden))
    assert (of_one(council, person), of_set(council, person)) == before
    told = of_one(api_as(f"person:{person}"), person)
    assert told["achieved"]
    assert "HIDDEN" in str(told)


def test_what_is_kept_from_the_person_is_not_in_their_own_figures(
    surgery: httpx.Client, api: httpx.Client, api_as: ApiAs
) -> None:
    person = new_person(surgery, birthDate="1955-02-11")
    stored(surgery, scaled_goal(person, "KEPT", **labelled(NOT_THE_PERSON)))
    stored(surgery, scaled_goal(person, "Shown", **labelled(NOT_SUPPORTERS)))
    own = of_one(api_as(f"person:{person}"), person)
    assert [one["words"] for one in own["goals"]] == ["Shown"]
    assert len(of_one(api, person)["goals"]) == 2


def test_somebody_who_may_not_be_seen_is_answered_as_somebody_who_is_not_there(
    surgery: httpx.Client, as_client: AsClient, api: httpx.Client, api_as: ApiAs
) -> None:
    ours, theirs = measured(surgery), measured(surgery)
    for one in (ours, theirs):
        stored(as_client(f"person:{one}"), choice(one, "deny", "Organization/council-care"))
    assert of_set(api, ours, theirs)["achieved"] == {"people": 2, "percent": 100.0}
    council = api_as("council-care")
    told = {one: of_set(council, one) for one in (theirs, ABSENT)}
    assert told[theirs] == {**told[ABSENT], "not_found": [theirs]}
    assert told[ABSENT]["not_found"] == [ABSENT]
    assert (told[ABSENT]["people"], told[ABSENT]["identified"]["people"]) == (0, 0)
    answers = [
        council.get(f"/people/{one}/measures", params=YEAR).json() for one in (theirs, ABSENT)
    ]
    assert answers[0] == answers[1]
    assert answers[0]["status"] == 404


def test_a_person_asks_for_themself_and_for_nobody_else(
    surgery: httpx.Client, api_as: ApiAs
) -> None:
    one, another = measured(surgery), measured(surgery)
    told = of_set(api_as(f"person:{one}"), one, another)
    assert (told["people"], told["not_found"]) == (1, [another])


def test_a_supporter_is_told_no_figures(
    surgery: httpx.Client, as_client: AsClient, api_as: ApiAs
) -> None:
    person = measured(surgery)
    helper = stored(as_client(f"person:{person}"), supporter(person)).partition("/")[2]
    friend = api_as(f"supporter:{helper}")
    for answer in (
        friend.get(f"/people/{person}/measures", params=YEAR),
        friend.post("/measures", json=asked([person])),
    ):
        assert answer.status_code == 403
        assert answer.json()["detail"].startswith("These figures are for the person")


def test_what_the_token_does_not_reach_is_not_taken_for_nothing(
    surgery: httpx.Client, api_as: ApiAs
) -> None:
    person = measured(surgery)
    narrow = api_as("gp-surgery", scope="system/Patient.rs system/Goal.rs")
    told = of_one(narrow, person)
    assert not told["identified"]
    assert told["not_shown"] == ["the scores, and what matters to the person", "the plans"]
    assert of_set(narrow, person)["not_shown"] == told["not_shown"]
    blind = api_as("gp-surgery", scope="system/Goal.rs")
    assert blind.post("/measures", json=asked([person])).status_code == 403


def looks(client: httpx.Client, person: str) -> list[str]:
    entries = client.get(f"/people/{person}/who-has-looked").json()["entries"]
    return [one["words"] for one in entries if "what became of your goals" in one["words"]]


def test_the_log_of_each_tells_of_it_whether_they_were_seen_or_not(
    surgery: httpx.Client, as_client: AsClient, api_as: ApiAs
) -> None:
    seen, unseen = measured(surgery), measured(surgery)
    stored(as_client(f"person:{unseen}"), choice(unseen, "deny", "Organization/council-care"))
    council = api_as("council-care")
    of_set(council, seen, unseen)
    (told,), (tried,) = (looks(api_as(f"person:{one}"), one) for one in (seen, unseen))
    assert "counted what became of your goals" in told
    assert "tried to count what became of your goals" in tried
    for one in (seen, unseen):
        query = {"patient": f"Patient/{one}", "subtype": "measures"}
        (event,) = as_client(f"person:{one}").get("/AuditEvent", params=query).json()["entry"]
        other = {seen: unseen, unseen: seen}[one]
        assert other not in str(event)
    of_one(council, seen)
    assert "2 times" in looks(api_as(f"person:{seen}"), seen)[0]


def test_in_an_emergency_the_record_is_counted_and_the_look_recorded_as_one(
    service: Running, surgery: httpx.Client, as_client: AsClient
) -> None:
    person = new_person(surgery, birthDate="1955-02-11")
    own = as_client(f"person:{person}")
    stored(own, scaled_goal(person, "Restricted", **labelled(RESTRICTED)))
    doctor = practitioner(service.settings)
    base = f"{service.settings.base_url}/api"
    headers = {"Authorization": doctor.headers["Authorization"]}
    with httpx.Client(base_url=base, headers=headers, timeout=30) as screen:
        assert of_set(screen, person)["not_found"] == [person]
        why = parameters(patient=person, reason="in-danger", explanation=WORDS)
        assert doctor.post("/Patient/$emergency-access", json=why).status_code < 300
        assert of_set(screen, person)["people"] == 1
        assert len(of_one(screen, person)["goals"]) == 1
    query = {"patient": f"Patient/{person}", "subtype": "measures", "outcome": "0"}
    events = own.get("/AuditEvent", params=query).json()["entry"]
    uses = [one["resource"]["purposeOfEvent"][0]["coding"][0]["code"] for one in events]
    assert uses == ["BTG", "BTG"]
    doctor.close()


def test_a_frozen_record_has_no_figures_for_the_person(
    surgery: httpx.Client, api: httpx.Client, api_as: ApiAs
) -> None:
    person = measured(surgery)
    why = parameters(explanation="Somebody else has their telephone, and reads along.")
    assert surgery.post(f"/Patient/{person}/$freeze", json=why).status_code == 200
    own = api_as(f"person:{person}")
    assert own.get(f"/people/{person}/measures", params=YEAR).status_code == 403
    assert own.post("/measures", json=asked([person])).status_code == 403
    assert of_set(api, person)["people"] == 1


def test_who_is_asked_for_twice_counts_once_and_so_does_who_has_two_records(
    surgery: httpx.Client, api: httpx.Client, api_as: ApiAs, admins: Administrators
) -> None:
    one = measured(surgery)
    assert of_set(api, one, one)["people"] == 1
    other = new_person(surgery, birthDate="1955-02-11")
    assert of_set(api, one, other)["identified"] == {"people": 1, "percent": 50.0}
    admins.merge(one, other)
    told = of_set(api, one, other)
    assert (told["people"], told["not_found"]) == (1, [])
    assert told["identified"] == {"people": 1, "percent": 100.0}
    for record in (one, other):
        assert of_one(api, record)["achieved"]
        assert looks(api_as(f"person:{record}"), record)


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The statements that are run inside."""
    ran: list[str] = []
    fetch = _Connection.fetch

    async def noted(self: Any, sql: str, *arguments: Any, **rest: Any) -> Any:
        ran.append(sql)
        return await fetch(self, sql, *arguments, **rest)

    with monkeypatch.context() as patched:
        patched.setattr(_Connection, "fetch", noted)
        yield ran


def test_a_set_takes_as_few_statements_as_one_person(
    monkeypatch: pytest.MonkeyPatch, surgery: httpx.Client, api: httpx.Client
) -> None:
    people = [measured(surgery) for _ in range(12)]
    with counted(monkeypatch) as few:
        of_one(api, people[0])
    with counted(monkeypatch) as many:
        told = of_set(api, *people)
    assert len(few) <= 4
    assert len(many) == len(few)
    assert told["for_everybody"]["achieved"] == {"people": 10, "percent": 100}
    assert told["for_everybody"]["t_score"] == {"people": 10, "start": 40, "now": 60, "change": 20}


def test_more_than_can_be_read_at_once_is_refused_and_not_told_in_part(
    monkeypatch: pytest.MonkeyPatch, surgery: httpx.Client, api: httpx.Client, api_as: ApiAs
) -> None:
    people = [measured(surgery) for _ in range(2)]
    monkeypatch.setattr(several_people, "_MOST_ENTRIES", 9)
    assert of_set(api, people[0])["people"] == 1
    refused = api.post("/measures", json=asked(people))
    assert refused.status_code == 400
    assert "Ask for fewer of them" in refused.json()["detail"]
    (told,) = looks(api_as(f"person:{people[1]}"), people[1])
    assert "tried to count" in told


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"from": "2026-12-31", "to": "2026-01-01"}, "to", "The last day is before the first."),
        ({"from": "2026-03"}, "from", "Write the whole day, like 2026-03-05."),
        ({"to": "2026-02-30"}, "to", "There is no such day."),
        ({"to": None}, "to", "Send a text"),
        ({"since": "2026-01-01"}, "since", "There is no such field here"),
        ({"people": []}, "people", "Send at least 1."),
        ({"people": ["p"] * 201}, "people", "Send 200 at the most."),
        ({"people": ["Patient/p"]}, "people.0", "Send the id alone"),
    ],
    ids=lambda one: str(one)[:30],
)
def test_a_body_that_is_wrong_is_told_where_and_what_to_send(
    api: httpx.Client, wrong: Json, field: str, words: str
) -> None:
    refused = api.post("/measures", json={**asked(["tamsin-pender"]), **wrong})
    assert refused.status_code == 422
    (fault,) = refused.json()["faults"]
    assert fault["field"] == field
    assert fault["detail"].startswith(words)


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("from=2026-12-31&to=2026-01-01", 422, "The last day is before the first."),
        ("from=2026-01-01", 422, "This is needed. Send it."),
        ("from=2026-01-01&to=2026-13-01", 422, "Write the whole day, like 2026-03-05."),
        ("from=2026-01-01&to=2026-12-31&goal=x", 400, "After the question mark"),
    ],
)
def test_an_address_that_is_wrong_is_told_what_to_send(
    api: httpx.Client, query: str, status: int, words: str
) -> None:
    refused = api.get(f"/people/tamsin-pender/measures?{query}")
    assert refused.status_code == status
    assert refused.json()["detail"].startswith(words)
