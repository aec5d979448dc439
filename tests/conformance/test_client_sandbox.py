"""A good client is green in every scenario, and each fault of a bad one turns its own red."""

import json
import re
import runpy
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from fhir.resources.R4B.testreport import TestReport as FhirTestReport

from app.conformance.client_sandbox import Sandbox, instructions, server_of
from app.conformance.client_sandbox_people import PERSON
from app.conformance.client_scenarios import SCENARIOS
from app.conformance.reports import badge, junit, page, text, write
from app.conformance.reports import test_report as in_fhir
from app.conformance.verdict import Outcome
from app.fhir.resource_types import Json
from tests.conftest import EXAMPLES

GOOD = runpy.run_path(str(EXAMPLES / "client" / "whole_client.py"))
PLAYS: dict[str, Callable[[httpx.Client], None]] = GOOD["SCENARIOS"]
GOAL = "/Goal/sea-swim"
TASK = "/Task/company"


class Played:
    """A sandbox, and clients at it."""

    def __init__(self, sandbox: Sandbox, place: str) -> None:
        self.sandbox = sandbox
        self.place = place

    def play(self, name: str, play: Callable[[httpx.Client], None]) -> None:
        """One client in one scenario, from its beginning."""
        httpx.post(f"{self.place}/reset/{name}").raise_for_status()
        with GOOD["client_at"](self.place, name) as http:
            play(http)

    def red(self) -> set[str]:
        """The scenarios that are not green."""
        told = httpx.get(f"{self.place}/report.json").json()
        return {one["name"] for one in told["sections"] if not one["green"]}

    def states(self, name: str) -> dict[str, Outcome]:
        """What came of each requirement of a scenario."""
        return {
            one.requirement.id: one.verdict.outcome
            for one in self.sandbox.judgements()
            if one.scenario == name
        }


@pytest.fixture(scope="module")
def played() -> Iterator[Played]:
    """The sandbox, after a good client."""
    sandbox = Sandbox(SCENARIOS)
    server = server_of(sandbox)
    door = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    made = Played(sandbox, f"http://127.0.0.1:{door.getsockname()[1]}")
    for name, play in PLAYS.items():
        made.play(name, play)
    yield made
    server.should_exit = True
    thread.join(10)
    door.close()


def test_there_is_a_good_client_for_every_scenario() -> None:
    assert list(PLAYS) == [one.name for one in SCENARIOS]


def test_a_good_client_is_green_in_every_scenario(played: Played) -> None:
    told = text(played.sandbox.account(), 0)
    assert played.red() == set(), told
    assert {one.verdict.outcome for one in played.sandbox.judgements()} == {Outcome.PASSED}, told
    assert played.sandbox.is_done


def test_before_anything_is_sent_nothing_is_green() -> None:
    fresh = Sandbox(SCENARIOS)
    judgements = fresh.judgements()
    assert {one.verdict.outcome for one in judgements} == {Outcome.NOT_SEEN}
    assert not fresh.is_green
    assert not fresh.is_done


def goal(**rest: Any) -> Json:
    made: Json = GOOD["new_goal"]()
    return made | rest


def without(name: str) -> Json:
    return {key: value for key, value in goal().items() if key != name}


def etag(http: httpx.Client, place: str = GOAL) -> dict[str, str]:
    return {"If-Match": http.get(place).headers["ETag"]}


# Each is one bad client: what it does, where.


def sends_no_token(http: httpx.Client) -> None:
    del http.headers["Authorization"]
    http.get("/Patient", params={"identifier": GOOD["NHS_NUMBER"]})


def puts_the_token_in_the_address(http: httpx.Client) -> None:
    http.get("/Patient", params={"identifier": GOOD["NHS_NUMBER"], "access_token": "sandbox"})


def leaves_out_the_system(http: httpx.Client) -> None:
    http.get("/Patient", params={"identifier": "9990123403"})
    http.get("/Goal", params={"patient": PERSON})


def does_nothing_with_the_person(http: httpx.Client) -> None:
    http.get("/Patient", params={"identifier": GOOD["NHS_NUMBER"]})


def makes_a_second_record(http: httpx.Client) -> None:
    PLAYS["find-the-person"](http)
    http.post("/Patient", json={"resourceType": "Patient", "name": [{"family": "Sandbox"}]})


def sends_an_unsound_goal(http: httpx.Client) -> None:
    http.post("/Goal", json=goal(lifecycleStatus="wishing"))


def says_it_is_plain_json(http: httpx.Client) -> None:
    http.post("/Goal", json=goal(), headers={"Content-Type": "application/json"})


