"""What is wrong with a field is said in plain words, with what to send instead, over HTTP."""

from typing import Any

import httpx
import pytest

from tests.endpoints.rest.helping import BEFRIENDERS, ask, where
from tests.endpoints.rest.test_goals import SAID, at, if_match

FIND, GOALS = "/people/find", "/people/tamsin-pender/goals"
PROGRESS, REQUESTS = "/people/tamsin-pender/progress", "/people/tamsin-pender/requests"
ACTIONS = "/people/tamsin-pender/actions"
GOAL = {"words": "Learn to knit", "began": "2026-11-26"}
KNIT = "tamsin-pender-show-someone-how-to-net"
AGREED = {"agreed_on": "2026-11-26", "goals": [KNIT]}


def often(**every: Any) -> dict[str, Any]:
    return {**AGREED, "things": [{"what": "Knit", "every": {"count": 1, "unit": "weeks", **every}}]}


@pytest.mark.parametrize(
    ("path", "body", "field", "words"),
    [
        (FIND, {"nhs_number": "999 000 0018"}, "nhs_number", "ten digits, without spaces"),
        (FIND, {"born": "11/02/1955"}, "born", "like 2026-03-05"),
        (FIND, {"family": ["Pender"]}, "family", "in quotation marks"),
        (GOALS, {"words": "Learn to knit"}, "began", "needed"),
        (GOALS, {**GOAL, "text": "x"}, "text", "no such field"),
        (GOALS, {**GOAL, "words": " "}, "words", "Spaces alone"),
        (GOALS, {**GOAL, "words": ""}, "words", "empty"),
        (GOALS, {**GOAL, "words": "a" * 10_001}, "words", "10000 letters at the most"),
        (GOALS, {**GOAL, "because_of": "a"}, "because_of", "Send a list"),
        (PROGRESS, {"goal": "goals/7", "number": 2}, "goal", "the id alone"),
        (PROGRESS, {"goal": "7", "number": 12}, "number", "Send 10 or less"),
        (PROGRESS, {"goal": "7", "number": -1}, "number", "Send 0 or more"),
        (PROGRESS, {"goal": "7", "number": "2"}, "number", "whole number"),
        (PROGRESS, {"goal": "7", "step": "mor"}, "step", "these: much-more, more, as-hoped"),
        (GOALS, {**GOAL, "own_words": True}, "own_words", "leave it out"),
        (GOALS, {**GOAL, "version": 1}, "version", "The record tells this itself"),
        (GOALS, {**GOAL, "review_on": "2026-12-01"}, "review_on", 'like {"after_days": 28}'),
        (GOALS, {**GOAL, "review_on": {}}, "review_on", "Send one of day, after_days and words."),
        (ACTIONS, often(at=["4pm"]), "things.0.every.at.0", "like 09:30"),
        (ACTIONS, {**AGREED, "things": ["Knit"]}, "things.0", 'like {"what": "Walk'),
        (
            ACTIONS,
            {**AGREED, "things": [{"what": "Knit", "every": "week"}]},
            "things.0.every",
            'like {"count": 30, "unit": "days"}',
        ),
        (REQUESTS, {"words": "x", "of": "gp-surgery"}, "of", 'like {"kind": "organisation"'),
        (
            REQUESTS,
            {"words": "x", "of": {"kind": "organisation", "id": "nobody"}},
            "of",
            "Check it",
        ),
        (GOALS, {**GOAL, "because_of": ["nothing"]}, "because_of", "Check it, or add that first"),
        ("/people/nobody-here/goals", GOAL, "person", "Check it, or add that first"),
        ("/contacts", {"contacts": []}, "contacts", "at least 1"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_send(
    api: httpx.Client, path: str, body: dict[str, Any], field: str, words: str
) -> None:
    answer = api.post(path, json=body)
    assert answer.status_code == 422
    [fault] = [one for one in answer.json()["faults"] if one["field"] == field]
    assert words in fault["detail"]


def test_a_body_that_is_not_there_is_asked_for(api: httpx.Client) -> None:
    answer = api.post(GOALS)
    assert answer.status_code == 422
    [fault] = answer.json()["faults"]
    assert fault == {
        "detail": "This needs a body: send it as JSON, with Content-Type: application/json."
    }


def test_of_several_things_it_is_said_which_one_lacks_something(api: httpx.Client) -> None:
    whole: dict[str, Any] = {"what": "Knit", "when": "On Mondays", "for_goals": [KNIT]}
    whole |= {"who": [{"kind": "worker", "id": "wella-bray"}]}
    nobody = {name: value for name, value in whole.items() if name != "who"}
    answer = api.post(ACTIONS, json={**AGREED, "things": [whole, nobody]})
    assert answer.status_code == 422
    assert answer.json()["faults"] == [
        {"detail": "Say, in `who`, who does it.", "field": "things.1"}
    ]


def test_a_move_that_needs_nothing_said_needs_no_body(
    me: httpx.Client, asker: str, befrienders: httpx.Client
) -> None:
    asked = ask(me, asker, of=BEFRIENDERS)
    accepted = befrienders.post(f"{where(asked)}/accept", headers=if_match(asked))
    assert accepted.json()["steps"][0]["state"] == "taken-on"
    no = befrienders.post(f"{where(asked)}/decline", headers=if_match(accepted))
    assert (no.status_code, "body" in no.json()["detail"]) == (422, True)

    added = me.post(f"/people/{asker}/goals", json=SAID)
    reached = me.post(f"{at(added)}/reached", headers=if_match(added))
    assert reached.json()["state"] == "reached"


def test_a_contact_of_nobody_is_refused_with_the_field_that_names_them(api: httpx.Client) -> None:
    met = {"organisation": {"kind": "organisation", "id": "gp-surgery"}, "how": "at-home"}
    when = {"began": "2026-11-25T10:00:00Z", "ended": "2026-11-25T10:20:00Z"}
    one = {"person": "nobody-here", "your_reference": "faults-1", **met, **when}
    [told] = api.post("/contacts", json={"contacts": [one]}).json()["contacts"]
    assert told["outcome"] == "refused"
    assert told["faults"] == [
        {
            "detail": "There is nothing here with this id that you may see. "
            "Check it, or add that first.",
            "field": "person",
        }
    ]
