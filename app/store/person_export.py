"""All that is held about one person, as the person may have it, and what is kept from them.

Each statement is one kind of row, in an order that a page or a file can go on from; what the permit
does not see is in the second of each pair alone, by its ids.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias

from app.store.audit_short import whole
from app.store.database import Record, Session
from app.store.permit import Permit, kept_from, visible, visible_audit
from app.store.statement import Statement

Sql: TypeAlias = tuple[str, list[object]]
VersionKey: TypeAlias = tuple[str, str, int]

_NEVER = datetime(1, 1, 2), datetime(9999, 12, 31)  # noqa: DTZ001  (compared by their dates alone)


def versions(
    permit: Permit, person_id: str, after: VersionKey | None = None, most: int | None = None
) -> Sql:
    """Every version that the permit sees, deletions too, by type, id and version."""
    statement = Statement()
    clauses = [f"v.person_id = {statement.bind(person_id)}", _sees(permit, statement)]
    if after is not None:
        places = (statement.bind(after[0]), statement.bind(after[1]))
        version = statement.bind(after[2], "int")
        clauses.append(f"(v.type, v.id, v.version) > ({places[0]}, {places[1]}, {version})")
    sql = f"""
select v.type, v.id, v.version, v.updated, v.method, v.author, v.body
from resource_versions v where {" and ".join(clauses)}
order by v.type, v.id, v.version{_limit(statement, most)}"""
    return sql, statement.arguments


def versions_withheld(permit: Permit, person_id: str) -> Sql:
    """Type, id and version of every version that the permit does not see."""
    statement = Statement()
    sql = f"""
select v.type, v.id, v.version from resource_versions v
where v.person_id = {statement.bind(person_id)} and not {_sees(permit, statement)}
order by v.type, v.id, v.version"""
    return sql, statement.arguments


def audit_events(
    permit: Permit,
    person_id: str,
    after: int | None = None,
    most: int | None = None,
    until: datetime | None = None,
) -> Sql:
    """Every AuditEvent of their chain that the permit sees, in the order of the chain. until: none
    later, so that what reads it page by page comes to an end."""
    statement = Statement()
    clauses = [
        f"e.person_id = {statement.bind(person_id)}",
        visible_audit(permit, "e", statement),
    ]
    if after is not None:
        clauses.append(f"e.seq > {statement.bind(after, 'bigint')}")
    if until is not None:
        clauses.append(f"e.updated <= {statement.bind(until, 'timestamptz')}")
    sql = f"""
select e.seq, e.id, e.updated, e.body from audit_events e where {" and ".join(clauses)}
order by e.seq{_limit(statement, most)}"""
    return sql, statement.arguments


def event_of(row: Record) -> bytes:
    """The AuditEvent of one row of `audit_events`, as JSON."""
    return whole(row["body"])


def audit_events_withheld(permit: Permit, person_id: str) -> Sql:
    """The place and id of every other one; no id where the content was erased."""
    statement = Statement()
    sql = f"""
select e.seq, e.id from audit_events e
where e.person_id = {statement.bind(person_id)} and not {visible_audit(permit, "e", statement)}
order by e.seq"""
    return sql, statement.arguments


def rights(permit: Permit, person_id: str) -> Sql:
    """What says who may see what, where the permit sees the entry that says it."""
    statement = Statement()
    sql = f"""
select h.type, h.id, h.version, h.n, h.actor, h.says, h.tie, h.covers_restricted, h.classes,
  h.entries, h.purposes, h.low, h.high
from rights h join resources r on r.person_id = h.person_id and r.type = h.type and r.id = h.id
where h.person_id = {statement.bind(person_id)} and {visible(permit, "r", statement)}
order by h.type, h.id, h.n"""
    return sql, statement.arguments


def rights_withheld(permit: Permit, person_id: str) -> Sql:
    """The entry and the number of every other one."""
    statement = Statement()
    sql = f"""
select h.type, h.id, h.n from rights h
where h.person_id = {statement.bind(person_id)} and not exists (
  select from resources r where r.person_id = h.person_id and r.type = h.type and r.id = h.id
  and {visible(permit, "r", statement)})
order by h.type, h.id, h.n"""
    return sql, statement.arguments


def notices(person_id: str) -> Sql:
    """What the person had to be told."""
    sql = """
