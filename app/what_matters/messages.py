"""Every message to a person that can be said in another language: what a translator is given.

A message with braces is filled in after it is translated, so a translation keeps them.
"""

from collections.abc import Iterable, Mapping

from app.what_matters import (
    attainment,
    goal,
    help_chain,
    looked_words,
    progress,
    request_for_help,
    review,
    wellbeing,
)

# Where it is from, for the translator, and the messages.
_SOURCES: Mapping[str, Iterable[str]] = {
    "who has looked: who": [*looked_words.WHO.values(), looked_words.AN_ORGANISATION],
    "who has looked: what": looked_words.WHAT.values(),
    "who has looked: a sentence": [
        *looked_words.DONE.values(),
        *looked_words.REFUSED.values(),
        *looked_words.REFUSED_YOU.values(),
    ],
    "who has looked: when": [*looked_words.WHEN.values(), looked_words.DAY, *looked_words.MONTHS],
    "who has looked: why": looked_words.WHY.values(),
    "where a goal stands, and what may become of it": [*goal.Standing, *goal.Move],
    "why a goal is let go": goal.LettingGo,
    "how close: in five steps": attainment.WORDS_BY_LEVEL.values(),
    "how close: which way": progress.Direction,
    "how I am: the band of an answer": wellbeing.Band,
    "where a request for help has got to": [*request_for_help.State, *request_for_help.Move],
    "what has waited too long": [*help_chain.Overdue, *review.Why],
    "whether there is room to help": help_chain.WORDS_BY_ROOM.values(),
}


def every_message() -> dict[str, str]:
    """Where it is from, by each message; of one that is in several places, the first."""
    found: dict[str, str] = {}
    for source, messages in _SOURCES.items():
        for message in messages:
            found.setdefault(str(message), source)
    return found
