"""The definitions that are shipped: one file each in fhir_profiles/, read once and kept as bytes.

Spec: https://hl7.org/fhir/R4/conformance-module.html
A definition stands in `fhir_profiles/<Type>/<id>.json`. Examples of records are not definitions;
those that a profile takes are `fhir_profiles/examples/profiles/<profile id>/valid-<name>.json`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, cached_property
from pathlib import Path

from app.fhir.json_guard import parse
from app.fhir.resource_types import Json

BASE = "https://whatmatters.example/fhir"
FOLDER = Path(__file__).resolve().parents[2] / "fhir_profiles"

_STRUCTURES = f"{BASE}/StructureDefinition/"
_LONGEST_URL = 128
ENOUGH_HINTS = 10  # in one resource; each looks at every name

# The types that are served from the files, to anyone. Others, such as Questionnaire, are kept in
# the record.
DEFINITION_TYPES = (
    "CapabilityStatement",
    "CodeSystem",
    "ConceptMap",
    "ImplementationGuide",
    "OperationDefinition",
    "SearchParameter",
    "StructureDefinition",
    "ValueSet",
)


@dataclass(frozen=True)
class Shipped:
    """One definition. body: the bytes of its file, which are what is served and packaged.

    url, version and name are empty where the definition has none.
    """

    type: str
    id: str
    url: str
    version: str
    name: str
    body: bytes

    @cached_property
    def tree(self) -> Json:
        """The definition as a tree, read at first use. It is shared: never change it."""
        return parse(self.body)


@dataclass(frozen=True)
class Example:
    """A resource that its profile takes. name: that of its file, without valid- and .json."""

    profile_id: str
    name: str
    body: bytes

    @cached_property
    def tree(self) -> Json:
        """The resource as a tree. It is shared: never change it."""
        return parse(self.body)


def shipped(folder: Path = FOLDER) -> tuple[Shipped, ...]:
    """Every definition, by type and then id."""
    return _read(folder)


def of_type(type: str, folder: Path = FOLDER) -> tuple[Shipped, ...]:
    """Those of one type, by id."""
    return _by_type(folder).get(type, ())


def by_url(canonical: str, folder: Path = FOLDER) -> Shipped | None:
    """The definition that a canonical names, `|version` included; None when it is not shipped."""
    url, _, version = canonical.partition("|")
    found = _by_url(folder).get(url)
    return found if found is not None and version in ("", found.version) else None


def nearest_name(canonical: str, folder: Path = FOLDER) -> str:
    """ " The nearest name is goal-importance." for an address of ours with a slip in it; nothing
    for one that is not ours, or like none of ours."""
    url = canonical.partition("|")[0]
    if not url.startswith(_STRUCTURES) or len(url) > _LONGEST_URL:
        return ""
    names = [one.id for one in of_type("StructureDefinition", folder)]
    near = get_close_matches(url.removeprefix(_STRUCTURES), names, 1)
    return f" The nearest name is {near[0]}." if near else ""


def examples(folder: Path = FOLDER) -> tuple[Example, ...]:
    """The examples that are right, by profile and then name. Read anew each time."""
    return tuple(
        Example(path.parent.name, path.stem.removeprefix("valid-"), path.read_bytes())
        for path in sorted(folder.glob("examples/profiles/*/valid-*.json"))
    )


@cache
def _read(folder: Path) -> tuple[Shipped, ...]:
    return tuple(_one(path) for path in sorted(folder.glob("[A-Z]*/*.json")))


def _one(path: Path) -> Shipped:
    body = path.read_bytes()
    tree = parse(body)
    url, version, name = (str(tree.get(member, "")) for member in ("url", "version", "name"))
    return Shipped(path.parent.name, path.stem, url, version, name, body)


@cache
def _by_type(folder: Path) -> Mapping[str, tuple[Shipped, ...]]:
    every = _read(folder)
    return {
        type: tuple(one for one in every if one.type == type) for type in {o.type for o in every}
    }


@cache
def _by_url(folder: Path) -> Mapping[str, Shipped]:
    return {one.url: one for one in _read(folder) if one.url}
