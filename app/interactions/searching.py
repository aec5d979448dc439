"""Reading a query string into a query, with this record's limits. Spec:
https://hl7.org/fhir/R4/search.html"""

from collections.abc import Sequence

from app.access.audit import without_values
from app.fhir import json_guard
from app.fhir.capability import FHIR_VERSION
from app.fhir.element_tables import required_codes
from app.fhir.projection import elements, summarise
from app.fhir.query_string import Limits, parse, split
from app.fhir.search_query import Query
from app.interactions.visit import Record
from app.store.found import FoundRow
from app.store.permit import Permit

_LIMITS = Limits()
_R4_VALUE_SETS = "http://hl7.org/fhir/ValueSet/"


def read_query(
    record: Record,
    type: str | None,
    query: str,
    *,
    lenient: bool = False,
    compartment: str | None = None,
) -> Query:
    """The query as values. Raises Malformed, NotSupported or TooCostly, naming the parameter."""
    return parse(
        type,
        split(query),
        fhir_base=record.fhir_base,
        lenient=lenient,
        limits=_LIMITS,
        compartment=compartment,
        value_sets=codes_of,
    )


def readable(permit: Permit, row: FoundRow) -> bytes:
    """What this caller may read of a row: of an AuditEvent about themselves, nothing of others."""
    if row.type == "AuditEvent" and permit.audit == "about":
        return without_values(row.body)
    return row.body


def shown(query: Query, body: bytes) -> bytes:
    """A resource as the query asks for it: whole, or less with the tag SUBSETTED."""
    if query.summary in ("true", "text", "data"):
        return json_guard.encode(summarise(json_guard.parse(body), query.summary))
    if query.elements:
        return json_guard.encode(elements(json_guard.parse(body), query.elements))
    return body


def codes_of(value_set: str) -> Sequence[tuple[str | None, str]] | None:
    """The codes of a value set for `:in`, by its canonical url: one that R4 binds as required; None
    for any other."""
    url, _, version = value_set.partition("|")
    if not url.startswith(_R4_VALUE_SETS) or version not in ("", FHIR_VERSION):
        return None
    codes = required_codes(url.removeprefix(_R4_VALUE_SETS))
    return None if codes is None else [(None, code) for code in sorted(codes)]