select id, about, text, made, delivered from notices
where person_id = $1 and addressee = 'person' order by made, id"""
    return sql, [person_id]


def accounts(person_id: str) -> Sql:
    """With which accounts the person signs in in a browser."""
    sql = """
select issuer, subject, made from accounts where person_id = $1 order by made, issuer"""
    return sql, [person_id]


def sessions(person_id: str) -> Sql:
    """In which browsers somebody is signed in for this record, without what would show which."""
    sql = """
select created, used, expires from sessions where person_id = $1 order by created, id"""
    return sql, [person_id]


def emergencies(person_id: str) -> Sql:
    """Which emergencies opened the record, and what came of the review; without the words that
    were for the privacy officer."""
    sql = """
select id, name, organization, reason, began, until, ended, reviewed, outcome from emergencies
where person_id = $1 order by began, id"""
    return sql, [person_id]


def merges(person_id: str) -> Sql:
    """With which other record this one was put together, and when they were taken apart. Why is in
    an administrator's words, which may be about somebody else."""
    sql = """
select id, kind, part, other, proposed, decided, undone from merges
where person_id = $1 and decision = 'approved' order by proposed, id"""
    return sql, [person_id]


def invitations(person_id: str) -> Sql:
    """Whom the person, or an organisation, invited to support them, and what came of it."""
    sql = """
select id, supporter, made, expires, settled, outcome from supporter_invitations
where person_id = $1 order by made, id"""
    return sql, [person_id]


def supporter_reviews(person_id: str) -> Sql:
    """When somebody was to look at who supports them, and what came of it."""
    sql = """
select supporter, age, task, made, due, settled, outcome from supporter_reviews
where person_id = $1 order by made, supporter, age"""
    return sql, [person_id]


def protection_withheld(person_id: str) -> Sql:
    """Table and id of what protects somebody, or is a supporter's own sign-in, and is not told to
    the person."""
    sql = """
select 'notices' as name, id from notices where person_id = $1 and addressee <> 'person'
union all select 'freezes', id from freezes where person_id = $1
union all select 'quarantines', type || '/' || id || '#' || quarantine from quarantines
  where person_id = $1
union all select 'merges', id from merges
  where person_id = $1 and decision is distinct from 'approved'
union all select 'supporter_accounts', supporter from supporter_accounts where person_id = $1
order by 1, 2"""
    return sql, [person_id]


def plain_right(row: Record) -> Mapping[str, object]:
    """A row of `rights` in words that a person can read; what applies to all is left out."""
    told: dict[str, object] = {
        "who": "everyone on the team" if row["actor"] == "team" else row["actor"],
        "may_see": row["says"],
        "because_of": f"{row['type']}/{row['id']}/_history/{row['version']}",
        "kind": "relationship" if row["tie"] else "choice",
        "restricted_entries_too": row["covers_restricted"],
    }
    for name, column in (("types", "classes"), ("entries", "entries"), ("uses", "purposes")):
        if row[column] is not None:
            told[name] = list(row[column])
    low, high = (row[name].replace(tzinfo=None) for name in ("low", "high"))
    if low > _NEVER[0]:
        told["from"] = f"{low.isoformat()}Z"
    if high < _NEVER[1]:
        told["until"] = f"{high.isoformat()}Z"
    return MappingProxyType(told)


async def people_with(session: Session, token: str) -> list[str]:
    """The ids of the people whose Patient holds this index entry now."""
    rows = await session.fetch(
        "select distinct person_id from resources"
        " where type = 'Patient' and not deleted and tokens @> $1::text[]",
        [[token]],
    )
    return sorted(row["person_id"] for row in rows)


async def is_held(session: Session, person_id: str) -> bool:
    """Whether anything was ever stored in this person's record, and not erased since."""
    rows = await session.fetch(
        "select exists (select from resource_versions where person_id = $1) as yes", [person_id]
    )
    return bool(rows[0]["yes"])


def _sees(permit: Permit, statement: Statement) -> str:
    kept = kept_from(permit, "k", statement, "(v.person_id, v.type, v.id)")
    return f"({visible(permit, 'v', statement)} and not {kept})"


def _limit(statement: Statement, most: int | None) -> str:
    return "" if most is None else f" limit {statement.bind(most, 'int')}"
