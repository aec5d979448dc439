"""What is asked of a client that reads and writes: one function for each requirement.

Each looks at the trace alone. Its docstring is the sentence that people read.
"""

from typing import Any

from app.conformance.client_judgement import (
    OURS,
    PASSED,
    Verdict,
    failed,
    must,
    not_seen,
    seen,
    should,
)
from app.conformance.client_profiles import PERSON_STATED_GOAL, first_fault
from app.conformance.client_sandbox_people import (
    GOAL,
    NHS_NUMBER,
    NHS_NUMBER_SYSTEM,
    PERSON,
    UNKNOWN_EXTENSION,
)
from app.conformance.client_sight import (
    condition,
    decoded,
    member,
    next_link,
    reference,
    shows,
    text,
)
from app.conformance.client_trace import LOST, Exchange, Trace
from app.conformance.requirement import R4
from app.fhir import structure

_NO_GOAL = "No goal was sent."
_NO_CHANGE = f"{GOAL} was not changed."


# Find the person


@must("https://www.rfc-editor.org/rfc/rfc6750#section-2.1")
def the_token_travels_in_the_header(trace: Trace) -> Verdict:
    """The token travels in the Authorization header, never in the address."""
    if not trace.exchanges:
        return not_seen("Nothing was sent.")
    if any("access_token" in one.request.query for one in trace.exchanges):
        return failed("A token stood in an address, where logs keep it.")
    heads = [one.request.headers.get("authorization", "") for one in trace.exchanges]
    if not all(head.lower().startswith("bearer ") for head in heads):
        return failed("A request came without the header Authorization: Bearer.")
    return PASSED


@must(f"{R4}search.html#token")
def the_person_is_found_by_system_and_number(trace: Trace) -> Verdict:
    """The person is found by their NHS number together with the system that it is from."""
    wanted = f"{NHS_NUMBER_SYSTEM}|{NHS_NUMBER}"
    searches = trace.searches("Patient")
    if any(wanted in decoded(one) for one in searches):
        return PASSED
    if any("identifier=" in decoded(one) for one in searches):
        return failed(f"The search left out the system: ask for identifier={NHS_NUMBER_SYSTEM}|….")
    return not_seen("No search for a Patient by identifier came.")


@must(f"{R4}http.html#search")
def the_person_found_is_used(trace: Trace) -> Verdict:
    """The id that the search gave is used next: the person, or their goals, are asked for by it."""
    id = PERSON.partition("/")[2]
    later = [one for one in trace.exchanges if one.type != "Patient" or not one.is_search]
    found = any(id in f"{one.request.path}?{decoded(one)}" and one.worked for one in later)
    return seen(found, f"Nothing was asked for by the id that was found, such as {PERSON}.")


@must(OURS)
def no_second_record_is_made(trace: Trace) -> Verdict:
    """No second record of the person is made."""
    if trace.changes("Patient"):
        return failed("A Patient was written, though the person is there already.")
    return seen(trace.exchanges, "Nothing was sent.")


# Share a goal


@must(f"{R4}http.html#create")
def a_sound_goal_is_sent(trace: Trace) -> Verdict:
    """A goal is sent that is sound FHIR R4."""
    sent = trace.changes("Goal")
    if any(one.worked for one in sent):
        return PASSED
    return failed("Each goal was refused: see the answers.") if sent else not_seen(_NO_GOAL)


@must("https://hl7.org/fhir/R4/http.html#mime-type")
def bodies_say_that_they_are_fhir(trace: Trace) -> Verdict:
    """What is sent says that it is FHIR: Content-Type: application/fhir+json."""
    sent = [one for one in trace.exchanges if one.is_change]
    if any(one.request.media != "application/fhir+json" for one in sent):
        return failed("A body came with another Content-Type, or with none.")
    return seen(sent, _NO_GOAL)


@must(OURS)
def the_goal_is_about_the_person(trace: Trace) -> Verdict:
    """The goal is about the person: subject is who was found."""
    return _of_each_goal(
        trace,
        lambda goal: reference(goal.get("subject")) == PERSON,
        f"The subject of a goal was not {PERSON}.",
    )


@must(OURS)
def the_words_are_the_persons_own(trace: Trace) -> Verdict:
    """The person's own words are in description.text."""
    return _of_each_goal(
        trace,
        lambda goal: bool(text(goal, "description", "text").strip()),
        "A goal came without words in description.text.",
    )


@must(OURS)
def the_goal_says_whose_words_they_are(trace: Trace) -> Verdict:
    """The goal says whose words these are: expressedBy."""
    return _of_each_goal(
        trace, lambda goal: bool(reference(goal.get("expressedBy"))), "expressedBy is missing."
    )


@must(OURS)
def the_goal_says_since_when(trace: Trace) -> Verdict:
    """The goal says since when: startDate."""
    return _of_each_goal(trace, lambda goal: "startDate" in goal, "startDate is missing.")


@must(OURS)
def what_is_sent_is_right_by_its_profile(trace: Trace) -> Verdict:
    """What is sent is right by the profile of this project for its type, claimed or not, and by
    every profile that it claims."""
    stored = trace.shelf.written()
    # What was refused, and then put right, is right in the end.
    judged = [one.tree for one in stored] or trace.refused()
    for tree in judged:
        if structure.check(tree):
            return failed("What came was no sound FHIR R4, so no profile was looked at.")
        fault = first_fault(tree)
        if fault is not None:
            return failed(fault)
    return seen(judged, "Nothing was sent that a profile says anything of.")


