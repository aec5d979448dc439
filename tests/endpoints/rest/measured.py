"""People with goals on five steps, for the tests of figures."""

from collections.abc import Sequence
from typing import Any

import httpx

from app.what_matters.attainment import CODE_BY_LEVEL, FIRST_SCORE, LOINC, SCALING
from app.what_matters.pco_goal import DOMAINS
from tests.endpoints.sharing import stored
from tests.people import goal, new_person, observation

Json = dict[str, Any]

YEAR = {"from": "2026-01-01", "to": "2026-12-31"}
LATER_SCORE = "107334-5"


def scaled_goal(person: str, words: str = "Walk to the quay and back", **rest: Any) -> Json:
    """A goal of what matters on five steps."""
    step = [{"url": "progressText", "valueString": "To the gate"}]
    return goal(
        person,
        words,
        category=[{"coding": [{"system": DOMAINS, "code": "independence"}]}],
        extension=[{"url": SCALING, "extension": step}],
        **rest,
    )


def score(person: str, where: str, day: str, level: int, **rest: Any) -> Json:
    """What was told of a goal on the five steps; where: `Goal/x`."""
    code = FIRST_SCORE if level < 0 else LATER_SCORE
    value = {"coding": [{"system": LOINC, "code": CODE_BY_LEVEL[level]}]}
    return observation(
        person,
        code={"coding": [{"system": LOINC, "code": code}]},
        focus=[{"reference": where}],
        effectiveDateTime=day,
        performer=[{"reference": f"Patient/{person}"}],
        valueCodeableConcept=value,
        **rest,
    )


def plan(person: str, *goals: str, **rest: Any) -> Json:
    return {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "subject": {"reference": f"Patient/{person}"},
        "goal": [{"reference": one} for one in goals],
        **rest,
    }


def measured(client: httpx.Client, born: str = "1955-02-11", **rest: Any) -> str:
    """Somebody who counts for all three measures."""
    person = new_person(client, birthDate=born, **rest)
    where = stored(client, scaled_goal(person))
    stored(client, plan(person, where))
    stored(client, score(person, where, "2026-03-02", -1))
    stored(client, score(person, where, "2026-04-02", 1))
    return person


def asked(people: Sequence[str]) -> Json:
    """The body that asks for the figures of a set of people."""
    return {"people": list(people), **YEAR}
