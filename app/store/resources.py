"""Reading and writing versions. A write is one statement: the version, its index, the change log
and its audit.

Spec: https://hl7.org/fhir/R4/http.html#versions
"""

import secrets
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, field

from app.fhir.indexed import IndexValues
from app.fhir.labels import HIDDEN_DEED, Label
from app.store.database import Record, Session
from app.store.permit import Permit, visible
from app.store.rights import Right
from app.store.statement import Statement
from app.store.write_statement import CREATE, CREATE_WITH_RIGHTS, WRITE, WRITE_WITH_RIGHTS

_SEPARATOR, _FIELD = "\x1f", "\x1e"  # nothing that is kept holds either
_FIELDS = 7
_NOBODYS = _FIELD * (_FIELDS - 1)
# Stands in an audit event for the version that is about to be read. Nobody can guess it, so nothing
# that a caller sends is taken for it.
VERSION_READ = secrets.token_hex(16)


class Row(Struct, frozen=True):
    """One stored version. body: the resource's canonical bytes; empty when this version is a
    deletion. author: who first wrote it. labels: of `app.fhir.labels`."""

    person_id: str
    type: str
    id: str
    version: int
    updated: datetime
    deleted: bool
    body: bytes
    method: str = ""
    author: str = ""
    labels: int = 0


class AuditRow(Struct, frozen=True):
    """One AuditEvent as it is stored; `agent` is who acted."""

    person_id: str
    id: str
    updated: datetime
    agent: str
    tokens: Sequence[str]
    body: bytes


class Wanted(Struct, frozen=True):
    """One resource asked for. person_id None: its id does not say whose it is, so `locators` is
    asked."""

    person_id: str | None
    type: str
    id: str


class Viewing(Struct, frozen=True):
    """A read together with its audit, which is written only where there is something to see.

    wanted: with its person_id. audit: `VERSION_READ` stands in its tokens and body for the version.
    """

    wanted: Wanted
    audit: AuditRow


class Write(Struct, frozen=True):
    """One version to be written.

    expected: the current version it replaces, or 0 when nothing is there yet. located: the id was
    chosen by the client, so it goes into `locators`. author: who first wrote the resource. audit:
    written only if this is. refers_to: what must be there, with the person that each lies with.
    seen_by: the permit inside which all of that must be seen, where nobody looked before. labels:
    of `app.fhir.labels`. rights: what it says about who may see what; None for a type that never
    does.
    """

    person_id: str
    type: str
    id: str
    expected: int
    updated: datetime
    method: str
    author: str
    body: bytes
    index: IndexValues = field(default_factory=IndexValues)
    located: bool = False
    deleted: bool = False
    audit: tuple[AuditRow, ...] = ()
    refers_to: tuple[Wanted, ...] = ()
    labels: int = 0
    rights: tuple[Right, ...] | None = None
    seen_by: Permit | None = None

    @property
    def version(self) -> int:
        """The version this write makes."""
        return self.expected + 1

    @property
    def key(self) -> tuple[str, str, str]:
        """What it writes to."""
        return (self.person_id, self.type, self.id)


async def write(session: Session, writes: Sequence[Write]) -> list[bool]:
    """Write all, in one statement; True where it was written, False where another version was
    there first.

    No two writes may have one key. Durable when it returns, unless the session is inside a
    transaction.
    """
    is_new = all(w.expected == 0 for w in writes)
    arguments = _arguments(writes)
    if all(w.rights is None for w in writes):
        statement = CREATE if is_new else WRITE
    else:
        statement = CREATE_WITH_RIGHTS if is_new else WRITE_WITH_RIGHTS
        arguments += _rights_columns(writes)
    rows = await session.fetch(statement, arguments)
    done = {row["n"] for row in rows}
    return [n in done for n in range(len(writes))]


def _arguments(writes: Sequence[Write]) -> list[object]:
    audits = [(n, a) for n, w in enumerate(writes) for a in w.audit]
    references, askers = _reference_columns(writes)
    return [
        list(range(len(writes))),
        [w.person_id for w in writes],
        [w.type for w in writes],
        [w.id for w in writes],
        [w.expected for w in writes],
        *index_columns([w.index for w in writes]),
        [w.updated for w in writes],
        [w.deleted for w in writes],
        [w.method for w in writes],
        [w.author for w in writes],
        [w.body for w in writes],
        [w.located for w in writes],
        [n for n, _ in audits],
        *_audit_columns([a for _, a in audits]),
        *references,
        [w.labels for w in writes],
        *askers,
    ]


