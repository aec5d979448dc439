"""What is asked of a client that accepts a request for help. Its form is client_judges's."""

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
from app.conformance.client_sandbox_people import REQUEST, TASK
from app.conformance.client_trace import Trace
from app.conformance.requirement import R4
from app.fhir.resource_types import Json

_STEPS = ("accepted", "in-progress", "completed")
_UNTOUCHED = f"{TASK} was not changed."


@must(f"{R4}task.html")
def the_task_is_looked_for(trace: Trace) -> Verdict:
    """The Task that waits for you is looked for before it is changed."""
    looked = False
    for one in trace.exchanges:
        if one.is_change and one.type == "Task":
            return PASSED if looked else failed("It was changed without having been read.")
        is_task = one.request.path == TASK or (one.is_search and one.type == "Task")
        looked = looked or (one.worked and is_task)
    return not_seen(_UNTOUCHED)


@must(f"{R4}task.html#statemachine")
def no_move_is_made_that_is_not_allowed(trace: Trace) -> Verdict:
    """Only allowed moves are made: requested, accepted, in-progress, completed, one by one."""
    for one in trace.changes("Task"):
        places = [issue.get("expression") for issue in (one.reply.tree or {}).get("issue", ())]
        if one.reply.status == 422 and ["Task.status"] in places:
            return failed("A move was tried that a Task may not make from where it was.")
    return seen(_statuses(trace), _UNTOUCHED)


@must(OURS)
def every_step_is_told(trace: Trace) -> Verdict:
    """Accepting, beginning and finishing are each told."""
    told = iter(_statuses(trace))
    missing = [step for step in _STEPS if step not in told]
    return seen(not missing, f"The Task was never {missing[0]}." if missing else "")


@must(OURS)
def the_person_is_told_what_came_of_it(trace: Trace) -> Verdict:
    """At the end it is told back what came of it: in the Task's output or note, or in a
    Communication about it."""
    if "completed" not in _statuses(trace):
        return not_seen("The Task was never completed.")
    current = trace.shelf.read(*TASK.split("/"))
    if current and (current.tree.get("output") or current.tree.get("note")):
        return PASSED
    told = any(_is_about_it(one.tree) for one in trace.shelf.versions("Communication"))
    return PASSED if told else not_seen("Nothing says what came of it.")


@should(f"{R4}http.html#concurrency")
def task_changes_say_which_version_they_are_of(trace: Trace) -> Verdict:
    """Every change of the Task says which version it is of: If-Match."""
    changes = trace.changes("Task")
    if any("if-match" not in one.request.headers for one in changes):
        return failed("A change came without If-Match.")
    return seen(changes, _UNTOUCHED)


def _statuses(trace: Trace) -> list[str]:
    return [
        str(one.tree["status"]) for one in trace.shelf.versions("Task") if one.reference == TASK
    ]


def _is_about_it(tree: Json) -> bool:
    references = [*tree.get("about", ()), *tree.get("basedOn", ())]
    return any(one.get("reference") in (TASK, REQUEST) for one in references)