def writes_about_somebody_else(http: httpx.Client) -> None:
    http.post("/Goal", json=goal(subject={"reference": "Patient/someone"}))


def leaves_the_words_out(http: httpx.Client) -> None:
    coding = [{"system": "http://snomed.info/sct", "code": "363702006"}]
    http.post("/Goal", json=goal(description={"coding": coding}))


def does_not_say_whose_words(http: httpx.Client) -> None:
    http.post("/Goal", json=without("expressedBy"))


def does_not_say_since_when(http: httpx.Client) -> None:
    http.post("/Goal", json=without("startDate"))


IMPORTANCE = "https://whatmatters.example/fhir/StructureDefinition/goal-importance"


def importance(number: int) -> list[Json]:
    return [{"url": IMPORTANCE, "valueInteger": number}]


def claims_a_profile_that_it_breaks(http: httpx.Client) -> None:
    assert http.post("/Goal", json=goal(extension=importance(11))).status_code == 422


def breaks_a_profile_that_it_does_not_claim(http: httpx.Client) -> None:
    made = without("meta") | {"extension": importance(11)}
    assert http.post("/Goal", json=made).status_code == 201


def takes_the_start_away(http: httpx.Client) -> None:
    read = http.get(GOAL)
    changed = {k: v for k, v in GOOD["achieved"](read.json()).items() if k != "startDate"}
    http.put(GOAL, json=changed, headers=etag(http))


def changes_without_reading(http: httpx.Client) -> None:
    changed = GOOD["achieved"](goal(id="sea-swim"))
    http.put(GOAL, json=changed, headers={"If-Match": 'W/"1"'})


def changes_without_if_match(http: httpx.Client) -> None:
    http.put(GOAL, json=GOOD["achieved"](http.get(GOAL).json()))


def sends_the_number_alone_as_if_match(http: httpx.Client) -> None:
    read = http.get(GOAL)
    http.put(GOAL, json=GOOD["achieved"](read.json()), headers={"If-Match": "1"})


def drops_what_it_does_not_know(http: httpx.Client) -> None:
    read = http.get(GOAL)
    changed = {k: v for k, v in GOOD["achieved"](read.json()).items() if k != "extension"}
    http.put(GOAL, json=changed, headers=etag(http))


def changes_nothing(http: httpx.Client) -> None:
    http.put(GOAL, json=http.get(GOAL).json(), headers=etag(http))


def gives_up_when_the_answer_is_lost(http: httpx.Client) -> None:
    with suppress(httpx.TransportError):
        http.post("/Goal", json=goal(), headers={"If-None-Exist": "identifier=a|b"})


def retries_blindly(http: httpx.Client) -> None:
    gives_up_when_the_answer_is_lost_of(http, {})
    http.post("/Goal", json=goal())


def makes_up_another_condition(http: httpx.Client) -> None:
    gives_up_when_the_answer_is_lost(http)
    http.post("/Goal", json=goal(), headers={"If-None-Exist": "identifier=a|c"})


def gives_up_when_the_answer_is_lost_of(http: httpx.Client, headers: dict[str, str]) -> None:
    with suppress(httpx.TransportError):
        http.post("/Goal", json=goal(), headers=headers)


def gives_up_after_412(http: httpx.Client) -> None:
    http.put(GOAL, json=GOOD["achieved"](http.get(GOAL).json()), headers=etag(http))


def forces_it_after_412(http: httpx.Client) -> None:
    changed = GOOD["achieved"](http.get(GOAL).json())
    http.put(GOAL, json=changed, headers=etag(http))
    http.put(GOAL, json=changed)


def overwrites_the_other_after_412(http: httpx.Client) -> None:
    changed = GOOD["achieved"](http.get(GOAL).json())
    http.put(GOAL, json=changed, headers=etag(http))
    http.put(GOAL, json=changed, headers=etag(http))


def sends_the_refused_again(http: httpx.Client) -> None:
    same = goal()
    http.post("/Goal", json=same)
    http.post("/Goal", json=same)


def gives_up_after_422(http: httpx.Client) -> None:
    http.post("/Goal", json=goal())


def changes_the_words_to_please(http: httpx.Client) -> None:
    http.post("/Goal", json=goal())
    http.post("/Goal", json=goal(description={"text": "A goal"}))


def ignores_retry_after(http: httpx.Client) -> None:
    while http.get("/Goal", params={"patient": PERSON}).status_code == 429:
        time.sleep(0.4)


def gives_up_after_429(http: httpx.Client) -> None:
    http.get("/Goal", params={"patient": PERSON})


def stops_at_the_first_page(http: httpx.Client) -> None:
    http.get("/Goal", params={"patient": PERSON})