def _rights_columns(writes: Sequence[Write]) -> list[object]:
    """Arguments 52 to 63: the rights, by the place of their write and their own; lists as text."""
    rights = [(n, i, r) for n, w in enumerate(writes) for i, r in enumerate(w.rights or ())]
    return [
        [n for n, _, _ in rights],
        [i for _, i, _ in rights],
        [r.actor for _, _, r in rights],
        [r.says for _, _, r in rights],
        [r.tie for _, _, r in rights],
        [r.weight for _, _, r in rights],
        [r.covers_restricted for _, _, r in rights],
        [_listed(r.classes) for _, _, r in rights],
        [_listed(r.entries) for _, _, r in rights],
        [_listed(r.purposes) for _, _, r in rights],
        [r.low for _, _, r in rights],
        [r.high for _, _, r in rights],
    ]


def _listed(several: Sequence[str] | None) -> str | None:
    return None if several is None else _SEPARATOR.join(several)


def _reference_columns(writes: Sequence[Write]) -> tuple[list[object], list[object]]:
    """Arguments 41 to 46, what the writes refer to, each once for each who asks, and which of them
    each write needs; and 48 to 51, who asks."""
    place_by_reference: dict[tuple[Wanted, Permit | None], int] = {}
    needs = [
        (n, place_by_reference.setdefault((one, w.seen_by), len(place_by_reference)))
        for n, w in enumerate(writes)
        for one in w.refers_to
    ]
    named = [one for one, _ in place_by_reference]
    asking = [permit for _, permit in place_by_reference]
    references: list[object] = [
        list(place_by_reference.values()),
        [one.person_id for one in named],
        [one.type for one in named],
        [one.id for one in named],
        [n for n, _ in needs],
        [k for _, k in needs],
    ]
    return references, [
        [permit and permit.agent for permit in asking],
        [permit and permit.party for permit in asking],
        [permit and permit.purpose for permit in asking],
        [permit.hidden if permit else 0 for permit in asking],
    ]


def index_columns(indexes: Sequence[IndexValues]) -> list[object]:
    """Arguments 6 to 27 of the statements: tokens, dates, numbers and strings, by place in
    `indexes`."""
    dates = [(n, i, d) for n, index in enumerate(indexes) for i, d in enumerate(index.dates)]
    numbers = [(n, i, v) for n, index in enumerate(indexes) for i, v in enumerate(index.numbers)]
    strings = [(n, i, s) for n, index in enumerate(indexes) for i, s in enumerate(index.strings)]
    return [
        [_SEPARATOR.join(dict.fromkeys(index.tokens)) for index in indexes],
        [n for n, _, _ in dates],
        [i for _, i, _ in dates],
        [d.parameter for _, _, d in dates],
        [d.low for _, _, d in dates],
        [d.high for _, _, d in dates],
        [d.pair for _, _, d in dates],
        [n for n, _, _ in numbers],
        [i for _, i, _ in numbers],
        [v.parameter for _, _, v in numbers],
        [v.low for _, _, v in numbers],
        [v.high for _, _, v in numbers],
        [v.system for _, _, v in numbers],
        [v.code for _, _, v in numbers],
        [v.unit for _, _, v in numbers],
        [v.pair for _, _, v in numbers],
        [n for n, _, _ in strings],
        [i for _, i, _ in strings],
        [s.parameter for _, _, s in strings],
        [s.normalised for _, _, s in strings],
        [s.exact for _, _, s in strings],
        [s.pair for _, _, s in strings],
    ]


def _audit_columns(audits: Sequence[AuditRow]) -> list[object]:
    return [
        [a.person_id for a in audits],
        [a.id for a in audits],
        [a.updated for a in audits],
        [a.agent for a in audits],
        [_SEPARATOR.join(a.tokens) for a in audits],
        [a.body for a in audits],
    ]


_AUDIT = """
insert into audit_events (person_id, id, updated, agent, tokens, body)
select person_id, id, updated, agent, string_to_array(tokens, chr(31)), body
from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::bytea[])
  as a(person_id, id, updated, agent, tokens, body)
order by person_id
"""


async def write_audit(session: Session, rows: Sequence[AuditRow]) -> None:
    """Write audit events alone: for reads, searches and refusals."""
    await session.fetch(_AUDIT, _audit_columns(rows))


def _row(record: Record) -> Row:
    return Row(
        record["person_id"],
        record["type"],
        record["id"],
        record["version"],
        record["updated"],
        record["deleted"],
        record["body"],
        author=record["author"],
        labels=record["labels"],
    )


# By its whole key; `offset 0` keeps the planner from any other way in. w: what is asked for.
_ONE_WANTED = """
  select {columns} from resources r
  where r.person_id = coalesce(w.person_id, (
      select l.person_id from locators l where l.type = w.type and l.id = w.id))
    and r.type = w.type and r.id = w.id
  offset 0
"""


