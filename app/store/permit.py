"""What a caller may touch, as a plain value, and the one clause that keeps every row outside it
unseen.

Only `access/` makes a Permit (tests/test_architecture.py checks it).
"""

from collections.abc import Collection

from msgspec import Struct

from app.fhir.resource_types import DIRECTORY
from app.store.statement import Statement


class Permit(Struct, frozen=True, cache_hash=True):
    """What one caller may see of each type, for one kind of act.

    caller: names the caller, so that a page token can be bound to it.
    agent: "Organization/x" or "Patient/x"; what this caller writes is theirs, and rows that
        belong to neither a person nor the directory are seen by their author alone.
    types: the types whose rows may be seen. directory_types: those of them that are for everyone.
    people: the only people whose rows may be seen; None means every person the policy allows.
    constraints: per type, alternatives of tokens a row must hold all of (a scope's `?category=`);
        a type that is absent here has none.
    audit: whose AuditEvents: "none", "own" (this caller acted), "about" (about `people`), "all".
    readable: the types of which this act's answer may show content; a write does not imply it.
    """

    caller: str
    agent: str
    types: frozenset[str]
    directory_types: frozenset[str]
    people: tuple[str, ...] | None = None
    constraints: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = ()
    audit: str = "none"
    readable: frozenset[str] = frozenset()


def visible(
    permit: Permit, alias: str, statement: Statement, types: Collection[str] | None = None
) -> str:
    """The one clause: rows of `resources` or `resource_versions` (as `alias`) that this permit
    may see.

    Applied inside every statement, before LIMIT and COUNT, to primary rows, includes, chains and
    history alike. types: where the statement says by itself that rows are of these types, so that
    it need not be said again.
    """
    clauses = []
    if types is None or not permit.types.issuperset(types):
        clauses.append(f"{alias}.type = any({statement.bind_all(sorted(permit.types))})")
    shared = _shared(permit, alias, statement, types)
    if permit.people is None:
        if shared != "true":
            clauses.append(f"({alias}.person_id <> '{DIRECTORY}' or {shared})")
    else:
        people = statement.bind_all(permit.people)
        clauses.append(
            f"({alias}.person_id = any({people}) or {alias}.person_id = '{DIRECTORY}' and {shared})"
        )
    for type_name, alternatives in permit.constraints:
        if types is not None and type_name not in types:
            continue
        held = " or ".join(
            f"{alias}.tokens @> {statement.bind_all(tokens)}" for tokens in alternatives
        )
        clauses.append(f"({alias}.type <> {statement.bind(type_name)} or {held or 'false'})")
    return "(" + " and ".join(clauses or ["true"]) + ")"


def _shared(permit: Permit, alias: str, statement: Statement, types: Collection[str] | None) -> str:
    """Which rows of the directory may be seen: of types that are for everyone, and one's own."""
    if types is not None and types and permit.directory_types.issuperset(types):
        return "true"
    own = f"{alias}.author = {statement.bind(permit.agent)}"
    if types is not None and permit.directory_types.isdisjoint(types):
        return own
    directory = statement.bind_all(sorted(permit.directory_types))
    return f"({alias}.type = any({directory}) or {own})"


def covers(
    permit: Permit, *, type: str, person_id: str, author: str, tokens: Collection[str]
) -> bool:
    """The same clause for a row that is not stored yet: would this permit see it?"""
    if type not in permit.types:
        return False
    shared = type in permit.directory_types or author == permit.agent
    if person_id == DIRECTORY and not shared:
        return False
    if person_id != DIRECTORY and permit.people is not None and person_id not in permit.people:
        return False
    alternatives = dict(permit.constraints).get(type)
    return alternatives is None or any(set(held) <= set(tokens) for held in alternatives)


def visible_audit(permit: Permit, alias: str, statement: Statement) -> str:
    """The same for rows of `audit_events`: none, where this caller acted, about their people, or
    all."""
    if "AuditEvent" not in permit.types or permit.audit == "none":
        return "false"
    if permit.audit == "own":
        return f"{alias}.agent = {statement.bind(permit.agent)}"
    if permit.audit == "about":
        return f"{alias}.person_id = any({statement.bind_all(permit.people or ())})"
    return "true"
