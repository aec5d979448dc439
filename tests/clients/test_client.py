"""The Python client, at the running service; and what it does when the service is busy."""

import asyncio
from collections.abc import Callable, Iterator

import httpx
import pytest
from whatmatters_client import AsyncClient, Client, Entry, Refused, Unanswered

from tests.conftest import Running, mint_token
from tests.people import new_person

SAID = "I want to hear the sea from my own bed again"
Answers = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(scope="module")
def record(service: Running) -> Iterator[Client]:
    """The surgery's client."""
    with Client(service.settings.base_url, mint_token(service.settings, "gp-surgery")) as made:
        yield made


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    """Somebody whom the surgery looks after, and the council."""
    return new_person(surgery, known_to=("gp-surgery", "council-care"))


def answering(answers: Answers) -> Client:
    """A client of a service that answers so."""
    return Client("http://record.example", "token", transport=httpx.MockTransport(answers))


def test_a_person_is_found_and_their_page_read(record: Client) -> None:
    found = record.people.find({"nhs_number": "9990000018", "born": "1955-02-11"})
    assert [one["id"] for one in found["people"]] == ["tamsin-pender"]
    page = record.what_matters("tamsin-pender")
    assert page["person"]["called"]
    assert record.people.read("tamsin-pender").told["born"] == "1955-02-11"


def test_what_people_count_for_is_told_of_one_and_of_several(record: Client) -> None:
    days = ("2026-01-01", "2026-12-31")
    one = record.measures("tamsin-pender", *days)
    assert (one["achieved"], one["goals"][0]["why"]) == (True, "")
    several = record.measures_of(["tamsin-pender", "nobody-here"], *days)
    assert (several["people"], several["not_found"]) == (1, ["nobody-here"])
    how_it_was = record.experience_of(["tamsin-pender"], *days)
    assert how_it_was["answers"] > how_it_was["negative"]["answers"]


def test_a_change_names_the_version_that_was_read(record: Client, person: str) -> None:
    goal = record.goals.add(person, {"words": SAID, "began": "2026-11-22"})
    changed = record.goals.change(goal, {"importance": 9})
    assert changed.told["importance"] == 9
    with pytest.raises(Refused) as refused:
        record.goals.change(goal, {"importance": 1})  # of a version that is over
    assert refused.value.status == 412
    moved = record.goals.move(changed, "pause", {"why": "The rain", "how_we_know": "said"})
    assert moved.told["state"] == "paused"
    record.goals.take_away(moved)
    with pytest.raises(Refused, match="nothing here"):
        record.goals.read(person, goal.id)


def test_a_refusal_tells_the_field(record: Client, person: str) -> None:
    with pytest.raises(Refused) as refused:
        record.goals.add(person, {"words": SAID, "began": "tomorrow"})
    assert refused.value.status == 422
    assert refused.value.faults[0]["field"] == "began"
    assert "began: " in str(refused.value)
    assert refused.value.request_id


def test_a_list_is_read_page_after_page(record: Client, person: str) -> None:
    told = {f"Number {n}" for n in range(5)}
    for words in told:
        record.statements.add(person, {"words": words})
    assert {one["words"] for one in record.statements.list(person, limit=2)} == told


def test_a_request_is_taken_on_and_passed_on(record: Client, service: Running, person: str) -> None:
    made = record.requests.ask(
        person, {"words": "Someone to walk with", "of": {"id": "council-care"}}
    )
    with Client(service.settings.base_url, mint_token(service.settings, "council-care")) as council:
        taken = council.requests.move(council.requests.read(person, made.id), "accept")
        passed = council.requests.move(taken, "pass-on", {"words": "They live nearer."})
    steps = passed.told["steps"] or []
    assert [one["state"] for one in steps] == ["passed-on", "asked"]
    assert "of" not in steps[-1]
    assert [one["id"] for one in record.requests.list(person)] == [made.id]


def test_a_night_of_contacts_is_loaded_once(record: Client, person: str) -> None:
    organisation = {"kind": "organisation", "id": "gp-surgery"}
    contact = {
        "person": person,
        "your_reference": f"n-{person}",
        "organisation": organisation,
        "began": "2026-11-22T10:00:00Z",
        "ended": "2026-11-22T10:20:00Z",
        "how": "at-home",
    }
    assert record.contacts.load([contact])["created"] == 1
    assert record.contacts.load([contact])["here_already"] == 1


def test_both_colours_do_the_same(service: Running, person: str) -> None:
    async def run() -> list[str | None]:
        token = mint_token(service.settings, "gp-surgery")
        async with AsyncClient(service.settings.base_url, token) as record:
            story = await record.stories.add(person, {"words": "I walked."})
            assert story.etag == 'W/"1"'
            return [one["words"] async for one in record.stories.list(person)]

    assert asyncio.run(run()) == ["I walked."]


def test_what_is_sent_again_has_the_same_key_and_waits_as_long_as_it_is_told() -> None:
    keys = []

    def answers(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        if len(keys) < 3:
            return httpx.Response((503, 429)[len(keys) - 1], headers={"Retry-After": "0"})
        return httpx.Response(201, json={"id": "1"}, headers={"ETag": 'W/"1"'})

    with answering(answers) as record:
        record.goals.add("p", {"words": SAID, "began": "2026"})
        record.goals.add("p", {"words": SAID, "began": "2026"})
    assert keys[0] == keys[1] == keys[2] != keys[3]


def test_who_must_wait_longer_than_a_person_can_is_told_so() -> None:
    asked = []

    def answers(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(429, headers={"Retry-After": "3600"})

    with answering(answers) as record, pytest.raises(Refused) as refused:
        record.people.read("p")
    assert (refused.value.status, len(asked)) == (429, 1)


def test_a_change_that_got_no_answer_is_not_sent_again() -> None:
    asked = []

    def answers(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["If-Match"])
        raise httpx.ReadError("gone", request=request)

    goal: Entry[object] = Entry({"id": "1", "person": "p"}, 'W/"3"')
    with answering(answers) as record, pytest.raises(Unanswered):
        record.goals.take_away(goal)  # type: ignore[arg-type]
    assert asked == ['W/"3"']
