"""The one page: what a practitioner reads before the conversation, in at most eight statements.

Two of them are of the entries: what stands by itself, and then what hangs on that: how close each
goal is, who has a request, what was done and written since.
Source: docs/api.md
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec.json import encode

from app.access.acts import Act
from app.access.caller import Role
from app.fhir.date_ranges import date_range
from app.fhir.json_guard import stored
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes, text
from app.interactions.visit import Answer, Visit
from app.operations.one_person import (
    IN_ERROR,
    OPEN_GOALS,
    PATIENT,
    PROGRESS_CODES,
    looked_at,
    names_in,
    not_reached,
    person_asked,
    records_of,
    said_by,
    shelved,
)
from app.store.last_look import last_look
from app.store.shelves import Shelf, Shelved, shelves
from app.what_matters.about_me import SECTION_BY_CODE, SNOMED
from app.what_matters.language import said_in
from app.what_matters.links import link_of, linked
from app.what_matters.pco_goal import CONCEPTS
from app.what_matters.summary import (
    MOST_CHANGED,
    MOST_DONE,
    MOST_HELPERS,
    MOST_REQUESTS,
    MOST_THINGS,
    OTHER_RECORDS,
    Material,
    Stack,
    page_of,
    ranked_goals,
)

# What is opened again within this time is the same sitting: what changed before it is still told.
SITTING = timedelta(hours=1)
_MOST_GOALS_RANKED, _MOST_TASKS = 60, 100
_SECTIONS = tuple(f"code={SNOMED}|{code}" for code in SECTION_BY_CODE)
_HAPPENED = tuple(
    f"status={one}" for one in ("arrived", "triaged", "in-progress", "onleave", "finished")
)
_PART_BY_TYPE = {
    "Flag": "what to take care with",
    "Observation": "what matters, About Me, and how close the goals are",
    "List": "what matters most, in order",
    "Goal": "the goals",
    "CareTeam": "who helps",
    "RelatedPerson": "who helps",
    "ServiceRequest": "what was asked for",
    "Task": "who has what was asked for",
    "Encounter": "the contacts",
}
# What is told without a name, so that none has to be looked for in it.
_NOT_NAMED_IN = frozenset((PATIENT, OTHER_RECORDS, "progress", "priorities"))
_TOLD_AS_CHANGED = (
    "Patient", "RelatedPerson", "CareTeam", "Goal", "Observation", "CarePlan", "ServiceRequest",
    "Task", "Encounter", "Communication", "QuestionnaireResponse", "List", "Flag", "Condition",
)  # fmt: skip


async def what_matters(visit: Visit) -> Answer:
    """The page as JSON. Raises NotFound for who is not there for this caller."""
    person = person_asked(visit, "The page")
    people = await records_of(visit, person)
    looked = await _last_look(visit, person)
    found = await shelved(visit, people, _standing(visit, people))
    standing = _read(found)
    asks = _hanging(standing, people, looked)
    more = await shelves(visit.unit.fetch, visit.permit, people, asks)
    page = page_of(await _material(visit, {**standing, **_read(more)}, looked), visit.now)
    touched = looked_at(person, (*found.values(), *more.values()))
    return Answer(200, encode(page), touched=touched)


def _read(found: Mapping[str, Shelved]) -> dict[str, Stack]:
    return {
        name: Stack([stored(body) for body in shelf.bodies], shelf.total)
        for name, shelf in found.items()
    }


async def _last_look(visit: Visit, person: str) -> datetime | None:
    """When this human being, or else this organisation's program, last opened the page."""
    caller = visit.caller
    tokens = [f"subtype={Act.WHAT_MATTERS}", "outcome=0"]
    if caller.role not in (Role.SYSTEM, Role.PERSON):
        tokens.append(f"agent:identifier={caller.issuer}|{caller.subject}")
    before = visit.now - SITTING
    return await last_look(visit.unit.fetch, person, caller.agent, tokens, before)


