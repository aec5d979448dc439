"""The journey, and what was said and done, over HTTP."""

from collections.abc import Callable
from typing import Any

import httpx

from tests.endpoints.rest.test_what_matters import MATTERS, close, contact
from tests.endpoints.sharing import JUST_US, NOT_SUPPORTERS, labelled, stored, supporter
from tests.people import goal, new_person, observation

Json = dict[str, Any]
ApiAs = Callable[..., httpx.Client]
ABOUT = "http://hl7.org/fhir/StructureDefinition/resource-pertainsToGoal"
AGAIN = "https://whatmatters.example/fhir/StructureDefinition/told-again"


def story(client: httpx.Client, person: str, **query: str) -> Json:
    answer = client.get(f"/people/{person}/journey", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def threads(client: httpx.Client, person: str) -> Json:
    answer = client.get(f"/people/{person}/said-and-done")
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def about(where: str) -> Json:
    return {"extension": [{"url": ABOUT, "valueReference": {"reference": where}}]}


def request_for(person: str, words: str, day: str, **rest: Any) -> Json:
    return {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "code": {"text": words},
        "subject": {"reference": f"Patient/{person}"},
        "authoredOn": day,
        "requester": {"reference": f"Patient/{person}"},
        **rest,
    }


def test_a_story_is_told_in_the_order_of_time_page_by_page_and_each_thing_once(
    api: httpx.Client,
) -> None:
    whole = story(api, "tamsin-pender", limit="200")["happened"]
    days = [one["when"][:10] for one in whole]
    assert days == sorted(days)
    told: list[Json] = []
    page = story(api, "tamsin-pender", limit="7")
    assert page["figures"] is not None
    while True:
        told += page["happened"]
        if page["next"] is None:
            break
        page = story(api, "tamsin-pender", limit="7", after=page["next"])
        assert page["figures"] is None
    assert told == whole


def test_the_figures_are_those_of_the_contacts_and_requests(api: httpx.Client) -> None:
    figures = story(api, "tamsin-pender")["figures"]
    assert (figures["touch_points"], figures["told_again"], figures["hand_offs"]) == (7, 2, 1)
    assert "Treloweth Hospitals Trust" in figures["organisations"]


def test_a_goal_that_ended_is_told_when_it_began_and_when_it_ended(
    surgery: httpx.Client, api: httpx.Client
) -> None:
    person = new_person(surgery)
    ended = {"lifecycleStatus": "cancelled", "statusDate": "2026-05", "statusReason": "Enough"}
    stored(surgery, goal(person, **ended))
    stored(surgery, observation(person, effectiveDateTime="2026-04-01", valueString="Between"))
    told = [(one["kind"], one["when"]) for one in story(api, person)["happened"]]
    assert told == [("goal", "2026-03-01"), ("noted", "2026-04-01"), ("goal", "2026-05")]


def test_the_journey_of_one_goal_follows_its_links(
    surgery: httpx.Client, api: httpx.Client
) -> None:
    person = new_person(surgery)
    root = stored(surgery, observation(person, valueString="The sea", **MATTERS))
    mine = stored(surgery, goal(person, addresses=[{"reference": root}]))
    other = stored(surgery, goal(person, "Another"))
    asked = stored(surgery, request_for(person, "A rail", "2026-03-02", **about(mine)))
    stored(surgery, contact(person, "gp-surgery", "2026-03-03", **about(mine)))
    stored(surgery, contact(person, "gp-surgery", "2026-03-04", **about(other)))
    stored(surgery, close(person, mine, 3, "2026-03-05"))
    message = {
        "resourceType": "Communication",
        "status": "completed",
        "subject": {"reference": f"Patient/{person}"},
        "sent": "2026-03-06T10:00:00Z",
        "payload": [{"contentString": "It is there."}],
    }
    stored(surgery, {**message, "about": [{"reference": mine}]})
    stored(surgery, {**message, "basedOn": [{"reference": asked}]})
    stored(surgery, {**message, "about": [{"reference": other}]})
    told = story(api, person, goal=mine.partition("/")[2])
    kinds = [one["kind"] for one in told["happened"]]
    assert sorted(kinds) == sorted(
        ["said", "goal", "asked-for-help", "contact", "progress", "told", "told"]
    )
    assert told["figures"]["touch_points"] == 1


def test_a_goal_that_is_not_there_has_no_journey(surgery: httpx.Client, api: httpx.Client) -> None:
    mine, other = new_person(surgery), new_person(surgery)
    where = stored(surgery, goal(other)).partition("/")[2]
    for id in (where, "nowhere"):
        assert api.get(f"/people/{mine}/journey", params={"goal": id}).status_code == 404


def test_a_page_of_one_caller_or_of_one_goal_leads_no_other_on(
    surgery: httpx.Client, api: httpx.Client, api_as: ApiAs
) -> None:
    person = new_person(surgery)
    goals = [stored(surgery, goal(person)) for _ in range(3)]
    after = story(api, person, limit="1")["next"]
    path = f"/people/{person}/journey"
    assert api_as("council-care").get(path, params={"after": after}).status_code == 400
    narrowed = {"after": after, "goal": goals[0].partition("/")[2]}
    assert api.get(path, params=narrowed).status_code == 400


def test_what_is_hidden_leaves_no_trace_in_the_story_or_the_threads(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], api_as: ApiAs
) -> None:
    person = new_person(surgery)
    own = as_client(f"person:{person}")
    helper = stored(own, supporter(person)).partition("/")[2]
    where = stored(own, goal(person, "To be seen"))
    stored(surgery, contact(person, "gp-surgery", "2026-02-01", **about(where)))
    others = [api_as("council-care"), api_as(f"supporter:{helper}")]
    before = [(story(one, person), threads(one, person)) for one in others]
    labels = labelled(JUST_US, NOT_SUPPORTERS)
    hidden_goal = stored(own, goal(person, "HIDDEN", **labels)).partition("/")[2]
    asked = stored(own, request_for(person, "HIDDEN", "2026-03-02", **about(where), **labels))
    stored(own, close(person, where, 9, "2026-03-02", **labels))
    hidden = contact(person, "acute-trust", "2026-03-03", **labels)
    hidden["extension"] = [*about(where)["extension"], {"url": AGAIN, "valueBoolean": True}]
    stored(own, hidden)
    assert [(story(one, person), threads(one, person)) for one in others] == before
    narrowed = {"goal": hidden_goal}
    asked_for = [one.get(f"/people/{person}/journey", params=narrowed) for one in others]
    assert [one.status_code for one in asked_for] == [404, 404]
    mine = api_as(f"person:{person}")
    assert asked in {one["entry"] for one in story(mine, person)["happened"]}
    assert "HIDDEN" in str(threads(mine, person))


