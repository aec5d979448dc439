"""What was said and done as plain text.

Source: docs/api.md
"""

from collections.abc import Iterator
from datetime import tzinfo
from textwrap import wrap

from app.what_matters.naming import day_in_words, ended
from app.what_matters.said_and_done import SaidAndDone, Thread
from app.what_matters.telling import Help

_WIDTH = 78


def said_and_done_text(told: SaidAndDone, zone: tzinfo) -> str:
    """The threads, with a line end at its end. zone: where the days are told."""
    lines: list[str] = []
    for title, threads in (
        ("Still without an answer, the oldest first", told.unanswered),
        ("What was said, and what came of it", told.answered),
    ):
        if threads:
            lines += [title, "=" * len(title), ""]
            lines += [line for one in threads for line in (*_thread(one, zone), "")]
    if not lines:
        lines = ["Nothing has been said here yet.", ""]
    if told.more:
        lines += [f"And {told.more} more, in the record.", ""]
    lines += [f"Your sign-in does not reach: {one}." for one in told.not_shown]
    return "\n".join(lines).rstrip("\n") + "\n"


def _thread(thread: Thread, zone: tzinfo) -> Iterator[str]:
    day = day_in_words(thread.said.when, zone)
    when = f", on {day}" if day else ""
    yield from _lines(f"{thread.said.by or 'You'} said{when}: “{thread.said.words}”", "")
    for goal in thread.goals:
        if goal.entry != thread.said.entry:
            yield from _lines(f"A goal: “{goal.words.words}”")
    for request in thread.requests:
        yield from _request(request, thread)
    for agreed in thread.agreed:
        state = f" ({agreed.state})" if agreed.state else ""
        yield from _lines(f"Agreed: {agreed.words}{state}")
    for told in thread.told_back:
        by = f", by {told.by}" if told.by else ""
        yield from _lines(f"Told back on {day_in_words(told.when, zone)}{by}: “{told.words}”")
    yield from _difference(thread, zone)
    waits = "" if not thread.waiting_days else f", for {_days(thread.waiting_days)}"
    yield from _lines(f"So far: {thread.stage}{waits}.")


def _request(request: Help, thread: Thread) -> Iterator[str]:
    asked = "" if request.entry == thread.said.entry else f": “{request.words.words}”"
    who = f"{' and '.join(request.with_whom)}: " if request.with_whom else ""
    state = ", ".join(request.states) or "nobody has been asked yet"
    handed = f" Handed on {_times(request.hand_offs)}." if request.hand_offs else ""
    yield from _lines(f"Asked for help{asked}. {who}{state}.{handed}")


def _difference(thread: Thread, zone: tzinfo) -> Iterator[str]:
    """What difference it made, as the person measures it, and whether they said it helped."""
    if thread.helped is not None:
        yield from _lines(f"Did it help? {'Yes.' if thread.helped else 'Not yet.'}")
    for goal in thread.goals:
        if goal.how_close is not None:
            day, moving = day_in_words(goal.how_close.when, zone), goal.moving
            way = f" Moving: {moving}." if moving else ""
            note = f" “{goal.how_close.note}”" if goal.how_close.note else ""
            close = f"{ended(goal.how_close.words)}{note}"
            yield from _lines(f"What difference, on {day}: {close}{way}")
        if goal.standing != "under way":
            why = f" “{goal.why}”" if goal.why else ""
            yield from _lines(f"The goal is now: {goal.standing}.{why}")


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _lines(text: str, lead: str = "  ") -> Iterator[str]:
    yield from wrap(text, _WIDTH, initial_indent=lead, subsequent_indent="    ")
