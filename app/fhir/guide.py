"""The implementation guide: one resource that lists every definition and example shipped here.

Spec: https://hl7.org/fhir/R4/implementationguide.html
It is made from the others, and stands among them as a file.
"""

from collections.abc import Iterable, Iterator

from app.fhir.library import BASE, Example, Shipped
from app.fhir.resource_types import Json

TYPE, ID = "ImplementationGuide", "what-matters"
PACKAGE_ID = "whatmatters.fhir"
VERSION = "0.1.0"
R4_VERSION = "4.0.1"
_PROFILE = "StructureDefinition"


def guide(definitions: Iterable[Shipped], examples: Iterable[Example]) -> Json:
    """The guide to these. A guide among the definitions is left out: it does not list itself."""
    listed = [one for one in definitions if one.type != TYPE]
    title_by_profile_id = {one.id: _title(one) for one in listed if one.type == _PROFILE}
    return {
        "resourceType": TYPE,
        "id": ID,
        "url": f"{BASE}/{TYPE}/{ID}",
        "version": VERSION,
        "name": "WhatMatters",
        "title": "What Matters",
        "status": "active",
        "experimental": False,
        "date": "2026-11-25",
        "publisher": "What Matters",
        "description": "How to write down what matters to a person, and share it: the shapes of "
        "goals, progress, help and choices, with their codes and examples.",
        "packageId": PACKAGE_ID,
        "license": "Apache-2.0",
        "fhirVersion": [R4_VERSION],
        "definition": {
            "resource": [
                *map(_definition, listed),
                *_examples(examples, title_by_profile_id),
            ]
        },
    }


def _definition(one: Shipped) -> Json:
    return {
        "reference": {"reference": f"{one.type}/{one.id}"},
        "name": _title(one),
        "description": one.tree["description"],
        "exampleBoolean": False,
    }


def _examples(examples: Iterable[Example], title_by_profile_id: dict[str, str]) -> Iterator[Json]:
    for one in examples:
        title = title_by_profile_id[one.profile_id]
        yield {
            "reference": {"reference": f"{one.tree['resourceType']}/{one.tree['id']}"},
            "name": f"{title}: {one.name.replace('-', ' ')}",
            "description": f"An example of {one.profile_id}. The person in it is made up.",
            "exampleBoolean": True,
        }


def _title(one: Shipped) -> str:
    title: str = one.tree.get("title") or one.name
    return title
