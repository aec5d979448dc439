"""What a person said, what was done about it, what was told back, and what difference it made.

Source: docs/api.md
"""

from msgspec.json import encode

from app.interactions.visit import Answer, Visit
from app.operations.one_person import (
    IN_ERROR,
    PROGRESS_CODES,
    entries,
    looked_at,
    names_in,
    not_reached,
    person_asked,
    records_of,
    said_by,
    shelved,
)
from app.store.shelves import Shelf, shelves
from app.what_matters.links import link_of
from app.what_matters.pco_goal import CONCEPTS
from app.what_matters.said_and_done import Said
from app.what_matters.said_and_done import said_and_done as walked

_MOST = 200  # things said, and as many goals and requests: the newest
_PART_BY_TYPE = {
    "Observation": "what was said, and how close the goals are",
    "Goal": "the goals",
    "ServiceRequest": "what was asked for",
    "Task": "who has what was asked for",
    "Communication": "what was told back",
    "CarePlan": "what was agreed",
}
_WALKED = {
    "statements": Shelf(
        "statements",
        ("Observation",),
        (f"category={CONCEPTS}|what-matters",),
        none_of=IN_ERROR,
        dated="date",
        most=_MOST,
    ),
    "goals": Shelf("goals", ("Goal",), dated="start-date", most=_MOST),
    "requests": Shelf("requests", ("ServiceRequest",), dated="authored", most=_MOST),
    "messages": Shelf("messages", ("Communication",), dated="sent", most=2 * _MOST),
    "plans": Shelf("plans", ("CarePlan",), dated="date", most=20),
}


async def said_and_done(visit: Visit) -> Answer:
    """The threads as JSON. Raises NotFound for who is not there for this caller."""
    person = person_asked(visit, "What was said and done")
    people = await records_of(visit, person)
    found = await shelved(visit, people, list(_WALKED.values()))
    goals, requests = entries(found, "goals"), entries(found, "requests")
    of_goals = tuple(f"focus={link_of(goal)}" for goal in goals)
    of_requests = tuple(f"focus={link_of(request)}" for request in requests)
    parted = (*of_goals, *PROGRESS_CODES, *said_by(people))
    hanging = [
        Shelf(
            "progress",
            ("Observation",),
            of_goals,
            PROGRESS_CODES,
            IN_ERROR,
            dated="date",
            apart=parted,
            most=2,
            oldest=1,
        ),
        Shelf("tasks", ("Task",), of_requests, dated="modified", most=4 * _MOST),
    ]
    asks = [one for one in hanging if one.any_of]
    found |= await shelves(visit.unit.fetch, visit.permit, people, asks)
    kinds = (*_WALKED, "progress", "tasks")
    trees = {name: entries(found, name) for name in kinds}
    names = await names_in(visit, (one for some in trees.values() for one in some))
    told = walked(
        Said(**trees, names=names),
        visit.now,
        sum(max(0, found[name].total - _MOST) for name in ("statements", "goals", "requests")),
        not_reached(visit, _PART_BY_TYPE),
    )
    return Answer(200, encode(told), touched=looked_at(person, found.values()))
