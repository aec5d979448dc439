"""The one page as plain text: for a screen reader, a telephone, a printer of any age.

Source: docs/api.md
"""

from collections.abc import Iterable, Iterator
from datetime import tzinfo

from app.what_matters.journey import Happening, Kind
from app.what_matters.language import Say, in_english, joined
from app.what_matters.naming import ended
from app.what_matters.summary_page import Changed, Helper, Page, SinceWeMet, SinceYouLooked
from app.what_matters.telling import GoalTold, Help, HowClose, Words
from app.what_matters.wording import Wording, how_close_words, lines, with_name, wording


def page_text(page: Page, zone: tzinfo, say: Say = in_english) -> str:
    """The page, with a line end at its end. zone: where the days are told. say: the language."""
    say_it = wording(zone, say)
    parts = {
        "how-to-talk": _how_to_talk(page, say_it),
        "most-important": _most_important(page, say_it),
        "please": _maybe(page.please, say_it),
        "how-to-support": _maybe(page.how_to_support, say_it),
        "goals": _more(_goals(page.goals, say_it), page.more_goals, say_it),
        "who-helps": _more(_helpers(page, say_it), page.more_who_help, say_it),
        "requests": _more(_requests(page.requests, say_it), page.more_requests, say_it),
        "since-we-met": _since_we_met(page.since_we_met, say_it),
        "since-you-looked": _since_you_looked(page.since_you_looked, say_it),
        "not-shown": (say_it.told("not-reached", part=say(one)) for one in page.not_shown),
    }
    told = [_part(say_it.words[key], entries) for key, entries in parts.items()]
    made = say_it.told("made", day=say_it.day(page.written))
    return "\n\n".join([_title(page, say_it), *filter(None, told), made]) + "\n"


def _title(page: Page, say_it: Wording) -> str:
    whom = page.person
    name = whom.name or whom.called
    title = say_it.told("title", name=name) if name else say_it.words["title-unnamed"]
    told = [title, "=" * len(title)]
    if whom.called:
        told.append(say_it.told("call-me", name=whom.called))
    if whom.pronouns:
        told.append(say_it.told("pronouns", pronouns=", ".join(whom.pronouns)))
    if whom.born:
        told.append(say_it.told("born", day=say_it.day(whom.born)))
    return "\n".join(told)


def _part(title: str, entries: Iterable[str]) -> str:
    """One part; nothing of one that has nothing to tell."""
    told = [line for entry in entries for line in _lines(entry)]
    return "\n".join([title, "-" * len(title), *told]) if told else ""


def _lines(entry: str) -> Iterator[str]:
    """An entry, its own lines set in below the first."""
    for n, line in enumerate(filter(None, map(str.strip, entry.splitlines()))):
        yield from lines(line, "- " if n == 0 else "  ", "  ")


def _more(entries: Iterable[str], more: int, say_it: Wording) -> Iterator[str]:
    yield from entries
    if more:
        yield say_it.counted("more", more)


def _said(one: Words, say_it: Wording) -> str:
    """The words, and who said them where it was not the person."""
    words = f"{one.words}{'…' if one.cut else ''}"
    return f"{words} {say_it.told('said-by', name=say_it.who(one.by))}" if one.by else words


def _with_note(one: Words, say_it: Wording) -> str:
    return say_it.with_note(_said(one, say_it), one.their_note)


def _maybe(one: Words | None, say_it: Wording) -> Iterator[str]:
    """What was said, if anything; the person's own words before another's."""
    if one is not None:
        yield from _maybe(one.themself, say_it)
        yield _with_note(one, say_it)


def _how_to_talk(page: Page, say_it: Wording) -> Iterator[str]:
    talk = page.how_to_talk
    for one in talk.take_care:
        yield say_it.told("take-care", words=one.words)
    if talk.languages:
        names = joined((one.name for one in talk.languages), say_it.words["then"])
        yield say_it.told("my-language", languages=names)
    if talk.interpreter is not None:
        yield say_it.words["interpreter" if talk.interpreter else "no-interpreter"]
    yield from _maybe(talk.in_my_words, say_it)
    if talk.reach:
        yield say_it.told("reach", ways=", ".join(talk.reach))


