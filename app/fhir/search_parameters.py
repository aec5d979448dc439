"""The search parameters served, one row each: code, type, expression, targets, components.

The rows are R4's own, from `definitions_search/parameters.json`, one expression for each base type,
and those that our profiles add, from `fhir_profiles/SearchParameter/`. Left out are those R4
defines without a plain path.

Spec: https://hl7.org/fhir/R4/searchparameter-registry.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from app.fhir.library import of_type
from app.fhir.resource_types import RESOURCE_TYPES

EVERY_TYPE = "Resource"


@dataclass(frozen=True, slots=True)
class SearchParameter:
    """One search parameter as it applies to one type.

    code: as in the URL ("target-date").
    type: token, reference, string, date, number, quantity, uri or composite.
    expression: the FHIRPath for this base type alone. targets: types a reference may lead to.
    components: for a composite, the code of each part and its expression from the composite's root.
    definition: the canonical of its SearchParameter, for one of ours; None for R4's.
    """

    base: str
    code: str
    type: str
    expression: str
    targets: tuple[str, ...] = ()
    components: tuple[tuple[str, str], ...] = ()
    definition: str | None = None


def parameter(type_name: str, code: str) -> SearchParameter | None:
    """The parameter of that code; None when the type or the code is not served.

    type_name "Resource" gives the parameters that every type has.
    """
    return parameters_of(type_name).get(code)


def parameters_of(type_name: str) -> Mapping[str, SearchParameter]:
    """Every parameter of a type by its code, with those of every type; empty for a type not served.

    Where R4 lets a reference lead to any type, `targets` holds the types served here.
    """
    return _BY_TYPE.get(type_name, _NONE)


def _read(type_name: str, code: str, row: Mapping[str, Any]) -> SearchParameter:
    targets = row.get("targets", ())
    return SearchParameter(
        base=type_name,
        code=code,
        type=row["type"],
        expression=row["expression"],
        targets=tuple(RESOURCE_TYPES) if targets == "any" else tuple(targets),
        components=tuple((part, expression) for part, expression in row.get("components", ())),
    )


def _added() -> dict[str, dict[str, SearchParameter]]:
    """Those of our own definitions, by type and code."""
    rows: dict[str, dict[str, SearchParameter]] = {}
    for tree in (one.tree for one in of_type("SearchParameter")):
        for base in tree["base"]:
            rows.setdefault(base, {})[tree["code"]] = SearchParameter(
                base=base,
                code=tree["code"],
                type=tree["type"],
                expression=tree["expression"],
                targets=tuple(tree.get("target", ())),
                definition=tree["url"],
            )
    return rows


def _table() -> dict[str, Mapping[str, SearchParameter]]:
    path = Path(__file__).parent / "definitions_search" / "parameters.json"
    rows_by_type = json.loads(path.read_text(encoding="utf-8"))
    of_every_type = rows_by_type.pop(EVERY_TYPE)
    added = _added()
    return {
        type_name: MappingProxyType(
            {
                code: _read(type_name, code, row)
                for code, row in (of_every_type | rows_by_type.get(type_name, {})).items()
            }
            | added.get(type_name, {})
        )
        for type_name in (EVERY_TYPE, *RESOURCE_TYPES)
    }


_NONE: Mapping[str, SearchParameter] = MappingProxyType({})
_BY_TYPE = _table()
