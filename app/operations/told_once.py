"""Tell it once, in figures, for one person: how often what one organisation wrote was read by
another, how often the person had to tell it again, how often a contact started with what matters,
how they were handed on, and how long they waited.

Figures alone. Who read what is in the person's own log; how often each organisation read is told to
the person and to nobody else.
Source: docs/api.md
"""

from collections.abc import Sequence

from msgspec.json import encode

from app.access.acts import Act
from app.access.caller import Role
from app.errors import Forbidden
from app.fhir.json_guard import parse
from app.fhir.resource_types import Json
from app.interactions.visit import Answer, Touched, Visit
from app.operations.one_person import entries, names_in, not_reached, person_asked, shelved
from app.store.reads import looks_at_whole, reads_by_organisation
from app.store.shelves import Shelf
from app.store.versions import versions
from app.what_matters.contact import contact_of, conversations
from app.what_matters.help_chain import chains_of
from app.what_matters.journey import figures
from app.what_matters.links import link_of, linked
from app.what_matters.told_once import Read, Wait, told_once, wait_of, waits
from app.what_matters.told_once_page import ReadsOf, ToldOncePage

_MOST = 2_000  # contacts, requests and versions of the work on them: the newest
_WHOLE = (Act.WHAT_MATTERS, Act.EVERYTHING, Act.JOURNEY, Act.SAID_AND_DONE)
_PART_BY_TYPE = {
    "Goal": "the goals",
    "Encounter": "the contacts",
    "ServiceRequest": "what was asked for",
    "Task": "who has what was asked for",
}
_COUNTED = (
    Shelf("goals", ("Goal",), dated="start-date", most=200),
    Shelf("contacts", ("Encounter",), dated="date", most=_MOST),
    Shelf("requests", ("ServiceRequest",), dated="authored", most=_MOST),
    Shelf("tasks", ("Task",), dated="modified", most=_MOST),
)


async def figures_told_once(visit: Visit) -> Answer:
    """The figures as JSON. Raises Forbidden for a supporter, NotFound for who is not there for this
    caller."""
    person = person_asked(visit, "How often it was told")
    if visit.caller.role is Role.SUPPORTER:
        raise Forbidden("These figures are for the person, and for the organisations that help.")
    found = await shelved(visit, (person,), _COUNTED)
    goals, requests = entries(found, "goals"), entries(found, "requests")
    contacts = [one for tree in entries(found, "contacts") if (one := contact_of(tree)) is not None]
    chains = chains_of(requests, entries(found, "tasks"))
    reads = await _reads(visit, person)
    whole = await looks_at_whole(visit.unit.fetch, person, _WHOLE)
    way = figures(contacts, chains, [link_of(goal) for goal in goals], {})
    page = ToldOncePage(
        figures=told_once(reads, contacts),
        conversations=conversations(contacts),
        whole_record_read=sum(times for _, times in whole),
        organisations=len(way.organisations),
        hand_offs=way.hand_offs,
        waits=waits(await _waits(visit, person, requests)),
        by_goal=way.by_goal,
        by_organisation=await _by_organisation(visit, reads),
        not_shown=not_reached(visit, _PART_BY_TYPE),
    )
    return Answer(200, encode(page), touched=(Touched(person, "Patient", person),))


async def _reads(visit: Visit, person: str) -> list[Read]:
    found = await reads_by_organisation(visit.unit.fetch, visit.permit, person)
    return [
        Read(one.entry, _organisation(one.written_by), one.read_by, one.last, one.times)
        for one in found
    ]


def _organisation(author: str) -> str:
    """What a person, a supporter or a load wrote is no organisation's."""
    parts = author.split("/")
    return author if parts[0] == "Organization" and len(parts) == 2 else ""


async def _waits(visit: Visit, person: str, requests: Sequence[Json]) -> list[Wait]:
    """The wait for each request, by every version of the work on it."""
    bodies = await versions(visit.unit.fetch, visit.permit, person, "Task", _MOST)
    by_request: dict[str, list[Json]] = {}
    for task in map(parse, bodies):
        for link in linked(task, "focus", "ServiceRequest"):
            by_request.setdefault(link, []).append(task)
    found = (wait_of(one, by_request.get(link_of(one), ())) for one in requests)
    return [one for one in found if one is not None]


async def _by_organisation(visit: Visit, reads: Sequence[Read]) -> tuple[ReadsOf, ...] | None:
    """Who read what others wrote, most often first; for the person alone."""
    if visit.caller.role is not Role.PERSON:
        return None
    times: dict[str, int] = {}
    for one in reads:
        if one.read_by and one.read_by != one.written_by:
            times[one.read_by] = times.get(one.read_by, 0) + one.times
    names = await names_in(visit, (), times)
    ordered = sorted(times.items(), key=lambda one: (-one[1], one[0]))
    return tuple(ReadsOf(names.get(link) or link, count) for link, count in ordered)
