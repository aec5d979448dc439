"""A person's journey as a story, in pages; with the first page, how it counts.

Source: docs/api.md
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeAlias

from msgspec.json import encode

from app.errors import NotFound
from app.fhir.json_guard import parse
from app.fhir.search_query import Query
from app.interactions.parameters import asked_of
from app.interactions.read import NOT_HERE
from app.interactions.visit import Answer, Visit
from app.operations.one_person import (
    entries,
    looked_at,
    names_in,
    not_reached,
    person_asked,
    records_of,
    shelved,
)
from app.store.page_token import Place, seal, unseal
from app.store.shelves import Shelf, Shelved
from app.store.told_in_order import About, Told, told_in_order
from app.what_matters.contact import contact_of
from app.what_matters.help_chain import chains_of
from app.what_matters.journey import Figures, Journey, Step, figures, happening_of
from app.what_matters.language import said_in
from app.what_matters.links import link_of, linked
from app.what_matters.naming import Names

_MOST_COUNTED = 2_000  # contacts, and as many requests
_PART_BY_TYPE = {
    "Observation": "what was said and noted",
    "Goal": "the goals",
    "ServiceRequest": "what was asked for",
    "Task": "who has what was asked for",
    "Encounter": "the contacts",
    "Communication": "what was told back",
    "CarePlan": "what was agreed",
    "QuestionnaireResponse": "how it was",
}
_Place: TypeAlias = tuple[datetime, int, str, str]


async def journey(visit: Visit) -> Answer:
    """A page of the journey as JSON. The query: `goal`, `limit` and `after`. Raises NotFound for
    who is not there for this caller, or such a goal."""
    person = person_asked(visit, "The journey")
    values = dict(asked_of(visit.ask))
    goal, page = values.get("goal"), values.get("after")
    asked = Query(types=("Patient",), understood=(("journey", person), ("goal", goal or "")))
    after = _opened(visit, asked, page) if page else None
    people = await records_of(visit, person)
    standing_there = await shelved(visit, people, _counted(goal))
    about = _about(standing_there, goal) if goal else None
    told, more = await told_in_order(
        visit.unit.fetch,
        visit.permit,
        people,
        about=about,
        after=after,
        most=int(values.get("limit", "50")),
    )
    trees = [parse(one.body) for one in told]
    counted = [one for name in standing_there for one in entries(standing_there, name)]
    names = await names_in(visit, [*trees, *counted])
    say = said_in(visit.ask.language)
    happened = [
        found
        for one, tree in zip(told, trees, strict=True)
        if (found := happening_of(tree, Step(one.step), names, say)) is not None
    ]
    body = Journey(
        tuple(happened),
        None if page else _figures(standing_there, names),
        _sealed(visit, asked, told[-1]) if more else None,
        not_reached(visit, _PART_BY_TYPE),
    )
    touched = looked_at(person, standing_there.values(), (one.person for one in told))
    return Answer(200, encode(body), touched=touched)


def _counted(goal: str | None) -> list[Shelf]:
    """What the figures are counted from; of one goal, what is about it."""
    about = (f"pertains-to-goal=Goal/{goal}",) if goal else ()
    return [
        Shelf("goals", ("Goal",), ids=(goal,) if goal else (), dated="start-date", most=200),
        Shelf("requests", ("ServiceRequest",), about, dated="authored", most=_MOST_COUNTED),
        Shelf("contacts", ("Encounter",), about, dated="date", most=_MOST_COUNTED),
        Shelf("tasks", ("Task",), dated="modified", most=2 * _MOST_COUNTED),
    ]


def _about(found: Mapping[str, Shelved], goal: str) -> About:
    """Whatever is linked to a goal, or to a request about it. Raises NotFound for no goal."""
    goals = entries(found, "goals")
    if not goals:
        raise NotFound(NOT_HERE)
    here = link_of(goals[0])
    requests = [link_of(one) for one in entries(found, "requests")]
    return About(
        entries=(here, *requests, *linked(goals[0], "addresses")),
        tokens=(
            *(f"{one}={here}" for one in ("focus", "pertains-to-goal", "goal")),
            *(f"{one}={request}" for one in ("focus", "based-on") for request in requests),
        ),
        goal=here,
    )


def _figures(found: Mapping[str, Shelved], names: Names) -> Figures:
    contacts = filter(None, map(contact_of, entries(found, "contacts")))
    chains = chains_of(entries(found, "requests"), entries(found, "tasks"))
    return figures(contacts, chains, [link_of(one) for one in entries(found, "goals")], names)


def _opened(visit: Visit, asked: Query, page: str) -> _Place:
    place = unseal(visit.record.page_key, visit.permit.caller, asked, page, now=visit.now)
    at, rank, step, id = place.keys
    if not isinstance(at, datetime):
        raise NotFound(NOT_HERE)
    return at, int(str(rank)), str(step), str(id)


def _sealed(visit: Visit, asked: Query, last: Told) -> str:
    place = Place(visit.now, (last.at, str(last.rank), last.step, last.id))
    return seal(visit.record.page_key, visit.permit.caller, asked, place, now=visit.now)
