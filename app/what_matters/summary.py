"""The one page: what a practitioner reads before the conversation, put together from entries.

Pure: entries in, the page out. What is hidden from the reader is not among the entries.
Spec: docs/api.md; PRSB About Me 2.01 (the sections); profiles `priorities`, `what-matters`
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.fhir.date_ranges import date_range
from app.fhir.indexed import BEGINNING
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes, text
from app.what_matters.about_me import Section, section_of
from app.what_matters.help_chain import chain_of
from app.what_matters.journey import Happening, Step, happening_of
from app.what_matters.language import Say, in_english
from app.what_matters.links import link_of, linked
from app.what_matters.mapping.kind import written_by
from app.what_matters.mapping.who import TYPE_BY_KIND
from app.what_matters.naming import Names, moment_of, name_of, named
from app.what_matters.needs import is_now, needs_of, spoken_in
from app.what_matters.progress import Progress, progress_of
from app.what_matters.summary_page import (
    Changed,
    Helper,
    HowToTalk,
    Language,
    MostImportant,
    Page,
    SinceWeMet,
    SinceYouLooked,
    Whom,
)
from app.what_matters.telling import (
    GoalTold,
    Words,
    care_with,
    clipped,
    concept_words,
    goal_told,
    help_told,
    importance_of,
    said_in,
    their_note,
    words_of,
)
from app.what_matters.told_words import CHANGED
from app.what_matters.voice import own_and_others

OTHER_RECORDS = "other-records"  # the stack of who the person is in their other records
MOST_THINGS, MOST_GOALS, MOST_HELPERS, MOST_REQUESTS, MOST_DONE, MOST_CHANGED = 5, 6, 8, 5, 5, 5
_SHORT = 90
_ERROR = frozenset(("entered-in-error", "cancelled"))


@dataclass(frozen=True, slots=True)
class Stack:
    """Entries of one sort. total: how many there are that the reader may see, read or not."""

    entries: Sequence[Json] = ()
    total: int = 0


@dataclass(frozen=True, slots=True)
class Material:
    """All that a page is made of, by sort; each in its order, the newest first.

    stacks: by name; `happened` and `changed` are what was done, and written, since. last_look: when
    the reader last opened this page. names: of those who may be named. say: the language in which
    it is told what happened.
    """

    patient: Json
    stacks: Mapping[str, Stack]
    names: Names
    last_look: datetime | None = None
    not_shown: tuple[str, ...] = ()
    say: Say = in_english

    def of(self, name: str) -> Stack:
        """A stack, which may be empty."""
        return self.stacks.get(name, Stack())


def page_of(found: Material, now: datetime) -> Page:
    """The page, at one moment."""
    sections = _sections(found)
    goals, lists = found.of("goals"), found.of("priorities").entries
    order = _order(lists)
    requests, tasks = found.of("requests"), found.of("tasks").entries
    helpers = _helpers(found, now)
    ranked = ranked_goals(goals.entries, lists)
    told = list(filter(None, map(progress_of, found.of("progress").entries)))
    asked = requests.entries[::-1][:MOST_REQUESTS]  # who has waited longest, first
    return Page(
        person=_whom(found.patient, now),
        how_to_talk=_how_to_talk(found, sections, now),
        most_important=_most_important(found, sections, order),
        please=sections.get(Section.PLEASE_DO),
        how_to_support=sections.get(Section.SUPPORT),
        goals=tuple(_goals(ranked, told, found.names)),
        more_goals=max(0, goals.total - len(ranked)),
        who_helps=tuple(helpers[:MOST_HELPERS]),
        more_who_help=max(0, len(helpers) - MOST_HELPERS),
        requests=tuple(help_told(chain_of(one, tasks), found.names, now) for one in asked),
        more_requests=max(0, requests.total - len(asked)),
        since_we_met=_since_we_met(found),
        since_you_looked=_since_you_looked(found),
        not_shown=found.not_shown,
        written=now.isoformat(),
    )


def ranked_goals(goals: Sequence[Json], lists: Sequence[Json]) -> list[Json]:
    """The goals that stand on the page, of those that are open. lists: the person's order."""
    order = _order(lists)
    return sorted(goals, key=lambda goal: _rank(goal, order))[:MOST_GOALS]


