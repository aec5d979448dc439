"""Old and new names of the same thing: both are read, and only the new is written.

Spec: https://hl7.org/fhir/R4/conceptmap.html
The one source is `fhir_profiles/ConceptMap/pco-aliases.json`. What it maps are codes of a code
system, or the names of the parts of an extension, which then stands as their system.
"""

from collections.abc import Mapping
from functools import cache

from app.fhir.library import BASE, by_url

_MAP = f"{BASE}/ConceptMap/pco-aliases"


def written_code(system: str, code: str) -> str:
    """The code to write for this one: the new for an old one, and any other as it is.

    LOINC 107332-9 is old as the code of a first score, and current as the measure of a goal's
    target: do not ask it of a measure.
    """
    return _new_by_old(system).get(code, code)


def read_codes(system: str, code: str) -> tuple[str, ...]:
    """Every code that is read as this one: the one that is written, then the old ones."""
    written = written_code(system, code)
    old = (one for one, new in _new_by_old(system).items() if new == written)
    return (written, *old)


def _new_by_old(system: str) -> Mapping[str, str]:
    return _new_by_old_by_system().get(system, {})


@cache
def _new_by_old_by_system() -> Mapping[str, Mapping[str, str]]:
    found = by_url(_MAP)
    groups = () if found is None else found.tree["group"]
    return {
        group["source"]: {one["code"]: one["target"][0]["code"] for one in group["element"]}
        for group in groups
    }
