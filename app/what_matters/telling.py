"""One entry told in plain words: the words themselves, how close somebody is to a goal, and where a
request for help has got to. The one page, the journey, and what was said and done are made of it.

Spec: https://hl7.org/fhir/R4/ (the elements named here)
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.fhir.library import BASE
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes, text
from app.what_matters.attainment import WORDS_BY_LEVEL, steps_of
from app.what_matters.goal import standing
from app.what_matters.help_chain import (
    Chain,
    Overdue,
    Patience,
    must_not_be_contacted,
    overdue,
    reached_instead,
)
from app.what_matters.language import Say, in_english
from app.what_matters.links import extension_of, goals_of, link_of, linked
from app.what_matters.naming import Names, first_named, moment_of
from app.what_matters.progress import (
    Movement,
    Progress,
    Voice,
    Way,
    movement,
    stated_direction,
)
from app.what_matters.told_words import HAPPENED, PAGE
from app.what_matters.voice import voice_of

LONGEST = 600
# How long is long, in days: until somebody answers, and until the person is told.
PATIENCE = Patience(answer_days=14, tell_back_days=14)
SOMEBODY_ELSE = "somebody else"
_MEASURED_BY = f"{BASE}/StructureDefinition/goal-measured-by"
_IMPORTANCE = f"{BASE}/StructureDefinition/goal-importance"
_NOTE = "http://hl7.org/fhir/StructureDefinition/note"
_ABOUT = ("subject", "for")
_WAYS = {one.value: one for one in Way}
_DAY_BY_TYPE = {
    "Goal": "startDate",
    "ServiceRequest": "authoredOn",
    "Communication": "sent",
    "QuestionnaireResponse": "authored",
    "CarePlan": "created",
}


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody said, as they said it. when: as it is written, "" where it is not said. by: who
    said it, where it was not the person; "" where it was, or is not known. cut: it goes on. own:
    whether the person said it themself. how_known: of another's, how it is known. themself: of
    another's, what the person said of the same. their_note: of another's, what the person wrote
    beside it, such as that they do not agree."""

    entry: str
    words: str
    when: str
    by: str = ""
    cut: bool = False
    language: str = ""
    own: bool = False
    how_known: str = ""
    themself: "Words | None" = None
    their_note: str = ""


@dataclass(frozen=True, slots=True)
class HowClose:
    """How close somebody is to a goal. number: 0 to 10, -2 to +2, or None in own words. words: what
    that is called. note: what was said besides. by: whose word it is. since_last, since_start:
    which way it is moving; "" where that is not known."""

    way: Way
    number: int | None
    words: str
    note: str
    by: Voice
    when: str
    since_last: str = ""
    since_start: str = ""


@dataclass(frozen=True, slots=True)
class GoalTold:
    """A goal. importance: 0 to 10. moving: which way, all in all. since: of the standing."""

    entry: str
    words: Words
    standing: str
    since: str
    why: str
    importance: int | None
    how_close: HowClose | None
    moving: str


@dataclass(frozen=True, slots=True)
class Help:
    """A request for help. states: where each end of it has got to. with_whom: who has it, each
    once. too_long: what has waited too long, or "". do_not_contact: how they will be in touch
    themselves, where getting in touch could put them in danger; else ""."""

    entry: str
    words: Words
    states: tuple[str, ...]
    with_whom: tuple[str, ...]
    waiting_days: int | None
    hand_offs: int
    goals: tuple[str, ...]
    too_long: str
    said: str
    do_not_contact: str = ""


def clipped(words: str, most: int = LONGEST) -> tuple[str, bool]:
    """(the words, whether they go on): cut between two words where they are long."""
    words = words.strip()
    if len(words) <= most:
        return words, False
    # Where one word is longer than all that may be told, it is cut itself.
    return words[: most + 1].rsplit(maxsplit=1)[0][:most].rstrip(",;:"), True


def words_of(entry: Json, said: str, names: Names, most: int = LONGEST) -> Words:
    """What an entry says, with who said it where that was not the person."""
    voice = voice_of(entry)
    is_own = voice is not None and voice.is_own
    by = known = ""
    if voice is not None and not is_own:
        told_by = _SAID_BY.get(entry["resourceType"], ())
        by = first_named(entry, names, *told_by) or (SOMEBODY_ELSE if told_by and voice.by else "")
        known = voice.how_words
    words, cut = clipped(said, most)
    language = text(entry, "language") or ""
    return Words(
        link_of(entry),
        words,
        when_of(entry),
        by,
        cut,
        language,
        is_own,
        known,
        their_note=their_note(entry),
    )


