"""What the operations on one person's record share: the person, who may be named, and what a token
does not reach."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from app.access.acts import Act
from app.access.decision import decide
from app.errors import NotFound, NotSupported
from app.fhir.aliases import read_codes
from app.fhir.json_guard import stored
from app.fhir.resource_types import Json
from app.interactions.placing import wanted
from app.interactions.read import NOT_HERE
from app.interactions.visit import Touched, Visit
from app.store.shelves import Shelf, Shelved, shelves
from app.what_matters.attainment import FIRST_SCORE, LATER_SCORES, LOINC
from app.what_matters.links import link_of
from app.what_matters.mapping.kind import written_by
from app.what_matters.mapping.who import TYPE_BY_KIND
from app.what_matters.naming import Names, goal_name, name_of, who_is_named
from app.what_matters.progress import PROGRESS

PATIENT = "patient"
_MOST_NAMES = 300
_NAMED = frozenset(
    ("Organization", "Practitioner", "HealthcareService", "Location", "RelatedPerson")
)

PROGRESS_CODES = (
    *(f"code={LOINC}|{code}" for code in (*read_codes(LOINC, FIRST_SCORE), *sorted(LATER_SCORES))),
    *(f"code={PROGRESS}|{code}" for code in ("how-close", "own-words")),
)
IN_ERROR = ("status=entered-in-error", "status=cancelled")
OPEN_GOALS = tuple(
    f"lifecycle-status={status}"
    for status in ("proposed", "planned", "accepted", "active", "on-hold")
)


def person_asked(visit: Visit, name: str) -> str:
    """The person that an operation is asked of, whom this token may read. Raises Forbidden."""
    ask = visit.ask
    if ask.type != "Patient" or ask.id is None:
        raise NotSupported(f"{name} is asked of one person.")
    decide(visit.caller, Act.READ, "Patient")
    return ask.id


async def records_of(visit: Visit, person: str) -> tuple[str, ...]:
    """The person asked for, and the other records that are theirs just now, as far as this token
    reaches."""
    own = visit.permit.people
    if own is not None:
        # Of a person and of who helps them the door has asked already.
        return (person, *(one for one in own if one != person and person in own))
    return await visit.unit.records_of(person)


def said_by(people: Iterable[str]) -> tuple[str, ...]:
    """The index entries of what the person said themself, in whichever of their records."""
    return tuple(f"performer=Patient/{one}" for one in people)


async def shelved(
    visit: Visit, people: Sequence[str], wanted_shelves: Sequence[Shelf]
) -> dict[str, Shelved]:
    """What stands on some shelves of a person's records, and with them the person, as the first
    record says who they are. Raises NotFound for who is not there for this caller."""
    patient = Shelf(PATIENT, ("Patient",), ids=(people[0],))
    found = await shelves(visit.unit.fetch, visit.permit, people, [patient, *wanted_shelves])
    if not found[PATIENT].bodies:
        raise NotFound(NOT_HERE)
    return found


def looked_at(
    person: str, found: Iterable[Shelved], besides: Iterable[str] = ()
) -> tuple[Touched, ...]:
    """What is told in the log of the person, and of each other record that anything was seen of.
    besides: those of which something was seen on no shelf."""
    seen = (one for shelf in found for one in shelf.people)
    people = dict.fromkeys((person, *seen, *besides))
    return tuple(Touched(one, "Patient", one) for one in people)


def entries(found: Mapping[str, Shelved], name: str) -> list[Json]:
    """What stands on a shelf, read."""
    return [stored(body) for body in found[name].bodies] if name in found else []


async def names_in(visit: Visit, told: Iterable[Json], others: Iterable[str] = ()) -> Names:
    """What those are called whom some entries name, and who wrote them, as far as the permit
    sees; and what the goals among them are called. Beyond three hundred, they are told without.
    others: `Type/id` of who is to be named besides."""
    told = list(told)
    links = dict.fromkeys(others)
    links |= dict.fromkeys(one for entry in told for one in (*who_is_named(entry), _writer(entry)))
    asked = []
    for link in islice((one for one in links if one.partition("/")[0] in _NAMED), _MOST_NAMES):
        type, _, id = link.partition("/")
        asked.append(wanted(type, id))
    rows = await visit.unit.read_many(visit.permit, asked)
    found = {f"{row.type}/{row.id}": name_of(stored(row.body)) for row in rows if row and row.body}
    found |= {link_of(one): goal_name(one) for one in told if one["resourceType"] == "Goal"}
    return {link: name for link, name in found.items() if name}


def _writer(entry: Json) -> str:
    who = written_by(entry)
    return f"{TYPE_BY_KIND[who['kind']]}/{who['id']}" if who is not None else ""


def not_reached(visit: Visit, part_by_type: Mapping[str, str]) -> tuple[str, ...]:
    """The parts that lie beyond what the token may read, each once, in their order."""
    missing = (part for type, part in part_by_type.items() if type not in visit.permit.types)
    return tuple(dict.fromkeys(missing))
