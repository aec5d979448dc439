"""The record itself as a caller: what it does as time passes is decided and recorded like any
other deed. No token says this.

Source: docs/decisions/0025-a-supporter-stands-somewhere-for-a-reason.md
"""

from app.access.caller import Caller, Role
from app.access.scopes import parse

SERVICE = Caller(
    issuer="whatmatters upkeep",
    client_id="upkeep",
    subject="upkeep",
    token_id="upkeep",  # noqa: S106  (there is no token: it is the service that runs)
    expires_at=2**40,
    scopes=parse("system/Patient.r system/RelatedPerson.ru system/Task.cr"),
    role=Role.SERVICE,
    name="This service",
)