def their_note(entry: Json) -> str:
    """What the person wrote last beside what is not in their own words; "" for nothing."""
    voice = voice_of(entry)
    if voice is not None and voice.is_own:
        return ""
    beside = [one for one in nodes(entry, "extension") if one.get("url") == _NOTE]
    notes = [*nodes(entry, "note"), *(node_at(one, "valueAnnotation") for one in beside)]
    whose = {link for name in _ABOUT for link in linked(entry, name, "Patient")}
    said = [one for one in notes if whose.intersection(linked(one, "authorReference"))]
    return clipped(text(said[-1], "text") or "", LONGEST // 2)[0] if said else ""


_SAID_BY = {
    "Goal": ("expressedBy",),
    "Observation": ("performer",),
    "ServiceRequest": ("requester",),
    "Communication": ("sender",),
    "QuestionnaireResponse": ("source", "author"),
    "CarePlan": ("author",),
    "Flag": ("author",),
}


def when_of(entry: Json) -> str:
    """When it was said, done or asked, as it is written; "" where that is not told."""
    kind = text(entry, "resourceType") or ""
    if kind == "Observation":
        period = node_at(entry, "effectivePeriod")
        return text(entry, "effectiveDateTime") or text(period, "start") or ""
    if kind == "Encounter":
        return text(node_at(entry, "period"), "start") or ""
    return text(entry, _DAY_BY_TYPE.get(kind, "")) or ""


def said_in(observation: Json) -> str:
    """What an Observation says, in words: its value, or what that is called."""
    concept = node_at(observation, "valueCodeableConcept")
    return text(observation, "valueString") or concept_words(concept)


def concept_words(concept: Json) -> str:
    """What a CodeableConcept is called; "" where nobody called it anything."""
    shown = (text(one, "display") for one in nodes(concept, "coding"))
    return text(concept, "text") or next(filter(None, shown), "")


def goal_told(goal: Json, told: Iterable[Progress], names: Names) -> GoalTold:
    """A goal, with how close the person is to it, by what was told about it."""
    moved = _moved(goal, told)
    close = how_close(goal, moved) if moved is not None else None
    stated = stated_direction(goal)
    since = (close.since_last or close.since_start) if close is not None else ""
    why, _ = clipped(text(goal, "statusReason") or "", LONGEST // 3)
    return GoalTold(
        entry=link_of(goal),
        words=words_of(goal, text(node_at(goal, "description"), "text") or "", names),
        standing=standing(goal).value,
        since=text(goal, "statusDate") or "",
        why=why,
        importance=importance_of(goal),
        how_close=close,
        moving=since or (stated.value if stated is not None else ""),
    )


def importance_of(goal: Json) -> int | None:
    """How much a goal matters now, 0 to 10; None where the person did not say."""
    found = extension_of(goal, _IMPORTANCE).get("valueInteger")
    return found if type(found) is int else None


def how_close(goal: Json, moved: Movement) -> HowClose:
    """Where a goal is, in words: of five steps the step itself, as the person put it."""
    latest = moved.latest
    note, _ = clipped(latest.words, LONGEST // 2)
    words = note
    if latest.number is not None:
        steps = {step.level: step.words for step in steps_of(goal)}
        told = steps.get(latest.number) if latest.way is Way.FIVE_STEPS else None
        words = told or how_close_alone(latest)
    return HowClose(
        way=latest.way,
        number=latest.number,
        words=words,
        note="" if latest.way is Way.OWN_WORDS else note,
        by=latest.voice,
        when=latest.when.isoformat(),
        since_last=moved.since_last.value if moved.since_last is not None else "",
        since_start=moved.since_start.value if moved.since_start is not None else "",
    )


def how_close_alone(told: Progress, say: Say = in_english) -> str:
    """How close one telling says it is, without the goal beside it; "" for own words."""
    if told.number is None:
        return ""
    if told.way is Way.ZERO_TO_TEN:
        return say(HAPPENED["out-of-ten"]).format(number=told.number)
    return say(WORDS_BY_LEVEL[told.number])


def _moved(goal: Json, told: Iterable[Progress]) -> Movement | None:
    """In the way that the person chose, by their own word; else in another, or by another's."""
    some = list(told)
    chosen = _WAYS.get(text(extension_of(goal, _MEASURED_BY), "valueCode") or "")
    ways = sorted(_WAYS.values(), key=lambda way: way is not chosen)
    for voice in Voice:
        for way in ways:
            found = movement(some, link_of(goal), way, voice)
            if found is not None:
                return found
    return None


def help_told(chain: Chain, names: Names, now: datetime) -> Help:
    """A request for help, and where it has got to by now."""
    request = chain.request
    asked = moment_of(text(request, "authoredOn"))
    late = [found for task in chain.ends if (found := overdue(task, now, PATIENCE)) is not None]
    waits = asked is not None and not chain.is_answered
    return Help(
        entry=link_of(request),
        words=words_of(request, concept_words(node_at(request, "code")), names),
        states=tuple(dict.fromkeys(state.value for state in chain.states)),
        with_whom=tuple(dict.fromkeys(_owners(chain.ends, names))),
        waiting_days=(now - asked).days if waits and asked is not None else None,
        hand_offs=chain.hand_offs,
        goals=tuple(goals_of(request)),
        too_long=_first(late),
        said=_last_said(chain.ends),
        do_not_contact=clipped(reached_instead(request), LONGEST // 2)[0],
    )


def care_with(requests: Iterable[Json], names: Names, say: Say) -> Iterator[Words]:
    """What to take care with, of requests for help about which nobody may get in touch."""
    for request in requests:
        if must_not_be_contacted(request):
            about = clipped(concept_words(node_at(request, "code")), LONGEST // 6)[0]
            care = say(PAGE["in-danger"]).format(what=about)
            yield words_of(request, f"{care} {reached_instead(request, say)}", names)


def _first(late: Sequence[Overdue]) -> str:
    return late[0].value if late else ""


def _owners(tasks: Iterable[Json], names: Names) -> Iterable[str]:
    return filter(None, (first_named(task, names, "owner") for task in tasks))


def _last_said(tasks: Iterable[Json]) -> str:
    """The last thing that was noted on it, or why it was declined or waits."""
    for task in tasks:
        reason = text(node_at(task, "statusReason"), "text")
        notes = [found for one in nodes(task, "note") if (found := text(one, "text"))]
        if reason or notes:
            return clipped(reason or notes[-1], LONGEST // 3)[0]
    return ""