def _most_important(page: Page, say_it: Wording) -> Iterator[str]:
    most = page.most_important
    yield from _maybe(most.in_short, say_it)
    yield from _more((_with_note(one, say_it) for one in most.things), most.more, say_it)


def _goals(goals: Iterable[GoalTold], say_it: Wording) -> Iterator[str]:
    for goal in goals:
        stands = "" if goal.standing == "under way" else say_it.say(goal.standing)
        said = with_name(_said(goal.words, say_it), stands)
        told = [say_it.with_note(said, goal.words.their_note)]
        if goal.why:
            told.append(say_it.told("why", why=goal.why))
        if goal.how_close is not None:
            told.append(_how_close(goal.how_close, goal.moving, say_it))
            if goal.how_close.note:
                told.append(say_it.told("quoted", words=goal.how_close.note))
        elif goal.moving:
            told.append(say_it.told("moving", direction=say_it.say(goal.moving)))
        yield "\n".join(told)


def _how_close(close: HowClose, moving: str, say_it: Wording) -> str:
    words = ended(how_close_words(close, say_it.say))
    told = [say_it.told(f"how-close-{close.by}", day=say_it.day(close.when), words=words)]
    if moving:
        told.append(say_it.told("is-moving", direction=say_it.say(moving)))
    if close.since_start and close.since_start != moving:
        told.append(say_it.told("since-start", direction=say_it.say(close.since_start)))
    return " ".join(told)


def _helpers(page: Page, say_it: Wording) -> Iterator[str]:
    return (helper_in_words(one, say_it) for one in page.who_helps)


def helper_in_words(one: Helper, say_it: Wording) -> str:
    """Who helps, with their organisation, and as what."""
    name = one.name or one.organisation
    if one.name and one.organisation:
        name = say_it.told("of-organisation", name=one.name, organisation=one.organisation)
    return (
        say_it.told("helper", name=name, role=one.role) if name and one.role else name or one.role
    )


def _requests(requests: Iterable[Help], say_it: Wording) -> Iterator[str]:
    for one in requests:
        where = [say_it.told("it-is", state=say_it.state(one))]
        if one.with_whom:
            where.append(say_it.told("with", names=say_it.both(one.with_whom)))
        if one.waiting_days:
            where.append(say_it.counted("waiting", one.waiting_days))
        told = [one.words.words, " ".join(where)]
        if one.too_long:
            told.append(say_it.say(one.too_long))
        if one.said:
            told.append(say_it.told("quoted", words=one.said))
        yield "\n".join(told)


def _since_we_met(since: SinceWeMet | None, say_it: Wording) -> Iterator[str]:
    if since is None:
        return
    last, day = since.last, say_it.day(since.last.when)
    key = "last-met-with" if last.by else "last-met"
    yield say_it.told(key, day=day, name=last.by, what=last.what)
    yield from _more((_happened(one, say_it) for one in since.done), since.more, say_it)
    if not since.done:
        yield say_it.words["nothing-since"]


def _since_you_looked(since: SinceYouLooked | None, say_it: Wording) -> Iterator[str]:
    if since is None:
        return
    yield say_it.told("last-looked", day=say_it.day(since.last))
    yield from _more((_changed(one, say_it) for one in since.changed), since.more, say_it)
    if not since.changed:
        yield say_it.words["nothing-changed"]


def _changed(one: Changed, say_it: Wording) -> str:
    told = with_name(say_it.quoted(one.what, one.words), say_it.who(one.by))
    return say_it.with_note(told, one.their_note)


def _happened(one: Happening, say_it: Wording) -> str:
    told = with_name(say_it.quoted(one.what, one.words), say_it.who(one.by))
    told = say_it.with_note(told, one.their_note)
    goal = goal_alone(one)
    return say_it.told(
        "happened", day=say_it.day(one.when), what=f"{ended(goal)} {told}" if goal else told
    )


def goal_alone(one: Happening) -> str:
    """Which goal it was, of what is about one alone and does not say so already."""
    is_said_already = one.kind in (Kind.GOAL, Kind.CONTACT)
    return "" if is_said_already or len(one.about) != 1 else one.about[0]
