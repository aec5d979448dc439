"""The check of a JSON object against the elements it may hold; arrays; primitive extensions.

Spec: https://hl7.org/fhir/R4/json.html, https://hl7.org/fhir/R4/element.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from app.fhir.finding import ENOUGH, Check, Finding, Findings, Waits, below, certain
from app.fhir.resource_types import Json
from app.fhir.rule import Rule

_SAFE_NAME = re.compile(r"_?[A-Za-z][A-Za-z0-9]{0,63}")
_MOST_WAYS = 4
_UNKNOWN: list[Finding] = []


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice of types: at most one of the names, or exactly one when required."""

    name: str
    names: frozenset[str]
    required: bool


@dataclass(slots=True)
class Plan:
    """What an object may hold.

    members: a check by JSON name. shadows: which of them are primitives, and so may have an `_name`
    with extensions; True for those that repeat. bare: an id alone is enough. is_plain: with every
    member sound, the whole is. example: one of its shape, for whom something else was given by.
    """

    members: dict[str, Check] = field(default_factory=dict)
    shadows: dict[str, bool] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    rules: tuple[Rule, ...] = ()
    bare: bool = False
    is_plain: bool = True
    example: str = ""
    shadow_check: Check | None = None
    bare_shadow_check: Check | None = None


def object_check(plan: Plan) -> Check:
    """The check a plan makes. The plan may be filled later: types contain each other."""
    check_of = plan.members.get

    def check(value: Any) -> Findings:
        if type(value) is not dict:
            return [Finding("structure", _not_an_object(value, plan.example))]
        wrong: dict[str, list[Finding]] | None = None
        for name, member in value.items():
            found = check_of(name, _unknown)(member)
            if found is not None:
                wrong = wrong or {}
                wrong[name] = found
        is_sound = wrong is None and (plan.is_plain or _is_sound(plan, value))
        if is_sound and _says_something(plan, value):
            return None
        return [*_told(plan, value, wrong or {})] or None

    return check


def array_check(one: Check, nulls: bool = False) -> Check:
    """The check of an element that repeats. nulls: where only the extension is known."""

    def check(value: Any) -> Findings:
        if type(value) is not list or not value:
            return [Finding("structure", _not_an_array(value))]
        told: list[Finding] = []
        faults = 0
        for n, item in enumerate(value):
            found = one(item)
            if found is not None and not (nulls and item is None):
                told.extend(below(f"[{n}]", found))
                faults += certain(found)
                if faults >= ENOUGH:
                    break
        if nulls and None in value:
            told.append(Finding("structure", "", waits=Waits.SIBLING))
        return told or None

    return check


def _unknown(_value: Any) -> Findings:
    return _UNKNOWN


def _is_sound(plan: Plan, value: Json) -> bool:
    for name in plan.required:
        if name not in value:
            return False
    for choice in plan.choices:
        if choice.names.isdisjoint(value):
            if choice.required:
                return False
        elif len(choice.names & value.keys()) > 1:
            return False
    for rule in plan.rules:  # noqa: SIM110  (a generator costs more than the rule)
        if not rule.holds(value):
            return False
    return True


def _says_something(plan: Plan, value: Json) -> bool:
    return len(value) > 1 or (bool(value) and (plan.bare or "id" not in value))


def _says_nothing(value: Json) -> Finding:
    if value:
        return Finding("invariant", "This holds an id and nothing else.", rule="ele-1")
    return Finding("structure", "This is empty; leave it out instead.", rule="ele-1")


def _told(plan: Plan, value: Json, wrong: Mapping[str, list[Finding]]) -> Iterator[Finding]:
    odd = 0
    for name, found in wrong.items():
        if found is not _UNKNOWN:
            yield from below(f".{name}", _unsettled(value, name, found))
        elif odd < ENOUGH:
            odd += 1
            yield from _odd_member(plan, value, name)
    yield from _missing(plan, value)
    for rule in plan.rules:
        if not rule.holds(value):
            yield Finding("invariant", rule.text, rule=rule.key, path=rule.place)


