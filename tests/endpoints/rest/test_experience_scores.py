"""The friends and family scores over HTTP, of those whom the caller may see."""

from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from msgspec.json import decode, encode
from pydantic import TypeAdapter

from app.what_matters.experience_told import ExperienceScores, experience_told
from app.what_matters.period import Period
from tests.endpoints.rest.measured import asked
from tests.endpoints.sharing import choice, stored
from tests.people import new_person

Json = dict[str, Any]
ApiAs = Callable[..., httpx.Client]
PERIOD = Period(date(2026, 1, 1), date(2026, 12, 31), ZoneInfo("Europe/London"))
CAST = ("tamsin-pender", "denzel-trembath", "gerens-tregenza", "ewa-penrose", "ivy-chegwidden")
ABSENT = "7d5a35a2-0000-4000-8000-000000000000"


def scored(client: httpx.Client, *people: str) -> Json:
    answer = client.post("/experience", json=asked(people))
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def say(
    client: httpx.Client, person: str, overall: str, day: str = "2026-03-01", **rest: Any
) -> None:
    body = {"overall": overall, "when": day, **rest}
    made = client.post(f"/people/{person}/experience", json=body)
    assert made.status_code == 201, made.text


def test_the_cast_is_told_what_the_rules_say_of_all_their_answers(
    surgery: httpx.Client, api: httpx.Client
) -> None:
    def every(person: str) -> list[Json]:
        query = {"patient": person, "_count": "200"}
        found = surgery.get("/QuestionnaireResponse", params=query).json()
        return [one["resource"] for one in found.get("entry", ())]

    told = scored(api, *CAST)
    assert told == decode(encode(experience_told(map(every, CAST), PERIOD)))
    assert (told["people"], told["answers"] > 5) == (5, True)
    adapter = TypeAdapter(ExperienceScores)
    assert adapter.dump_python(adapter.validate_python(told), mode="json") == told


def test_scores_are_of_the_answers_of_the_period_and_safe_ones_stand_beside(
    surgery: httpx.Client, api: httpx.Client, api_as: ApiAs
) -> None:
    people = [new_person(surgery) for _ in range(9)]
    for n, one in enumerate(people):
        say(api_as(f"person:{one}"), one, "very-good" if n else "poor")
    say(api, people[0], "poor", "2025-12-31")
    told = scored(api, *people)
    assert told["positive"] == {"answers": 8, "percent": 88.9}
    assert told["negative"] == {"answers": 1, "percent": 11.1}
    assert told["by_answer"]["poor"] == 1
    safe = told["for_everybody"]
    assert (safe["answers"], safe["by_answer"]["very-good"]) == (10, 10)
    assert (safe["by_answer"]["poor"], safe["positive_percent"]) == (None, None)


def test_what_is_hidden_and_who_is_not_seen_are_in_no_score(
    surgery: httpx.Client, as_client: ApiAs, api_as: ApiAs
) -> None:
    ours, theirs = new_person(surgery), new_person(surgery)
    own, council = api_as(f"person:{ours}"), api_as("council-care")
    stored(as_client(f"person:{theirs}"), choice(theirs, "deny", "Organization/council-care"))
    say(own, ours, "good")
    before = scored(council, ours)
    assert before["answers"] == 1
    say(own, ours, "poor", kept_from=["restricted"])
    say(api_as(f"person:{theirs}"), theirs, "very-poor")
    assert scored(council, ours) == before
    for other in (theirs, ABSENT):
        assert scored(council, ours, other) == {**before, "not_found": [other]}
    assert scored(own, ours)["answers"] == 2


def test_the_log_of_each_tells_of_it_whether_they_were_seen_or_not(
    surgery: httpx.Client, as_client: ApiAs, api_as: ApiAs
) -> None:
    seen, unseen = new_person(surgery), new_person(surgery)
    stored(as_client(f"person:{unseen}"), choice(unseen, "deny", "Organization/council-care"))
    scored(api_as("council-care"), seen, unseen)
    for person, words in ((seen, "counted how you said"), (unseen, "tried to count how you said")):
        looked = api_as(f"person:{person}").get(f"/people/{person}/who-has-looked").json()
        assert sum(words in one["words"] for one in looked["entries"]) == 1


def test_what_the_token_does_not_reach_is_not_taken_for_nothing(
    surgery: httpx.Client, api_as: ApiAs
) -> None:
    person = new_person(surgery)
    narrow = api_as("gp-surgery", scope="system/Patient.rs system/Goal.rs")
    assert scored(narrow, person)["not_shown"] == ["how it was"]


@pytest.mark.parametrize("field", ["from", "to", "people"])
def test_a_field_that_is_missing_is_told(api: httpx.Client, field: str) -> None:
    body = asked(["tamsin-pender"])
    del body[field]
    refused = api.post("/experience", json=body)
    assert refused.status_code == 422
    assert refused.json()["faults"] == [{"detail": "This is needed. Send it.", "field": field}]
