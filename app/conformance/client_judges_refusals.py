"""What is asked of a client that is refused: 412, 422 and 429. Its form is client_judges's."""

from app.conformance.client_judgement import OURS, PASSED, Verdict, failed, must, not_seen, seen
from app.conformance.client_sandbox_people import GOAL
from app.conformance.client_sight import shows, text
from app.conformance.client_trace import BUSY, CHANGED, REFUSED, Trace
from app.conformance.requirement import R4

_NO_GOAL = "No goal was sent."
_NO_CHANGE = f"{GOAL} was not changed."


# Handle 412


@must(f"{R4}http.html#concurrency")
def it_is_read_again_after_412(trace: Trace) -> Verdict:
    """After 412 the goal is read again."""
    refusal = trace.noted(CHANGED)
    if refusal is None:
        return not_seen(_NO_CHANGE)
    read = False
    for one in trace.after(refusal):
        read = read or shows(one, GOAL)
        if one.is_change and not read:
            return failed("The change was sent again without reading what was there.")
    return seen(read, "It was not read again.")


@must(f"{R4}http.html#concurrency")
def the_change_is_made_to_the_new_version(trace: Trace) -> Verdict:
    """Then the change is made to the new version, and says so in If-Match."""
    refusal = trace.noted(CHANGED)
    if refusal is None:
        return not_seen(_NO_CHANGE)
    again = [one for one in trace.after(refusal) if one.is_change and one.type == "Goal"]
    if any(one.worked and "if-match" not in one.request.headers for one in again):
        return failed("The second time, If-Match was left out.")
    return seen(any(one.worked for one in again), "The change was given up.")


@must(OURS)
def the_others_change_is_kept(trace: Trace) -> Verdict:
    """What the other person wrote meanwhile is still there."""
    refusal = trace.noted(CHANGED)
    if refusal is None:
        return not_seen(_NO_CHANGE)
    current = trace.shelf.read(*GOAL.split("/"))
    if current is None or not current.by_client:
        return not_seen("The change was given up.")
    return PASSED if current.tree.get("note") else failed("The other's note is gone.")


# Handle 422


@must(f"{R4}http.html#create")
def what_was_refused_is_not_sent_again_as_it_was(trace: Trace) -> Verdict:
    """What was refused with 422 is not sent again as it was."""
    refusal = trace.noted(REFUSED)
    if refusal is None:
        return not_seen(_NO_GOAL)
    if any(one.is_change and one.tree == refusal.tree for one in trace.after(refusal)):
        return failed("The same body was sent again.")
    return PASSED


@must(f"{R4}operationoutcome.html")
def it_is_put_right_as_the_answer_said(trace: Trace) -> Verdict:
    """It is put right where the answer says so, and then sent."""
    refusal = trace.noted(REFUSED)
    if refusal is None:
        return not_seen(_NO_GOAL)
    later = [one for one in trace.after(refusal) if one.is_change and one.type == "Goal"]
    if any(one.worked for one in later):
        return PASSED
    return not_seen("Nothing that was put right has come.")


@must(OURS)
def the_words_are_not_changed_to_please(trace: Trace) -> Verdict:
    """The person's words stay as they were."""
    refusal = trace.noted(REFUSED)
    if refusal is None:
        return not_seen(_NO_GOAL)
    words = text(refusal.tree or {}, "description", "text")
    stored = trace.shelf.versions("Goal")
    if any(text(one.tree, "description", "text") != words for one in stored):
        return failed("description.text is not what it was at first.")
    return seen(stored, "Nothing that was put right has come.")


# Handle 429


@must("https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3")
def it_waits_as_long_as_it_is_told_to(trace: Trace) -> Verdict:
    """After 429, nothing is sent until the seconds of Retry-After are over."""
    busy = trace.noted(BUSY)
    if busy is None:
        return not_seen("Nothing was sent.")
    wait = float(busy.reply.headers["Retry-After"])
    if any(one.seconds - busy.seconds < wait for one in trace.after(busy)):
        return failed(f"Something came before the {wait:.0f} seconds were over.")
    return seen([*trace.after(busy)], "Nothing came after that.")


@must("https://www.rfc-editor.org/rfc/rfc6585#section-4")
def it_asks_again_after_waiting(trace: Trace) -> Verdict:
    """Then the same is asked again."""
    busy = trace.noted(BUSY)
    if busy is None:
        return not_seen("Nothing was sent.")
    asked = (busy.request.method, busy.request.path, busy.request.query)
    again = [
        one
        for one in trace.after(busy)
        if (one.request.method, one.request.path, one.request.query) == asked and one.worked
    ]
    return seen(again, "What was asked for first was not asked for again.")
