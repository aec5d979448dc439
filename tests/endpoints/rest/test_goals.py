"""Goals over the plain API: the same record as at the FHIR door, in plain words."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.people import new_person

Json = dict[str, Any]
WELLA = {"kind": "worker", "id": "wella-bray"}
SAID = {"words": "I want to hear the sea from my own bed again", "began": "2026-11-22"}


def at(response: httpx.Response) -> str:
    """The address told, below the API's own."""
    return response.headers["Location"].removeprefix("/api")


def if_match(response: httpx.Response) -> dict[str, str]:
    return {"If-Match": response.headers["ETag"]}


def test_a_goal_said_in_plain_words_is_a_goal_at_the_fhir_door(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    person = new_person(surgery)
    made = api.post(f"/people/{person}/goals", json={**SAID, "importance": 9})
    assert made.status_code == 201
    goal = surgery.get(f"/Goal/{made.json()['id']}").json()
    assert goal["description"] == {"text": SAID["words"]}
    assert goal["expressedBy"] == {"reference": f"Patient/{person}"}
    assert goal["meta"]["profile"][0].endswith("/person-stated-goal")
    assert goal["extension"][0]["valueInteger"] == 9


def test_a_goal_that_a_partner_writes_as_fhir_is_read_in_plain_words(
    api: httpx.Client, surgery: httpx.Client, befriending: httpx.Client
) -> None:
    person = new_person(surgery)
    goal = {
        "resourceType": "Goal",
        "lifecycleStatus": "on-hold",
        "statusReason": "Until the wrist is better",
        "description": {"text": "Row again in May"},
        "subject": {"reference": f"Patient/{person}"},
        "outcomeCode": [{"text": "A partner's own"}],
    }
    made = befriending.post("/Goal", json=goal).json()
    told = api.get(f"/people/{person}/goals/{made['id']}").json()
    assert told["words"] == "Row again in May"
    assert (told["state"], told["why"]) == ("paused", "Until the wrist is better")
    assert told["written_by"] == {"kind": "organisation", "id": "harbour-befriending"}
    assert told["also"] == {"outcomeCode": [{"text": "A partner's own"}]}


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({}, "active"),
        ({"said_by": WELLA, "how_we_know": {"how": "said"}}, "active"),
        ({"said_by": WELLA, "how_we_know": {"words": "It seems to me."}}, "thought-of"),
        ({"said_by": WELLA, "how_we_know": {"words": "So."}, "state": "agreed"}, "agreed"),
    ],
)
def test_a_goal_that_nobody_heard_the_person_say_begins_as_a_thought(
    api: httpx.Client, surgery: httpx.Client, said: Json, state: str
) -> None:
    made = api.post(f"/people/{new_person(surgery)}/goals", json={**SAID, **said})
    assert (made.status_code, made.json()["state"]) == (201, state), made.text


def test_a_change_keeps_what_another_system_wrote(api: httpx.Client, surgery: httpx.Client) -> None:
    person = new_person(surgery)
    made = api.post(f"/people/{person}/goals", json={**SAID, "parts_of_life": ["housing"]})
    goal = surgery.get(f"/Goal/{made.json()['id']}").json()
    goal["category"].append({"text": "A partner's own"})
    goal["target"] = [{"measure": {"text": "Nights"}, "detailQuantity": {"value": 1.50}}]
    written = surgery.put(f"/Goal/{goal['id']}", json=goal)
    changed = api.patch(
        at(made), json={"parts_of_life": ["independence"]}, headers=if_match(written)
    )
    assert changed.json()["parts_of_life"] == ["independence"]
    after = surgery.get(f"/Goal/{goal['id']}").json()
    assert {"text": "A partner's own"} in after["category"]
    assert after["target"] == goal["target"]


