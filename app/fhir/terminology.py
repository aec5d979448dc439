"""Value sets and code systems: what is in them, what a code means, and what cannot be told here.

Known are the shipped definitions, and R4's own value sets that it binds as required. A value set
may take in a whole foreign code system, or filter one, which is not listed here: then the answer
about its codes is None, cannot tell, and never a guess. So it is for one that, by way of those it
takes in, takes in itself.

Spec: https://hl7.org/fhir/R4/valueset.html, https://hl7.org/fhir/R4/terminology-service.html
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path

import msgspec

from app.fhir.element_tables import required_codes
from app.fhir.library import FOLDER, by_url, of_type, shipped
from app.fhir.resource_types import Json

R4_VALUE_SETS = "http://hl7.org/fhir/ValueSet/"
R4_VERSION = "4.0.1"
_MOST_KEPT = 4096  # answers kept: what is asked for may be any text
_LONGEST = 2000  # characters of a canonical; a longer text names nothing, and is not kept
_HL7 = ("http://hl7.org/fhir/", "http://terminology.hl7.org/CodeSystem/")

# R4 names the code system of a required value set as the set itself, but for these; None: the set
# is of several systems.
_SYSTEM_BY_R4_NAME: Mapping[str, str | None] = {
    "all-types": None,
    "care-plan-activity-kind": "http://hl7.org/fhir/resource-types",
    "care-plan-intent": "http://hl7.org/fhir/request-intent",
    "condition-clinical": "http://terminology.hl7.org/CodeSystem/condition-clinical",
    "condition-ver-status": "http://terminology.hl7.org/CodeSystem/condition-ver-status",
    "event-timing": None,
    "task-intent": None,
    "units-of-time": "http://unitsofmeasure.org",
}


class Concept(msgspec.Struct, frozen=True):
    """One code. system and display are None where they are not told; parent: the code it is a kind
    of, in its own code system."""

    system: str | None
    code: str
    display: str | None = None
    definition: str | None = None
    parent: str | None = None


class _Part(msgspec.Struct, frozen=True):
    """One include or exclude: what satisfies all of it is in.

    system None: any, or with concepts some of HL7's. concepts None: codes of the system that cannot
    be listed here. sets: urls of value sets to be in as well.
    """

    system: str | None
    concepts: Mapping[str, Concept] | None
    sets: tuple[str, ...] = ()


class _Composed(msgspec.Struct, frozen=True):
    include: tuple[_Part, ...]
    exclude: tuple[_Part, ...]
    is_circular: bool = False


def is_known(value_set: str, folder: Path = FOLDER) -> bool:
    """Whether there is a value set of this canonical here."""
    return _composed(value_set, folder) is not None


def member(value_set: str, system: str | None, code: str, folder: Path = FOLDER) -> bool | None:
    """Whether a code is in a value set; None when that cannot be told here.

    system None: an element of type code, which has none; the code counts whatever its system.
    """
    composed = _composed(value_set, folder)
    if composed is None or composed.is_circular:
        return None
    inside = _any(_in_part(part, system, code, folder) for part in composed.include)
    if inside is False or not composed.exclude:
        return inside
    outside = _any(_in_part(part, system, code, folder) for part in composed.exclude)
    return _both(inside, None if outside is None else not outside)


def expansion(value_set: str, folder: Path = FOLDER) -> tuple[Concept, ...] | None:
    """Every code of a value set, in the order it is written; None when it is not known, or takes in
    codes that cannot be listed here."""
    return None if len(value_set) > _LONGEST else _expansion(value_set, folder)


def lookup(system: str, code: str, folder: Path = FOLDER) -> Concept | None:
    """What a code means: as its shipped code system says, or as a shipped value set displays it."""
    return _meanings(folder).get((system, code))


def concepts_of(system: str, folder: Path = FOLDER) -> Mapping[str, Concept] | None:
    """The concepts of a shipped code system by their code; None when it is not shipped whole."""
    found = by_url(system, folder)
    if found is None or found.type != "CodeSystem" or found.tree.get("content") != "complete":
        return None
    return _concepts(found.url, folder)


def is_mentioned(system: str, folder: Path = FOLDER) -> bool:
    """Whether anything shipped says what a code of this system means."""
    return any(one == system for one, _ in _meanings(folder))


def _composed(value_set: str, folder: Path) -> _Composed | None:
    return None if len(value_set) > _LONGEST else _made(value_set, folder)


@lru_cache(_MOST_KEPT)
def _made(value_set: str, folder: Path) -> _Composed | None:
    found = by_url(value_set, folder)
    if found is not None and found.type == "ValueSet":
        compose = found.tree.get("compose", {})
        return _Composed(
            tuple(_part(one, folder) for one in compose.get("include", ())),
            tuple(_part(one, folder) for one in compose.get("exclude", ())),
            found.url in _taken_in(found.url, folder),
        )
    whole = _system_of_all(value_set, folder) or _r4(value_set)
    return None if whole is None else _Composed((whole,), ())


def _taken_in(url: str, folder: Path) -> set[str]:
    """The urls of every value set that one names, directly or by way of another."""
    met: set[str] = set()
    left = [url]
    while left:
        found = by_url(left.pop(), folder)
        compose: Json = {} if found is None else found.tree.get("compose", {})
        for told in (*compose.get("include", ()), *compose.get("exclude", ())):
            named = {one.partition("|")[0] for one in told.get("valueSet", ())} - met
            met |= named
            left += named
    return met


def _system_of_all(value_set: str, folder: Path) -> _Part | None:
    """A code system may name the value set of all its codes, without a definition of that."""
    url = value_set.partition("|")[0]
    for one in of_type("CodeSystem", folder):
        if one.tree.get("valueSet") == url:
            return _Part(one.url, concepts_of(one.url, folder))
    return None


def _r4(value_set: str) -> _Part | None:
    url, _, version = value_set.partition("|")
    if not url.startswith(R4_VALUE_SETS) or version not in ("", R4_VERSION):
        return None
    name = url.removeprefix(R4_VALUE_SETS)
    codes = required_codes(name)
    if codes is None:
        return None
    system = _SYSTEM_BY_R4_NAME.get(name, f"http://hl7.org/fhir/{name}")
    return _Part(system, {code: Concept(system, code) for code in sorted(codes)})


def _part(told: Json, folder: Path) -> _Part:
    system = told.get("system")
    sets = tuple(told.get("valueSet", ()))
    if system is None:
        return _Part(None, {} if not sets else None, sets)
    concepts = concepts_of(system, folder)
    if "concept" in told:
        known = concepts or {}
        return _Part(system, dict(_listed(system, told["concept"], known)), sets)
    if "filter" in told and concepts is not None:
        return _Part(system, _filtered(concepts, told["filter"]), sets)
    return _Part(system, concepts, sets)


def _listed(
    system: str, told: Iterable[Json], known: Mapping[str, Concept]
) -> Iterator[tuple[str, Concept]]:
    for one in told:
        code = one["code"]
        meant = known.get(code, Concept(system, code))
        yield code, msgspec.structs.replace(meant, display=one.get("display", meant.display))


def _filtered(
    concepts: Mapping[str, Concept], filters: Iterable[Json]
) -> Mapping[str, Concept] | None:
    """The concepts that pass every filter on the hierarchy; None for a filter of another kind."""
    left = concepts
    for one in filters:
        operation, value = one.get("op"), one.get("value")
        if one.get("property") != "concept" or operation not in ("is-a", "descendent-of"):
            return None
        left = {
            code: concept
            for code, concept in left.items()
            if value in tuple(_lineage(concepts, concept))
            and (operation == "is-a" or code != value)
        }
    return left


def _lineage(concepts: Mapping[str, Concept], concept: Concept) -> Iterator[str]:
    yield concept.code
    if concept.parent is not None:
        yield from _lineage(concepts, concepts[concept.parent])


def _in_part(part: _Part, system: str | None, code: str, folder: Path) -> bool | None:
    inside: bool | None = True
    if part.system is not None or part.concepts is not None:
        inside = _in_system(part, system, code)
    for url in part.sets:
        inside = _both(inside, member(url, system, code, folder))
    return inside


def _in_system(part: _Part, system: str | None, code: str) -> bool | None:
    if system is not None and part.system is not None and system != part.system:
        return False
    if part.concepts is None:
        return None
    if code not in part.concepts:
        return False
    if system is None or part.system is not None:
        return True
    return None if system.startswith(_HL7) else False


def _any(answers: Iterable[bool | None]) -> bool | None:
    result: bool | None = False
    for one in answers:
        if one:
            return True
        if one is None:
            result = None
    return result


def _both(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


@lru_cache(_MOST_KEPT)
def _expansion(value_set: str, folder: Path) -> tuple[Concept, ...] | None:
    composed = _composed(value_set, folder)
    if composed is None or composed.is_circular:
        return None
    found: dict[tuple[str | None, str], Concept] = {}
    for part in composed.include:
        concepts = _of_part(part, folder)
        if concepts is None:
            return None
        for concept in concepts:
            found.setdefault((concept.system, concept.code), concept)
    kept = []
    for (system, code), concept in found.items():
        inside = None if system is None else member(value_set, system, code, folder)
        if inside is None:
            return None
        if inside:
            kept.append(concept)
    return tuple(kept)


def _of_part(part: _Part, folder: Path) -> Iterable[Concept] | None:
    if part.concepts is not None:
        return part.concepts.values()
    # Only what is in every set can be in; one that can be listed gives the candidates.
    lists = [listed for url in part.sets if (listed := _expansion(url, folder)) is not None]
    return lists[0] if lists else None


@cache
def _concepts(url: str, folder: Path) -> Mapping[str, Concept]:
    found = by_url(url, folder)
    return {} if found is None else {c.code: c for c in _walk(url, found.tree.get("concept", ()))}


def _walk(system: str, told: Iterable[Json], parent: str | None = None) -> Iterator[Concept]:
    for one in told:
        code = one["code"]
        yield Concept(system, code, one.get("display"), one.get("definition"), parent)
        yield from _walk(system, one.get("concept", ()), code)


@cache
def _meanings(folder: Path) -> Mapping[tuple[str, str], Concept]:
    found: dict[tuple[str, str], Concept] = {}
    for one in of_type("CodeSystem", folder):
        found.update({(one.url, code): c for code, c in _concepts(one.url, folder).items()})
    for one in shipped(folder):
        if one.type == "ValueSet":
            for told in one.tree.get("compose", {}).get("include", ()):
                system = told.get("system")
                for code, concept in _listed(system or "", told.get("concept", ()), {}):
                    if system is not None and concept.display is not None:
                        found.setdefault((system, code), concept)
    return found
