"""The goals of one person to look at again, because the time that they chose has come.

Source: docs/api.md
"""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from msgspec.json import encode

from app.fhir.resource_types import Json
from app.interactions.visit import Answer, Visit
from app.operations.one_person import (
    IN_ERROR,
    OPEN_GOALS,
    PROGRESS_CODES,
    entries,
    looked_at,
    names_in,
    not_reached,
    person_asked,
    records_of,
    shelved,
)
from app.store.shelves import Shelf, Shelved, shelves
from app.what_matters.contact import STARTED_WITH_IT
from app.what_matters.links import link_of
from app.what_matters.review import Chosen, chosen_of
from app.what_matters.to_look_at import Looks, ToLookAt, to_look_at

ZONE = ZoneInfo("Europe/London")
_MOST = 200  # goals, and plans: the newest
_PART_BY_TYPE = {
    "Goal": "the goals",
    "CarePlan": "what was agreed",
    "Observation": "how close the goals are",
    "Encounter": "the contacts",
}
_STANDING = (
    Shelf("goals", ("Goal",), OPEN_GOALS, dated="start-date", most=_MOST),
    Shelf(
        "plans",
        ("CarePlan",),
        none_of=("status=completed", "status=revoked", "status=entered-in-error"),
        dated="date",
        most=_MOST,
    ),
)
_NOT_HAPPENED = tuple(
    f"status={one}" for one in ("planned", "cancelled", "entered-in-error", "unknown")
)
_ASKED = tuple(f"what-matters-conversation={one}" for one in STARTED_WITH_IT)


async def goals_to_look_at(visit: Visit) -> Answer:
    """The list as JSON. Raises NotFound for who is not there for this caller."""
    person = person_asked(visit, "What to look at again")
    people = await records_of(visit, person)
    found = await shelved(visit, people, _STANDING)
    goals = entries(found, "goals")
    chosen = chosen_of(entries(found, "plans"), goals)
    goals = [one for one in goals if link_of(one) in chosen]
    looked = await _looked(visit, people, goals, chosen)
    looks = Looks(goals, entries(looked, "progress"), entries(looked, "contacts"))
    names = await names_in(visit, goals)
    told = ToLookAt(
        to_look_at(looks, chosen, names, visit.now, ZONE), not_reached(visit, _PART_BY_TYPE)
    )
    touched = looked_at(person, (*found.values(), *looked.values()))
    return Answer(200, encode(told), touched=touched)


async def _looked(
    visit: Visit, people: Sequence[str], goals: Sequence[Json], chosen: Mapping[str, Chosen]
) -> Mapping[str, Shelved]:
    """The last that was told of each goal, and the last contact about it; of those alone for which
    a day or a time was chosen."""
    timed = [one for one in map(link_of, goals) if chosen[one].on or chosen[one].after_days]
    told = tuple(f"focus={one}" for one in timed)
    about = tuple(f"pertains-to-goal={one}" for one in timed)
    asks = [
        Shelf("progress", ("Observation",), told, PROGRESS_CODES, IN_ERROR, dated="date",
              apart=told),
        Shelf("contacts", ("Encounter",), about, _ASKED, _NOT_HAPPENED, dated="date",
              apart=about),
    ]  # fmt: skip
    return await shelves(visit.unit.fetch, visit.permit, people, asks if timed else [])
