"""A search as asked, read into values: what to match, include, order and show.

Spec: https://hl7.org/fhir/R4/search.html
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeAlias

from app.fhir.search_parameters import SearchParameter


@dataclass(frozen=True, slots=True)
class TokenValue:
    """`system|code`. system: None = any, "" = none. code: None = any code of that system."""

    system: str | None
    code: str | None
    type_code: str | None = None  # only for :of-type, where code is the identifier's value


@dataclass(frozen=True, slots=True)
class ReferenceValue:
    """`Type/id`, a bare id (type None), or a url that is not ours (url set, the others None)."""

    type: str | None
    id: str | None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class StringValue:
    """exact: as sent. normalised: case and accents folded, as the index holds it."""

    exact: str
    normalised: str


@dataclass(frozen=True, slots=True)
class DateValue:
    """prefix: eq ne gt lt ge le sa eb ap. low and high: the UTC instants the precision spans."""

    prefix: str
    low: datetime
    high: datetime


@dataclass(frozen=True, slots=True)
class NumberValue:
    """low and high: the implicit range of the digits given (5.4 is 5.35 to 5.45)."""

    prefix: str
    value: Decimal
    low: Decimal
    high: Decimal
    system: str | None = None  # quantities only: None = any, "" = none
    code: str | None = None  # quantities only: matches code or unit


@dataclass(frozen=True, slots=True)
class UriValue:
    """A uri, compared as written."""

    uri: str


@dataclass(frozen=True, slots=True)
class CompositeValue:
    """One value per component, in the parameter's order."""

    parts: tuple["Value", ...]


@dataclass(frozen=True, slots=True)
class MissingValue:
    """`:missing=true` or `:missing=false`."""

    missing: bool


Value: TypeAlias = (
    TokenValue
    | ReferenceValue
    | StringValue
    | DateValue
    | NumberValue
    | UriValue
    | CompositeValue
    | MissingValue
)


@dataclass(frozen=True, slots=True)
class Match:
    """One parameter with OR-ed values. modifier: "not", "exact", "missing", "identifier", ... or
    None.

    `:[type]` on a reference is already folded into the values. `:in` is expanded into token
    values.
    """

    parameter: SearchParameter
    modifier: str | None
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """`subject:Patient.name=x`: the reference leads to one of `types`, where `inner` holds for
    any."""

    parameter: SearchParameter
    inner_by_type: tuple[tuple[str, "Clause"], ...]


@dataclass(frozen=True, slots=True)
class Has:
    """`_has:Observation:patient:code=x`: a resource of `type` refers here by `parameter` and
    matches."""

    type: str
    parameter: SearchParameter
    inner: "Clause"


@dataclass(frozen=True, slots=True)
class InList:
    """`_list=42`: listed as an item of that List."""

    list_id: str


Clause: TypeAlias = Match | Chain | Has | InList


@dataclass(frozen=True, slots=True)
class Include:
    """One `_include` or `_revinclude`. parameter None = `*`. target None = any type."""

    source: str
    parameter: SearchParameter | None
    target: str | None
    iterate: bool
    reverse: bool


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort key."""

    parameter: SearchParameter
    descending: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A whole search. Clauses are AND-ed.

    types: the types searched. compartment: a Patient id, when asked as `Patient/x/Goal`.
    count: the page size, or None for the server's default. page: the opaque token of a next page.
    understood: (name, value) pairs for the self link. ignored: names left out under lenient
    handling.
    """

    types: tuple[str, ...]
    clauses: tuple[Clause, ...] = ()
    includes: tuple[Include, ...] = ()
    sorts: tuple[Sort, ...] = ()
    count: int | None = None
    total: Literal["none", "estimate", "accurate"] = "none"
    summary: Literal["true", "text", "data", "count", "false"] = "false"
    elements: tuple[str, ...] = ()
    compartment: str | None = None
    page: str | None = None
    understood: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = ()
