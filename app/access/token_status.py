"""What becomes of a token once it is given: whether it still counts, and that it shall not.

Spec: https://www.rfc-editor.org/rfc/rfc7662, https://www.rfc-editor.org/rfc/rfc7009,
https://hl7.org/fhir/smart-app-launch/STU2.2/token-introspection.html
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import TypeAlias

from app.access import scope_meet
from app.access.administrator import is_one
from app.access.caller import Caller
from app.access.sign_in import Asking, Desk, audit_refusal, audit_row, client_of
from app.access.standing import BINDS_AFTER_SECONDS
from app.errors import Refusal, SignInRefused, Unauthenticated
from app.store import sign_ins

Wait: TypeAlias = Callable[[float], Awaitable[object]]


async def introspect(
    desk: Desk, form: Mapping[str, str], authorization: bytes | None, asking: Asking
) -> dict[str, object]:
    """Whether a token counts, and what it says; to its own client, and to an administrator. For
    anybody else it does not count. Raises SignInRefused or Unauthenticated, audited."""
    caller, token = await _asked(desk, form, authorization, asking)
    found = await _in_good_standing(desk, await _holder(desk, token))
    told: dict[str, object] = {"active": False}
    if found is not None and (_is_its_own(caller, found) or is_one(caller, changes=False)):
        told = _told(desk, found)
    await desk.store.unit().audit([audit_row(desk, asking, caller, 200)])
    return told


async def revoke(
    desk: Desk,
    form: Mapping[str, str],
    authorization: bytes | None,
    asking: Asking,
    wait: Wait = asyncio.sleep,
) -> None:
    """Take a token no more. When it returns, that holds for every request that starts thereafter,
    at every worker. A token that does not count is no error. Raises SignInRefused or
    Unauthenticated, audited."""
    caller, token = await _asked(desk, form, authorization, asking)
    # Also of a client that is suspended: it may be resumed before the token has expired.
    found = await _holder(desk, token)
    try:
        if found is not None:
            _check_may_revoke(desk, caller, found)
    except SignInRefused as refusal:
        await audit_refusal(desk, asking, caller, refusal)
        raise
    unit = desk.store.unit()
    async with unit.transaction():
        if found is not None:
            expires = datetime.fromtimestamp(found.expires_at, UTC)
            await sign_ins.revoke_token(unit.session, found.token_id, found.client_id, expires)
        await unit.audit([audit_row(desk, asking, caller, 200)])
    if found is not None:
        await wait(BINDS_AFTER_SECONDS)


async def _asked(
    desk: Desk, form: Mapping[str, str], authorization: bytes | None, asking: Asking
) -> tuple[Caller, str]:
    """Who asks, by an access token of its own or by an assertion, and about which token."""
    try:
        if authorization is not None and "client_assertion" in form:
            raise SignInRefused("invalid_request", "Sign in once: by a token or by an assertion.")
        if "client_assertion" not in form:
            caller = await desk.verifier.caller(authorization)
            await desk.standing.check(caller)
        else:
            caller = await client_of(desk, form, desk.store.unit())
        token = form.get("token")
        if token is None:
            raise SignInRefused("invalid_request", "Send the token in the form, as token.")
    except Refusal as refusal:
        await audit_refusal(desk, asking, None, refusal)
        raise
    return caller, token


async def _holder(desk: Desk, token: str) -> Caller | None:
    """Whose token it is, where it is a good one that has not expired."""
    try:
        return await desk.verifier.caller(b"Bearer " + token.encode("ascii", "replace"))
    except Unauthenticated:
        return None


async def _in_good_standing(desk: Desk, found: Caller | None) -> Caller | None:
    try:
        if found is not None:
            await desk.standing.check(found)
    except Unauthenticated:
        return None
    return found


def _is_its_own(caller: Caller, found: Caller) -> bool:
    return (caller.issuer, caller.client_id) == (found.issuer, found.client_id)


def _check_may_revoke(desk: Desk, caller: Caller, found: Caller) -> None:
    if not (_is_its_own(caller, found) or is_one(caller, changes=True)):
        raise SignInRefused(
            "unauthorized_client", "This token was given to another client, which may revoke it."
        )
    if found.issuer != desk.own.name:
        raise SignInRefused(
            "unsupported_token_type", "This token was not given here. Revoke it where it was."
        )


def _told(desk: Desk, found: Caller) -> dict[str, object]:
    told: dict[str, object] = {
        "active": True,
        "scope": scope_meet.text(found.scopes),
        "client_id": found.client_id,
        "sub": found.subject,
        "iss": found.issuer,
        "jti": found.token_id,
        "exp": found.expires_at,
        "token_type": "Bearer",
        "role": str(found.role),
    }
    if found.issuer == desk.own.name:
        told["aud"] = desk.own.audience
    if found.organization is not None:
        told["organization"] = found.organization
    if found.person is not None:
        told["patient"] = found.person
    return told
