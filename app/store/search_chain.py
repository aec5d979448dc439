"""Search through references: chains, `_has` and `_list`.

Every row on the way must itself be visible to the caller, or what it holds could be found out by
asking. Three shapes of one meaning, so that the planner finds an index from the end that is
narrower: by person where the reference names the person, from each row where the rows are few,
and otherwise from what the reference leads to.

Spec: https://hl7.org/fhir/R4/search.html#chaining, https://hl7.org/fhir/R4/search.html#has
"""

from dataclasses import replace

from app.fhir.resource_types import RESOURCE_TYPES
from app.fhir.search_query import Chain, Clause, Has
from app.store.search_person import PERSON_PARAMETERS
from app.store.search_scope import Condition, Scope, any_of, inner, standing
from app.store.statement import Statement


def chain(scope: Scope, clause: Chain, condition: Condition) -> str:
    """Rows whose reference leads to a visible one for which the inner clause holds."""
    code = clause.parameter.code
    return any_of(
        [
            _leads_to(scope, code, type_name, within, condition)
            for type_name, within in clause.inner_by_type
            if type_name in scope.permit.types
        ]
    )


def _leads_to(scope: Scope, code: str, type_name: str, within: Clause, condition: Condition) -> str:
    target = inner(scope, type_name, bounded=scope.bounded)
    a, c, bind = scope.alias, target.alias, scope.statement.bind
    prefix = f"{code}={type_name}/"
    holds = f"{standing(target)} and {condition(target, within)}"
    if type_name == "Patient" and _names_person(scope, code):
        return (
            f"exists (select from {target.table} {c} where {c}.person_id = {a}.person_id"
            f" and {c}.id = {c}.person_id and {holds}{_in_turn(scope)})"
            f" and ({bind(prefix)} || {a}.person_id) = any({a}.tokens)"
        )
    if scope.bounded or scope.audit:
        return (
            f"exists (select from unnest({a}.tokens) {c}t join {target.table} {c}"
            f" on {c}.id = substr({c}t, {bind(len(prefix) + 1, 'int')})"
            f" where starts_with({c}t, {bind(prefix)}) and {holds})"
        )
    # `offset 0` keeps the order of things: first what is led to, then, by index, what leads there.
    entries = f"select {bind(prefix)} || {c}.id as entry from {target.table} {c} where {holds}"
    source = f"{c}s"
    return (
        f"({a}.person_id, {a}.type, {a}.id) in ("
        f"select {source}.person_id, {source}.type, {source}.id"
        f" from ({entries} offset 0) {c}e cross join lateral ("
        f"select {source}.person_id, {source}.type, {source}.id from {scope.table} {source}"
        f" where {source}.tokens @> array[{c}e.entry] offset 0) {source})"
    )


def has(scope: Scope, clause: Has, condition: Condition) -> str:
    """Rows to which a visible one refers for which the inner clause holds."""
    if clause.type not in scope.permit.types:
        return "false"
    source = inner(scope, clause.type, bounded=scope.bounded)
    a, c, bind = scope.alias, source.alias, scope.statement.bind
    code = clause.parameter.code
    holds = f"{standing(source)} and {condition(source, clause.inner)}"
    if _lies_beside(scope, source, code):
        # A Patient lies with itself, and a condition on one side alone is one the planner can use.
        of_person = scope.types == ("Patient",)
        entry = (
            f"({bind(f'{code}=Patient/')} || {c}.person_id)" if of_person else _entry(scope, code)
        )
        return (
            f"exists (select from {source.table} {c} where {c}.person_id = {a}.person_id"
            f" and {entry} = any({c}.tokens) and {holds}{_in_turn(scope)})"
        )
    if scope.bounded and not source.audit:
        return (
            f"exists (select from {source.table} {c}"
            f" where {c}.tokens @> array[{_entry(scope, code)}] and {holds})"
        )
    return _is_named(scope, f"{code}=", f"{source.table} {c}", f"{c}.tokens", holds)


def on_the_way(scope: Scope, clause: Clause, condition: Condition) -> tuple[Statement, str] | None:
    """A statement for the rows that the inner clause finds, where their number decides from which
    end to begin; None where it does not."""
    if scope.bounded or scope.audit:
        return None
    apart = replace(scope, statement=Statement())
    found = []
    for type_name, within in _far_ends(scope, clause):
        rows = inner(apart, type_name, bounded=False)
        holds = f"{standing(rows)} and {condition(rows, within)}"
        found.append(f"select 1 from {rows.table} {rows.alias} where {holds}")
    return (apart.statement, " union all ".join(found)) if found else None


def _far_ends(scope: Scope, clause: Clause) -> list[tuple[str, Clause]]:
    """The visible types that a clause passes through first, each with what is asked of it."""
    ends: list[tuple[str, Clause]] = []
    if isinstance(clause, Chain):
        ends = list(clause.inner_by_type)
    elif isinstance(clause, Has):
        ends = [(clause.type, clause.inner)]
    return [end for end in ends if end[0] in scope.permit.types]


def _in_turn(scope: Scope) -> str:
    """Ends a subquery that is to be asked of each row in turn, and not turned into a join."""
    return " offset 0" if scope.bounded else ""


def in_list(scope: Scope, list_id: str) -> str:
    """Rows that are items of that List, when the caller may see the List."""
    if "List" not in scope.permit.types:
        return "false"
    lists = inner(scope, "List", bounded=False)
    c = lists.alias
    holds = f"{c}.id = {scope.statement.bind(list_id)} and {standing(lists)}"
    return _is_named(scope, "item=", f"{lists.table} {c}", f"{c}.tokens", holds)


def _is_named(scope: Scope, under: str, rows: str, tokens: str, holds: str) -> str:
    """Rows whose `Type/id` stands in the tokens, under a code, of any of those other rows."""
    bind = scope.statement.bind
    one_type = len(scope.types) == 1
    prefix = f"{under}{scope.types[0]}/" if one_type else under
    name = f"{scope.alias}.id" if one_type else f"({scope.alias}.type || '/' || {scope.alias}.id)"
    return (
        f"{name} in (select substr(t, {bind(len(prefix) + 1, 'int')})"
        f" from {rows}, unnest({tokens}) t where starts_with(t, {bind(prefix)}) and {holds})"
    )


def _lies_beside(scope: Scope, source: Scope, code: str) -> bool:
    """Whether what refers by this parameter lies with the same person: it names them, or is an
    AuditEvent about something of theirs."""
    if scope.types == ("Patient",) and _names_person(source, code):
        return True
    personal = not any(RESOURCE_TYPES[type_name].directory for type_name in scope.types)
    return source.audit and code == "entity" and personal


def _names_person(scope: Scope, code: str) -> bool:
    return len(scope.types) == 1 and (scope.types[0], code) in PERSON_PARAMETERS


def _entry(scope: Scope, code: str) -> str:
    """The entry by which another row refers to a row of the scope."""
    type_name = "'AuditEvent'" if scope.audit else f"{scope.alias}.type"
    return f"({scope.statement.bind(f'{code}=')} || {type_name} || '/' || {scope.alias}.id)"