def _goals(goals: Iterable[Json], told: Sequence[Progress], names: Names) -> Iterable[GoalTold]:
    return (goal_told(goal, told, names) for goal in goals)


def _sections(found: Material) -> dict[Section, Words]:
    """The newest of each section of About Me; with what the person said of it themself, where that
    is another's."""
    right = [one for one in found.of("about-me").entries if one.get("status") not in _ERROR]
    newest, own = _by_section(right), _by_section(own_and_others(right)[0])
    told: dict[Section, Words] = {}
    for section, entry in newest.items():
        words = words_of(entry, said_in(entry), found.names)
        mine = own.get(section, entry)
        if mine is not entry:
            words = replace(words, themself=words_of(mine, said_in(mine), found.names))
        told[section] = words
    return told


def _by_section(entries: Iterable[Json]) -> dict[Section, Json]:
    """The first of each section."""
    found: dict[Section, Json] = {}
    for entry in entries:
        section = section_of(entry)
        if section is not None:
            found.setdefault(section, entry)
    return found


def _order(lists: Sequence[Json]) -> dict[str, int]:
    """The place of each entry in the person's own order, by `Type/id`."""
    items = [one for some in lists[:1] for entry in nodes(some, "entry") for one in _item(entry)]
    return {link: n for n, link in reversed(list(enumerate(items)))}


def _item(entry: Json) -> list[str]:
    return [] if entry.get("deleted") is True else linked(entry, "item")


def _rank(goal: Json, order: Mapping[str, int]) -> tuple[int, int, bool]:
    """Where a goal stands: in the person's order, then by how much it matters, then who is under
    way before who waits."""
    importance = importance_of(goal)
    waits = goal.get("lifecycleStatus") != "active"
    return order.get(link_of(goal), len(order)), -(importance or 0), waits


def _whom(patient: Json, now: datetime) -> Whom:
    needs = needs_of(patient, now)
    official = next((one for one in nodes(patient, "name") if one.get("use") == "official"), None)
    name = name_of({"name": [official]}) if official is not None else name_of(patient)
    return Whom(
        text(patient, "id") or "",
        name,
        needs.called,
        needs.pronouns,
        text(patient, "birthDate") or "",
    )


def _how_to_talk(found: Material, sections: Mapping[Section, Words], now: datetime) -> HowToTalk:
    needs = needs_of(found.patient, now)
    others = (needs_of(one, now) for one in found.of(OTHER_RECORDS).entries)
    languages, interpreter = spoken_in((needs, *others))
    flags = [
        one
        for one in found.of("flags").entries
        if one.get("status") == "active" and is_now(node_at(one, "period"), now)
    ]
    return HowToTalk(
        take_care=(
            *care_with(found.of("requests").entries, found.names, found.say),
            *(words_of(one, concept_words(node_at(one, "code")), found.names) for one in flags),
        ),
        languages=tuple(Language(one.code, one.name) for one in languages),
        interpreter=interpreter,
        in_my_words=sections.get(Section.COMMUNICATION),
        reach=needs.reach,
    )


def _most_important(
    found: Material, sections: Mapping[Section, Words], order: Mapping[str, int]
) -> MostImportant:
    """What the person put in order comes first, in that order, and their own words before those of
    others; a goal among it stands with the goals."""
    statements = found.of("statements")
    held = {link_of(one): one for one in (*found.of("listed").entries, *statements.entries)}
    own, others = own_and_others(held.values())
    ranked = sorted([*own, *others], key=lambda one: order.get(link_of(one), len(order)))
    things = ranked[:MOST_THINGS]
    total = max(statements.total, len(held))
    return MostImportant(
        sections.get(Section.MOST_IMPORTANT),
        tuple(words_of(one, said_in(one), found.names, _SHORT * 4) for one in things),
        total - len(things),
    )


