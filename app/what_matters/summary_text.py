"""The one page as plain text: for a screen reader, a telephone, a printer of any age.

Source: docs/api.md
"""

from collections.abc import Iterable, Iterator
from datetime import tzinfo
from textwrap import wrap

from app.what_matters.journey import Happening, Kind
from app.what_matters.naming import day_in_words, ended
from app.what_matters.summary_page import Changed, Page, SinceWeMet, SinceYouLooked
from app.what_matters.telling import GoalTold, Help, HowClose, Words

_WIDTH = 78


def page_text(page: Page, zone: tzinfo) -> str:
    """The page, with a line end at its end. zone: where the days are told."""
    parts = [
        _title(page, zone),
        _part("How to talk with me", _how_to_talk(page, zone)),
        _part("What is most important to me", _most_important(page, zone)),
        _part("Please do, and please do not", _maybe(page.please, zone)),
        _part("How and when to support me", _maybe(page.how_to_support, zone)),
        _part("My goals", _more(_goals(page.goals, zone), page.more_goals)),
        _part("Who helps me", _more(_helpers(page), page.more_who_help)),
        _part("What I have asked for", _more(_requests(page.requests), page.more_requests)),
        _part("Since we last met", _since_we_met(page.since_we_met, zone)),
        _part("Since you last looked", _since_you_looked(page.since_you_looked, zone)),
        _part("Not shown", (f"Your sign-in does not reach: {one}." for one in page.not_shown)),
    ]
    made = f"This page was made on {day_in_words(page.written, zone)}."
    return "\n\n".join([*filter(None, parts), made]) + "\n"


def _title(page: Page, zone: tzinfo) -> str:
    whom = page.person
    lines = [f"What matters to {whom.name or whom.called or 'this person'}"]
    lines.append("=" * len(lines[0]))
    if whom.called:
        lines.append(f"Call me: {whom.called}")
    if whom.pronouns:
        lines.append(f"My pronouns: {', '.join(whom.pronouns)}")
    if whom.born:
        lines.append(f"Born: {day_in_words(whom.born, zone)}")
    return "\n".join(lines)


def _part(title: str, entries: Iterable[str]) -> str:
    """One part; nothing of one that has nothing to tell."""
    lines = [line for entry in entries for line in _lines(entry)]
    return "\n".join([title, "-" * len(title), *lines]) if lines else ""


def _lines(entry: str) -> Iterator[str]:
    """An entry, its own lines set in below the first."""
    for n, line in enumerate(filter(None, map(str.strip, entry.splitlines()))):
        lead = "- " if n == 0 else "  "
        yield from wrap(line, _WIDTH, initial_indent=lead, subsequent_indent="  ")


def _more(entries: Iterable[str], more: int) -> Iterator[str]:
    yield from entries
    if more:
        yield f"And {more} more, in the record."


def _said(one: Words, zone: tzinfo) -> str:
    """The words, and who said them where it was not the person."""
    by = f" (said by {one.by})" if one.by else ""
    return f"{one.words}{'…' if one.cut else ''}{by}"


def _maybe(one: Words | None, zone: tzinfo) -> Iterator[str]:
    if one is not None:
        yield _said(one, zone)


def _how_to_talk(page: Page, zone: tzinfo) -> Iterator[str]:
    talk = page.how_to_talk
    for one in talk.take_care:
        yield f"Take care: {one.words}"
    if talk.languages:
        yield f"My language: {', then '.join(one.name for one in talk.languages)}"
    if talk.interpreter is not None:
        yield "I need an interpreter." if talk.interpreter else "I need no interpreter."
    yield from _maybe(talk.in_my_words, zone)
    if talk.reach:
        yield f"Reach me, best way first: {', '.join(talk.reach)}"


def _most_important(page: Page, zone: tzinfo) -> Iterator[str]:
    most = page.most_important
    yield from _maybe(most.in_short, zone)
    yield from _more((_said(one, zone) for one in most.things), most.more)


def _goals(goals: Iterable[GoalTold], zone: tzinfo) -> Iterator[str]:
    for goal in goals:
        stands = "" if goal.standing == "under way" else f" ({goal.standing})"
        lines = [f"{_said(goal.words, zone)}{stands}"]
        if goal.why:
            lines.append(f"Why: {goal.why}")
        if goal.how_close is not None:
            lines.append(_how_close(goal.how_close, goal.moving, zone))
            if goal.how_close.note:
                lines.append(f"“{goal.how_close.note}”")
        elif goal.moving:
            lines.append(f"Moving: {goal.moving}")
        yield "\n".join(lines)


def _how_close(close: HowClose, moving: str, zone: tzinfo) -> str:
    by = "" if close.by.value == "person" else f", said by a {close.by.value}"
    way = f" It is moving: {moving}." if moving else ""
    start = ""
    if close.since_start and close.since_start != moving:
        start = f" Since the start: {close.since_start}."
    day = day_in_words(close.when, zone)
    return f"How close, on {day}{by}: {ended(close.words)}{way}{start}"


def _helpers(page: Page) -> Iterator[str]:
    for one in page.who_helps:
        name = f"{one.name}, {one.organisation}" if one.organisation else one.name
        yield f"{name}: {one.role}" if name and one.role else name or one.role


def _requests(requests: Iterable[Help]) -> Iterator[str]:
    for one in requests:
        state = ", ".join(one.states) or "nobody has been asked yet"
        who = f" With {' and '.join(one.with_whom)}." if one.with_whom else ""
        waits = f" Waiting for {_days(one.waiting_days)}." if one.waiting_days else ""
        lines = [one.words.words, f"It is: {state}.{who}{waits}"]
        if one.too_long:
            lines.append(one.too_long)
        if one.said:
            lines.append(f"“{one.said}”")
        yield "\n".join(lines)


def _days(days: int | None) -> str:
    return "1 day" if days == 1 else f"{days} days"


def _since_we_met(since: SinceWeMet | None, zone: tzinfo) -> Iterator[str]:
    if since is None:
        return
    by = f", with {since.last.by}" if since.last.by else ""
    yield f"We last met on {day_in_words(since.last.when, zone)}{by}: {since.last.what}."
    yield from _more((_happened(one, zone) for one in since.done), since.more)
    if not since.done:
        yield "Nothing has been written down since."


def _since_you_looked(since: SinceYouLooked | None, zone: tzinfo) -> Iterator[str]:
    if since is None:
        return
    yield f"You last opened this page on {day_in_words(since.last, zone)}."
    yield from _more((_changed(one) for one in since.changed), since.more)
    if not since.changed:
        yield "Nothing has changed since."


def _changed(one: Changed) -> str:
    return f"{one.what}{_quoted(one.words)}{_of(one.by)}"


def _happened(one: Happening, zone: tzinfo) -> str:
    day = day_in_words(one.when, zone)
    return f"{day}: {_of_goal(one)}{one.what}{_quoted(one.words)}{_of(one.by)}"


def _of_goal(one: Happening) -> str:
    """Which goal it was, of what is about one alone."""
    is_said_already = one.kind in (Kind.GOAL, Kind.CONTACT)
    return "" if is_said_already or len(one.about) != 1 else f"{ended(one.about[0])} "


def _quoted(words: str) -> str:
    return f": “{words}”" if words else ""


def _of(by: str) -> str:
    return f" ({by})" if by else ""
