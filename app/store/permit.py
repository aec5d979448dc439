"""What a caller may touch, as a plain value, and the one clause that keeps every row outside it
unseen.

Only `access/` makes a Permit (tests/test_architecture.py checks it).
"""

from collections.abc import Collection

from msgspec import Struct

from app.fhir.labels import HIDDEN_DEED, Label
from app.fhir.resource_types import DIRECTORY
from app.store.freezes import NOW_FROZEN
from app.store.rights import TEAM
from app.store.statement import Statement


class Permit(Struct, frozen=True, cache_hash=True):
    """What one caller may see of each type, for one kind of act.

    caller: names the caller, so that a page token can be bound to it.
    agent: "Organization/x" or "Patient/x"; what this caller writes is theirs, and rows that
        belong to neither a person nor the directory are seen by their author alone.
    types: the types whose rows may be seen. directory_types: those of them that are for everyone.
    people: the only people whose rows may be seen; None means every person the policy allows.
    party: "Organization/x" or "RelatedPerson/x", whose rights decide row by row; or None.
    user: a practitioner whose own rights count beside the party's in the records of the people
        `opened` by an emergency, or None.
    purpose: the code of the use that the caller states, or "".
    hidden: the labels of rows that are kept from this caller.
    is_lay: no professional, so that a freeze of the people's record keeps everything from them.
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
    party: str | None = None
    user: str | None = None
    opened: tuple[str, ...] = ()
    purpose: str = ""
    hidden: int = 0
    is_lay: bool = False
    constraints: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = ()
    audit: str = "none"
    readable: frozenset[str] = frozenset()


def visible(
    permit: Permit,
    alias: str,
    statement: Statement,
    types: Collection[str] | None = None,
    person: str | None = None,
) -> str:
    """The one clause: rows of `resources` or `resource_versions` (as `alias`) that this permit
    may see.

    Applied inside every statement, before LIMIT and COUNT, to primary rows, includes, chains and
    history alike. types: where the statement says by itself that rows are of these types, so that
    it need not be said again. person: where it says that they are all of one person, that person's
    id as an expression.
    """
    clauses = []
    if types is None or not permit.types.issuperset(types):
        clauses.append(f"{alias}.type = any({statement.bind_all(sorted(permit.types))})")
    shared = _shared(permit, alias, statement, types)
    of_person = _of_person(permit, alias, statement, types, person)
    if of_person == "true":
        if shared != "true":
            clauses.append(f"({alias}.person_id <> '{DIRECTORY}' or {shared})")
    else:
        clauses.append(
            f"case when {alias}.person_id = '{DIRECTORY}' then {shared} else {of_person} end"
        )
    for type_name, alternatives in permit.constraints:
        if types is not None and type_name not in types:
            continue
        held = " or ".join(
            f"{alias}.tokens @> {statement.bind_all(tokens)}" for tokens in alternatives
        )
        clauses.append(f"({alias}.type <> {statement.bind(type_name)} or {held or 'false'})")
    return "(" + " and ".join(clauses or ["true"]) + ")"


def kept_from(permit: Permit, alias: str, statement: Statement, key: str) -> str:
    """Whether the current row of `resources` with this key is kept from the caller, so that no
    older version of it is seen either. key: "(person_id, type, id)" of the version's row."""
    of_person = _of_person(permit, alias, statement, None)
    if of_person == "true":
        return "false"
    return (
        f"exists (select from resources {alias} where"
        f" ({alias}.person_id, {alias}.type, {alias}.id) = {key}"
        f" and {alias}.person_id <> '{DIRECTORY}' and not ({of_person}))"
    )


def _of_person(
    permit: Permit,
    alias: str,
    statement: Statement,
    types: Collection[str] | None,
    person: str | None = None,
) -> str:
    """Which rows of people may be seen: of these people, by their labels and by the rights they
    give."""
    clauses = []
    if permit.people is not None:
        clauses.append(f"{alias}.person_id = any({statement.bind_all(permit.people)})")
    if permit.is_lay:
        clauses.append(_not_frozen(permit, statement))
    clauses += _rights(permit, alias, statement, person)
    if (permit.party is not None or permit.hidden) and (types is None or "Provenance" in types):
        clauses.append(_about_what_is_seen(permit, alias, statement))
    if permit.party is not None and (types is None or "Consent" in types):
        clauses.append(_own_choice(permit, alias, statement))
    return " and ".join(clauses) or "true"


