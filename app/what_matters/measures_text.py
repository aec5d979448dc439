"""What one person counts for as plain text.

Source: docs/api.md
"""

from collections.abc import Iterator
from datetime import UTC

from app.what_matters.language import Say, in_english
from app.what_matters.measures_told import GoalMeasured, PersonMeasured
from app.what_matters.t_scores import TScore, TScores
from app.what_matters.wording import Wording, lines, wording

_FIELDS = ("identified", "followed_up", "achieved")


def measures_text(told: PersonMeasured, say: Say = in_english) -> str:
    """The measures, goal by goal, with a line end at its end. say: the language."""
    say_it = wording(UTC, say)  # the days are whole ones
    first, last = say_it.day(told.first_day), say_it.day(told.last_day)
    text = [*_title(say_it.told("measures", first=first, last=last), "="), ""]
    if told.in_population:
        text += [say_it.words[_key(name, getattr(told, name))] for name in _FIELDS]
    else:
        text.append(say_it.told("not-counted", why=say(told.why)))
    if told.goals:
        text += ["", *_title(say_it.words["goal-by-goal"])]
        text += [line for one in told.goals for line in _goal(one, say_it)]
    text += ["", *_title(say_it.words["t-score"]), *_scores(told.t_score, say_it)]
    for one in told.not_shown:
        text += ["", say_it.told("not-reached", part=say(one))]
    return "\n".join(text) + "\n"


def _title(words: str, under: str = "-") -> list[str]:
    return [words, under * len(words)]


def _key(name: str, holds: bool) -> str:
    return f"{'' if holds else 'not-'}{name.replace('_', '-')}"


def _goal(goal: GoalMeasured, say_it: Wording) -> Iterator[str]:
    yield from _lines(say_it.told("quoted", words=goal.words))
    names = [f"goal-{_key(name, holds=True)}" for name in _FIELDS if getattr(goal, name)]
    counts = ", ".join(say_it.words[name] for name in names)
    told = say_it.told("counts-as", measures=counts) if names else say_it.words["counts-for-none"]
    yield from _lines(f"{told} {say_it.say(goal.why)}".rstrip(), lead="    ")


def _scores(scores: TScores, say_it: Wording) -> Iterator[str]:
    if scores.alike is None:
        yield from _lines(say_it.words["no-t-score"])
    else:
        of = say_it.counted("of-goals", scores.goals)
        yield from _lines(f"{of} {say_it.words['as-hoped']}")
        yield from _lines(_score("alike", scores.alike, say_it))
    if scores.by_importance is not None:
        yield from _lines(_score("by-importance", scores.by_importance, say_it))
    if scores.scored_once:
        yield from _lines(say_it.counted("scored-once", scores.scored_once))


def _score(key: str, score: TScore, say_it: Wording) -> str:
    start, now, change = f"{score.start:g}", f"{score.now:g}", f"{score.change:+g}"
    return say_it.told(key, start=start, now=now, change=change)


def _lines(text: str, lead: str = "  ") -> Iterator[str]:
    return lines(text, lead, "    ")
