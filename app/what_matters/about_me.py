"""About Me: the seven sections of what everyone who supports a person needs to know, and the newest
of each, which is what they see: in the person's own words, and what others have said since.

Source: PRSB, About Me standard 2.01 (https://theprsb.org/); profiles `about-me-*`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

from app.fhir.date_ranges import date_range
from app.fhir.indexed import BEGINNING
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes, text
from app.what_matters.voice import own_and_others

_ERROR = frozenset(("entered-in-error", "cancelled"))
SNOMED = "http://snomed.info/sct"


class Section(StrEnum):
    """The sections, in the order of the standard."""

    MOST_IMPORTANT = "What is most important to me"
    PEOPLE = "People who are important to me"
    COMMUNICATION = "How I communicate and how to communicate with me"
    WELLNESS = "My wellness"
    PLEASE_DO = "Please do and please do not"
    SUPPORT = "How and when to support me"
    ALSO = "Also worth knowing about me"


SECTION_BY_CODE: Mapping[str, Section] = MappingProxyType(
    {
        "1515861000000103": Section.MOST_IMPORTANT,
        "1515871000000105": Section.PEOPLE,
        "1515881000000107": Section.COMMUNICATION,
        "1515891000000109": Section.WELLNESS,
        "1515901000000105": Section.PLEASE_DO,
        "1515911000000107": Section.SUPPORT,
        "1515921000000101": Section.ALSO,
    }
)


def section_of(observation: Json) -> Section | None:
    """The section that an Observation is; None for any other."""
    for coding in nodes(node_at(observation, "code"), "coding"):
        if coding.get("system") == SNOMED:
            return SECTION_BY_CODE.get(text(coding, "code") or "")
    return None


def current(
    entries: Iterable[Json], section_of: Callable[[Json], str | None], order: Sequence[str]
) -> list[Json]:
    """For each section, in this order, the newest that the person said themself; and after it the
    newest that somebody else said, where that is newer. What was a mistake does not count; of two
    of one day, the one that was written later does."""
    own, others = own_and_others(one for one in entries if one.get("status") not in _ERROR)
    theirs, of_others = _newest(own, section_of), _newest(others, section_of)
    told: list[Json] = []
    for section in order:
        mine, other = theirs.get(section), of_others.get(section)
        told += [mine] if mine is not None else []
        told += [other] if other is not None and (not mine or _when(other) > _when(mine)) else []
    return told


def _newest(
    entries: Iterable[Json], section_of: Callable[[Json], str | None]
) -> dict[str | None, Json]:
    newest: dict[str | None, Json] = {}
    for entry in entries:
        section = section_of(entry)
        if section not in newest or _when(entry) > _when(newest[section]):
            newest[section] = entry
    return newest


def _when(entry: Json) -> tuple[object, str]:
    span = date_range(text(entry, "effectiveDateTime") or "")
    written = text(node_at(entry, "meta"), "lastUpdated") or ""
    return (span[0] if span else BEGINNING, written)