def _not_frozen(permit: Permit, statement: Statement) -> str:
    """Whether the record of none of these people is frozen: of the statement, not of a row."""
    people = statement.bind_all(permit.people or ())
    return f"not exists (select from freezes where {NOW_FROZEN.format(people)})"


class _Asker(Struct, frozen=True):
    """Who asks, as expressions of a statement."""

    agent: str
    party: str
    purpose: str
    is_organization: bool


def _rights(
    permit: Permit, alias: str, statement: Statement, person: str | None = None
) -> list[str]:
    clauses = []
    if permit.hidden:
        clauses.append(f"{alias}.labels & {permit.hidden} = 0")
    if permit.party is None:
        return clauses
    asker = _Asker(
        statement.bind(permit.agent),
        statement.bind(permit.party),
        statement.bind(permit.purpose),
        permit.party.startswith("Organization/"),
    )
    between, allowed = _by_rights(asker, alias, person)
    if permit.user is not None:
        user, opened = statement.bind(permit.user), statement.bind_all(permit.opened)
        allowed = (
            f"({allowed} or {alias}.person_id = any({opened}) and exists (select from rights h"
            f" where h.person_id = {alias}.person_id and h.actor = {user} and {_NOW}))"
        )
    return [*clauses, between, allowed]


def may_be_told_by_columns(permit: Permit, type: str) -> bool:
    """Whether `referable` decides as `visible` does on rows of this type."""
    return (
        permit.party is not None
        and permit.party.startswith("Organization/")
        and permit.user is None
        and permit.people is None
        and not permit.is_lay
        and type not in ("Provenance", "Consent")
    )


def referable(alias: str, asker: str) -> str:
    """The same clause where who asks stands in a row of the statement, so that callers share one:
    `asker` has the columns agent, party, purpose and hidden of a permit that
    `may_be_told_by_columns`; a party of null asks nothing."""
    told = _Asker(f"{asker}.agent", f"{asker}.party", f"{asker}.purpose", is_organization=True)
    rights = " and ".join((f"{alias}.labels & {asker}.hidden = 0", *_by_rights(told, alias)))
    return f"({asker}.party is null or {alias}.person_id = '{DIRECTORY}' or {rights})"


def _by_rights(asker: _Asker, alias: str, person: str | None = None) -> tuple[str, str]:
    """person: as `visible` takes it."""
    of_row = (
        f"(h.classes is null or {alias}.type = any(h.classes))"
        f" and (h.entries is null or {alias}.type || '/' || {alias}.id = any(h.entries))"
        f" and (h.covers_restricted or {alias}.labels & {int(Label.RESTRICTED)} = 0"
        f" or h.says and {alias}.author = {asker.agent})"
    )
    # Each of two linked people is asked by themselves, and neither may say no. Who helps one of
    # them sees of the other what that one shows them.
    every = "bool_and(v.says)" if asker.is_organization else "bool_and(v.says) and bool_or(v.own)"
    told = (
        f"coalesce((select {every} from (select {_SAYS} as says, h.side = '' as own"
        f" from rights h where {_applies(asker, f'{alias}.person_id')} and {of_row}"
        " group by h.side) v), false)"
    )
    if person is not None:
        # Asked once, and not of each row: where nothing that applies is about some entries alone,
        # all that are not restricted are told alike.
        alike = (
            f"(select case when bool_or(v.part) then null else coalesce({every}, false) end"
            f" from (select {_SAYS} as says, h.side = '' as own,"
            " bool_or(h.classes is not null or h.entries is not null) as part"
            f" from rights h where {_applies(asker, person)} group by h.side) v)"
        )
        unrestricted = f"{alias}.labels & {int(Label.RESTRICTED)} = 0"
        told = f"coalesce(case when {unrestricted} then {alike} end, {told})"
    return (f"({alias}.labels & {int(Label.JUST_US)} = 0 or {alias}.author = {asker.agent})", told)


