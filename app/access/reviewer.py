"""Who reviews what is out of the ordinary: a privacy officer or an administrator, whose token
reads the access logs.

Spec: https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
"""

from app.access.caller import Caller, Role
from app.access.scopes import Scope, covers
from app.errors import Forbidden

_CONTEXTS = ("system", "user")


def is_reviewer(caller: Caller) -> bool:
    """Whether this is one, whatever the token reaches."""
    return caller.role in (Role.PRIVACY_OFFICER, Role.ADMIN)


def check_reviewer(caller: Caller) -> None:
    """Raises Forbidden for anybody else, and for a token that does not reach the logs."""
    if not is_reviewer(caller):
        raise Forbidden("Only a privacy officer or an administrator reviews this.")
    if not any(covers(caller.scopes, Scope(one, "AuditEvent", "rs")) for one in _CONTEXTS):
        raise Forbidden("This needs the scope system/AuditEvent.rs, which the token does not hold.")
