"""The scenarios a client goes through: what is there, what to do, what the sandbox does on purpose,
and what is asked of the client."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from app.conformance import client_judges as judges
from app.conformance import client_judges_help as help_judges
from app.conformance import client_judges_refusals as refusal_judges
from app.conformance import client_sandbox_people as people
from app.conformance.client_judgement import Requirement
from app.conformance.client_sandbox_door import Request
from app.conformance.client_trace import Trace
from app.errors import Malformed
from app.fhir.json_guard import parse
from app.fhir.resource_types import Json

Trick: TypeAlias = Literal["lose", "change", "refuse", "busy"]


@dataclass(frozen=True, slots=True)
class Scenario:
    """name: stands in the address. ask: what the client is to do. trick: done once, on purpose."""

    name: str
    title: str
    ask: str
    resources: Callable[[], Iterable[Json]]
    requirements: tuple[Requirement, ...]
    trick: Trick | None = None
    page_size: int = 50


RETRY_AFTER_SECONDS = 2
_WHO = f"{people.PERSON} (NHS number {people.NHS_NUMBER})"

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        "find-the-person",
        "Find the person",
        f"Find the person whose NHS number is {people.NHS_NUMBER}, then read them or their goals.",
        people.with_a_goal,
        (
            judges.the_token_travels_in_the_header,
            judges.the_person_is_found_by_system_and_number,
            judges.the_person_found_is_used,
            judges.no_second_record_is_made,
        ),
    ),
    Scenario(
        "share-a-goal",
        "Share a goal",
        f"Send one goal of {_WHO}, in words of their own.",
        people.at_first,
        (
            judges.a_sound_goal_is_sent,
            judges.bodies_say_that_they_are_fhir,
            judges.the_goal_is_about_the_person,
            judges.the_words_are_the_persons_own,
            judges.the_goal_says_whose_words_they_are,
            judges.the_goal_says_since_when,
            judges.what_is_sent_is_right_by_its_profile,
            judges.the_goal_claims_its_profile,
        ),
    ),
    Scenario(
        "record-progress",
        "Record progress",
        f"Read {people.GOAL}, change its achievementStatus, and send it back with If-Match.",
        people.with_a_goal,
        (
            judges.it_is_read_before_it_is_changed,
            judges.changes_say_which_version_they_are_of,
            judges.what_is_not_understood_is_kept,
            judges.progress_is_recorded,
            judges.what_is_sent_is_right_by_its_profile,
        ),
    ),
    Scenario(
        "retry-after-a-lost-answer",
        "Retry after a lost answer",
        f"Send one goal of {_WHO}. The answer will be lost; see that it is there once.",
        people.at_first,
        (
            judges.a_lost_answer_is_asked_for_again,
            judges.the_repeat_cannot_make_a_second,
            judges.there_is_one_in_the_end,
        ),
        trick="lose",
    ),
    Scenario(
        "handle-412",
        "Somebody else was first",
        f"Read {people.GOAL} and change it. Somebody else will be faster, once.",
        people.with_a_goal,
        (
            refusal_judges.it_is_read_again_after_412,
            refusal_judges.the_change_is_made_to_the_new_version,
            refusal_judges.the_others_change_is_kept,
        ),
        trick="change",
    ),
    Scenario(
        "handle-422",
        "It is refused",
        f"Send one goal of {_WHO}. It will be refused, once; put right what the answer names.",
        people.at_first,
        (
            refusal_judges.what_was_refused_is_not_sent_again_as_it_was,
            refusal_judges.it_is_put_right_as_the_answer_said,
            refusal_judges.the_words_are_not_changed_to_please,
        ),
        trick="refuse",
    ),
    Scenario(
        "handle-429",
        "The service is busy",
        f"Ask for the goals of {_WHO}. The service will be busy, once; wait as long as it says.",
        people.with_a_goal,
        (
            refusal_judges.it_waits_as_long_as_it_is_told_to,
            refusal_judges.it_asks_again_after_waiting,
        ),
        trick="busy",
    ),
    Scenario(
        "follow-paging",
        "Page after page",
        f"Ask for all goals of {_WHO}. There are five, two to a page.",
        people.with_five_goals,
        (judges.every_next_link_is_followed, judges.next_links_are_used_as_they_are),
        page_size=2,
    ),
    Scenario(
        "accept-a-request-for-help",
        "Accept a request for help",
        f"Find the Task that waits for {people.YOU}. Make it accepted, in-progress, then completed,"
        " and tell back what came of it.",
        people.with_a_request,
        (
            help_judges.the_task_is_looked_for,
            help_judges.no_move_is_made_that_is_not_allowed,
            help_judges.every_step_is_told,
            help_judges.the_person_is_told_what_came_of_it,
            judges.what_is_sent_is_right_by_its_profile,
            help_judges.task_changes_say_which_version_they_are_of,
        ),
    ),
)


def is_due(trick: Trick, request: Request) -> bool:
    """Whether this request is the one that the trick waits for."""
    type = request.path.partition("/")[0]
    is_write = request.method in ("POST", "PUT") and not request.path.endswith("/_search")
    match trick:
        case "lose" | "refuse":
            return is_write and type == "Goal"
        case "change":
            has_match = "if-match" in request.headers
            return request.method in ("PUT", "PATCH") and request.path == people.GOAL and has_match
        case "busy":
            return request.path != "metadata"


def change_meanwhile(trace: Trace, now: datetime) -> None:
    """Somebody else adds a note to the goal."""
    current = trace.shelf.read(*people.GOAL.split("/"))
    if current is not None:
        note = {"text": "Went down to the water with her on Sunday. She laughed."}
        notes = [*current.tree.get("note", ()), note]
        trace.shelf.write({**current.tree, "note": notes}, now, by_client=False)


def date_to_ask_for(body: bytes) -> str:
    """A start date that is not the one that was sent."""
    try:
        sent = parse(body).get("startDate")
    except Malformed:
        sent = None
    return "2026-11-03" if sent == "2026-11-02" else "2026-11-02"
