"""What was said and done as plain text.

Source: docs/api.md
"""

from collections.abc import Iterator
from datetime import tzinfo

from app.what_matters.language import Say, in_english
from app.what_matters.naming import ended
from app.what_matters.request_for_help import State
from app.what_matters.said_and_done import SaidAndDone, Thread
from app.what_matters.telling import GoalTold, Help, HowClose, Words
from app.what_matters.wording import Wording, how_close_words, lines, with_name, wording


def said_and_done_text(told: SaidAndDone, zone: tzinfo, say: Say = in_english) -> str:
    """The threads, with a line end at its end. zone: where the days are told. say: the language."""
    say_it = wording(zone, say)
    text: list[str] = []
    for key, threads in (("unanswered", told.unanswered), ("answered", told.answered)):
        if threads:
            title = say_it.words[key]
            text += [title, "=" * len(title), ""]
            text += [line for one in threads for line in (*_thread(one, say_it), "")]
    if not text:
        text = [say_it.words["nothing-said"], ""]
    if told.more:
        text += [say_it.counted("more", told.more), ""]
    text += [say_it.told("not-reached", part=say(one)) for one in told.not_shown]
    return "\n".join(text).rstrip("\n") + "\n"


def _thread(thread: Thread, say_it: Wording) -> Iterator[str]:
    yield from _lines(_who_said(thread.said, say_it), "")
    yield from _note(thread.said, say_it)
    for goal in thread.goals:
        if goal.entry != thread.said.entry:
            yield from _lines(say_it.told("a-goal", words=goal.words.words))
            yield from _note(goal.words, say_it)
    for request in thread.requests:
        yield from _lines(_request(request, thread, say_it))
        yield from _note(request.words, say_it)
    for agreed in thread.agreed:
        words = with_name(agreed.words, say_it.say(agreed.state))
        yield from _lines(say_it.told("agreed", words=words))
    for told in thread.told_back:
        yield from _lines(_told_back(told, say_it))
        yield from _note(told, say_it)
    yield from _difference(thread, say_it)
    stage, days = say_it.say(thread.stage), thread.waiting_days
    so_far = say_it.counted("so-far-days", days, stage=stage) if days else ""
    yield from _lines(so_far or say_it.told("so-far", stage=stage))


def _note(said: Words, say_it: Wording) -> Iterator[str]:
    """What the person wrote beside what another said."""
    if said.their_note:
        yield from _lines(say_it.told("their-note", words=said.their_note), "    ")


def _who_said(said: Words, say_it: Wording) -> str:
    day = say_it.day(said.when)
    key = f"{'they' if said.by else 'you'}-said{'-on' if day else ''}"
    return say_it.told(key, name=say_it.who(said.by), day=day, words=said.words)


def _request(request: Help, thread: Thread, say_it: Wording) -> str:
    state = _where(request, say_it)
    key = "asked" if request.entry == thread.said.entry else "asked-for"
    told = [say_it.told(key, words=request.words.words, state=state)]
    if request.hand_offs:
        told.append(_handed_on(request.hand_offs, say_it))
    if request.do_not_contact:
        told.append(say_it.told("do-not-contact", words=say_it.instead(request.do_not_contact)))
    return " ".join(told)


def _where(request: Help, say_it: Wording) -> str:
    """How far it has got, and with whom, as a sentence begins and does not end."""
    if not request.states:
        return say_it.words["nobody-asked-yet"]
    state = say_it.state(request)
    if request.with_whom:
        return say_it.told("who-and-state", names=say_it.both(request.with_whom), state=state)
    is_open = request.states == (State.ASKED,)
    return say_it.words["anyone-may"] if is_open else state[:1].upper() + state[1:]


def _handed_on(count: int, say_it: Wording) -> str:
    key = {1: "handed-once", 2: "handed-twice"}.get(count)
    return say_it.words[key] if key is not None else say_it.counted("handed-times", count)


def _told_back(told: Words, say_it: Wording) -> str:
    key = "told-back-by" if told.by else "told-back"
    return say_it.told(key, day=say_it.day(told.when), name=say_it.who(told.by), words=told.words)


def _difference(thread: Thread, say_it: Wording) -> Iterator[str]:
    """What difference it made, as the person measures it, and whether they said it helped."""
    if thread.helped is not None:
        yield from _lines(say_it.words["did-help" if thread.helped else "did-not-help"])
    for goal in thread.goals:
        if goal.how_close is not None:
            yield from _lines(_how_close(goal, goal.how_close, say_it))
        if goal.standing != "under way":
            now = say_it.told("goal-now", standing=say_it.say(goal.standing))
            why = f" {say_it.told('quoted', words=goal.why)}" if goal.why else ""
            yield from _lines(f"{now}{why}")


def _how_close(goal: GoalTold, close: HowClose, say_it: Wording) -> str:
    words = ended(how_close_words(close, say_it.say))
    told = [say_it.told("difference", day=say_it.day(close.when), words=words)]
    if close.note:
        told.append(say_it.told("quoted", words=close.note))
    if goal.moving:
        told.append(say_it.told("moving-so", direction=say_it.say(goal.moving)))
    return " ".join(told)


def _lines(text: str, lead: str = "  ") -> Iterator[str]:
    return lines(text, lead, "    ")