def test_what_has_no_answer_comes_first_the_oldest_before_the_others(
    surgery: httpx.Client, api: httpx.Client
) -> None:
    person = new_person(surgery)
    for day, words in (("2026-05-01", "A lift"), ("2026-02-01", "A rail")):
        stored(surgery, request_for(person, words, f"{day}T09:00:00Z"))
    said = observation(person, valueString="The sea", effectiveDateTime="2026-03-01", **MATTERS)
    root = stored(surgery, said)
    told = threads(api, person)
    assert [one["said"]["words"] for one in told["unanswered"]] == ["A rail", "The sea", "A lift"]
    assert told["unanswered"][0]["waiting_days"] > told["unanswered"][2]["waiting_days"] >= 0
    where = stored(surgery, goal(person, addresses=[{"reference": root}]))
    stored(surgery, close(person, where, 5, "2026-06-01"))
    after = threads(api, person)
    assert [one["said"]["words"] for one in after["unanswered"]] == ["A rail", "A lift"]
    assert after["answered"][0]["goals"][0]["how_close"]["words"] == "5 out of 10"


def test_what_waits_for_an_answer_is_counted_from_the_day_it_was_asked(
    surgery: httpx.Client, api: httpx.Client
) -> None:
    person = new_person(surgery)
    said = observation(person, valueString="The sea", effectiveDateTime="2020-01-01", **MATTERS)
    root = stored(surgery, said)
    where = stored(surgery, goal(person, addresses=[{"reference": root}]))
    for day in ("2026-05-01", "2026-03-01"):
        stored(surgery, request_for(person, "A rail", f"{day}T09:00:00Z", **about(where)))
    (thread,) = threads(api, person)["unanswered"]
    waits = [one["waiting_days"] for one in thread["requests"]]
    assert thread["waiting_days"] == max(waits) < 1000


def test_the_story_and_the_threads_come_as_plain_text(api: httpx.Client) -> None:
    for path in ("journey", "said-and-done"):
        where = f"/people/tamsin-pender/{path}"
        answer = api.get(where, headers={"Accept": "text/plain"})
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert "quay" in answer.text
        assert api.get(where, headers={"Accept": "text/html"}).status_code == 406