def test_a_change_of_one_target_keeps_what_another_system_wrote_in_it(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    targets = [{"what": "Nights", "count": 3}, {"what": "Walks", "count": 1}]
    made = api.post(f"/people/{new_person(surgery)}/goals", json={**SAID, "targets": targets})
    goal = surgery.get(f"/Goal/{made.json()['id']}").json()
    own = [{"url": "https://partner.example/colour", "valueString": "blue"}]
    goal["target"][1]["extension"] = own
    written = surgery.put(f"/Goal/{goal['id']}", json=goal)
    targets[1]["count"] = 2
    changed = api.patch(at(made), json={"targets": targets}, headers=if_match(written))
    assert changed.json()["targets"] == targets
    after = surgery.get(f"/Goal/{goal['id']}").json()["target"]
    assert (after[1]["detailInteger"], after[1]["extension"]) == (2, own)


def test_a_goal_that_loses_its_steps_no_longer_claims_to_have_them(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    steps = dict.fromkeys(("much_more", "more", "as_hoped", "less", "much_less"), "So")
    scaled = {**SAID, "steps": steps, "measured_by": "five-steps"}
    made = api.post(f"/people/{new_person(surgery)}/goals", json=scaled)
    without = {"steps": None, "measured_by": "own-words"}
    changed = api.patch(at(made), json=without, headers=if_match(made))
    assert changed.status_code == 200, changed.text
    goal = surgery.get(f"/Goal/{made.json()['id']}").json()
    assert [one.rpartition("/")[2] for one in goal["meta"]["profile"]] == ["person-stated-goal"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"words',
        b'{"words": "a", "words": "b"}',
        b'{"words": "\\u0000"}',
        b'{"words": "\\ud800"}',
        b"\xff",
    ],
)
def test_what_is_no_sound_json_is_told_as_such(
    body: bytes, api: httpx.Client, surgery: httpx.Client
) -> None:
    json = {"Content-Type": "application/json"}
    refused = api.post(f"/people/{new_person(surgery)}/goals", content=body, headers=json)
    assert refused.status_code == 400, refused.text
    assert refused.json()["title"] == "This could not be read"


def test_who_is_half_named_is_told_at_its_field(api: httpx.Client, surgery: httpx.Client) -> None:
    half = {**SAID, "said_by": {"id": "clemmo-pascoe"}}
    refused = api.post(f"/people/{new_person(surgery)}/goals", json=half)
    assert refused.status_code == 422
    assert refused.json()["faults"] == [
        {
            "detail": "Name somebody by kind and id together, or by a name alone.",
            "field": "said_by",
        }
    ]


def test_a_change_says_which_version_it_changes(api: httpx.Client, surgery: httpx.Client) -> None:
    made = api.post(f"/people/{new_person(surgery)}/goals", json=SAID)
    unsaid = api.patch(at(made), json={"importance": 3})
    assert unsaid.status_code == 428
    assert "If-Match" in unsaid.json()["detail"]
    first = api.patch(at(made), json={"importance": 3}, headers=if_match(made))
    assert (first.status_code, first.json()["version"]) == (200, 2)
    late = api.patch(at(made), json={"importance": 4}, headers=if_match(made))
    assert late.status_code == 412
    assert api.get(at(made)).json()["importance"] == 3


def test_null_takes_a_field_away_and_history_keeps_it(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    made = api.post(f"/people/{new_person(surgery)}/goals", json={**SAID, "importance": 9})
    changed = api.patch(at(made), json={"importance": None}, headers=if_match(made))
    assert "importance" not in changed.json()
    versions = api.get(f"{at(made)}/history").json()["entries"]
    assert [one.get("importance") for one in versions] == [None, 9]


def test_pages_lead_to_every_version_once_the_newest_first(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    person = new_person(surgery)
    made = changed = api.post(f"/people/{person}/goals", json={**SAID, "importance": 0})
    for n in range(1, 5):
        changed = api.patch(at(made), json={"importance": n}, headers=if_match(changed))
    told, pages, query = [], 0, {"limit": "2"}
    while True:
        page = api.get(f"{at(made)}/history", params=query).json()
        told += [one["importance"] for one in page["entries"]]
        pages += 1
        if "next" not in page:
            break
        query["after"] = page["next"]
    assert (told, pages) == ([4, 3, 2, 1, 0], 3)


def test_a_page_of_versions_leads_on_under_its_own_person_and_kind_alone(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    mine, other = new_person(surgery), new_person(surgery)
    made = api.post(f"/people/{mine}/statements", json={"words": "The sea"})
    api.patch(at(made), json={"words": "The tide"}, headers=if_match(made))
    query = {"limit": "1"}
    query["after"] = api.get(f"{at(made)}/history", params=query).json()["next"]
    id = made.json()["id"]
    for path in (f"{other}/statements", f"{mine}/strengths"):
        astray = api.get(f"/people/{path}/{id}/history", params=query)
        assert astray.status_code == 404
    assert len(api.get(f"{at(made)}/history", params=query).json()["entries"]) == 1


def test_what_was_taken_away_is_told_before_that_on_pages_of_one_too(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    made = api.post(f"/people/{new_person(surgery)}/goals", json=SAID)
    api.delete(at(made), headers=if_match(made))
    gone = api.get(f"{at(made)}/history", params={"limit": "1"}).json()
    assert gone["entries"] == []
    query = {"limit": "1", "after": gone["next"]}
    (before,) = api.get(f"{at(made)}/history", params=query).json()["entries"]
    assert before["words"] == SAID["words"]


def test_a_goal_that_is_taken_away_is_absent_at_both_doors(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    made = api.post(f"/people/{new_person(surgery)}/goals", json=SAID)
    assert api.delete(at(made)).status_code == 428
    assert api.delete(at(made), headers=if_match(made)).status_code == 204
    assert api.get(at(made)).status_code == 404
    assert surgery.get(f"/Goal/{made.json()['id']}").status_code == 404


def test_every_fault_is_told_at_its_field(api: httpx.Client, surgery: httpx.Client) -> None:
    person = new_person(surgery)
    wrong = {"words": " ", "importance": 11, "colour": "blue", "targets": [{"by": "soon"}]}
    refused = api.post(f"/people/{person}/goals", json=wrong)
    assert refused.status_code == 422
    assert refused.headers["Content-Type"] == "application/problem+json"
    fields = {one["field"] for one in refused.json()["faults"]}
    assert fields == {"words", "importance", "colour", "targets.0.by", "began"}


def test_a_rule_of_the_profile_is_told_in_plain_words_at_its_field(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    person = new_person(surgery)
    clemmo = {"kind": "worker", "id": "clemmo-pascoe"}
    refused = api.post(f"/people/{person}/goals", json={**SAID, "said_by": clemmo})
    assert refused.status_code == 422
    assert refused.json()["faults"] == [
        {
            "detail": "When somebody else says what the person wants, say how we know.",
            "field": "how_we_know",
        }
    ]


def test_what_is_no_json_or_holds_what_no_text_may_is_told_where(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    path = f"/people/{new_person(surgery)}/goals"
    for body in ("{", '{"words": "\\u0000"}', '{"words": "a", "words": "b"}'):
        answer = api.post(path, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400, answer.text
        assert answer.json()["title"] == "This could not be read"


def test_a_name_that_leads_nowhere_is_told_at_its_field(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    nobody = {"said_by": {"kind": "worker", "id": "nobody-here"}, "how_we_know": {"how": "said"}}
    refused = api.post(f"/people/{new_person(surgery)}/goals", json={**SAID, **nobody})
    assert [one["field"] for one in refused.json()["faults"]] == ["said_by"]


def test_a_person_who_is_not_there_has_no_empty_list(
    api: httpx.Client, api_as: Callable[..., httpx.Client], as_client: Callable[..., httpx.Client]
) -> None:
    hidden = new_person(as_client("harbour-befriending"), known_to=())
    for person in ("nobody-here", hidden):
        answer = api.get(f"/people/{person}/goals")
        assert answer.status_code == 404
    known = new_person(as_client("gp-surgery"), known_to=())
    assert api.get(f"/people/{known}/goals").json() == {"entries": []}


def test_a_goal_is_not_found_under_another_person(api: httpx.Client, surgery: httpx.Client) -> None:
    mine, other = new_person(surgery), new_person(surgery)
    made = api.post(f"/people/{mine}/goals", json=SAID)
    astray = f"/people/{other}/goals/{made.json()['id']}"
    assert api.get(astray).status_code == 404
    assert api.patch(astray, json={}, headers=if_match(made)).status_code == 404
    assert api.delete(astray, headers=if_match(made)).status_code == 404
    assert api.get(f"{astray}/history").status_code == 404


def test_pages_lead_to_every_goal_once(api: httpx.Client, surgery: httpx.Client) -> None:
    person = new_person(surgery)
    for n in range(5):
        api.post(f"/people/{person}/goals", json={**SAID, "began": f"2026-0{n + 1}-01"})
    began, after = [], None
    while True:
        query: dict[str, str] = {"limit": "2", "fields": "began"}
        query |= {"after": after} if after else {}
        page = api.get(f"/people/{person}/goals", params=query).json()
        assert all(set(one) == {"id", "began"} for one in page["entries"])
        began += [one["began"] for one in page["entries"]]
        after = page.get("next")
        if after is None:
            break
    assert began == [f"2026-0{n}-01" for n in (5, 4, 3, 2, 1)]


def test_what_stands_after_the_question_mark_is_known(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    person = new_person(surgery)
    for query in ("patient=Patient/x", "limit=1&limit=2", "Limit=1"):
        answer = api.get(f"/people/{person}/goals?{query}")
        assert answer.status_code == 400
        assert "limit" in answer.json()["detail"]


def test_the_next_of_a_page_smuggles_nothing_into_the_search(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    person = new_person(surgery)
    smuggled = {"after": "x&_include=Goal:patient"}
    answer = api.get(f"/people/{person}/goals", params=smuggled)
    assert answer.status_code == 400
    assert "include" not in answer.text.lower()


def test_the_same_key_writes_once_however_often_it_is_sent(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    person, key = new_person(surgery), {"Idempotency-Key": str(uuid4())}
    answers: list[httpx.Response] = []

    def send() -> None:
        answers.append(api.post(f"/people/{person}/goals", json=SAID, headers=key))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    answers.append(api.post(f"/people/{person}/goals", json=SAID, headers=key))
    assert {one.status_code for one in answers} <= {201, 409}
    assert len({one.json()["id"] for one in answers if one.status_code == 201}) == 1
    assert answers[-1].headers["Idempotency-Replayed"] == "true"
    assert len(api.get(f"/people/{person}/goals").json()["entries"]) == 1


def test_a_key_is_for_one_request_of_one_caller(
    api: httpx.Client, api_as: Callable[..., httpx.Client], surgery: httpx.Client
) -> None:
    person, key = new_person(surgery), {"Idempotency-Key": str(uuid4())}
    api.post(f"/people/{person}/goals", json=SAID, headers=key)
    other = api.post(f"/people/{person}/goals", json={**SAID, "words": "Row"}, headers=key)
    assert other.status_code == 422
    theirs = api_as("harbour-befriending").post(f"/people/{person}/goals", json=SAID, headers=key)
    assert theirs.status_code == 201
    assert len(api.get(f"/people/{person}/goals").json()["entries"]) == 2


def test_a_key_is_free_again_where_the_request_was_refused(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    person, key = new_person(surgery), {"Idempotency-Key": str(uuid4())}
    wrong = {**SAID, "said_by": {"kind": "worker", "id": "nobody-here"}}
    assert api.post(f"/people/{person}/goals", json=wrong, headers=key).status_code == 422
    assert api.post(f"/people/{person}/goals", json=SAID, headers=key).status_code == 201


def test_nobody_is_answered_without_a_token(api_as: Callable[..., httpx.Client]) -> None:
    answer = api_as(None).get("/people/tamsin-pender/goals")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["title"] == "Please sign in"