@should(f"{R4}resource.html#profile-tags")
def the_goal_claims_its_profile(trace: Trace) -> Verdict:
    """The goal says which profile it follows, in meta.profile."""
    return _of_each_goal(
        trace,
        lambda goal: PERSON_STATED_GOAL in member(goal, "meta", "profile", default=()),
        f"meta.profile did not name {PERSON_STATED_GOAL}.",
    )


# Record progress with If-Match


@must(f"{R4}http.html#concurrency")
def it_is_read_before_it_is_changed(trace: Trace) -> Verdict:
    """The goal is read before it is changed."""
    changes = _changes_of_the_goal(trace)
    if not changes:
        return not_seen(_NO_CHANGE)
    first = trace.exchanges.index(changes[0])
    if any(shows(one, GOAL) for one in trace.exchanges[:first]):
        return PASSED
    return failed("It was changed without having been read.")


@must(f"{R4}http.html#concurrency")
def changes_say_which_version_they_are_of(trace: Trace) -> Verdict:
    """Every change says which version it is of: If-Match with the ETag that was given."""
    changes = _changes_of_the_goal(trace)
    if any("if-match" not in one.request.headers for one in changes):
        return failed("A change came without If-Match.")
    if any(not one.request.headers["if-match"].startswith('W/"') for one in changes):
        return failed('If-Match must be the ETag as it was given, such as W/"1".')
    return seen(changes, _NO_CHANGE)


@must(f"{R4}http.html#update")
def what_is_not_understood_is_kept(trace: Trace) -> Verdict:
    """All that was in the goal and is not being changed is sent back, also what is not
    understood."""
    written = [one for one in trace.shelf.versions("Goal") if one.reference == GOAL]
    if not written:
        return not_seen("No change of the goal was stored.")
    for version in written:
        urls = [member(one, "url") for one in version.tree.get("extension", ())]
        if UNKNOWN_EXTENSION not in urls or "expressedBy" not in version.tree:
            return failed("A change took away an element that it was not about.")
    return PASSED


@must(OURS)
def progress_is_recorded(trace: Trace) -> Verdict:
    """Progress is recorded: achievementStatus, or an Observation that has the goal as its focus."""
    [first, *_] = trace.shelf.versions("Goal", by_client=False)
    changed = any(
        one.reference == GOAL
        and one.tree.get("achievementStatus") != first.tree.get("achievementStatus")
        for one in trace.shelf.versions("Goal")
    )
    observed = any(
        GOAL in (reference(focus) for focus in one.tree.get("focus", ()))
        for one in trace.shelf.versions("Observation")
    )
    return seen(changed or observed, "The goal says what it said before.")


# Retry after a lost answer


@must("https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2")
def a_lost_answer_is_asked_for_again(trace: Trace) -> Verdict:
    """When no answer came, the same is sent again."""
    lost = trace.noted(LOST)
    if lost is None:
        return not_seen(_NO_GOAL)
    again = [one for one in trace.after(lost) if one.is_change and one.type == "Goal"]
    return seen(again, "After the answer was lost, nothing was sent again.")


@must(f"{R4}http.html#ccreate")
def the_repeat_cannot_make_a_second(trace: Trace) -> Verdict:
    """What may be repeated cannot make a second: a POST carries If-None-Exist, from the first time
    on, or it is a PUT to an id of your choosing."""
    sent = trace.changes("Goal")
    if any(one.request.method == "POST" and not condition(one) for one in sent):
        return failed("A POST came without If-None-Exist.")
    if len({(one.request.path, condition(one)) for one in sent}) > 1:
        return failed("The repeat went to another address, or carried another If-None-Exist.")
    return seen(sent, _NO_GOAL)


@must(OURS)
def there_is_one_in_the_end(trace: Trace) -> Verdict:
    """In the end the goal is there once."""
    made = {one.id for one in trace.shelf.versions("Goal")}
    if len(made) > 1:
        return failed(f"There are {len(made)} of it.")
    return seen(made, _NO_GOAL)


# Follow paging


@must(f"{R4}http.html#paging")
def every_next_link_is_followed(trace: Trace) -> Verdict:
    """Every page is fetched, until one has no link called next."""
    searches = [one for one in trace.searches("Goal") if one.worked]
    if not searches:
        return not_seen("No search for goals came.")
    if any(next_link(one) is None for one in searches):
        return PASSED
    return not_seen("The last page was not fetched.")


@must(f"{R4}http.html#paging")
def next_links_are_used_as_they_are(trace: Trace) -> Verdict:
    """The links are used as they are given; no address of a page is made up."""
    given: set[str] = set()
    for one in trace.searches("Goal"):
        if "page=" in one.request.query and one.request.query not in given:
            return failed("A page was asked for at an address that no answer gave.")
        if one.reply.status == 400 or "_offset" in one.request.query:
            return failed("The search used a parameter of its own for pages.")
        link = next_link(one)
        if link is not None:
            given.add(link.partition("?")[2])
    return seen(given, "No search for goals came.")


def _of_each_goal(trace: Trace, holds: Any, why: str) -> Verdict:
    goals = [one.tree for one in trace.shelf.versions("Goal")]
    if not goals:
        return not_seen("No goal was stored.")
    return PASSED if all(holds(goal) for goal in goals) else failed(why)


def _changes_of_the_goal(trace: Trace) -> list[Exchange]:
    return [one for one in trace.changes("Goal") if one.request.path == GOAL]
