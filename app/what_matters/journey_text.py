"""A journey as plain text, as a story by days.

Source: docs/api.md
"""

from collections.abc import Iterator
from datetime import tzinfo
from itertools import groupby

from app.what_matters.journey import Figures, Happening, Journey, Kind
from app.what_matters.language import Say, in_english
from app.what_matters.naming import ended
from app.what_matters.told_words import HAPPENED
from app.what_matters.wording import Wording, lines, with_name, wording

_MOST_GOALS = 2


def journey_text(journey: Journey, zone: tzinfo, say: Say = in_english) -> str:
    """The story, with a line end at its end. zone: where the days are told. say: the language."""
    say_it = wording(zone, say)
    title = say_it.words["journey"]
    told = [title, "=" * len(title)]
    if journey.figures is not None:
        told += ["", *_figures(journey.figures, say_it)]
    for day, some in groupby(journey.happened, lambda one: say_it.day(one.when)):
        told += [
            "",
            day or say_it.words["no-day"],
            *(line for one in some for line in _told(one, say_it)),
        ]
    if not journey.happened:
        told += ["", say_it.words["nothing-told"]]
    if journey.next is not None:
        told += ["", say_it.told("goes-on", query=f"after={journey.next}")]
    for one in journey.not_shown:
        told += ["", say_it.told("not-reached", part=say(one))]
    return "\n".join(told) + "\n"


def _figures(figures: Figures, say_it: Wording) -> Iterator[str]:
    yield say_it.told("contacts", count=str(figures.touch_points))
    if figures.organisations:
        yield from lines(
            say_it.told("organisations", names=", ".join(figures.organisations)), "", "  "
        )
    yield say_it.told("handed-on", times=say_it.times(figures.hand_offs))
    yield say_it.told("told-again", times=say_it.times(figures.told_again))
    yield say_it.told("not-again", times=say_it.times(figures.not_again))


def _told(one: Happening, say_it: Wording) -> Iterator[str]:
    begins = one.kind is Kind.GOAL and one.what == say_it.say(HAPPENED["goal"])
    about = "" if begins else _about(one, say_it)
    who = ", ".join(filter(None, (say_it.who(one.by), one.organisation)))
    what = ended(with_name(one.what, who))
    yield from _lines(f"{what} {about}" if about else what)
    if one.words:
        yield from _lines(say_it.told("quoted", words=one.words), lead="    ")
    if one.their_note:
        yield from _lines(say_it.told("their-note", words=one.their_note), lead="    ")
    if one.told_again is not None:
        yield from _lines(say_it.words["had-to" if one.told_again else "had-not"], lead="    ")


def _about(one: Happening, say_it: Wording) -> str:
    """The goals it is about: the first two, and how many more."""
    if not one.about:
        return ""
    goals = "; ".join(name.rstrip(".") for name in one.about[:_MOST_GOALS])
    more = len(one.about) - _MOST_GOALS
    if more > 0:
        goals = say_it.counted("more-goals", more, goals=goals)
    return ended(say_it.told("about", goals=goals))


def _lines(text: str, lead: str = "  ") -> Iterator[str]:
    return lines(text, lead, "    ")
