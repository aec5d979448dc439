"""Classes 8 to 12, 18 to 20, 22 and 26 at the plain API: what is written there, sent again, paged
through, put on a page, or tried without a right to it."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.attacks.cast import token
from tests.attacks.plain import at_api, told
from tests.conftest import Running
from tests.endpoints.asking import changed, new_goal
from tests.endpoints.rest.test_goals import SAID, if_match
from tests.endpoints.sharing import (
    NOT_SUPPORTERS,
    RESTRICTED,
    choice,
    labelled,
    standing,
    stored,
    supporter,
    team,
)
from tests.people import goal, new_person

Json = dict[str, Any]
AsClient = Callable[..., httpx.Client]


@pytest.fixture
def person(surgery: httpx.Client) -> str:
    """Somebody known to the surgery, with a trust on the team."""
    made = new_person(surgery, known_to=())
    stored(surgery, team(made, "community-trust"))
    return made


@pytest.fixture
def own(as_client: AsClient, person: str) -> Iterator[httpx.Client]:
    with at_api(as_client(f"person:{person}")) as client:
        yield client


@pytest.fixture
def trust(as_client: AsClient) -> Iterator[httpx.Client]:
    with at_api(as_client("community-trust")) as client:
        yield client


@pytest.fixture
def gp(surgery: httpx.Client) -> Iterator[httpx.Client]:
    with at_api(surgery) as client:
        yield client


SAID_TO_US = {**SAID, "how_we_know": {"how": "said"}}


def posted(client: httpx.Client, path: str, body: Json, key: str, **more: str) -> httpx.Response:
    return client.post(path, json=body, headers={"Idempotency-Key": key, **more})


# 8, 12: what was done before


def test_a_request_sent_again_tells_what_may_be_read_then(
    as_client: AsClient, person: str, trust: httpx.Client
) -> None:
    """Once the trust sees nothing of the person any more, its key tells nothing either."""
    path, key = f"/people/{person}/goals", str(uuid4())
    made = posted(trust, path, SAID_TO_US, key)
    again = posted(trust, path, SAID_TO_US, key)
    assert (made.status_code, again.status_code, again.json()) == (201, 201, made.json())
    own = as_client(f"person:{person}")
    stored(own, choice(person, "deny", "Organization/community-trust"))
    withdrawn = posted(trust, path, SAID_TO_US, key)
    assert withdrawn.status_code == 404
    assert made.json()["id"] not in withdrawn.text + str(withdrawn.headers)
    assert "Idempotency-Replayed" not in withdrawn.headers


def test_what_was_labelled_since_is_not_told_again(
    as_client: AsClient, person: str, trust: httpx.Client
) -> None:
    """What the trust wrote, and the person keeps from supporters since, is not told by its key."""
    writes = as_client(f"person:{person}")
    helper = stored(writes, supporter(person)).partition("/")[2]
    stored(writes, choice(person, "permit", f"RelatedPerson/{helper}"))
    with at_api(as_client(f"supporter:{helper}")) as theirs:
        path, key = f"/people/{person}/goals", str(uuid4())
        made = posted(theirs, path, SAID_TO_US, key)
        assert made.status_code == 201, made.text
        where = f"/Goal/{made.json()['id']}"
        meta = {**writes.get(where).json()["meta"], "security": [NOT_SUPPORTERS]}
        assert changed(writes, where, meta=meta).status_code == 200
        again = posted(theirs, path, SAID_TO_US, key)
        assert again.status_code == 404
        assert SAID["words"] not in again.text


def test_a_key_is_of_one_caller_and_one_person(
    surgery: httpx.Client, person: str, trust: httpx.Client, gp: httpx.Client
) -> None:
    """12: no answer tells that somebody else used the key, or for whom."""
    other = new_person(surgery, known_to=())
    key = str(uuid4())
    first = posted(trust, f"/people/{person}/goals", SAID_TO_US, key).json()
    theirs = posted(gp, f"/people/{person}/goals", SAID_TO_US, key)
    elsewhere = posted(gp, f"/people/{other}/goals", SAID_TO_US, key)
    assert {theirs.status_code, elsewhere.status_code} == {201}
    assert len({first["id"], theirs.json()["id"], elsewhere.json()["id"]}) == 3
    for one in (theirs, elsewhere):
        assert "Idempotency-Replayed" not in one.headers


def test_no_history_is_told_under_another_person(
    surgery: httpx.Client, person: str, gp: httpx.Client
) -> None:
    other = new_person(surgery, known_to=())
    goal = new_goal(surgery, person).removeprefix("/Goal/")
    for end in ("", "/history", "/who-can-see", "/progress"):
        answer = gp.get(f"/people/{other}/goals/{goal}{end}")
        absent = gp.get(f"/people/{other}/goals/nobodys-goal{end}")
        assert told(answer, goal) == told(absent, "nobodys-goal"), end
        assert "Hear the sea" not in answer.text


# 9, 10: what may be said of an entry


@pytest.mark.parametrize(
    "more",
    [
        {"id": "chosen"},
        {"person": "somebody-else"},
        {"version": 9},
        {"written_by": {"kind": "organisation", "id": "acute-trust"}},
        {"also": {"subject": {"reference": "Patient/tamsin-pender"}}},
        {"meta": {"security": []}},
        {"subject": {"reference": "Patient/tamsin-pender"}},
    ],
)
def test_nothing_that_the_record_says_can_be_said_by_who_writes(
    person: str, gp: httpx.Client, more: Json
) -> None:
    made = gp.post(f"/people/{person}/goals", json=SAID_TO_US)
    assert made.status_code == 201, made.text
    at = f"/people/{person}/goals/{made.json()['id']}"
    for answer in (
        gp.post(f"/people/{person}/goals", json={**SAID_TO_US, **more}),
        gp.patch(at, json=more, headers=if_match(made)),
    ):
        assert answer.status_code == 422, answer.text
    assert gp.get(at).json() == made.json()


def test_a_change_goes_to_no_other_person(
    surgery: httpx.Client, person: str, gp: httpx.Client
) -> None:
    other = new_person(surgery, known_to=())
    made = gp.post(f"/people/{person}/goals", json=SAID_TO_US)
    wrong = f"/people/{other}/goals/{made.json()['id']}"
    for answer in (
        gp.patch(wrong, json={"words": "Taken"}, headers=if_match(made)),
        gp.delete(wrong, headers=if_match(made)),
        gp.post(f"{wrong}/reached", json={"how_we_know": "said"}, headers=if_match(made)),
    ):
        assert answer.status_code == 404, answer.text
    assert gp.get(f"/people/{person}/goals/{made.json()['id']}").json() == made.json()


def test_write_does_not_imply_read(as_client: AsClient, person: str) -> None:
    """1.8: a token that may only create is told an id, also when it sends the same again."""
    with at_api(as_client("gp-surgery", scope="system/Goal.c")) as writer:
        key = str(uuid4())
        answers = [posted(writer, f"/people/{person}/goals", SAID_TO_US, key) for _ in range(2)]
        assert [one.status_code for one in answers] == [201, 201]
        assert answers[0].json() == answers[1].json()
        assert set(answers[0].json()) == {"id", "version"}
        assert writer.get(f"/people/{person}/goals").status_code == 403


def test_a_move_does_not_tell_where_a_goal_stands_to_who_may_not_read_it(
    surgery: httpx.Client, as_client: AsClient, person: str
) -> None:
    """12: the refusal of a move is no way to read."""
    said = {"how_we_know": "said"}
    answers = []
    with at_api(as_client("gp-surgery", scope="system/Goal.u")) as writer:
        for status in ("completed", "cancelled"):
            where = new_goal(surgery, person, lifecycleStatus=status, statusDate="2026-04-01")
            path = f"/people/{person}/goals/{where.removeprefix('/Goal/')}/pause"
            answers.append(writer.post(path, json=said, headers={"If-Match": 'W/"1"'}))
    assert [one.status_code for one in answers] == [422, 422]
    assert told(answers[0]) == told(answers[1])


# 18: page tokens


def test_a_page_of_the_journey_is_for_whoever_asked_for_it(
    surgery: httpx.Client, person: str, gp: httpx.Client, trust: httpx.Client
) -> None:
    other = new_person(surgery, known_to=())
    goals = [new_goal(surgery, person, f"Oleander {n}").removeprefix("/Goal/") for n in range(3)]
    path = f"/people/{person}/journey"
    after = gp.get(path, params={"limit": "1"}).json()["next"]
    assert gp.get(path, params={"limit": "1", "after": after}).status_code == 200
    altered = after[:-2] + ("AA" if after[-2:] != "AA" else "BB")
    for client, where, given in (
        (trust, path, {"after": after}),
        (gp, f"/people/{other}/journey", {"after": after}),
        (gp, path, {"after": after, "goal": goals[0]}),
        (gp, path, {"after": altered}),
        (gp, path, {"after": "~" * 40}),
        (gp, f"/people/{person}/goals", {"after": after}),
        (gp, "/requests", {"after": f"{after}~{after}"}),
    ):
        answer = client.get(where, params=given)
        assert answer.status_code in (400, 404), (where, answer.text)
        assert "Oleander" not in answer.text


# 19, 20: what is said back


def test_what_somebody_wrote_is_text_on_the_page(
    surgery: httpx.Client, person: str, gp: httpx.Client
) -> None:
    """Names, words, reasons and notes: none becomes part of the page, and no script would run."""
    evil = "<img src=x onerror=alert(1)>\"'{{7*7}}{%raw%}</style><script>alert(1)</script>"
    names = [{"text": evil}, {"use": "nickname", "text": evil}]
    assert changed(surgery, f"/Patient/{person}", name=names).status_code == 200
    new_goal(surgery, person, evil, statusReason=evil, note=[{"text": evil}])
    helper = {"resourceType": "ServiceRequest", "status": "active", "intent": "order"}
    stored(
        surgery, {**helper, "code": {"text": evil}, "subject": {"reference": f"Patient/{person}"}}
    )
    page = gp.get(f"/people/{person}/what-matters", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert page.text.count("&lt;img") >= 3
    assert "<img" not in page.text
    assert "<script" not in page.text
    assert page.text.count("</style>") == 1
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/people/{person}/goals", {"words": 7, "began": "Juniper"}),
        ("POST", "/people/{person}/goals", {**SAID, "how_we_know": "Juniper"}),
        ("POST", "/people/find", {"nhs_number": "Juniper"}),
        ("POST", "/people/find", {"family": "Juniper", "born": "Juniper"}),
        ("GET", "/people/{person}/goals?limit=Juniper", None),
        ("GET", "/people/{person}/goals?Juniper=1", None),
        ("GET", "/people/{person}/journey?goal=Juniper%00", None),
        ("POST", "/people/{person}/requests", {"words": "x", "of": {"kind": "Juniper"}}),
        ("POST", "/contacts", {"contacts": "Juniper"}),
    ],
)
def test_a_problem_repeats_no_value(
    person: str, gp: httpx.Client, method: str, path: str, body: Json | None
) -> None:
    answer = gp.request(method, path.format(person=person), json=body)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Juniper" not in answer.text


# 22: who comes


@pytest.mark.parametrize("role", ["service", "Service", "root", ""])
def test_no_token_says_that_it_is_the_record_itself(service: Running, role: str) -> None:
    signed = token(service.settings, role=role, organization="gp-surgery", scope="system/*.cruds")
    headers = {"Authorization": f"Bearer {signed}"}
    for base in ("fhir/Patient", "api/requests"):
        answer = httpx.get(f"{service.settings.base_url}/{base}", headers=headers)
        assert answer.status_code == 401


def test_no_cookie_and_no_address_lets_anybody_in(service: Running, gp: httpx.Client) -> None:
    base = f"{service.settings.base_url}/api/requests"
    bearer = gp.headers["authorization"].partition(" ")[2]
    for cookie in ("wm-session", "__Host-wm-session", "access_token"):
        assert httpx.get(base, cookies={cookie: bearer}).status_code == 401
    assert httpx.get(base, params={"access_token": bearer}).status_code in (400, 401)
    both = [("Authorization", f"Bearer {bearer}")] * 2
    assert httpx.get(base, headers=both).status_code in (400, 401)


def test_a_supporter_who_was_ended_is_out_with_the_token_they_hold(
    person: str, own: httpx.Client, as_client: AsClient, surgery: httpx.Client
) -> None:
    writes = as_client(f"person:{person}")
    helper = stored(writes, supporter(person)).partition("/")[2]
    stored(writes, choice(person, "permit", f"RelatedPerson/{helper}"))
    new_goal(surgery, person)
    with at_api(as_client(f"supporter:{helper}")) as theirs:
        paths = [f"/people/{person}/{one}" for one in ("goals", "what-matters", "journey")]
        assert [theirs.get(one).status_code for one in paths] == [200, 200, 200]
        where = f"/RelatedPerson/{helper}"
        ended = standing(writes.get(where).json(), "ended", "person-asked-to-stop")
        assert writes.put(where, json=ended).status_code == 200
        for one in (*paths, f"/people/{person}"):
            answer = theirs.get(one)
            assert answer.status_code == 404 or answer.json() == {"entries": []}, one
            assert "Hear the sea" not in answer.text


# 2.13, 19: requests for help of which some steps are hidden


def test_a_hidden_step_is_not_told_by_the_request_its_version_or_a_move(
    surgery: httpx.Client, person: str, gp: httpx.Client, trust: httpx.Client
) -> None:
    made = gp.post(f"/people/{person}/requests", json={"words": "Somebody to walk with"})
    assert made.status_code == 201, made.text
    request = made.json()["id"]
    path = f"/people/{person}/requests/{request}"
    before = trust.get(path)
    hidden = {
        "resourceType": "Task",
        "status": "accepted",
        "intent": "order",
        "code": {
            "coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}]
        },
        "focus": {"reference": f"ServiceRequest/{request}"},
        "for": {"reference": f"Patient/{person}"},
        "owner": {"reference": "Organization/gp-surgery"},
        "note": [{"text": "Juniper"}],
        **labelled(RESTRICTED),
    }
    step = stored(surgery, hidden).partition("/")[2]
    assert gp.get(path).headers["ETag"] != before.headers["ETag"]
    after = trust.get(path)
    assert told(after) == told(before)
    match = {"If-Match": before.headers["ETag"]}
    moves = [
        trust.post(f"{path}/offer", json={"step": one}, headers=match)
        for one in (step, "nobodys-step")
    ]
    assert told(moves[0], step) == told(moves[1], "nobodys-step")
    for one in ("journey", "said-and-done", "told-once", "other-entries", "what-matters"):
        assert "Juniper" not in trust.get(f"/people/{person}/{one}").text
    assert trust.post(f"{path}/accept", json={}, headers=match).status_code == 200


# 26: what one entry does to a page


@pytest.mark.parametrize("day", ["2026-02-30", "2026", "2026-11", "0001-01-01", "9999-12-31"])
def test_an_odd_date_of_one_entry_keeps_no_page_from_anybody(
    surgery: httpx.Client, gp: httpx.Client, person: str, day: str
) -> None:
    odd = goal(person, "Oleander", startDate=day, statusDate=day)
    kept = surgery.post("/Goal", json=odd).status_code
    assert kept in (201, 400, 422)
    whole = ("what-matters", "journey", "said-and-done", "told-once", "goals-to-look-at")
    ever = "measures?from=0001-01-01&to=9999-12-31"
    for one in (*whole, "goals", ever):
        answer = gp.get(f"/people/{person}/{one}")
        assert answer.status_code == 200, (one, answer.text)
