"""Who asks, at whichever door: the token proven and still standing, the supporter it belongs to,
and what is closed to them just now. Each no is on record."""

from app.access.caller import Caller
from app.access.limits import FAILED_SIGN_IN
from app.access.standing import Standing
from app.access.token_check import Verifier
from app.errors import Forbidden, Unauthenticated
from app.interactions.frozen import admitted
from app.interactions.perform import audit_refusal
from app.interactions.supporter_sign_in import bound
from app.interactions.visit import Ask, Record


async def who_asks(
    record: Record,
    verifier: Verifier,
    standing: Standing,
    authorization: bytes | None,
    asked: Ask,
) -> Caller:
    """authorization: the header's value. asked: what the address tells. Raises Unauthenticated,
    Forbidden, TooMany for who failed too often, Unavailable when keys are out of reach."""
    try:
        caller = await verifier.caller(authorization)
        await standing.check(caller)
    except Unauthenticated as refusal:
        await audit_refusal(record, None, asked, refusal)
        await record.limits.take((FAILED_SIGN_IN, asked.address or ""))
        raise
    try:
        caller = await bound(record, caller, asked.act)
    except Forbidden as refusal:
        await audit_refusal(record, caller, asked, refusal)
        raise
    return await admitted(record, caller, asked)