def makes_up_page_numbers(http: httpx.Client) -> None:
    for number in range(1, 4):
        http.get("/Goal", params={"patient": PERSON, "page": number})
    PLAYS["follow-paging"](http)


def makes_up_offsets(http: httpx.Client) -> None:
    http.get("/Goal", params={"patient": PERSON, "_offset": 2})
    PLAYS["follow-paging"](http)


def moves(http: httpx.Client, *statuses: str, **rest: Any) -> None:
    for status in statuses:
        read = http.get(TASK)
        task = read.json() | {"status": status} | rest
        http.put(TASK, json=task, headers={"If-Match": read.headers["ETag"]})


OUTPUT = [{"type": {"text": "What came of it"}, "valueString": "They went together"}]


def jumps_to_completed(http: httpx.Client) -> None:
    moves(http, "completed", "accepted", "in-progress", "completed", output=OUTPUT)


def never_begins(http: httpx.Client) -> None:
    moves(http, "accepted", output=OUTPUT)


def rejects(http: httpx.Client) -> None:
    moves(http, "rejected")


def does_not_tell_back(http: httpx.Client) -> None:
    moves(http, "accepted", "in-progress", "completed")


def loses_what_it_is_about(http: httpx.Client) -> None:
    for status in ("accepted", "in-progress", "completed"):
        read = http.get(TASK)
        task = read.json() | {"status": status, "output": OUTPUT}
        task.pop("focus", None)
        http.put(TASK, json=task, headers={"If-Match": read.headers["ETag"]})


def accepts_unseen(http: httpx.Client) -> None:
    task = {"resourceType": "Task", "id": "company", "status": "accepted", "intent": "order"}
    http.put(TASK, json=task)


BAD: list[tuple[str, Callable[[httpx.Client], None], str]] = [
    ("find-the-person", sends_no_token, "the-token-travels-in-the-header"),
    ("find-the-person", puts_the_token_in_the_address, "the-token-travels-in-the-header"),
    ("find-the-person", leaves_out_the_system, "the-person-is-found-by-system-and-number"),
    ("find-the-person", does_nothing_with_the_person, "the-person-found-is-used"),
    ("find-the-person", makes_a_second_record, "no-second-record-is-made"),
    ("share-a-goal", sends_an_unsound_goal, "a-sound-goal-is-sent"),
    ("share-a-goal", says_it_is_plain_json, "bodies-say-that-they-are-fhir"),
    ("share-a-goal", writes_about_somebody_else, "the-goal-is-about-the-person"),
    ("share-a-goal", leaves_the_words_out, "the-words-are-the-persons-own"),
    ("share-a-goal", does_not_say_whose_words, "the-goal-says-whose-words-they-are"),
    ("share-a-goal", does_not_say_since_when, "the-goal-says-since-when"),
    ("share-a-goal", claims_a_profile_that_it_breaks, "what-is-sent-is-right-by-its-profile"),
    (
        "share-a-goal",
        breaks_a_profile_that_it_does_not_claim,
        "what-is-sent-is-right-by-its-profile",
    ),
    ("record-progress", takes_the_start_away, "what-is-sent-is-right-by-its-profile"),
    (
        "accept-a-request-for-help",
        loses_what_it_is_about,
        "what-is-sent-is-right-by-its-profile",
    ),
    ("record-progress", changes_without_reading, "it-is-read-before-it-is-changed"),
    ("record-progress", changes_without_if_match, "changes-say-which-version-they-are-of"),
    (
        "record-progress",
        sends_the_number_alone_as_if_match,
        "changes-say-which-version-they-are-of",
    ),
    ("record-progress", drops_what_it_does_not_know, "what-is-not-understood-is-kept"),
    ("record-progress", changes_nothing, "progress-is-recorded"),
    (
        "retry-after-a-lost-answer",
        gives_up_when_the_answer_is_lost,
        "a-lost-answer-is-asked-for-again",
    ),
    ("retry-after-a-lost-answer", retries_blindly, "the-repeat-cannot-make-a-second"),
    ("retry-after-a-lost-answer", retries_blindly, "there-is-one-in-the-end"),
    ("retry-after-a-lost-answer", makes_up_another_condition, "the-repeat-cannot-make-a-second"),
    ("handle-412", changes_without_if_match, "it-is-read-again-after-412"),
    ("handle-412", gives_up_after_412, "the-change-is-made-to-the-new-version"),
    ("handle-412", forces_it_after_412, "it-is-read-again-after-412"),
    ("handle-412", forces_it_after_412, "the-change-is-made-to-the-new-version"),
    ("handle-412", overwrites_the_other_after_412, "the-others-change-is-kept"),
    ("handle-422", sends_the_refused_again, "what-was-refused-is-not-sent-again-as-it-was"),
    ("handle-422", gives_up_after_422, "it-is-put-right-as-the-answer-said"),
    ("handle-422", changes_the_words_to_please, "the-words-are-not-changed-to-please"),
    ("handle-429", ignores_retry_after, "it-waits-as-long-as-it-is-told-to"),
    ("handle-429", gives_up_after_429, "it-asks-again-after-waiting"),
    ("follow-paging", stops_at_the_first_page, "every-next-link-is-followed"),
    ("follow-paging", makes_up_page_numbers, "next-links-are-used-as-they-are"),
    ("follow-paging", makes_up_offsets, "next-links-are-used-as-they-are"),
    ("accept-a-request-for-help", accepts_unseen, "the-task-is-looked-for"),
    ("accept-a-request-for-help", jumps_to_completed, "no-move-is-made-that-is-not-allowed"),
    ("accept-a-request-for-help", never_begins, "every-step-is-told"),
    ("accept-a-request-for-help", rejects, "every-step-is-told"),
    ("accept-a-request-for-help", does_not_tell_back, "the-person-is-told-what-came-of-it"),
]


