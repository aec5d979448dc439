"""Whether a human being has just signed in, which some things ask of them.

Spec: https://openid.net/specs/openid-connect-core-1_0.html#IDToken (auth_time)
"""

from datetime import datetime

from app.access.caller import Caller, Role
from app.errors import Forbidden

_FRESH_MINUTES = 5
_LEEWAY_SECONDS = 60  # how far the issuer's clock may run ahead of ours


def check_practitioner(caller: Caller, now: datetime) -> None:
    """now: by the database's clock. Raises Forbidden, with what to do."""
    if caller.role is not Role.PRACTITIONER:
        raise Forbidden(
            "Emergency access is for one practitioner, signed in as themselves. A program, a "
            "person or a supporter cannot have it."
        )
    signed_in_at = caller.signed_in_at
    if signed_in_at is None:
        raise Forbidden(
            "The token does not say when you signed in (auth_time). Sign in again, and ask for "
            "a token that says so."
        )
    age = now.timestamp() - signed_in_at
    if not -_LEEWAY_SECONDS <= age <= _FRESH_MINUTES * 60:
        raise Forbidden(
            f"You signed in more than {_FRESH_MINUTES} minutes ago. Sign in again, then send this "
            "again."
        )