def _standing(visit: Visit, people: Sequence[str]) -> list[Shelf]:
    """What stands by itself; what the person said themself apart from what others said of them."""
    caller, own, others = visit.caller, said_by(people), people[1:]
    found = [
        Shelf("flags", ("Flag",), holding='"status":"active"', dated="date",
              most=6 * len(people)),
        Shelf(
            "about-me", ("Observation",), _SECTIONS, none_of=IN_ERROR, dated="date",
            apart=(*_SECTIONS, *own),
        ),
        Shelf("priorities", ("List",), ("code=http://loinc.org|81340-2",),
              ("status=current",), dated="date"),
        Shelf("statements", ("Observation",), (f"category={CONCEPTS}|what-matters",),
              none_of=IN_ERROR, dated="date", apart=own, most=MOST_THINGS),
        Shelf("goals", ("Goal",), OPEN_GOALS, dated="start-date", most=_MOST_GOALS_RANKED),
        Shelf("teams", ("CareTeam",), ("status=active",), dated="date", most=3),
        Shelf("supporters", ("RelatedPerson",), ("active=true",), most=2 * MOST_HELPERS),
        Shelf("requests", ("ServiceRequest",), ("status=active", "status=on-hold"),
              dated="authored", most=0,
            oldest=MOST_REQUESTS),
    ]  # fmt: skip
    if others:
        found.append(Shelf(OTHER_RECORDS, ("Patient",), ids=tuple(others), most=len(others)))
    if caller.role in (Role.SYSTEM, Role.PRACTITIONER):
        ours = (f"service-provider={caller.agent}",)
        found.append(Shelf("last-contact", ("Encounter",), ours, _HAPPENED, dated="date"))
    return found


def _hanging(
    standing: Mapping[str, Stack], people: Iterable[str], looked: datetime | None
) -> list[Shelf]:
    """What hangs on what stands: without any of it, nothing is asked."""
    goals = ranked_goals(standing["goals"].entries, standing["priorities"].entries)
    found = [
        Shelf(
            "progress", ("Observation",), _of("focus", goals), PROGRESS_CODES, IN_ERROR,
            dated="date", apart=(*_of("focus", goals), *PROGRESS_CODES,
                                 *said_by(people)), most=2, oldest=1,
        ),
        Shelf("tasks", ("Task",), _of("focus", standing["requests"].entries),
              dated="modified", most=_MOST_TASKS),
        Shelf("listed", ("Observation",), none_of=IN_ERROR, ids=_listed(standing), dated="date",
              most=MOST_THINGS),
    ]  # fmt: skip
    asks = [one for one in found if one.any_of or one.ids]
    since = _since(standing)
    if since is not None:
        asks += _happened(since)
    if looked is not None:
        asks.append(Shelf("changed", _TOLD_AS_CHANGED, written=looked, most=MOST_CHANGED))
    return asks


def _of(parameter: str, some: Iterable[Json]) -> tuple[str, ...]:
    return tuple(f"{parameter}={link_of(one)}" for one in some)


def _listed(standing: Mapping[str, Stack]) -> tuple[str, ...]:
    """What the person put first, of what they said matters."""
    items = [
        link.partition("/")[2]
        for some in standing["priorities"].entries
        for entry in nodes(some, "entry")
        for link in linked(entry, "item", "Observation")
    ]
    return tuple(dict.fromkeys(items))[: 4 * MOST_THINGS]


def _since(standing: Mapping[str, Stack]) -> datetime | None:
    """The end of the last contact of the reader's organisation."""
    for contact in standing.get("last-contact", Stack()).entries:
        period = node_at(contact, "period")
        span = date_range(text(period, "end") or text(period, "start") or "")
        if span is not None:
            return span[1]
    return None


def _happened(since: datetime) -> list[Shelf]:
    def after(name: str, dated: str, codes: tuple[str, ...] = ()) -> Shelf:
        return Shelf(
            f"happened {name}", (name,), codes, none_of=IN_ERROR, dated=dated, after=since,
            most=MOST_DONE,
        )  # fmt: skip

    return [
        after("Encounter", "date", _HAPPENED),
        after("Task", "modified"),
        after("Communication", "sent"),
        after("Observation", "date", PROGRESS_CODES),
        after("Goal", "start-date"),
        after("CarePlan", "date"),
    ]


async def _material(visit: Visit, stacks: dict[str, Stack], looked: datetime | None) -> Material:
    happened = [stack for name, stack in stacks.items() if name.startswith("happened ")]
    stacks["happened"] = Stack(
        [one for stack in happened for one in stack.entries],
        sum(stack.total for stack in happened),
    )
    named = (one for name in stacks if name not in _NOT_NAMED_IN for one in stacks[name].entries)
    return Material(
        patient=stacks[PATIENT].entries[0],
        stacks=stacks,
        names=await names_in(visit, named),
        last_look=looked,
        not_shown=not_reached(visit, _PART_BY_TYPE),
        say=said_in(visit.ask.language),
    )