@pytest.mark.parametrize(
    ("name", "play", "requirement"), BAD, ids=[f"{one[1].__name__}-{one[2]}" for one in BAD]
)
def test_a_bad_client_turns_its_own_scenario_red_and_no_other(
    played: Played, name: str, play: Callable[[httpx.Client], None], requirement: str
) -> None:
    played.play(name, play)
    try:
        assert played.red() == {name}
        assert played.states(name)[requirement] is not Outcome.PASSED
        assert not played.sandbox.is_green
    finally:
        played.play(name, PLAYS[name])
    assert played.red() == set()


def test_every_must_can_fail() -> None:
    tried = {(name, requirement) for name, _, requirement in BAD}
    musts = {
        (one.name, requirement.id)
        for one in SCENARIOS
        for requirement in one.requirements
        if requirement.strength == "MUST"
    }
    assert musts - tried == set()


def test_a_fault_by_a_profile_is_told_with_its_place_and_may_be_put_right(played: Played) -> None:
    def puts_it_right(http: httpx.Client) -> None:
        refused = http.post("/Goal", json=goal(extension=importance(11)))
        [issue] = refused.json()["issue"]
        assert issue["expression"] == ["Goal.extension[0].valueInteger"]
        http.post("/Goal", json=goal(extension=importance(8)))

    played.play("share-a-goal", claims_a_profile_that_it_breaks)
    told = text(played.sandbox.account(), 0)
    assert "whole number from 0 to 10. (Goal.extension[0].valueInteger)" in told
    played.play("share-a-goal", puts_it_right)
    assert played.red() == set()


def test_a_should_that_is_not_met_is_told_and_stays_green(played: Played) -> None:
    def leaves_out_the_profile(http: httpx.Client) -> None:
        http.post("/Goal", json=without("meta"))

    played.play("share-a-goal", leaves_out_the_profile)
    assert played.states("share-a-goal")["the-goal-claims-its-profile"] is Outcome.FAILED
    assert played.red() == set()
    told = played.sandbox.account()
    assert "SHOULD 1/2" in badge(told)
    assert 'failures="0"' in junit(told)
    played.play("share-a-goal", PLAYS["share-a-goal"])


def test_a_put_to_an_id_of_ones_own_may_be_repeated(played: Played) -> None:
    def puts_twice(http: httpx.Client) -> None:
        mine = goal(id="mine")
        with suppress(httpx.TransportError):
            http.put("/Goal/mine", json=mine)
        http.put("/Goal/mine", json=mine)

    played.play("retry-after-a-lost-answer", puts_twice)
    assert played.red() == set()


def test_the_shared_base_leads_to_the_scenario_that_was_chosen(played: Played) -> None:
    name = "share-a-goal"
    httpx.post(f"{played.place}/reset/{name}").raise_for_status()
    assert played.red() == {name}
    httpx.post(f"{played.place}/choose/{name}").raise_for_status()
    headers = {"Authorization": "Bearer sandbox", "Content-Type": "application/fhir+json"}
    made = httpx.post(f"{played.place}/fhir/Goal", json=goal(), headers=headers)
    assert made.status_code == 201
    assert made.headers["Location"].startswith(f"{played.place}/fhir/Goal/")
    assert httpx.get(made.headers["Location"].partition("/_history")[0], headers=headers).json()
    assert played.red() == set()
    assert httpx.post(f"{played.place}/choose/nothing").status_code == 404


