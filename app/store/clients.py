"""The registry of clients: which programs may sign in, for whom, with which keys.

Spec: https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html#registering-a-client-communicating-public-keys
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from app.fhir.resource_types import DIRECTORY
from app.store.database import Record, Session

# Who changes anything of who may sign in takes the next mark first, and holds it to the commit.
MARKED = """marked as (
  update standing set mark = mark + 1 where name = 'sign-in' returning mark
)"""

_COLUMNS = """client_id, name, organization, role, scopes, contact, status, jwks, jwks_url, created,
  changed, changed_by"""


class ClientRow(Struct, frozen=True):
    """A client as the registry holds it (app/store/tables.py says what each part is)."""

    client_id: str
    name: str
    organization: str
    role: str
    scopes: str
    contact: str
    status: str
    jwks: str | None
    jwks_url: str | None
    created: datetime
    changed: datetime
    changed_by: str


class NewClient(Struct, frozen=True):
    """What a registration says. Exactly one of jwks and jwks_url is there."""

    client_id: str
    name: str
    organization: str
    role: str
    scopes: str
    contact: str
    jwks: str | None
    jwks_url: str | None


async def add(session: Session, new: NewClient, by: str) -> ClientRow | None:
    """The client as it is now registered; None where the id has been given before."""
    rows = await session.fetch(
        f"""
with {MARKED}
insert into clients ({_COLUMNS}, mark)
select $1, $2, $3, $4, $5, $6, 'active', $7, $8, now, now, $9, mark
from marked, statement_timestamp() as now
on conflict do nothing
returning {_COLUMNS}""",
        [
            new.client_id,
            new.name,
            new.organization,
            new.role,
            new.scopes,
            new.contact,
            new.jwks,
            new.jwks_url,
            by,
        ],
    )
    return _one(rows)


async def find(session: Session, client_id: str) -> ClientRow | None:
    """The client of this id, whatever its status."""
    rows = await session.fetch(f"select {_COLUMNS} from clients where client_id = $1", [client_id])
    return _one(rows)


async def every(session: Session) -> list[ClientRow]:
    """All clients, removed ones included, by id."""
    rows = await session.fetch(f"select {_COLUMNS} from clients order by client_id", [])
    return [_row(row) for row in rows]


async def set_status(session: Session, client_id: str, status: str, by: str) -> ClientRow | None:
    """The client with its new status; None where there is none, or it was removed. A removed
    client has no keys."""
    rows = await session.fetch(
        f"""
with {MARKED}
update clients set status = $2, changed = statement_timestamp(), changed_by = $3,
  mark = (select mark from marked),
  jwks = case when $2 <> 'removed' then jwks end,
  jwks_url = case when $2 <> 'removed' then jwks_url end
where client_id = $1 and status <> 'removed'
returning {_COLUMNS}""",
        [client_id, status, by],
    )
    return _one(rows)


async def set_keys(
    session: Session, client_id: str, jwks: str | None, jwks_url: str | None, by: str
) -> ClientRow | None:
    """The client with its new keys; None where there is none, or it was removed."""
    rows = await session.fetch(
        f"""
with {MARKED}
update clients set jwks = $2, jwks_url = $3, changed = statement_timestamp(), changed_by = $4,
  mark = (select mark from marked)
where client_id = $1 and status <> 'removed'
returning {_COLUMNS}""",
        [client_id, jwks, jwks_url, by],
    )
    return _one(rows)


async def organization_is_there(session: Session, id: str) -> bool:
    """Whether the directory holds this Organization."""
    rows = await session.fetch(
        """select from resources
        where person_id = $1 and type = 'Organization' and id = $2 and not deleted""",
        [DIRECTORY, id],
    )
    return bool(rows)


def _one(rows: Sequence[Record]) -> ClientRow | None:
    return _row(rows[0]) if rows else None


def _row(row: Record) -> ClientRow:
    return ClientRow(*row.values())
