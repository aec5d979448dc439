"""The entries of one of the cast as the record would bring them for the page, the journey and what
was said and done: here sorted by reading them, and not by an index."""

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from app.fhir.indexed import BEGINNING
from app.fhir.labels import labels_of
from app.what_matters.about_me import section_of
from app.what_matters.contact import contact_of
from app.what_matters.goal import Standing, standing
from app.what_matters.help_chain import chain_of
from app.what_matters.journey import Happening, Journey, Step, figures, happening_of
from app.what_matters.links import link_of, linked
from app.what_matters.naming import goal_name, moment_of, name_of
from app.what_matters.progress import progress_of
from app.what_matters.said_and_done import Said
from app.what_matters.summary import Material, Stack
from app.what_matters.telling import when_of
from tests.papers import ROOT
from tests.what_matters.cast import everybody, of_type, resource

Json = dict[str, Any]

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
STEPS = tuple(Step)
_ORDER = (
    "Encounter", "Observation", "Goal", "ServiceRequest", "Task", "Communication", "CarePlan",
    "QuestionnaireResponse",
)  # fmt: skip
_OPEN = (Standing.SUGGESTED, Standing.AGREED, Standing.UNDER_WAY, Standing.PAUSED)


@cache
def names() -> dict[str, str]:
    """What everybody is called."""
    bundle = json.loads((ROOT / "fhir_profiles/examples/organisations.json").read_bytes())
    directory = {link_of(one["resource"]): name_of(one["resource"]) for one in bundle["entry"]}
    people = {link: name_of(one) for link, one in everybody().items()}
    goals = {link: goal_name(one) for link, one in everybody().items() if link[:5] == "Goal/"}
    return {link: name for link, name in {**directory, **people, **goals}.items() if name}


def open_to_others(type: str, person: str) -> list[Json]:
    """Their entries of a type that have no label."""
    return [one for one in of_type(type, person) if not labels_of(one)]


def newest(type: str, person: str) -> list[Json]:
    """The same, the newest first."""
    found = open_to_others(type, person)
    return sorted(found, key=lambda one: moment_of(when_of(one)) or BEGINNING, reverse=True)


def material(person: str, organisation: str, looked: datetime | None = None) -> Material:
    """What the page of a person is made of, for an organisation."""
    said = newest("Observation", person)
    met = [
        one
        for one in newest("Encounter", person)
        if f"Organization/{organisation}" in linked(one, "serviceProvider")
    ][:1]
    since = _end(met[0]) if met else NOW
    happened = [
        one
        for type in ("Encounter", "Task", "Communication", "Observation", "Goal", "CarePlan")
        for one in newest(type, person)
        if (type != "Observation" or progress_of(one)) and _last(one) > since
    ]
    stacks = {
        "about-me": [one for one in said if section_of(one)],
        "statements": [one for one in said if one["id"].startswith(f"{person}-matters")][:5],
        "progress": [one for one in said if progress_of(one)],
        "goals": [one for one in newest("Goal", person) if standing(one) in _OPEN],
        "requests": [
            one
            for one in newest("ServiceRequest", person)
            if one["status"] in ("active", "on-hold")
        ],
        "happened": happened,
        "last-contact": met,
        "flags": open_to_others("Flag", person),
        "priorities": open_to_others("List", person),
        "teams": open_to_others("CareTeam", person),
        "supporters": open_to_others("RelatedPerson", person),
        "tasks": newest("Task", person),
    }
    return Material(
        resource(f"Patient/{person}"),
        {name: Stack(some, len(some)) for name, some in stacks.items()},
        names(),
        looked,
    )


def journey(person: str) -> Journey:
    """All of a person's journey."""
    told = [
        (moment, _ORDER.index(type), one["id"], step, found)
        for type in _ORDER
        for one in open_to_others(type, person)
        for step in STEPS
        if (found := happening_of(one, step, names())) is not None
        and (moment := moment_of(found.when)) is not None
        and not (type == "Task" and step is Step.BECAME and _is_at_once(one))
    ]
    tasks = open_to_others("Task", person)
    contacts = filter(None, map(contact_of, newest("Encounter", person)))
    chains = [chain_of(one, tasks) for one in open_to_others("ServiceRequest", person)]
    ordered: list[Happening] = [one[-1] for one in sorted(told, key=lambda one: one[:4])]
    return Journey(tuple(ordered), figures(contacts, chains, [], names()))


def said(person: str) -> Said:
    """What the walk from what was said to what was done goes along."""
    observations = newest("Observation", person)
    return Said(
        statements=[one for one in observations if one["id"].startswith(f"{person}-matters")],
        goals=newest("Goal", person),
        requests=newest("ServiceRequest", person),
        tasks=newest("Task", person),
        messages=newest("Communication", person),
        plans=of_type("CarePlan", person),
        progress=[one for one in observations if progress_of(one)],
        names=names(),
    )


def _last(entry: Json) -> datetime:
    """When an entry was last touched, as the record finds it."""
    return moment_of(entry.get("lastModified")) or moment_of(when_of(entry)) or BEGINNING


def _end(contact: Json) -> datetime:
    found = moment_of(contact["period"].get("end") or contact["period"]["start"])
    assert found is not None
    return found


def _is_at_once(task: Json) -> bool:
    begun, became = moment_of(task["authoredOn"]), moment_of(task.get("lastModified"))
    return begun is not None and became is not None and became - begun <= timedelta()
