"""Looking a service over: settings, durability, migrations; each finding with what to do."""

from dataclasses import dataclass
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

from app.access.signing_keys import SigningKeys
from app.errors import Refusal
from app.main import trusted_issuers
from app.settings import Settings
from app.store import embedded
from app.store.database import Database, connect, durability


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. text: a sentence; when it is not fine, it ends with what to do."""

    fine: bool
    text: str


async def examine(settings: Settings, root: Path) -> list[Finding]:
    """Everything that can be looked at from here, without changing it."""
    findings = [_embedded(settings), *_own_keys(settings)]
    url = settings.database_url
    if url is None and embedded.is_running(settings.data_dir):
        url = embedded.start(settings.data_dir).url
    if url is None:
        return [_sign_in(settings, 0), *findings]
    try:
        database = await connect(
            url,
            pool_size=2,
            statement_timeout_ms=settings.statement_timeout_ms,
            lock_timeout_ms=settings.lock_timeout_ms,
            idle_timeout_ms=settings.idle_timeout_ms,
        )
    except Refusal as refusal:
        return [_sign_in(settings, 0), *findings, Finding(False, refusal.issues[0].text)]
    try:
        findings += await _database(database, root)
        return [_sign_in(settings, await _clients(database)), *findings]
    finally:
        await database.close()


def _sign_in(settings: Settings, clients: int) -> Finding:
    """clients: how many may sign in here."""
    try:
        issuers = trusted_issuers(settings)
    except Refusal as refusal:
        return Finding(False, f"WHATMATTERS_ISSUERS cannot be read: {refusal.issues[0].text}")
    names = [issuer.name for issuer in issuers if issuer.audience is not None]
    own = [f"this service itself ({clients} clients may sign in)"] if clients else []
    told = [f"Tokens are taken from {', '.join([*names, *own])}."] if names or own else []
    pages = [issuer.provider.label for issuer in issuers if issuer.provider is not None]
    if pages:
        told.append(f"People sign in with {', '.join(pages)}.")
    if told:
        return Finding(True, " ".join(told))
    text = "No issuer is trusted and no client is registered, so nobody can sign in. Register one "
    text += "(whatmatters client add), or set WHATMATTERS_ISSUERS"
    return Finding(False, f"{text} (or, to look over the demonstration, WHATMATTERS_DEMO=true).")


def _own_keys(settings: Settings) -> list[Finding]:
    """Nothing where there are none yet: the service makes them when it starts."""
    if not settings.token_keys_path.exists():
        return []
    try:
        SigningKeys(settings.token_keys_path)
    except Refusal as refusal:
        return [Finding(False, refusal.issues[0].text)]
    return [Finding(True, "The keys that sign our own tokens can be read.")]


async def _clients(database: Database) -> int:
    """How many clients may sign in; 0 where the tables are of another version."""
    session = database.session()
    there = await session.fetch("select to_regclass('clients') is not null as yes", [])
    if not there[0]["yes"]:
        return 0
    rows = await session.fetch("select count(*) from clients where status = 'active'", [])
    return int(rows[0]["count"])


def _embedded(settings: Settings) -> Finding:
    if settings.database_url is not None:
        return Finding(True, "The database is a server of your own (WHATMATTERS_DATABASE_URL).")
    if embedded.is_running(settings.data_dir):
        return Finding(True, f"The embedded PostgreSQL in {settings.data_dir} is running.")
    return Finding(False, "The embedded PostgreSQL is not running. Start: whatmatters serve")


async def _database(database: Database, root: Path) -> list[Finding]:
    session = database.session()
    faults = await durability(session)
    findings = [Finding(False, fault) for fault in faults]
    if not faults:
        findings.append(Finding(True, "An acknowledged entry survives a crash (fsync is on)."))
    head = ScriptDirectory.from_config(Config(root / "alembic.ini")).get_current_head()
    there = await session.fetch("select to_regclass('alembic_version') is not null as yes", [])
    rows = (
        await session.fetch("select version_num from alembic_version", [])
        if there[0]["yes"]
        else []
    )
    if rows and rows[0]["version_num"] == head:
        findings.append(Finding(True, "The tables are those of this version."))
    else:
        text = "The tables are of another version. Run: whatmatters migrate"
        findings.append(Finding(False, text))
    return findings
