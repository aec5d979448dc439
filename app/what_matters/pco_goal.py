"""What the guide to Person-Centered Outcomes takes for a goal, and which scores belong to it.

Source: the logic of the guide, https://hl7.org/fhir/us/pco/ (its CQL libraries GoalAttainmentLogic
and WhatMattersLogic). What was entered in error is left out, which that logic does not say and R4
does.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.fhir.aliases import written_code
from app.fhir.library import BASE
from app.fhir.resource_types import Json
from app.fhir.rule import has_coding, nodes, text
from app.fhir.terminology import member
from app.what_matters.attainment import LOINC, is_scaled, is_score
from app.what_matters.links import link_of, linked

CONCEPTS = "http://hl7.org/fhir/us/pco/CodeSystem/pco-concepts-temporary"
DOMAINS = "http://hl7.org/fhir/us/pco/CodeSystem/pco-goal-domains-temporary"
_CATEGORIES = frozenset(("person-centered", "what-matters", "wellbeing"))
_DOMAIN_CODES = f"{BASE}/ValueSet/goal-domain"
_IN_ERROR = "entered-in-error"

# Named measures that a target or a score may be by: the guide's value set prom-target-measures.
# Codes alone: what is asked in them is licensed, and is not kept here.
NAMED_MEASURES = frozenset(
    (
        *("70274-6", "44261-6", "77854-8", "77848-0", "89921-1", "77862-1", "81531-6", "71965-8"),
        *("92149-4", "77864-7", "77851-4", "77850-6", "91614-8", "77856-3", "77865-4", "91721-1"),
        *("77855-5", "92391-2", "92329-2", "92418-3", "92448-0", "77859-7", "92266-6", "92305-2"),
        *("77849-8", "92213-8", "89676-1", "71969-0", "71971-6", "71955-9", "71957-5", "71959-1"),
        *("71961-7", "71963-3"),
    )
)


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of one person, as FHIR resources. Those of others must not be among them."""

    patient: Json
    goals: Sequence[Json] = ()
    observations: Sequence[Json] = ()
    plans: Sequence[Json] = ()


def is_pco_goal(goal: Json, observations: Iterable[Json]) -> bool:
    """Whether a Goal is one of what matters: by a category of the guide, by a part of life, or by
    what it addresses; and it has the day it began."""
    if text(goal, "startDate") is None or not counts(goal):
        return False
    return _is_sorted(goal) or _addresses_what_matters(goal, observations)


def is_measured(goal: Json, observations: Iterable[Json]) -> bool:
    """Whether a Goal has five steps, or a named measure as its target."""
    if is_scaled(goal) or any(
        has_coding(target, "measure", LOINC, NAMED_MEASURES) for target in nodes(goal, "target")
    ):
        return True
    return any(is_score(one) for one in _about(goal, observations))


def has_plan(goal: Json, plans: Iterable[Json]) -> bool:
    """Whether a CarePlan names the Goal."""
    here = link_of(goal)
    return any(counts(plan) and here in linked(plan, "goal", "Goal") for plan in plans)


def scores_of(goal: Json, observations: Iterable[Json]) -> Iterator[Json]:
    """The scores about a Goal, on the five steps or by a named measure; when they were told is
    not looked at, nor which of the codes for a first or a later score they bear."""
    for one in _about(goal, observations):
        if is_score(one) or has_coding(one, "code", LOINC, NAMED_MEASURES):
            yield one


def counts(resource: Json) -> bool:
    """Whether it was not a mistake."""
    return _IN_ERROR not in (resource.get("status"), resource.get("lifecycleStatus"))


def _about(goal: Json, observations: Iterable[Json]) -> Iterator[Json]:
    here = link_of(goal)
    return (one for one in observations if counts(one) and here in linked(one, "focus", "Goal"))


def _is_sorted(goal: Json) -> bool:
    """By category: one of the guide's three, or one of the twelve parts of life."""
    for category in nodes(goal, "category"):
        for coding in nodes(category, "coding"):
            system, code = coding.get("system"), text(coding, "code") or ""
            if system == CONCEPTS and written_code(CONCEPTS, code) in _CATEGORIES:
                return True
            if system == DOMAINS and member(_DOMAIN_CODES, DOMAINS, code):
                return True
    return False


def _addresses_what_matters(goal: Json, observations: Iterable[Json]) -> bool:
    addressed = frozenset(linked(goal, "addresses", "Observation"))
    return bool(addressed) and any(
        link_of(one) in addressed
        and counts(one)
        and has_coding(one, "category", CONCEPTS, frozenset(("what-matters",)))
        for one in observations
    )
