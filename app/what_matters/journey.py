"""A person's journey: what was said and done, in the order of time, as a story; with whom they were
in touch, how often they were handed on, and how often they had to tell it again.

Pure: entries in, a story out.
Spec: https://hl7.org/fhir/R4/ (the elements named here)
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from app.fhir.resource_types import Json
from app.fhir.rule import has_coding, node_at, nodes, text
from app.what_matters.about_me import section_of
from app.what_matters.contact import Contact, contact_of
from app.what_matters.experience import WORDS_BY_OVERALL, experience_of
from app.what_matters.goal import standing
from app.what_matters.help_chain import Chain
from app.what_matters.language import Say, in_english
from app.what_matters.links import goals_of, link_of, linked
from app.what_matters.naming import Names, first_named
from app.what_matters.pco_goal import CONCEPTS, counts
from app.what_matters.progress import Progress, Way, progress_of
from app.what_matters.request_for_help import State, state_of
from app.what_matters.telling import (
    LONGEST,
    concept_words,
    how_close_alone,
    said_in,
    their_note,
    when_of,
    words_of,
)
from app.what_matters.told_once import GoalJourney, journey_of
from app.what_matters.told_words import HAPPENED
from app.what_matters.wellbeing import answers_of

_OVER = frozenset(("cancelled", "revoked"))


class Step(StrEnum):
    """What of an entry is told: that it began, or what became of it."""

    BEGAN = "began"
    BECAME = "became"


class Kind(StrEnum):
    """What sort of thing happened."""

    SAID = "said"
    ABOUT_ME = "about-me"
    GOAL = "goal"
    PROGRESS = "progress"
    ASKED = "asked-for-help"
    HELP = "help"
    TOLD = "told"
    CONTACT = "contact"
    AGREED = "agreed"
    EXPERIENCE = "experience"
    NOTED = "noted"


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing in the story. when: as it is written. what: in plain words. words: what somebody
    said, as they said it. by: who said or did it; "" for the person. organisation: which was there.
    goals: that it is about; about: the same in words, where the reader may see them. told_again:
    whether the person had to tell it again, where that is said. language: of the words.
    what_language: of what, where it is told otherwise than in English. their_note: as of
    `Words`."""

    entry: str
    kind: Kind
    when: str
    what: str
    words: str = ""
    by: str = ""
    organisation: str = ""
    goals: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    told_again: bool | None = None
    language: str = ""
    their_note: str = ""
    what_language: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """A journey, counted. touch_points: contacts that happened. not_again: those at which the
    person did not have to tell it again; what is not said is in neither count."""

    touch_points: int
    organisations: tuple[str, ...]
    hand_offs: int
    told_again: int
    not_again: int
    by_goal: tuple[GoalJourney, ...]


@dataclass(frozen=True, slots=True)
class Journey:
    """A page of the story, the oldest first. figures: of all of it, with the first page. next:
    leads to the page that follows. not_shown: what the token of who reads does not reach."""

    happened: tuple[Happening, ...]
    figures: Figures | None = None
    next: str | None = None
    not_shown: tuple[str, ...] = ()


def happening_of(entry: Json, step: Step, names: Names, say: Say = in_english) -> Happening | None:
    """What an entry tells in the story; None where it tells nothing at this step, or was a
    mistake. say: the language in which it is told what happened."""
    of_type = _BY_TYPE.get(text(entry, "resourceType") or "")
    if of_type is None or not counts(entry):
        return None
    told = of_type(entry, step, names, say)
    english = told if say is in_english else of_type(entry, step, names, in_english)
    if told is None or english is None or told.what == english.what:
        return told
    return replace(told, what_language=say.language)


def figures(
    contacts: Iterable[Contact],
    chains: Sequence[Chain],
    goals: Iterable[str],
    names: Names,
) -> Figures:
    """The journey, counted over all of it, and for each of some goals (`Goal/7`)."""
    every = list(contacts)
    answers = [one.told_again for one in every]
    organisations = dict.fromkeys(one.organisation for one in every if one.organisation)
    return Figures(
        touch_points=len(every),
        organisations=tuple(names.get(one) or one for one in organisations),
        hand_offs=sum(chain.hand_offs for chain in chains),
        told_again=answers.count(True),
        not_again=answers.count(False),
        by_goal=tuple(journey_of(goal, every, chains) for goal in goals),
    )


def _of_observation(entry: Json, step: Step, names: Names, say: Say) -> Happening | None:
    if step is not Step.BEGAN:
        return None
    section, told = section_of(entry), progress_of(entry)
    goals = tuple(linked(entry, "focus", "Goal"))
    if section is not None:
        return _made(entry, Kind.ABOUT_ME, say(section.value), names, said=said_in(entry))
    if told is not None:
        what = _how_close(told, say)
        return _made(entry, Kind.PROGRESS, what, names, said=told.words, goals=goals)
    if has_coding(entry, "category", CONCEPTS, frozenset(("what-matters",))):
        return _made(entry, Kind.SAID, say(HAPPENED["matters"]), names, said=said_in(entry))
    called = concept_words(node_at(entry, "code")) or say(HAPPENED["noted"])
    answers = ", ".join(
        say(HAPPENED["answer"]).format(question=say(one.question), number=one.number)
        for one in answers_of(entry)
    )
    if answers:
        what = say(HAPPENED["answers"]).format(what=called, answers=answers)
        return _made(entry, Kind.NOTED, what, names, goals=goals)
    return _made(entry, Kind.NOTED, called, names, said=said_in(entry), goals=goals)


def _how_close(told: Progress, say: Say) -> str:
    if told.way is Way.OWN_WORDS:
        return say(HAPPENED["how-it-goes"])
    return say(HAPPENED["how-close"]).format(words=how_close_alone(told, say))


