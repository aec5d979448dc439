"""The measures of Person-Centered Outcomes and the T-score, of one person and of several.

Source: docs/api.md
"""

import asyncio
from collections.abc import Mapping, Sequence

from msgspec.json import encode

from app.errors import NotFound
from app.fhir.aliases import read_codes
from app.fhir.resource_types import Json
from app.interactions.read import NOT_HERE
from app.interactions.visit import Answer, Visit
from app.operations.one_person import not_reached, person_asked
from app.operations.several_people import people_seen, tell_each
from app.store.people_entries import Sort
from app.what_matters.attainment import FIRST_SCORE, LATER_SCORES, LOINC
from app.what_matters.measures_told import person_measured, set_measured
from app.what_matters.pco_goal import CONCEPTS, NAMED_MEASURES, Person
from app.what_matters.period import Period

_SCORES = (*read_codes(LOINC, FIRST_SCORE), *LATER_SCORES, *NAMED_MEASURES)
_MEASURED = (
    Sort("Goal"),
    Sort(
        "Observation",
        (
            *(f"code={LOINC}|{code}" for code in sorted(_SCORES)),
            f"category={CONCEPTS}|what-matters",
        ),
    ),
    Sort("CarePlan"),
)
_PART_BY_TYPE = {
    "Goal": "the goals",
    "Observation": "the scores, and what matters to the person",
    "CarePlan": "the plans",
}


async def measures_of_person(visit: Visit, period: Period) -> Answer:
    """What one person counts for, as JSON. Raises Forbidden for a supporter, NotFound for who is
    not there for this caller."""
    person = person_asked(visit, "What somebody counts for")
    seen = await people_seen(visit, (person,), _MEASURED)
    if seen.not_found:
        raise NotFound(NOT_HERE)
    told = person_measured(_person(seen.people[0]), period, not_reached(visit, _PART_BY_TYPE))
    await tell_each(visit, seen)
    return Answer(200, encode(told), audited=True)


async def measures_of_several(visit: Visit, people: Sequence[str], period: Period) -> Answer:
    """What a set of people counts for, as JSON. Raises Forbidden for a supporter, TooCostly for
    more than can be read at once."""
    seen = await people_seen(visit, people, _MEASURED)
    # Long enough for other requests to notice, so it is done beside them.
    told = await asyncio.to_thread(
        set_measured,
        [_person(one) for one in seen.people],
        period,
        seen.not_found,
        not_reached(visit, _PART_BY_TYPE),
    )
    await tell_each(visit, seen)
    return Answer(200, encode(told), audited=True)


def _person(entries: Mapping[str, Sequence[Json]]) -> Person:
    return Person(
        entries["Patient"][0],
        entries.get("Goal", ()),
        entries.get("Observation", ()),
        entries.get("CarePlan", ()),
    )
