"""Every message to a person that can be said in another language: what a translator is given.

A message with braces is filled in after it is translated, so a translation keeps them. One with a
number has a form for one and a form for several.
"""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from app.what_matters import (
    about_me,
    attainment,
    days,
    experience,
    goal,
    help_chain,
    looked_words,
    pco_measures,
    progress,
    request_for_help,
    review,
    said_and_done,
    sharing_words,
    telling,
    told_words,
    wellbeing,
)

Message: TypeAlias = str | tuple[str, str]

# Where it is from, for the translator, and the messages.
_SOURCES: Mapping[str, Iterable[Message]] = {
    "who has looked: who": [*looked_words.WHO.values(), looked_words.AN_ORGANISATION],
    "who has looked: what": looked_words.WHAT.values(),
    "who has looked: a sentence": [
        *looked_words.DONE.values(),
        *looked_words.DONE_YOU.values(),
        *looked_words.REFUSED.values(),
        *looked_words.REFUSED_YOU.values(),
    ],
    "who has looked: when": [looked_words.ONCE, looked_words.OFTEN, looked_words.AT_ONCE],
    "a day": [days.DAY, days.MONTH, *days.MONTHS],
    "who has looked: the list": [looked_words.NOBODY, looked_words.GOES_ON],
    "who has looked: why": looked_words.WHY.values(),
    "the page: a heading": told_words.HEADINGS.values(),
    "the page": told_words.PAGE.values(),
    "the page, as a sheet": told_words.SHEET.values(),
    "what the sign-in does not reach": told_words.NOT_REACHED,
    "the journey": told_words.JOURNEY.values(),
    "what was said and done": [*told_words.SAID_AND_DONE.values(), *said_and_done.Stage],
    "the measures": told_words.MEASURES.values(),
    "the measures: why something does not count": pco_measures.Why,
    "what was said and done: where something agreed has got to": told_words.AGREED_STATES,
    "the page and the journey: with a number": told_words.COUNTED.values(),
    "the page and the journey: what happened": told_words.HAPPENED.values(),
    "the page: what was changed": told_words.CHANGED.values(),
    "a choice about sharing": [*sharing_words.SENTENCES.values(), *sharing_words.PARTS.values()],
    "a choice about sharing: which entries": [sharing_words.ENTRIES, *sharing_words.SORTS.values()],
    "a choice about sharing: what for": sharing_words.USES.values(),
    "a section of About Me": about_me.Section,
    "where a goal stands, and what may become of it": [*goal.Standing, *goal.Move],
    "why a goal is let go": goal.LettingGo,
    "how close: in five steps": attainment.WORDS_BY_LEVEL.values(),
    "how close: which way": progress.Direction,
    "how I am: the question": wellbeing.Question,
    "how I am: the band of an answer": wellbeing.Band,
    "how it was": experience.WORDS_BY_OVERALL.values(),
    "where a request for help has got to": [*request_for_help.State, *request_for_help.Move],
    "what has waited too long": [*help_chain.Overdue, *review.Why],
    "who said it, where no name may be told": [telling.SOMEBODY_ELSE],
    "how they will be in touch, where nobody may get in touch": [help_chain.HOW_IS_NOT_SAID],
    "whether there is room to help": help_chain.WORDS_BY_ROOM.values(),
}


def every_message() -> dict[Message, str]:
    """Where it is from, by each message; of one that is in several places, the first."""
    found: dict[Message, str] = {}
    for source, messages in _SOURCES.items():
        for message in messages:
            found.setdefault(message if isinstance(message, tuple) else str(message), source)
    return found