# What the heaviest says; of several as heavy, no.
_SAYS = "max(h.weight * 2 + case when h.says then 0 else 1 end) % 2 = 0"
_NOW = "h.low <= statement_timestamp() and statement_timestamp() <= h.high"


def _applies(asker: _Asker, person: str) -> str:
    """Rights of a person (`h`) that say something to who asks, now and for what they ask it."""
    party, purpose = asker.party, asker.purpose
    tied = (
        f"exists (select from rights t where t.person_id = {person} and t.actor = {party}"
        " and t.tie and t.low <= statement_timestamp() and statement_timestamp() <= t.high)"
    )
    # A yes to a supporter ends with what makes them one; to an organisation it is enough.
    actors = f"h.actor = {party} and (not h.says or {tied})"
    if asker.is_organization:
        actors = f"(h.actor = {party} or h.actor = '{TEAM}' and (not h.says or {tied}))"
    return (
        f"h.person_id = {person} and {actors} and {_NOW}"
        # A caller who does not say what for is held to every no.
        f" and (h.purposes is null or {purpose} = any(h.purposes)"
        f" or not h.says and {purpose} = '')"
    )


def _about_what_is_seen(permit: Permit, alias: str, statement: Statement) -> str:
    """A Provenance tells of its targets, so it is seen with all of them: a target that lies with
    another person is not."""
    target, named = f"{alias}p", f"{alias}pt"
    seen = " and ".join(_rights(permit, target, statement)) or "true"
    type, id = (f"split_part(substr({named}, 8), '/', {n})" for n in (1, 2))
    return (
        f"({alias}.type <> 'Provenance' or not exists (select from unnest({alias}.tokens) {named}"
        f" where {named} ^@ 'target=' and {named} not like 'target=%:%' and not exists ("
        f"select from resources {target}"
        f" where {target}.person_id in ({alias}.person_id, '{DIRECTORY}')"
        f" and {target}.type = {type} and {target}.id = {id}"
        f" and ({target}.person_id = '{DIRECTORY}' or {seen}))))"
    )


def _own_choice(permit: Permit, alias: str, statement: Statement) -> str:
    """A choice names organisations, so each sees those about itself alone, or about everyone, and
    the versions that it wrote.

    What is in force is told by the rights, and whom this version names by its index entries.
    """
    party = statement.bind(permit.party)
    written = (
        f"exists (select from unnest({alias}.tokens) {alias}w"
        f" where {alias}w ^@ ('_source=' || {statement.bind(permit.agent)} || '#'))"
    )
    return (
        f"({alias}.type <> 'Consent' or {written}"
        f" or exists (select from rights c where c.person_id = {alias}.person_id"
        f" and c.type = 'Consent' and c.id = {alias}.id and c.actor in ({party}, '{TEAM}'))"
        f" and not exists (select from unnest({alias}.tokens) {alias}c"
        f" where ({alias}c ^@ 'actor=Organization/' or {alias}c ^@ 'actor=RelatedPerson/')"
        f" and {alias}c <> 'actor=' || {party}))"
    )


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
    # What a party may see of a person is known to the database alone, which is asked of those that
    # the row refers to.
    alternatives = dict(permit.constraints).get(type)
    return alternatives is None or any(set(held) <= set(tokens) for held in alternatives)


def visible_audit(permit: Permit, alias: str, statement: Statement) -> str:
    """The same for rows of `audit_events`: none, where this caller acted, about their people, or
    all."""
    if "AuditEvent" not in permit.types or permit.audit == "none":
        return "false"
    there = f"{alias}.salt is not null"  # without it, the content was erased
    if permit.audit == "own":
        return f"({there} and {alias}.agent = {statement.bind(permit.agent)})"
    if permit.audit == "about":
        people = statement.bind_all(permit.people or ())
        told = f"{there} and {alias}.person_id = any({people})"
        if permit.hidden & Label.HIDDEN_FROM_PERSON:
            told += f" and not ({statement.bind(HIDDEN_DEED)} = any({alias}.tokens))"
        if permit.is_lay:
            told += f" and {_not_frozen(permit, statement)}"
        return f"({told})"
    return there
