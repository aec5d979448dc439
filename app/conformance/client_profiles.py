"""What the shipped profiles find in what a client sends."""

from app.errors import Issue
from app.fhir import profiles
from app.fhir.library import BASE
from app.fhir.resource_types import Json

_PROFILE = f"{BASE}/StructureDefinition/"
PERSON_STATED_GOAL = f"{_PROFILE}person-stated-goal"
# What everything of a type is judged by, whether it claims it or not.
PROFILE_BY_TYPE = {
    "Goal": PERSON_STATED_GOAL,
    "Patient": f"{_PROFILE}person",
    "ServiceRequest": f"{_PROFILE}request-for-help",
    "Task": f"{_PROFILE}help-task",
}
_ERRORS = ("error", "fatal")


def faults(tree: Json, *asked: str) -> list[Issue]:
    """The errors by the profiles that a resource claims, and by those asked for besides.

    tree: structurally right.
    """
    found = profiles.shipped().issues(tree, asked)
    return [issue for issue in found if issue.severity in _ERRORS]


def first_fault(tree: Json) -> str | None:
    """The first error, for people, with its place; by what it claims and by what its type is
    judged by. None when it is right."""
    asked = PROFILE_BY_TYPE.get(str(tree.get("resourceType")))
    found = faults(tree, *((asked,) if asked else ()))
    if not found:
        return None
    return f"{found[0].text} ({found[0].expression})"