async def read_many(session: Session, permit: Permit, wanted: Sequence[Wanted]) -> list[Row | None]:
    """The current versions, deleted ones included, in the order asked; None where the permit sees
    nothing."""
    statement = Statement()
    sql = f"""
select w.n, r.person_id, r.type, r.id, r.version, r.updated, r.deleted, r.body, r.author,
  r.labels
{_wanted(statement, wanted, "r.*")}
where {visible(permit, "r", statement)}"""
    return _in_order(await session.fetch(sql, statement.arguments), len(wanted))


async def view_many(
    session: Session, permit: Permit, viewings: Sequence[Viewing]
) -> list[Row | None]:
    """As `read_many`, and with the audits of those that are there, in one statement. A deleted
    version comes without."""
    statement = Statement()
    told = statement.bind([_packed(one) for one in viewings], "text[]")
    moments = statement.bind([one.audit.updated for one in viewings], "timestamptz[]")
    version = statement.bind(VERSION_READ)
    hidden, mark = int(Label.HIDDEN_FROM_PERSON), statement.bind(HIDDEN_DEED)
    sql = f"""
with asked as materialized (
  select (p.n - 1)::int as n, nullif(s.f[1], '') as person_id, s.f[2] as type, s.f[3] as id,
    s.f[4] as audit_id, p.updated, s.f[5] as agent, s.f[6] as tokens, s.f[7] as body
  from unnest((select {told}), (select {moments})) with ordinality as p(told, updated, n)
  cross join lateral (select string_to_array(p.told, chr(30)) as f offset 0) s
),
found as (
  select w.n, r.person_id, r.type, r.id, r.version, r.updated, r.deleted, r.body, r.author,
    r.labels
  from asked w
  cross join lateral ({_ONE_WANTED.format(columns="r.*")}) r
  where {visible(permit, "r", statement)}
),
audited as (
  insert into audit_events (person_id, id, updated, agent, tokens, body)
  select f.person_id, a.audit_id, a.updated, a.agent,
    string_to_array(replace(a.tokens, {version}, f.version::text), chr(31))
      || case when f.labels & {hidden} <> 0 then array[{mark}] else '{{}}' end,
    convert_to(replace(a.body, {version}, f.version::text), 'UTF8')
  from asked a
  join found f using (n)
  where not f.deleted
  order by f.person_id
)
select * from found"""
    return _in_order(await session.fetch(sql, statement.arguments), len(viewings))


def _packed(viewing: Viewing) -> str:
    """All texts of a viewing as one: the driver looks at each text of each list that it sends. An
    id that would be taken for more than one of them is nobody's."""
    wanted, audit = viewing.wanted, viewing.audit
    tokens, body = _SEPARATOR.join(audit.tokens), audit.body.decode()
    told = (wanted.person_id or "", wanted.type, wanted.id, audit.id, audit.agent, tokens, body)
    packed = _FIELD.join(told)
    return packed if packed.count(_FIELD) == _FIELDS - 1 else _NOBODYS


def _in_order(records: Sequence[Record], count: int) -> list[Row | None]:
    found: list[Row | None] = [None] * count
    for record in records:
        found[record["n"]] = _row(record)
    return found


async def find_many(session: Session, permit: Permit, wanted: Sequence[Wanted]) -> list[str | None]:
    """The person (or directory key) each lives at, in the order asked; None when deleted or
    unseen."""
    statement = Statement()
    columns = "r.person_id, r.deleted, r.type, r.id, r.author, r.labels, r.tokens"
    sql = f"""
select w.n, r.person_id {_wanted(statement, wanted, columns)}
where not r.deleted and {visible(permit, "r", statement)}"""
    found: list[str | None] = [None] * len(wanted)
    for record in await session.fetch(sql, statement.arguments):
        found[record["n"]] = record["person_id"]
    return found


def _wanted(statement: Statement, wanted: Sequence[Wanted], columns: str) -> str:
    """Looks each up. The lists are selected, so that their length is nothing to plan for: one plan
    serves all lists."""
    n = statement.bind(list(range(len(wanted))), "int[]")
    people = statement.bind([w.person_id for w in wanted], "text[]")
    types = statement.bind([w.type for w in wanted], "text[]")
    ids = statement.bind([w.id for w in wanted], "text[]")
    return f"""
from unnest((select {n}), (select {people}), (select {types}), (select {ids}))
  as w(n, person_id, type, id)
cross join lateral ({_ONE_WANTED.format(columns=columns)}) r"""


async def hold(session: Session, wanted: Sequence[Wanted]) -> None:
    """Keep others from referring to these until the transaction ends, and wait for those who do so
    just now. wanted: with their person_id."""
    await session.fetch(
        """
select from resources r
join unnest($1::text[], $2::text[], $3::text[]) as w(person_id, type, id)
  on r.person_id = w.person_id and r.type = w.type and r.id = w.id
order by r.person_id, r.type, r.id
for update of r""",
        [[w.person_id for w in wanted], [w.type for w in wanted], [w.id for w in wanted]],
    )