@pytest.mark.parametrize("media", ["merge", "json"])
def test_progress_may_be_recorded_by_a_patch(played: Played, media: str) -> None:
    def patches(http: httpx.Client) -> None:
        match = etag(http)
        status = GOOD["achieved"]({})["achievementStatus"]
        change: Any = {"achievementStatus": status}
        if media == "json":
            change = [{"op": "replace", "path": "/achievementStatus", "value": status}]
        kind = f"application/{media}-patch+json"
        http.patch(GOAL, json=change, headers=match | {"Content-Type": kind}).raise_for_status()

    played.play("record-progress", patches)
    assert played.red() == set()


def test_a_task_may_be_moved_as_the_help_task_profile_says(played: Played) -> None:
    def finishes_at_once(http: httpx.Client) -> None:
        moves(http, "accepted", "completed", "failed", output=OUTPUT)

    name = "accept-a-request-for-help"
    played.play(name, finishes_at_once)
    sent = [one for one in played.sandbox.account().sections[-1].sent if "PUT" in one]
    assert [re.findall(r"→ (\d+)", one) for one in sent] == [["200"], ["200"], ["422"]]
    assert played.states(name)["no-move-is-made-that-is-not-allowed"] is Outcome.FAILED
    played.play(name, PLAYS[name])


def test_the_person_may_be_found_by_a_post(played: Played) -> None:
    def posts(http: httpx.Client) -> None:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        asked = {"identifier": GOOD["NHS_NUMBER"]}
        [entry] = http.post("/Patient/_search", data=asked, headers=form).json()["entry"]
        http.get(f"/Patient/{entry['resource']['id']}")

    played.play("find-the-person", posts)
    assert played.red() == set()


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/metadata", b"", 200),
        ("GET", "/Nonesuch", b"", 404),
        ("GET", "/Goal/nothing", b"", 404),
        ("GET", "/Goal?colour=red", b"", 400),
        ("GET", "/Goal?page=made-up", b"", 400),
        ("POST", "/Goal", b"{", 400),
        ("POST", "/Goal", b'{"resourceType":"Goal"}', 422),
        ("PUT", "/Goal/a", b'{"resourceType":"Goal"}', 422),
        ("PATCH", "/Goal/nothing", b"{}", 404),
        ("DELETE", "/Goal/sea-swim", b"", 405),
        ("POST", "/", b"{}", 404),
    ],
)
def test_odd_requests_are_answered_with_a_reason(
    played: Played, method: str, path: str, body: bytes, status: int
) -> None:
    with GOOD["client_at"](played.place, "record-progress") as http:
        answer = http.request(method, path, content=body)
    assert answer.status_code == status, answer.text
    if status >= 400:
        assert answer.json()["issue"][0]["diagnostics"]
    played.play("record-progress", PLAYS["record-progress"])


def test_the_reports_say_the_same_in_every_form_and_name_nothing_far_away(
    played: Played, tmp_path: Any
) -> None:
    told = played.sandbox.account()
    paths = write(told, tmp_path / "reports")
    assert sorted(one.name for one in paths) == [
        "TestReport.json",
        "badge.txt",
        "junit.xml",
        "report.html",
        "report.json",
    ]
    root = ElementTree.fromstring(junit(told))  # noqa: S314  (made by us, just now)
    assert len(root.findall("testsuite")) == len(SCENARIOS)
    report = json.loads(in_fhir(told))
    assert (report["resourceType"], report["result"]) == ("TestReport", "pass")
    assert len(report["test"]) == len(root.findall(".//testcase"))
    assert FhirTestReport.model_validate(report).status == "completed"
    html = page(told)
    assert "src=" not in html
    assert "<link" not in html
    shown = httpx.get(f"{played.place}/report").text
    assert ">Share a goal</h2>" in shown
    assert "9990123403|" not in shown


def test_the_report_is_a_page_or_json_as_asked(played: Played) -> None:
    asked = httpx.get(f"{played.place}/report", headers={"Accept": "application/json"})
    assert asked.json()["green"] is True
    assert instructions(SCENARIOS, played.place) == httpx.get(f"{played.place}/").text


def test_the_instructions_fit_a_small_terminal() -> None:
    lines = instructions(SCENARIOS, "http://127.0.0.1:8100").splitlines()
    assert [one for one in lines if len(one) > 80] == []


def test_every_requirement_is_a_sentence_with_its_clause_and_a_name_of_its_own() -> None:
    for scenario in SCENARIOS:
        ids = [one.id for one in scenario.requirements]
        assert len(ids) == len(set(ids))
        for one in scenario.requirements:
            assert one.sentence.endswith(".")
            assert one.clause
