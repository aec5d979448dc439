"""The CapabilityStatement, built from what the floors above say they serve; nothing in it is typed
twice.

Spec: https://hl7.org/fhir/R4/capabilitystatement.html
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from app.fhir.json_guard import encode
from app.fhir.library import BASE, Shipped
from app.fhir.resource_types import ResourceType
from app.fhir.search_parameters import SearchParameter

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
_HL7 = "http://hl7.org/fhir"


class DefinitionType(Struct, frozen=True):
    """One type of definition that is served. parameters: the kind of each by its code."""

    name: str
    parameters: Mapping[str, str]
    operations: Sequence[str]


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
    definition_types: Iterable[DefinitionType],
    definitions: Sequence[Shipped],
) -> bytes:
    """What this server does, as JSON. date: when it was built. policy: who may see what, in a
    sentence.

    common_parameters: (name, type) of those that every type has. operations_by_type: names without
    `$`. definitions: those that are shipped.
    """
    rows = list(types)
    names = {row.name for row in rows}
    return encode(
        {
            "resourceType": "CapabilityStatement",
            "url": f"{BASE}/CapabilityStatement/what-matters",
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
            **_where(
                "implementationGuide",
                [one.url for one in definitions if one.type == "ImplementationGuide"],
            ),
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
                            definitions,
                        )
                        for row in rows
                    ]
                    + [_definitions(one, definitions) for one in definition_types],
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
    definitions: Sequence[Shipped],
) -> dict[str, object]:
    parameters = parameters_by_type[row.name]
    common = {name for name, _ in common_parameters}
    own = sorted(code for code in parameters if code not in common)
    references = [code for code in own if parameters[code].type == "reference"]
    told: dict[str, object] = {
        "type": row.name,
        "profile": f"{_HL7}/StructureDefinition/{row.name}",
        **_where("supportedProfile", _profiles(row.name, definitions)),
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
        "searchParam": [_parameter(code, parameters[code]) for code in own],
    }
    return {**told, **_where("operation", _operations(row.name, operations, definitions))}


def _parameter(code: str, row: SearchParameter) -> dict[str, object]:
    """R4's own go by their name alone."""
    ours = {} if row.definition is None else {"definition": row.definition}
    return {"name": code, **ours, "type": row.type}


def _definitions(row: DefinitionType, definitions: Sequence[Shipped]) -> dict[str, object]:
    return {
        "type": row.name,
        "profile": f"{_HL7}/StructureDefinition/{row.name}",
        "documentation": "The definitions that come with this service, for anyone to read.",
        "interaction": [{"code": code} for code in ("read", "search-type")],
        "versioning": "no-version",
        "conditionalRead": "not-match",
        "searchParam": [{"name": code, "type": kind} for code, kind in row.parameters.items()],
        **_where("operation", _operations(row.name, row.operations, definitions)),
    }


def _profiles(type: str, definitions: Sequence[Shipped]) -> list[str]:
    """The shipped profiles of a type, by their url."""
    return [
        one.url
        for one in definitions
        if one.type == "StructureDefinition"
        and one.tree.get("type") == type
        and one.tree.get("derivation") == "constraint"
    ]


def _operations(
    type: str, names: Sequence[str], definitions: Sequence[Shipped]
) -> list[dict[str, object]]:
    """Each operation with its definition: ours where we narrow it, and else HL7's."""
    ours = {
        one.tree["code"]: one.url
        for one in definitions
        if one.type == "OperationDefinition" and type in one.tree.get("resource", ())
    }
    return [{"name": name, "definition": ours.get(name) or _of_hl7(type, name)} for name in names]


def _where(name: str, values: Sequence[object]) -> dict[str, object]:
    """A member, or none of it where there is nothing to tell."""
    return {name: list(values)} if values else {}


def _of_hl7(type: str, operation: str) -> str:
    of_any = "Resource" if operation == "validate" else type
    return f"{_HL7}/OperationDefinition/{of_any}-{operation}"


def terminology_capabilities(
    *, base: str, version: str, date: str, definitions: Sequence[Shipped]
) -> bytes:
    """What of terminology is served: the shipped code systems, and value sets over them."""
    systems = [one for one in definitions if one.type == "CodeSystem"]
    return encode(
        {
            "resourceType": "TerminologyCapabilities",
            "url": f"{BASE}/TerminologyCapabilities/what-matters",
            "version": version,
            "name": "WhatMattersTerminology",
            "status": "active",
            "date": date,
            "kind": "instance",
            "software": {"name": "What Matters", "version": version},
            "implementation": {"description": "What Matters", "url": base},
            **_where(
                "codeSystem",
                [{"uri": one.url, "version": [{"code": one.version}]} for one in systems],
            ),
            "expansion": {
                "hierarchical": False,
                "paging": True,
                "incomplete": False,
                "textFilter": "Matches a part of the code or of its display, whatever the case.",
            },
            "codeSearch": "explicit",
            "validateCode": {"translations": False},
        }
    )
