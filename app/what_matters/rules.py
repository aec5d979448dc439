"""The rules of this record that profiles cannot say, by the profile or the type whose
entries they hold for.

A rule sees the entry, and the stored version it replaces.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from app.errors import Issue
from app.fhir.library import BASE
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes, text
from app.fhir.task_moves import may_follow, moves
from app.what_matters.goal import lost_words
from app.what_matters.nhs_number import NHS_NUMBER, is_nhs_number
from app.what_matters.supporter import wrong_steps

_PROFILE = f"{BASE}/StructureDefinition/"
_HELP_TASK = f"{_PROFILE}help-task"
_TEN_DIGITS = re.compile("[0-9]{10}")

Rule: TypeAlias = Callable[[Json, Json | None], Iterable[Issue]]


def broken_rules(tree: Json, before: Json | None, asked: Iterable[str] = ()) -> list[Issue]:
    """What the rules of the profiles find that an entry claims, or is asked to meet. before: what
    it replaces; what that claimed binds still."""
    always = RULES_BY_TYPE.get(tree["resourceType"], ())
    claimed = [*_claimed(tree), *_claimed(before or {}), *asked]
    if not claimed and not always:
        return []
    rules = dict.fromkeys(
        rule for one in claimed for rule in RULES_BY_PROFILE.get(one.partition("|")[0], ())
    )
    rules |= dict.fromkeys(always)
    return [issue for rule in rules for issue in rule(tree, before)]


def _claimed(tree: Json) -> list[str]:
    """The profiles claimed; null stands where only an extension is."""
    return [one for one in node_at(tree, "meta").get("profile", ()) if type(one) is str]


def _number_checks(tree: Json, _before: Json | None) -> Iterator[Issue]:
    for n, identifier in enumerate(nodes(tree, "identifier")):
        if identifier.get("system") == NHS_NUMBER:
            number = text(identifier, "value")
            # That there are ten digits is asked by the profile.
            if number is not None and _TEN_DIGITS.fullmatch(number) and not is_nhs_number(number):
                said = (
                    "This is not an NHS number: look for a digit that is wrong or out of its place."
                )
                place = f"Patient.identifier[{n}].value"
                yield Issue("value", said, place, rule="wm-person-nhs-number")


def _moves(tree: Json, before: Json | None) -> Iterator[Issue]:
    """A stored request for help moves one step at a time; a new one may come at any."""
    status, was = text(tree, "status") or "", text(before or {}, "status")
    if was is not None and not may_follow(was, status):
        allowed = sorted(moves().get(was, ()))
        ways = f"it can become {', '.join(allowed)}" if allowed else "it stays as it is"
        said = f"A request that is {was} cannot take this step: {ways}, or entered-in-error."
        yield Issue("business-rule", said, "Task.status", rule="wm-help-task-moves")
    if before is not None and _HELP_TASK in _claimed(before) and _HELP_TASK not in _claimed(tree):
        said = "A request for help keeps its claim in meta.profile, so that it goes its steps."
        yield Issue("business-rule", said, "Task.meta.profile", rule="wm-help-task-moves")


RULES_BY_PROFILE: dict[str, tuple[Rule, ...]] = {
    f"{_PROFILE}person": (_number_checks,),
    f"{_PROFILE}person-stated-goal": (lost_words,),
    f"{_PROFILE}scaled-goal": (lost_words,),
    _HELP_TASK: (_moves,),
}
# What opens a record is asked of whatever opens it, also where it claims no profile.
RULES_BY_TYPE: dict[str, tuple[Rule, ...]] = {"RelatedPerson": (wrong_steps,)}