def _of_goal(goal: Json, step: Step, names: Names, say: Say) -> Happening | None:
    here = (link_of(goal),)
    if step is Step.BEGAN:
        said = text(node_at(goal, "description"), "text") or ""
        return _made(goal, Kind.GOAL, say(HAPPENED["goal"]), names, said=said, goals=here)
    when = text(goal, "statusDate")
    if when is None:
        return None
    what = say(HAPPENED["goal-now"]).format(standing=say(standing(goal)))
    why = text(goal, "statusReason") or ""
    return _made(goal, Kind.GOAL, what, names, said=why, goals=here, when=when)


def _of_request(request: Json, step: Step, names: Names, say: Say) -> Happening | None:
    if step is not Step.BEGAN:
        return None
    said = concept_words(node_at(request, "code"))
    goals = tuple(goals_of(request))
    return _made(request, Kind.ASKED, say(HAPPENED["asked"]), names, said=said, goals=goals)


def _of_task(task: Json, step: Step, names: Names, say: Say) -> Happening | None:
    owner = first_named(task, names, "owner")
    if step is Step.BEGAN:
        if not owner:
            return None
        key = "asked-next" if linked(task, "partOf", "Task") else "asked-to-help"
        what, said = say(HAPPENED[key]).format(name=owner), text(task, "description") or ""
        began = _made(task, Kind.HELP, what, names, said=said, when=_asked(task))
        return replace(began, their_note="")  # it is told with what became of it
    state, when = state_of(task), text(task, "lastModified")
    if when is None or state in (State.MISTAKE, State.NOT_ASKED_YET):
        return None
    told = say(HAPPENED["not-helped-yet"] if state is State.NOT_YET else state)
    what = say(HAPPENED["help-from" if owner else "help"]).format(name=owner, state=told)
    said = text(node_at(task, "statusReason"), "text") or text(task, "description") or ""
    return _made(task, Kind.HELP, what, names, said=said, when=when)


def _asked(task: Json) -> str:
    return text(task, "authoredOn") or ""


def _of_contact(encounter: Json, step: Step, names: Names, say: Say) -> Happening | None:
    found = contact_of(encounter)
    if step is not Step.BEGAN or found is None:
        return None
    kinds = (concept_words(one) for one in nodes(encounter, "type"))
    return Happening(
        link_of(encounter),
        Kind.CONTACT,
        when_of(encounter),
        next(filter(None, kinds), "") or say(HAPPENED["contact"]),
        by=_participant(encounter, names),
        organisation=first_named(encounter, names, "serviceProvider"),
        goals=found.goals,
        about=_about(found.goals, names),
        told_again=found.told_again,
        their_note=their_note(encounter),
    )


def _participant(encounter: Json, names: Names) -> str:
    found = (first_named(one, names, "individual") for one in nodes(encounter, "participant"))
    return next(filter(None, found), "")


def _of_message(message: Json, step: Step, names: Names, say: Say) -> Happening | None:
    if step is not Step.BEGAN:
        return None
    said = " ".join(text(one, "contentString") or "" for one in nodes(message, "payload"))
    kinds = (concept_words(one) for one in nodes(message, "category"))
    what = next(filter(None, kinds), "") or say(HAPPENED["message"])
    goals = tuple(linked(message, "about", "Goal"))
    return _made(message, Kind.TOLD, what, names, said=said, goals=goals)


def _of_plan(plan: Json, step: Step, names: Names, say: Say) -> Happening | None:
    if step is not Step.BEGAN or plan.get("status") in _OVER:
        return None
    agreed = (text(node_at(one, "detail"), "description") for one in nodes(plan, "activity"))
    said = "; ".join(filter(None, agreed))
    what = text(plan, "title") or say(HAPPENED["agreed"])
    when = when_of(plan) or text(node_at(plan, "period"), "start") or ""
    goals = tuple(linked(plan, "goal", "Goal"))
    return _made(plan, Kind.AGREED, what, names, said=said, goals=goals, when=when)


def _of_answers(response: Json, step: Step, names: Names, say: Say) -> Happening | None:
    if step is not Step.BEGAN:
        return None
    told = experience_of(response)
    said = " ".join(filter(None, (told.why, told.better, told.story)))
    if told.overall is not None:
        how = say(WORDS_BY_OVERALL[told.overall])
        what = say(HAPPENED["experience"]).format(how=how)
    else:
        what = say(HAPPENED["experience-told" if said else "questions"])
    return _made(response, Kind.EXPERIENCE, what, names, said=said)


def _made(
    entry: Json,
    kind: Kind,
    what: str,
    names: Names,
    *,
    said: str = "",
    goals: tuple[str, ...] = (),
    when: str = "",
) -> Happening:
    words = words_of(entry, said, names, LONGEST)
    return Happening(
        words.entry,
        kind,
        when or words.when,
        what,
        words.words + ("…" if words.cut else ""),
        words.by,
        goals=goals,
        about=_about(goals, names),
        language=words.language,
        their_note=words.their_note,
    )


def _about(goals: tuple[str, ...], names: Names) -> tuple[str, ...]:
    return tuple(filter(None, (names.get(goal) for goal in goals)))


_Tell = Callable[[Json, Step, Names, Say], Happening | None]
_BY_TYPE: Mapping[str, _Tell] = MappingProxyType(
    {
        "Observation": _of_observation,
        "Goal": _of_goal,
        "ServiceRequest": _of_request,
        "Task": _of_task,
        "Encounter": _of_contact,
        "Communication": _of_message,
        "CarePlan": _of_plan,
        "QuestionnaireResponse": _of_answers,
    }
)
TYPES: tuple[str, ...] = tuple(_BY_TYPE)