def _helpers(found: Material, now: datetime) -> list[Helper]:
    """Who is on the team now, and who else supports the person; each once."""
    helpers: dict[str, Helper] = {}
    for team in found.of("teams").entries:
        for one in nodes(team, "participant"):
            if is_now(node_at(one, "period"), now):
                helper = _member(one, found.names)
                helpers.setdefault(_key(one) or helper.name, helper)
    for supporter in found.of("supporters").entries:
        if is_now(node_at(supporter, "period"), now):
            tie = next(filter(None, map(concept_words, nodes(supporter, "relationship"))), "")
            helpers.setdefault(link_of(supporter), Helper(name_of(supporter), tie, ""))
    return [one for one in helpers.values() if one.name or one.role]


def _key(participant: Json) -> str:
    return next(iter(linked(participant, "member")), "")


def _member(participant: Json, names: Names) -> Helper:
    name = named(node_at(participant, "member"), names)
    role = next(filter(None, map(concept_words, nodes(participant, "role"))), "")
    organisation = named(node_at(participant, "onBehalfOf"), names)
    return Helper(name, "" if role == name else role, organisation)


def _since_we_met(found: Material) -> SinceWeMet | None:
    """None where this reader's organisation was never in touch, or is none."""
    met = found.of("last-contact").entries
    last = happening_of(met[0], Step.BEGAN, found.names, found.say) if met else None
    if last is None or not met:
        return None
    period = node_at(met[0], "period")
    span = date_range(text(period, "end") or text(period, "start") or "")
    since = span[1] if span is not None else None
    every = [
        one
        for entry in found.of("happened").entries
        for one in _latest(entry, found.names, found.say)
        if since is not None and (moment_of(one.when) or since) > since
    ]
    done = sorted(every, key=lambda one: moment_of(one.when) or BEGINNING, reverse=True)
    beyond = max(0, found.of("happened").total - len(found.of("happened").entries))
    return SinceWeMet(last, tuple(done[:MOST_DONE]), max(0, len(done) - MOST_DONE) + beyond)


def _latest(entry: Json, names: Names, say: Say) -> Iterable[Happening]:
    """What became of an entry, or else that it began."""
    for step in (Step.BECAME, Step.BEGAN):
        told = happening_of(entry, step, names, say)
        if told is not None:
            yield told
            return


def _since_you_looked(found: Material) -> SinceYouLooked | None:
    if found.last_look is None:
        return None
    changed = found.of("changed")
    told = tuple(_changed(entry, found) for entry in changed.entries[:MOST_CHANGED])
    return SinceYouLooked(found.last_look.isoformat(), told, max(0, changed.total - len(told)))


def _changed(entry: Json, found: Material) -> Changed:
    told = next(iter(_latest(entry, found.names, found.say)), None)
    message = CHANGED.get(entry["resourceType"], CHANGED["other"])
    what, language = found.say(message), found.say.language if found.say.knows(message) else ""
    if told is not None:
        what, language = told.what, told.what_language
    words, cut = clipped(told.words if told is not None else "", _SHORT * 2)
    meta = node_at(entry, "meta")
    return Changed(
        link_of(entry),
        what,
        words + ("…" if cut else ""),
        text(meta, "lastUpdated") or "",
        _writer(entry, found.names),
        their_note(entry),
        language,
    )


def _writer(entry: Json, names: Names) -> str:
    """Who wrote a version, where they may be named; "" for the person."""
    who = written_by(entry)
    if who is None or who["kind"] == "person":
        return ""
    return names.get(f"{TYPE_BY_KIND[who['kind']]}/{who['id']}", "")
