"""The versions of one resource, of a type, or of everything, newest first, each inside the permit.

Spec: https://hl7.org/fhir/R4/http.html#history
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.fhir.search_query import Query
from app.store.database import Fetch, Record, Session
from app.store.page_bytes import ROOM, Room, bounded, is_full
from app.store.page_token import Place, seal, unseal
from app.store.permit import Permit, kept_from, visible
from app.store.resources import Row, Wanted
from app.store.statement import Statement

# A label holds for every version before it, too.
_LABELS = """v.labels | coalesce((select c.labels from resources c
    where (c.person_id, c.type, c.id) = (v.person_id, v.type, v.id)), 0) as labels"""


@dataclass(frozen=True, slots=True)
class Span:
    """Which versions are asked for.

    wanted: one resource's, or None. types: of these types. since: made at or after. at: (low,
    high), the versions that were current at some moment of it.
    """

    types: tuple[str, ...]
    wanted: Wanted | None = None
    since: datetime | None = None
    at: tuple[datetime, datetime] | None = None


async def history(
    fetch: Fetch,
    permit: Permit,
    span: Span,
    *,
    page_size: int,
    page: str | None,
    now: datetime,
    page_key: bytes,
    room: Room = ROOM,
) -> tuple[list[Row], str | None]:
    """One page of versions, and the token of the next. Raises Malformed for a page token that is
    not ours."""
    statement = Statement()
    kept = kept_from(permit, "k", statement, "(v.person_id, v.type, v.id)")
    clauses = [visible(permit, "v", statement), f"not {kept}", *_span(span, statement)]
    if page is not None:
        place = unseal(page_key, permit.caller, _asked(span), page, now=now)
        updated, person_id, type, id, version = place.keys
        bound = (
            statement.bind(updated, "timestamptz"),
            *(statement.bind(key) for key in (person_id, type, id)),
            statement.bind(int(str(version)), "int"),
        )
        columns = "v.updated, v.person_id, v.type, v.id, v.version"
        clauses.append(f"({columns}) < ({', '.join(bound)})")
    sql = bounded(
        f"""
select v.person_id, v.type, v.id, v.version, v.updated, v.method, v.body, {_LABELS}
from resource_versions v
where {" and ".join(clauses)}
order by v.updated desc, v.person_id desc, v.type desc, v.id desc, v.version desc
limit {statement.bind(page_size + 1, "int")}""",
        room,
    )
    records = await fetch(sql, statement.arguments)
    rows = [_version(record) for record in records[:page_size]]
    if len(records) <= page_size and not is_full(records, room):
        return rows, None
    last = rows[-1]
    keys = (last.updated, last.person_id, last.type, last.id, str(last.version))
    token = seal(page_key, permit.caller, _asked(span), Place(now, keys), now=now)
    return rows, token


def _span(span: Span, statement: Statement) -> Sequence[str]:
    clauses = [f"v.type = any({statement.bind_all(span.types)})"]
    if span.wanted is not None:
        type, id = statement.bind(span.wanted.type), statement.bind(span.wanted.id)
        person = f"(select l.person_id from locators l where l.type = {type} and l.id = {id})"
        if span.wanted.person_id is not None:
            person = statement.bind(span.wanted.person_id)
        clauses.append(f"v.person_id = {person} and v.type = {type} and v.id = {id}")
    if span.since is not None:
        clauses.append(f"v.updated >= {statement.bind(span.since, 'timestamptz')}")
    if span.at is not None:
        low, high = (statement.bind(moment, "timestamptz") for moment in span.at)
        clauses.append(f"v.updated <= {high}")
        clauses.append(
            "not exists (select from resource_versions n where n.person_id = v.person_id"
            " and n.type = v.type and n.id = v.id and n.version = v.version + 1"
            f" and n.updated <= {low})"
        )
    return clauses


def _asked(span: Span) -> Query:
    """What a page token is bound to."""
    told = [("history", "")]
    if span.wanted is not None:
        told.append(("id", span.wanted.id))
    if span.since is not None:
        told.append(("since", span.since.isoformat()))
    if span.at is not None:
        told.append(("at", f"{span.at[0].isoformat()} {span.at[1].isoformat()}"))
    return Query(types=span.types, understood=tuple(told))


async def read_version(
    session: Session, permit: Permit, wanted: Wanted, version: int
) -> Row | None:
    """One version of one resource, if the permit sees that version."""
    statement = Statement()
    sql = f"""
select v.person_id, v.type, v.id, v.version, v.updated, v.method, v.body, {_LABELS}
from resource_versions v
where v.person_id = coalesce({statement.bind(wanted.person_id)}, (
    select l.person_id from locators l
    where l.type = {statement.bind(wanted.type)} and l.id = {statement.bind(wanted.id)}))
  and v.type = {statement.bind(wanted.type)} and v.id = {statement.bind(wanted.id)}
  and v.version = {statement.bind(version, "int")}
  and {visible(permit, "v", statement)}
  and not {kept_from(permit, "k", statement, "(v.person_id, v.type, v.id)")}"""
    records = await session.fetch(sql, statement.arguments)
    return _version(records[0]) if records else None


def _version(record: Record) -> Row:
    """A row of `resource_versions`."""
    return Row(
        record["person_id"],
        record["type"],
        record["id"],
        record["version"],
        record["updated"],
        record["method"] == "DELETE",
        record["body"],
        record["method"],
        labels=record["labels"],
    )
