"""What to know before the first word: the languages of a person, whether an interpreter is needed,
how to speak of them, what they like to be called, and how they like to be reached.

Spec: https://hl7.org/fhir/R4/patient.html, fhir_profiles/StructureDefinition/person.json
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from app.fhir.date_ranges import date_range
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes, text
from app.what_matters.links import extension_of
from app.what_matters.naming import printable

INTERPRETER = "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired"
PRONOUNS = "http://hl7.org/fhir/StructureDefinition/individual-pronouns"
_LAST = 2**31


@dataclass(frozen=True, slots=True)
class Language:
    """code: in BCP 47, "" where it is not said. name: as the record displays it."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Needs:
    """languages: the one the person likes best first. needs_interpreter: None where nobody said.

    called: what they like to be called, or their first name. reach: telephone and the like, the way
    they like best first.
    """

    languages: tuple[Language, ...]
    needs_interpreter: bool | None
    pronouns: tuple[str, ...]
    called: str
    reach: tuple[str, ...]


def needs_of(patient: Json, now: datetime) -> Needs:
    """The needs of a person now: what is no longer so, is left out."""
    said = extension_of(patient, INTERPRETER).get("valueBoolean")
    spoken = sorted(
        nodes(patient, "communication"), key=lambda one: one.get("preferred") is not True
    )
    return Needs(
        languages=tuple(_language(node_at(one, "language")) for one in spoken),
        needs_interpreter=said if type(said) is bool else None,
        pronouns=tuple(_pronouns(patient, now)),
        called=printable(_called(patient, now)),
        reach=tuple(_reach(patient, now)),
    )


def spoken_in(records: Iterable[Needs]) -> tuple[tuple[Language, ...], bool | None]:
    """(the languages, whether an interpreter is needed) of somebody who has several records: what
    one of them says is needed, is. records: the one that was asked for first."""
    languages: dict[str, Language] = {}
    asked: list[bool] = []
    for needs in records:
        for one in needs.languages:
            languages.setdefault(one.code or one.name, one)
        if needs.needs_interpreter is not None:
            asked.append(needs.needs_interpreter)
    return tuple(languages.values()), any(asked) if asked else None


def _language(concept: Json) -> Language:
    coding = next(iter(nodes(concept, "coding")), {})
    code = text(coding, "code") or ""
    return Language(code, text(coding, "display") or text(concept, "text") or code)


def _pronouns(patient: Json, now: datetime) -> Iterator[str]:
    for extension in nodes(patient, "extension"):
        if extension.get("url") != PRONOUNS:
            continue
        parts = {text(one, "url"): one for one in nodes(extension, "extension")}
        concept = node_at(parts.get("value", {}), "valueCodeableConcept")
        coding = next(iter(nodes(concept, "coding")), {})
        words = text(concept, "text") or text(coding, "display")
        if words and is_now(node_at(parts.get("period", {}), "valuePeriod"), now):
            yield words


def _called(patient: Json, now: datetime) -> str:
    """A nickname first, then the usual name; of it the first given name, or all there is."""
    names = [
        one
        for one in nodes(patient, "name")
        if one.get("use") not in ("old", "maiden") and is_now(node_at(one, "period"), now)
    ]
    order = {"nickname": 0, "usual": 1}
    for name in sorted(names, key=lambda one: order.get(text(one, "use") or "", 2)):
        given = [one for one in _list(name, "given") if type(one) is str]
        found = given[0] if given else text(name, "text") or text(name, "family")
        if found:
            return found
    return ""


def _reach(patient: Json, now: datetime) -> Iterator[str]:
    ways = [
        one
        for one in nodes(patient, "telecom")
        if one.get("use") != "old" and is_now(node_at(one, "period"), now)
    ]
    for way in sorted(ways, key=_rank):
        if value := text(way, "value"):
            yield value


def _list(node: Json, name: str) -> list[object]:
    value = node.get(name)
    return value if type(value) is list else []


def _rank(way: Json) -> int:
    rank = way.get("rank")
    return rank if type(rank) is int else _LAST


def is_now(period: Json, now: datetime) -> bool:
    """Whether a Period runs at a moment; one that does not say when it ends runs on."""
    start = date_range(text(period, "start") or "")
    end = date_range(text(period, "end") or "")
    return (start is None or start[0] <= now) and (end is None or now <= end[1])
