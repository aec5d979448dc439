"""The rows a search clause speaks about: of which types, under which alias, and for whom.

The columns of `resources` and `audit_events` that a search needs have the same names, so that one
text serves both; an AuditEvent has no rows in the index tables.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from app.fhir.resource_types import DIRECTORY, RESOURCE_TYPES
from app.fhir.search_query import Clause
from app.store.permit import Permit, visible, visible_audit
from app.store.statement import Statement

_MANY_ENTRIES = 16


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a clause is asked.

    now: what dates are near to. types: at least one; AuditEvent only by itself.
    bounded: the rows are those of few people, so that their key finds them sooner than a value.
    """

    statement: Statement
    permit: Permit
    now: datetime
    types: tuple[str, ...]
    alias: str = "r"
    bounded: bool = False

    @property
    def audit(self) -> bool:
        """Whether the rows are AuditEvents, which lie in a table of their own."""
        return self.types[0] == "AuditEvent"

    @property
    def table(self) -> str:
        """The table the rows lie in."""
        return "audit_events" if self.audit else "resources"


Condition: TypeAlias = Callable[[Scope, Clause], str]


def inner(scope: Scope, type_name: str, *, bounded: bool) -> Scope:
    """The rows of one type that the rows of `scope` lead to, or that lead to them."""
    permit = scope.permit
    few = bounded or is_bounded(permit, (type_name,))
    alias = scope.alias + "x"
    return Scope(scope.statement, permit, scope.now, (type_name,), alias, few)


def is_bounded(permit: Permit, types: Sequence[str]) -> bool:
    """Whether the permit itself leaves only the rows of few people."""
    return permit.people is not None and not any(RESOURCE_TYPES[t].directory for t in types)


def standing(scope: Scope, person: str | None = None) -> str:
    """The rows that are there for this caller: of these types, not deleted, and visible. person:
    as `visible` takes it."""
    statement, permit, alias = scope.statement, scope.permit, scope.alias
    if scope.audit:
        return visible_audit(permit, alias, statement)
    types = scope.types
    if len(types) == 1:
        kind = f"{alias}.type = {statement.bind(types[0])}"
    else:
        kind = f"{alias}.type = any({statement.bind_all(types)})"
    if permit.people is not None:
        # What `visible` says by OR, said once more so that the primary key can be used.
        people = statement.bind_all((*permit.people, DIRECTORY))
        kind = f"{alias}.person_id = any({people}) and {kind}"
    seen = visible(permit, alias, statement, types, person)
    return f"{kind} and not {alias}.deleted and {seen}"


def holds_any(scope: Scope, entries: Sequence[str]) -> str:
    """Rows that hold at least one of the exact-match entries."""
    statement, alias = scope.statement, scope.alias
    if not entries:
        return "false"
    if len(entries) > _MANY_ENTRIES and scope.bounded:
        # Looked up by hash; `&&` would compare each of a row's entries with each of these.
        asked = f"select unnest({statement.bind_all(entries)})"
        return f"exists (select from unnest({alias}.tokens) t where t in ({asked}))"
    if len(entries) > 1:
        return f"{alias}.tokens && {statement.bind_all(entries)}"
    # `@>` uses the index over entries; `= any` leaves the choice to the person's key.
    if scope.bounded:
        return f"{statement.bind(entries[0])} = any({alias}.tokens)"
    return f"{alias}.tokens @> {statement.bind_all(entries)}"


def holds_under(scope: Scope, codes: Sequence[str]) -> str:
    """Rows that hold any entry under one of the codes."""
    statement = scope.statement
    starts = " or ".join(f"starts_with(t, {statement.bind(f'{code}=')})" for code in codes)
    return f"exists (select from unnest({scope.alias}.tokens) t where {starts})"


def has_row(scope: Scope, table: str, code: str, condition: str = "") -> str:
    """Rows with a row `i` in an index table, under this parameter and condition."""
    if scope.audit:
        return "false"
    and_so = f" and ({condition})" if condition else ""
    parameter = scope.statement.bind(code)
    if scope.bounded:
        # Of few people's rows each is looked up by its key. Without statistics a join, or the index
        # over values, would seem as good, and be walked from end to end for each row; neither takes
        # an expression with `offset 0`.
        return (
            f"exists (select from {table} i where {same_row('i', scope.alias)}"
            f" and i.parameter || '' = {parameter}{and_so} offset 0)"
        )
    return (
        f"exists (select from {table} i where {same_row('i', scope.alias)}"
        f" and i.parameter = {parameter}{and_so})"
    )


def has_rows(scope: Scope, table: str, code: str, conditions: Sequence[str]) -> str:
    """Rows with, for each of the conditions, a row `i` in an index table that meets it.

    As one intersection of the index alone: apart, the conditions are each too wide to begin with.
    """
    statement = scope.statement
    of_type, parameter = statement.bind(scope.types[0]), statement.bind(code)
    found = " intersect ".join(
        f"select i.person_id, i.type, i.id, i.version from {table} i"
        f" where i.type = {of_type} and i.parameter = {parameter} and ({condition})"
        for condition in conditions
    )
    row = scope.alias
    return f"({row}.person_id, {row}.type, {row}.id, {row}.version) in ({found})"


def same_row(index: str, row: str) -> str:
    """What ties a row of an index table to its resource's current version."""
    return (
        f"{index}.person_id = {row}.person_id and {index}.type = {row}.type"
        f" and {index}.id = {row}.id and {index}.version = {row}.version"
    )


def any_of(conditions: Sequence[str]) -> str:
    """One of the conditions holds; never, when there are none."""
    if len(conditions) == 1:
        return conditions[0]
    return "(" + " or ".join(conditions) + ")" if conditions else "false"


def all_of(conditions: Sequence[str]) -> str:
    """Every condition holds; always, when there are none."""
    return " and ".join(conditions) or "true"
