"""A choice about sharing as one sentence that anybody can read.

Source: fhir_profiles/StructureDefinition/sharing-choice.json
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from app.fhir.resource_types import Json
from app.what_matters.language import Say, in_english, joined

SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "yes": "Yes: {names} may see {what}{uses}{time}.",
        "no": "No: {names} may not see {what}{uses}{time}.",
        "over": "This choice does not count now.",
    }
)
PARTS: Mapping[str, str] = MappingProxyType(
    {
        "somebody": "somebody",
        "team": "everyone on my team",
        "one-entry": "one entry",
        "record": "my record",
        "uses": ", {uses}",
        "from": ", from {first}",
        "until": ", until {last}",
        "from-until": ", from {first}, until {last}",
        "and": "{before} and {last}",
    }
)
ENTRIES = ("{count} entry", "{count} entries")
SORTS: Mapping[str, str] = MappingProxyType(
    {
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
)
USES: Mapping[str, str] = MappingProxyType(
    {
        "helping": "to help me",
        "planning-help": "to plan help",
        "research": "for research",
        "public-health": "for the health of everybody",
    }
)


def sentence(told: Json, say: Say = in_english) -> str | None:
    """told: the plain words of a sharing choice, by field; None without a yes or a no. say: the
    language."""
    choice = told.get("choice")
    if choice not in ("yes", "no"):
        return None
    names = _and([_named(one, say) for one in told.get("to") or ()], say)
    said = say(SENTENCES[choice]).format(
        names=names or say(PARTS["somebody"]),
        what=_what(told, say),
        uses=_uses(told, say),
        time=_time(told, say),
    )
    return said if told.get("state") == "stands" else f"{said} {say(SENTENCES['over'])}"


def _named(who: Json, say: Say) -> str:
    if who.get("kind") == "team":
        return say(PARTS["team"])
    return str(who.get("name") or who.get("id"))


def _what(told: Json, say: Say) -> str:
    count = len(told.get("entries") or ())
    if count:
        return (
            say(PARTS["one-entry"]) if count == 1 else say.of(*ENTRIES, count).format(count=count)
        )
    sorts = [say(SORTS[one]) for one in told.get("sorts") or ()]
    return _and(sorts, say) or say(PARTS["record"])


def _uses(told: Json, say: Say) -> str:
    uses = [say(USES[one]) for one in told.get("uses") or ()]
    return say(PARTS["uses"]).format(uses=_and(uses, say)) if uses else ""


def _time(told: Json, say: Say) -> str:
    first, last = told.get("first_day"), told.get("last_day")
    key = "-".join(word for word, day in (("from", first), ("until", last)) if day)
    return say(PARTS[key]).format(first=first, last=last) if key else ""


def _and(words: Sequence[str], say: Say) -> str:
    """Words in a row, the last with an "and"."""
    rows = [", ".join(words[:-1]), words[-1]] if len(words) > 1 else words
    return joined(rows, say(PARTS["and"]))
