"""The CapabilityStatement, built from what the floors above say they serve; nothing in it is typed
twice.

Spec: https://hl7.org/fhir/R4/capabilitystatement.html
"""

from collections.abc import Iterable, Mapping, Sequence

from app.fhir.json_guard import encode
from app.fhir.resource_types import ResourceType
from app.fhir.search_parameters import SearchParameter

CANONICAL = "https://whatmatters.example/fhir"
FHIR_VERSION = "4.0.1"
_FORMATS = ["application/fhir+json", "json"]
_TYPE_INTERACTIONS = (
    "read",
    "vread",
    "update",
    "patch",
    "delete",
    "history-instance",
    "history-type",
    "create",
    "search-type",
)
_READING = frozenset(("read", "search-type"))


def capability_statement(
    *,
    base: str,
    version: str,
    date: str,
    policy: str,
    types: Iterable[ResourceType],
    parameters_by_type: Mapping[str, Mapping[str, SearchParameter]],
    operations_by_type: Mapping[str, Sequence[str]],
    system_interactions: Sequence[str],
    common_parameters: Sequence[tuple[str, str]],
) -> bytes:
    """What this server does, as JSON. date: when it was built. policy: who may see what, in a
    sentence.

    common_parameters: (name, type) of those that every type has. operations_by_type: names without
    `$`.
    """
    rows = list(types)
    names = {row.name for row in rows}
    return encode(
        {
            "resourceType": "CapabilityStatement",
            "url": f"{CANONICAL}/CapabilityStatement/what-matters",
            "version": version,
            "name": "WhatMatters",
            "title": "What Matters: the record of what matters to a person",
            "status": "active",
            "date": date,
            "publisher": "What Matters",
            "description": policy,
            "kind": "instance",
            "software": {"name": "What Matters", "version": version},
            "implementation": {"description": "What Matters", "url": base},
            "fhirVersion": FHIR_VERSION,
            "format": _FORMATS,
            "patchFormat": ["application/json-patch+json", "application/merge-patch+json"],
            "rest": [
                {
                    "mode": "server",
                    "documentation": policy,
                    "security": _security(),
                    "resource": [
                        _resource(
                            row,
                            names,
                            parameters_by_type,
                            operations_by_type.get(row.name, ()),
                            common_parameters,
                        )
                        for row in rows
                    ],
                    "interaction": [{"code": code} for code in system_interactions],
                    "searchParam": [
                        {"name": name, "type": type} for name, type in common_parameters
                    ],
                    "compartment": ["http://hl7.org/fhir/CompartmentDefinition/patient"],
                }
            ],
        }
    )


def _security() -> dict[str, object]:
    return {
        "cors": False,
        "service": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
                        "code": "SMART-on-FHIR",
                    }
                ]
            }
        ],
        "description": "A bearer token with SMART v2 scopes, from an issuer this server trusts.",
    }


def _resource(
    row: ResourceType,
    names: set[str],
    parameters_by_type: Mapping[str, Mapping[str, SearchParameter]],
    operations: Sequence[str],
    common_parameters: Sequence[tuple[str, str]],
) -> dict[str, object]:
    parameters = parameters_by_type[row.name]
    common = {name for name, _ in common_parameters}
    own = sorted(code for code in parameters if code not in common)
    references = [code for code in own if parameters[code].type == "reference"]
    told: dict[str, object] = {
        "type": row.name,
        "profile": f"http://hl7.org/fhir/StructureDefinition/{row.name}",
        "interaction": [
            {"code": code} for code in _TYPE_INTERACTIONS if not row.read_only or code in _READING
        ],
        "versioning": "versioned",
        "readHistory": not row.read_only,
        "updateCreate": not row.read_only,
        "conditionalCreate": not row.read_only,
        "conditionalRead": "full-support",
        "conditionalUpdate": not row.read_only,
        "conditionalDelete": "not-supported" if row.read_only else "single",
        "referencePolicy": ["literal", "logical", "enforced"],
        "searchInclude": ["*", *(f"{row.name}:{code}" for code in references)],
        "searchRevInclude": sorted(
            f"{name}:{code}"
            for name in names
            for code, parameter in parameters_by_type[name].items()
            if parameter.type == "reference" and row.name in parameter.targets
        ),
        "searchParam": [{"name": code, "type": parameters[code].type} for code in own],
    }
    if operations:
        told["operation"] = [
            {
                "name": name,
                "definition": f"http://hl7.org/fhir/OperationDefinition/{_defined(name)}",
            }
            for name in operations
        ]
    return told


def _defined(operation: str) -> str:
    return {"everything": "Patient-everything", "validate": "Resource-validate"}[operation]


def terminology_capabilities(*, base: str, version: str, date: str) -> bytes:
    """What of terminology is served: nothing, so far, but this says so."""
    return encode(
        {
            "resourceType": "TerminologyCapabilities",
            "url": f"{CANONICAL}/TerminologyCapabilities/what-matters",
            "version": version,
            "name": "WhatMattersTerminology",
            "status": "active",
            "date": date,
            "kind": "instance",
            "software": {"name": "What Matters", "version": version},
            "implementation": {"description": "What Matters", "url": base},
        }
    )
