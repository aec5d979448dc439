"""Reading a query string into a query, with this record's limits. Spec:
https://hl7.org/fhir/R4/search.html"""

from collections.abc import Sequence

from app.access.audit import without_values
from app.fhir import json_guard
from app.fhir.capability import FHIR_VERSION
from app.fhir.element_tables import required_codes
from app.fhir.projection import elements, summarise
from app.fhir.query_string import parse, split
from app.fhir.search_query import Query
from app.fhir.terminology import R4_VALUE_SETS, expansion
from app.interactions.visit import Record
from app.store.found import FoundRow
from app.store.permit import Permit


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
        limits=record.searches,
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
    """The codes of a value set for `:in`, by its canonical url: a shipped one, or one that R4 binds
    as required; None for any other, and for one whose codes cannot all be listed here."""
    url, _, version = value_set.partition("|")
    if not url.startswith(R4_VALUE_SETS):
        concepts = expansion(value_set)
        return None if concepts is None else [(one.system, one.code) for one in concepts]
    # Most of R4's are of elements of type code, which are indexed without a system.
    codes = required_codes(url.removeprefix(R4_VALUE_SETS))
    if codes is None or version not in ("", FHIR_VERSION):
        return None
    return [(None, code) for code in sorted(codes)]
