"""A journey as plain text, as a story by days.

Source: docs/api.md
"""

from collections.abc import Iterator
from datetime import tzinfo
from itertools import groupby
from textwrap import wrap

from app.what_matters.journey import Figures, Happening, Journey, Kind
from app.what_matters.naming import day_in_words, ended

_WIDTH = 78
_MOST_GOALS = 2


def journey_text(journey: Journey, zone: tzinfo) -> str:
    """The story, with a line end at its end. zone: where the days are told."""
    lines = ["The journey", "==========="]
    if journey.figures is not None:
        lines += ["", *_figures(journey.figures)]
    for day, some in groupby(journey.happened, lambda one: day_in_words(one.when, zone)):
        lines += [
            "",
            day or "On a day that is not told",
            *(line for one in some for line in _told(one)),
        ]
    if not journey.happened:
        lines += ["", "Nothing is told here yet."]
    if journey.next is not None:
        lines += ["", f"The story goes on: ask again with after={journey.next}"]
    lines += [
        line for one in journey.not_shown for line in ("", f"Your sign-in does not reach: {one}.")
    ]
    return "\n".join(lines) + "\n"


def _figures(figures: Figures) -> Iterator[str]:
    yield f"Contacts: {figures.touch_points}"
    if figures.organisations:
        yield from wrap(f"With: {', '.join(figures.organisations)}", _WIDTH, subsequent_indent="  ")
    yield f"Handed on: {_times(figures.hand_offs)}"
    yield f"Had to tell it again: {_times(figures.told_again)}"
    yield f"Did not have to tell it again: {_times(figures.not_again)}"


def _times(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")


def _told(one: Happening) -> Iterator[str]:
    about = "" if one.kind is Kind.GOAL else _about(one)
    who = ", ".join(filter(None, (one.by, one.organisation)))
    with_whom = f" ({who})" if who else ""
    yield from _lines(f"{ended(f'{one.what}{with_whom}')}{about}")
    if one.words:
        yield from _lines(f"“{one.words}”", lead="    ")
    if one.told_again is not None:
        again = "Had to tell it again." if one.told_again else "Did not have to tell it again."
        yield from _lines(again, lead="    ")


def _about(one: Happening) -> str:
    """The goals it is about: the first two, and how many more."""
    if not one.about:
        return ""
    told = "; ".join(name.rstrip(".") for name in one.about[:_MOST_GOALS])
    more = len(one.about) - _MOST_GOALS
    return ended(f" About: {told}{f'; and {more} more' if more > 0 else ''}")


def _lines(text: str, lead: str = "  ") -> Iterator[str]:
    yield from wrap(text, _WIDTH, initial_indent=lead, subsequent_indent="    ")
