"""Who is signed in in a browser: a session begun, looked up for each request, and ended.

Pages make their Caller here, and then enter like everybody else.
Source: docs/decisions/0024-people-sign-in-elsewhere.md,
https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html
"""

import secrets
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

import msgspec

from app.access import code_flow, whose_record
from app.access.caller import Caller
from app.access.code_flow import Query
from app.access.reception import Reception
from app.access.sign_in import Asking, audit_refusal, audit_row
from app.errors import Refusal, Unauthenticated
from app.fhir.resource_types import DIRECTORY
from app.store import sessions
from app.store.resources import AuditRow

_ENDED = "You are not signed in in this browser, or not any more. Sign in again."
_SECRET_BYTES = 32


class SignedIn(msgspec.Struct, frozen=True):
    """Who is here. created, expires: of the session, whatever happens in between."""

    caller: Caller
    organization_name: str | None
    created: datetime
    expires: datetime


class _Kept(msgspec.Struct, frozen=True):
    caller: Caller
    organization_name: str | None


async def begin_session(
    reception: Reception, sealed: str | None, query: Query, before: str | None, asking: Asking
) -> tuple[str, str]:
    """The secret of a new session, for what came back from the provider, and where to go.

    sealed: what this browser kept of its sign-in. before: the secret of the session in this
    browser, which ends. Raises what code_flow and whose_record do, audited.
    """
    try:
        attempt = code_flow.attempt_of(reception, sealed, query)
        proof = await code_flow.finish(reception, attempt, query)
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        unit = reception.desk.store.unit()
        async with unit.transaction():
            known = await whose_record.known(unit.session, proof, f"session-{_id(secret)[:16]}")
            if before is not None:
                await sessions.end(unit.session, _id(before))
            kept = msgspec.json.encode(_Kept(known.caller, known.organization_name)).decode()
            person = known.caller.person or DIRECTORY
            await sessions.begin(unit.session, person, _id(secret), kept)
            await unit.audit([_done(reception, asking, known.caller)])
    except Refusal as refusal:
        await audit_refusal(reception.desk, asking, None, refusal)
        raise
    return secret, attempt.next


async def session_of(reception: Reception, secret: str | None) -> SignedIn:
    """Whose browser this is. secret: what its cookie holds. Raises Unauthenticated."""
    if secret is None:
        raise Unauthenticated(_ENDED)
    here = await sessions.use(reception.desk.store.database.session(), _id(secret))
    kept = _read(here.caller) if here is not None else None
    if here is None or kept is None or kept.caller.issuer not in reception.issuer_by_name:
        raise Unauthenticated(_ENDED)
    return SignedIn(kept.caller, kept.organization_name, here.created, here.expires)


async def caller_of_session(reception: Reception, secret: str | None) -> Caller:
    """The same Caller as a token would make, for pages. Raises Unauthenticated."""
    return (await session_of(reception, secret)).caller


@lru_cache(maxsize=4096)
def _read(caller: str) -> _Kept | None:
    """The same Caller for the same session, as what is decided is remembered by it. None for what
    another version of this service wrote in another form."""
    try:
        return msgspec.json.decode(caller, type=_Kept)
    except msgspec.MsgspecError:
        return None


async def end_session(reception: Reception, secret: str | None, asking: Asking) -> None:
    """From now on no worker takes it; nothing where there is none. The request has come from one of
    our own pages."""
    try:
        caller = await caller_of_session(reception, secret)
    except Unauthenticated:
        return
    unit = reception.desk.store.unit()
    async with unit.transaction():
        await sessions.end(unit.session, _id(secret or ""))
        await unit.audit([_done(reception, asking, caller)])


def _done(reception: Reception, asking: Asking, caller: Caller) -> AuditRow:
    """In the log of whose record it is, so that they see a sign-in that was not theirs."""
    return audit_row(reception.desk, asking, caller, 200, person_id=caller.person)


def _id(secret: str) -> str:
    """What the database knows of it: nobody signs in by what stands there."""
    return sha256(secret.encode()).hexdigest()