def _unsettled(value: Json, name: str, found: list[Finding]) -> Iterator[Finding]:
    for finding in found:
        if finding.waits is Waits.SIBLING:
            yield from islice(_nulls(value[name], value.get("_" + name)), ENOUGH)
        else:
            yield finding


def _nulls(values: list[Any], shadow: Any) -> Iterator[Finding]:
    shadows = shadow if type(shadow) is list else []
    for n, item in enumerate(values):
        if item is None and (n >= len(shadows) or type(shadows[n]) is not dict):
            yield Finding("structure", _not_an_object(None), path=f"[{n}]")


def _missing(plan: Plan, value: Json) -> Iterator[Finding]:
    for name in plan.required:
        if name not in value and "_" + name not in value:
            yield Finding("required", f"'{name}' is missing.", path=f".{name}")
    for choice in plan.choices:
        given = choice.names & {name.removeprefix("_") for name in value}
        if len(given) > 1:
            text = f"Only one of {' and '.join(sorted(given))} may be given."
            yield Finding("structure", text, path=f".{choice.name}")
        elif choice.required and not given:
            text = f"{_ways(choice)} is missing."
            yield Finding("required", text, path=f".{choice.name}")
    if not _says_something(plan, value):
        yield _says_nothing(value)


def _odd_member(plan: Plan, value: Json, name: str) -> Iterator[Finding]:
    element = name[1:]
    if name.startswith("_") and element in plan.shadows:
        found = _shadow(plan, value.get(element), value[name], plan.shadows[element])
        yield from below(f".{element}", found)
    elif name == "fhir_comments":
        yield Finding("structure", "Comments (fhir_comments) are not part of R4.")
    elif _SAFE_NAME.fullmatch(name):
        text = f"R4 has no '{name}' here: {_meant(plan, name)}."
        yield Finding("structure", text, path=f".{name}")
    else:
        yield Finding("structure", "There is a member here that R4 does not know.")


def _meant(plan: Plan, name: str) -> str:
    """What to write instead of a name that is not known. Kept cheap: a body may be full of them."""
    for choice in plan.choices:
        if choice.name == name:
            return f"write {_ways(choice)}"
    wanted = name.lower()
    alike = (wanted, wanted.removesuffix("s"), f"{wanted}s")
    for member in plan.members:
        if member.lower() in alike:
            return f"write {member}"
    return "look how it is spelt, or leave it out"


def _ways(choice: Choice) -> str:
    """How a choice may be written: "startCodeableConcept or startDate"."""
    names = sorted(choice.names)
    if len(names) > _MOST_WAYS:
        return f"{choice.name} with its type, such as {names[-1]},"
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _shadow(plan: Plan, value: Any, shadow: Any, many: bool) -> Iterator[Finding]:
    if not many:
        yield from _one_shadow(plan, value, shadow)
    elif type(shadow) is not list or not shadow:
        yield Finding("structure", _not_an_array(shadow))
    else:
        values = value if type(value) is list else [None] * len(shadow)
        if len(values) != len(shadow):
            text = "The values and their extensions must be arrays of one length, filled with null."
            yield Finding("structure", text)
            return
        for n, (one, its_shadow) in enumerate(zip(values, shadow, strict=True)):
            if its_shadow is not None:
                yield from below(f"[{n}]", _one_shadow(plan, one, its_shadow))
            elif value is None:
                text = "There is neither a value nor an extension."
                yield Finding("structure", text, path=f"[{n}]")


def _one_shadow(plan: Plan, value: Any, shadow: Any) -> list[Finding]:
    check = plan.shadow_check if value is None else plan.bare_shadow_check
    return (check(shadow) if check else None) or []


def _not_an_object(value: Any, example: str = "") -> str:
    if value is None:
        return "This is null; leave the element out instead."
    if type(value) is list:
        return "This must be one object, not an array: take the [ ] away."
    return f"This must be an object, such as {example}." if example else "This must be an object."


def _not_an_array(value: Any) -> str:
    if value is None:
        return "This is null; leave the element out instead."
    if value == []:
        return "This array is empty; leave it out instead."
    return "This must be an array, even for one value: put it in [ ]."
