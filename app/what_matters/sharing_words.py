"""A choice about sharing as one sentence that anybody can read.

Source: fhir_profiles/StructureDefinition/sharing-choice.json
"""

from collections.abc import Sequence

from app.fhir.resource_types import Json

_WORDS_BY_SORT = {
    "the-person": "who I am",
    "supporters": "my supporters",
    "team": "who is on my team",
    "goals": "my goals",
    "told": "what I told",
    "actions": "what we agreed",
    "requests-for-help": "my requests for help",
    "work-on-requests": "what is done about my requests",
    "contacts": "my contacts",
    "messages": "messages about me",
    "answers": "my answers to questions",
    "priorities": "what comes first for me",
    "adjustments": "what to do differently for me",
    "conditions": "my conditions",
}
_WORDS_BY_USE = {
    "helping": "to help me",
    "planning-help": "to plan help",
    "research": "for research",
    "public-health": "for the health of everybody",
}


def sentence(told: Json) -> str | None:
    """told: the plain words of a sharing choice, by field; None without a yes or a no."""
    choice = told.get("choice")
    if choice not in ("yes", "no"):
        return None
    may = "Yes: {} may see {}" if choice == "yes" else "No: {} may not see {}"
    said = may.format(
        _and([_named(one) for one in told.get("to") or ()]) or "somebody", _what(told)
    )
    said += _uses(told) + _time(told)
    return said + ("." if told.get("state") == "stands" else ". This choice does not count now.")


def _named(who: Json) -> str:
    if who.get("kind") == "team":
        return "everyone on my team"
    return str(who.get("name") or who.get("id"))


def _what(told: Json) -> str:
    entries = told.get("entries")
    if entries:
        return "one entry" if len(entries) == 1 else f"{len(entries)} entries"
    return _and([_WORDS_BY_SORT[one] for one in told.get("sorts") or ()]) or "my record"


def _uses(told: Json) -> str:
    uses = [_WORDS_BY_USE[one] for one in told.get("uses") or ()]
    return f", {_and(uses)}" if uses else ""


def _time(told: Json) -> str:
    first, last = told.get("first_day"), told.get("last_day")
    return (f", from {first}" if first else "") + (f", until {last}" if last else "")


def _and(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)
