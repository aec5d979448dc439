"""A search that names a person finds what is of them, in whichever of their records it stands.

What is found goes through the clause like all else; this only asks for more.
Source: docs/decisions/0023-two-records-of-one-person-are-linked.md
"""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from app.fhir.search_query import (
    Chain,
    Clause,
    Has,
    Match,
    Query,
    ReferenceValue,
    TokenValue,
    Value,
)
from app.store.database import Fetch
from app.store.search_condition import condition
from app.store.search_person import PERSON_PARAMETERS, lies_with
from app.store.search_reference import served_targets
from app.store.search_scope import Scope, any_of, standing
from app.store.statement import Statement

Others: TypeAlias = Mapping[str, tuple[str, ...]]
# Answers which other records are theirs, of those people who have any.
Linked: TypeAlias = Callable[[Collection[str]], Awaitable[Others]]


async def nobody(_people: Collection[str]) -> Others:
    """For a search that is to find what it names, and nothing else."""
    return {}


@dataclass(frozen=True, slots=True)
class Spread:
    """A query as it is run. compartment: all the records of the one that was named.
    people_by_place: whose rows a clause finds besides, by its place in the query."""

    query: Query
    compartment: tuple[str, ...] | None
    people_by_place: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    def conditions_besides(self, scope: Scope) -> list[str]:
        """The clauses that find more than they say."""
        return [
            any_of([condition(scope, self.query.clauses[n]), lies_with(scope, people)])
            for n, people in self.people_by_place.items()
        ]

    @property
    def plain(self) -> tuple[Clause, ...]:
        """The other clauses."""
        each = enumerate(self.query.clauses)
        return tuple(clause for n, clause in each if n not in self.people_by_place)


async def spread(fetch: Fetch, linked: Linked, scope: Scope, query: Query) -> Spread:
    """The query, over all the records of whom it names."""
    own = scope.permit.people
    together: tuple[str, ...] | None = None
    if query.compartment is not None:
        together = (query.compartment,)
    if linked is nobody or (own is not None and len(own) < 2):
        return Spread(query, together)
    named = {id for clause in query.clauses for id in _named(clause)}
    if together is not None:
        named.update(together)
    if own is None:
        others = await linked(named) if named else {}
    else:
        # Of a person and of who helps them the door has asked already.
        others = {one: tuple(set(own) - {one}) for one in named.intersection(own)}
    if together is not None:
        together = (*together, *others.get(together[0], ()))
    if others:
        clauses = tuple(_spread(clause, others) for clause in query.clauses)
        query = replace(query, clauses=clauses)
    return Spread(query, together, await _besides(fetch, scope, query))


async def _besides(fetch: Fetch, scope: Scope, query: Query) -> dict[int, tuple[str, ...]]:
    """Who is linked to somebody whom a clause finds by what their Patient says."""
    found = {}
    for n, clause in enumerate(query.clauses):
        for inner, survivors_alone in _of_patients(query.types, clause):
            apart = Scope(Statement(), scope.permit, scope.now, ("Patient",), "c", bounded=True)
            only = " and l.survives" if survivors_alone else ""
            sql = (
                "select distinct l.other from links l join resources c"
                " on c.person_id = l.person_id and c.id = c.person_id"
                f" where {standing(apart)} and {condition(apart, inner)}{only}"
            )
            rows = await fetch(sql, apart.statement.arguments)
            if rows:
                found[n] = tuple(row["other"] for row in rows)
    return found


def _of_patients(types: Sequence[str], clause: Clause) -> Iterator[tuple[Clause, bool]]:
    """(what a clause asks of a Patient, whether it leads to the record in use alone)."""
    if len(types) != 1:
        return
    if isinstance(clause, Match) and types[0] == "Patient":
        if clause.parameter.code == "identifier" and clause.modifier is None:
            yield clause, True
    elif isinstance(clause, Chain) and (types[0], clause.parameter.code) in PERSON_PARAMETERS:
        for type_name, inner in clause.inner_by_type:
            if type_name == "Patient":
                yield inner, False


def _named(clause: Clause, *, ends_chain: bool = False) -> Iterator[str]:
    """The ids that may be people's."""
    if isinstance(clause, Chain):
        for type_name, inner in clause.inner_by_type:
            yield from _named(inner, ends_chain=type_name == "Patient")
    elif isinstance(clause, Has):
        yield from _named(clause.inner)
    elif isinstance(clause, Match):
        for value in clause.values:
            if isinstance(value, ReferenceValue) and _may_be_of_patient(clause, value):
                yield value.id or ""
            elif isinstance(value, TokenValue) and ends_chain and clause.parameter.code == "_id":
                yield value.code or ""


def _may_be_of_patient(clause: Match, value: ReferenceValue) -> bool:
    leads = value.url is None and value.type in (None, "Patient")
    return leads and "Patient" in served_targets(clause.parameter)


def _spread(clause: Clause, others: Others) -> Clause:
    if isinstance(clause, Chain):
        return replace(
            clause,
            inner_by_type=tuple(
                (name, _spread_ids(_spread(inner, others), name, others))
                for name, inner in clause.inner_by_type
            ),
        )
    if isinstance(clause, Has):
        return replace(clause, inner=_spread(clause.inner, others))
    if not isinstance(clause, Match):
        return clause
    more = [
        ReferenceValue("Patient", other)
        for value in clause.values
        if isinstance(value, ReferenceValue) and _may_be_of_patient(clause, value)
        for other in others.get(value.id or "", ())
    ]
    return replace(clause, values=(*clause.values, *more)) if more else clause


def _spread_ids(clause: Clause, type_name: str, others: Others) -> Clause:
    """`subject:Patient._id=7`: the id that a chain ends with."""
    if type_name != "Patient" or not isinstance(clause, Match) or clause.parameter.code != "_id":
        return clause
    more: list[Value] = [
        replace(value, code=other)
        for value in clause.values
        if isinstance(value, TokenValue)
        for other in others.get(value.code or "", ())
    ]
    return replace(clause, values=(*clause.values, *more)) if more else clause
