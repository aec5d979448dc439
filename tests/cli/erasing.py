"""Looking at the rows of one person, and putting them back as a restore of a backup would."""

import asyncio
from typing import Any

import asyncpg

from app.settings import Settings
from app.store import tables_sign_in  # noqa: F401  (its tables join those of Table)
from app.store.tables_protection import Notice
from tests.store.audit_world import run_in_replica

Rows = dict[str, list[dict[str, Any]]]
_WITH_PEOPLE = [t for t in Notice.metadata.sorted_tables if "person_id" in t.columns]


def fetch(url: str, sql: str, *arguments: object) -> list[dict[str, Any]]:
    async def run() -> list[dict[str, Any]]:
        connection = await asyncpg.connect(url)
        try:
            return [dict(row) for row in await connection.fetch(sql, *arguments)]
        finally:
            await connection.close()

    return asyncio.run(run())


def protect(settings: Settings, person: str) -> None:
    """One row about the person in each table of what protects or supports somebody."""
    url, f = settings.database_url or "", "for the officer alone"
    fetch(
        url,
        "insert into emergencies (person_id, id, actor, name, organization, reason, words, began,"
        " until) values ($1, 'e1', 'x', 'Dr Nance', 'Organization/gp-surgery', 'danger-to-life',"
        " $2, now() - interval '2 hours', now() - interval '1 hour')",
        person,
        f,
    )
    fetch(
        url,
        "insert into notices (person_id, id, addressee, about, text, made)"
        " values ($1, 'n1', 'person', 'e1', 'Your record was opened.', now())",
        person,
    )
    fetch(
        url,
        "insert into freezes (person_id, id, reason, made, made_by, lifted, lifted_by,"
        " lifted_reason) values ($1, 'f1', $2, now(), 'x', now(), 'x', 'over')",
        person,
        f,
    )
    fetch(
        url,
        "insert into supporter_invitations (person_id, id, supporter, code, made, made_by, expires)"
        " values ($1, 'i1', 's', '', now(), $2, now())",
        person,
        f,
    )
    fetch(
        url,
        "insert into supporter_accounts (person_id, issuer, subject, supporter, made)"
        " values ($1, 'https://issuer.example', $2, 's', now())",
        person,
        f,
    )
    fetch(
        url,
        "insert into supporter_reviews (person_id, supporter, age, task, version, made, due)"
        " values ($1, 's', 16, 't', 1, now(), now() + interval '1 day')",
        person,
    )
    fetch(
        url,
        "insert into quarantines (person_id, type, id, quarantine, reason, made, made_by, lifted,"
        " lifted_by, lifted_reason)"
        " values ($1, 'Goal', 'g', 'q1', $2, now(), 'x', now(), 'x', 'over')",
        person,
        f,
    )
    fetch(
        url,
        "insert into answered_requests (person_id, caller, key, fingerprint, status, written, made)"
        " values ($1, 'c', 'k', 'f', 201, array['Goal/' || $1 || '-g/1'], now())",
        person,
    )
    _once_linked(url, person)


def _once_linked(url: str, person: str) -> None:
    fetch(
        url,
        "insert into merges (person_id, id, kind, part, other, words, proposed, proposed_by, until,"
        " decision, undone)"
        " values ($1, 'm1', 'merge', 'source', 'x', 'y', now(), 'x', now(), 'approved', now())",
        person,
    )


def sign_in(settings: Settings, person: str) -> None:
    """An account of the person, and a browser in which they are signed in."""
    url = settings.database_url or ""
    fetch(
        url,
        "insert into accounts (issuer, subject, person_id, made)"
        " values ('https://login.example', $1, $1, now())",
        person,
    )
    fetch(
        url,
        "insert into sessions (person_id, id, caller, created, used, expires)"
        " values ($1, 's1', '{}', now(), now(), now())",
        person,
    )


def leave_link(settings: Settings, person: str) -> None:
    """What only a restore can leave: a link without its merge."""
    sql = "insert into links (person_id, other, survives) values ($1, 'x', true)"
    fetch(settings.database_url or "", sql, person)


def rows_of(url: str, table: str, person: str) -> list[dict[str, Any]]:
    """The rows of one person in one table, in the order of its key."""
    [described] = [t for t in _WITH_PEOPLE if t.name == table]
    key = ", ".join(column.name for column in described.primary_key.columns)
    return fetch(url, f"select * from {table} where person_id = $1 order by {key}", person)  # noqa: S608


def whole(url: str, apart_from: str) -> Rows:
    """Every row of everybody else, without the directory's log, which tells of an erasure."""
    found: Rows = {}
    for t in _WITH_PEOPLE:
        key = ", ".join(column.name for column in t.primary_key.columns)
        others = " and person_id <> 'directory'" if t.name.startswith("audit") else ""
        sql = f"select * from {t.name} where person_id <> $1{others} order by {key}"  # noqa: S608
        found[t.name] = fetch(url, sql, apart_from)
    return found


def put_back(url: str, person: str, backup: Rows) -> None:
    """The person's rows as the backup has them, in place of those that are there."""
    statements: list[tuple[str, list[object]]] = []
    for table, rows in backup.items():
        statements.append((f"delete from {table} where person_id = $1", [person]))  # noqa: S608
        for row in rows:
            names = ", ".join(row)
            places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
            sql = f"insert into {table} ({names}) overriding system value values ({places})"  # noqa: S608
            statements.append((sql, list(row.values())))
    run_in_replica(url, statements)
