"""Who somebody is, in plain words: the person, a supporter, a worker, an organisation.

Spec: https://hl7.org/fhir/R4/references.html
"""

import re
from typing import Any

from app.fhir.resource_types import Json
from app.what_matters.mapping.parts import Part, converted, each, node

TYPE_BY_KIND = {
    "person": "Patient",
    "supporter": "RelatedPerson",
    "worker": "Practitioner",
    "worker-in-a-role": "PractitionerRole",
    "organisation": "Organization",
    "service": "HealthcareService",
    "team": "CareTeam",
}
KIND_BY_TYPE = {type: kind for kind, type in TYPE_BY_KIND.items()}
_REFERENCE = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})")


def who(path: str) -> Part:
    """One reference to somebody: {"kind", "id", "name"}, with the name where it was written; or a
    name alone."""
    return converted(node(path), who_of, reference_to)


def everyone(path: str) -> Part:
    """A list of them."""
    return each(path, Part("", who_of, _write_who))


def id_of(path: str, type: str) -> Part:
    """A reference to one type, as its id."""
    return converted(node(path), lambda value: _id_of(value, type), _refer(type))


def ids_of(path: str, type: str) -> Part:
    """A list of such references."""

    def write(tree: Json, value: Any) -> None:
        tree["reference"] = f"{type}/{value}"

    return each(path, Part("", lambda value: _id_of(value, type), write))


def who_of(reference: Any) -> Json | None:
    """Who a reference is to; None for what has no plain word (an identifier, another server)."""
    if not isinstance(reference, dict) or not set(reference) <= {"reference", "display"}:
        return None
    name = reference.get("display")
    if "reference" not in reference:
        return {"name": name} if name else None
    found = _REFERENCE.fullmatch(str(reference["reference"]))
    if found is None or found[1] not in KIND_BY_TYPE:
        return None
    told: Json = {"kind": KIND_BY_TYPE[found[1]], "id": found[2]}
    return {**told, "name": name} if name else told


def reference_to(who: Json) -> Json:
    """The reference to somebody."""
    made: Json = {}
    _write_who(made, who)
    return made


def _write_who(tree: Json, who: Json | None) -> None:
    tree.clear()
    if who and who.get("id"):
        tree["reference"] = f"{TYPE_BY_KIND[who['kind']]}/{who['id']}"
    if who and who.get("name"):
        tree["display"] = who["name"]


def _id_of(reference: Any, type: str) -> str | None:
    if not isinstance(reference, dict) or set(reference) != {"reference"}:
        return None
    before, _, id = str(reference["reference"]).partition("/")
    return id if before == type and id and "/" not in id else None


def _refer(type: str) -> Any:
    return lambda id: {"reference": f"{type}/{id}"}
