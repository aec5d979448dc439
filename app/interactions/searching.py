"""Reading a query string into a query, with this record's limits. Spec:
https://hl7.org/fhir/R4/search.html"""

from collections.abc import Sequence

from app.fhir import json_guard
from app.fhir.projection import elements, summarise
from app.fhir.query_string import Limits, parse, split
from app.fhir.search_query import Query
from app.interactions.visit import Record

_LIMITS = Limits()


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
        value_sets=no_value_sets,
    )


def shown(query: Query, body: bytes) -> bytes:
    """A resource as the query asks for it: whole, or less with the tag SUBSETTED."""
    if query.summary in ("true", "text", "data"):
        return json_guard.encode(summarise(json_guard.parse(body), query.summary))
    if query.elements:
        return json_guard.encode(elements(json_guard.parse(body), query.elements))
    return body


def no_value_sets(_: str) -> Sequence[tuple[str | None, str]] | None:
    """The value sets served; none are, yet."""
    return None
