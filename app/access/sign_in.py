"""How a client signs in: its assertion proven, used once, and answered with a token.

Spec: https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html,
https://www.rfc-editor.org/rfc/rfc6749#section-4.4, https://www.rfc-editor.org/rfc/rfc7523
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from msgspec import Struct

from app.access import assertion as assertions
from app.access import audit, client_keys, scope_meet, scopes
from app.access.acts import Act
from app.access.assertion import Assertion, refused
from app.access.caller import Caller
from app.access.issuers import PublicKey
from app.access.key_sets import KeySets
from app.access.limits import FAILED_SIGN_IN, Limits
from app.access.own_tokens import LIFETIME_SECONDS, OwnIssuer
from app.access.standing import Standing
from app.access.token_check import Verifier
from app.errors import Refusal, SignInRefused, Unreachable
from app.store import clients, sign_ins
from app.store.clients import ClientRow
from app.store.resources import AuditRow
from app.store.sign_ins import Used
from app.store.unit import Store, Unit

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
GRANT_TYPE = "client_credentials"

# One sentence for a client that is not known, a key that is not its own, and a signature that is
# not by that key: which clients there are is nobody's business.
_UNPROVEN = (
    "The assertion is not signed by a key that is registered for this client. Check iss, kid, and "
    "which key signs; keys are registered with whoever runs this service."
)
_NOT_SIGNED_IN = 401
_NOT_ACTIVE = "This client is suspended. Write to whoever runs this service."


@dataclass(frozen=True, slots=True)
class Desk:
    """Where clients sign in, at one worker. clock: the present, in UTC, for the audit. limits: how
    often they may fail to."""

    store: Store
    own: OwnIssuer
    key_sets: KeySets
    verifier: Verifier
    standing: Standing
    clock: Callable[[], datetime]
    limits: Limits

    @property
    def token_url(self) -> str:
        """What an assertion must be meant for."""
        return f"{self.own.name}/oauth/token"


class Asking(Struct, frozen=True):
    """One request to the desk. target: its path and query, for the audit."""

    act: Act
    method: str
    target: str
    request_id: str
    address: str | None


class Granted(Struct, frozen=True):
    """What is answered. scope: as the token's claim. seconds: how long the token lives."""

    token: str
    scope: str
    seconds: int = LIFETIME_SECONDS


async def sign_in(desk: Desk, form: Mapping[str, str], asking: Asking) -> Granted:
    """A token for what is asked for and allowed. Raises SignInRefused, or Unavailable when the
    client's keys are out of reach; both are audited."""
    who: Caller | None = None
    try:
        _check_grant(form)
        assertion, client = await _proven(desk, form)
        who = desk.own.caller(client, assertion.id)
        return await _granted(desk, assertion, client, form.get("scope", ""), asking)
    except Refusal as refusal:
        await audit_refusal(desk, asking, who, refusal)
        raise


async def client_of(desk: Desk, form: Mapping[str, str], unit: Unit) -> Caller:
    """The client that signs in by its assertion for something else than a token. Raises
    SignInRefused."""
    assertion, client = await _proven(desk, form)
    await _use(unit, assertion, client)
    return desk.own.caller(client, assertion.id)


async def audit_refusal(desk: Desk, asking: Asking, who: Caller | None, refusal: Refusal) -> None:
    """Make the record of a no durable; while the store is out of reach there is nowhere to. Raises
    TooMany when this address failed to sign in too often."""
    if not isinstance(refusal, Unreachable):
        row = audit_row(desk, asking, who, refusal.status, refusal.issues[0].text)
        await desk.store.unit().audit([row])
    if refusal.status == _NOT_SIGNED_IN:
        await desk.limits.take((FAILED_SIGN_IN, asking.address or ""))


def audit_row(
    desk: Desk,
    asking: Asking,
    who: Caller | None,
    status: int,
    refusal: str | None = None,
    *,
    person_id: str | None = None,
) -> AuditRow:
    """The AuditEvent of one request to the desk. person_id: whose record it is about; None for
    nobody's."""
    now = desk.clock()
    deed = audit.Deed(
        who,
        asking.act,
        None,
        None,
        None,
        person_id,
        audit.outcome_of(status),
        refusal,
        asking.target.encode(),
        asking.request_id,
        now,
        asking.method,
        asking.address,
    )
    id = f"{int(now.timestamp() * 1000):012x}{secrets.token_hex(8)}"
    return audit.row(deed, id, desk.own.audience)


def _check_grant(form: Mapping[str, str]) -> None:
    grant_type = form.get("grant_type")
    if grant_type is None:
        raise SignInRefused("invalid_request", f"Send grant_type={GRANT_TYPE} in the form.")
    if grant_type != GRANT_TYPE:
        raise SignInRefused(
            "unsupported_grant_type", f"Only grant_type={GRANT_TYPE} is offered here."
        )


async def _proven(desk: Desk, form: Mapping[str, str]) -> tuple[Assertion, ClientRow]:
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise SignInRefused("invalid_request", f"Send client_assertion_type={ASSERTION_TYPE}.")
    if "client_assertion" not in form:
        raise SignInRefused(
            "invalid_request", "Send the signed assertion in the form, as client_assertion."
        )
    assertion = assertions.read(form["client_assertion"], desk.token_url)
    if form.get("client_id", assertion.client_id) != assertion.client_id:
        raise refused("The form's client_id is not that of the assertion. Leave it out.")
    client = await clients.find(desk.store.database.session(), assertion.client_id)
    key = await _key(desk, assertion, client)
    is_proven = client_keys.has_signed(key, assertion.algorithm, assertion.token)
    if client is None or not is_proven:
        raise refused(_UNPROVEN)
    return assertion, client


async def _key(desk: Desk, assertion: Assertion, client: ClientRow | None) -> PublicKey | None:
    if client is None or assertion.key_set_url not in (None, client.jwks_url):
        return None
    if client.jwks is not None:
        keys = _registered_keys(client.jwks)
        return client_keys.one(keys, assertion.key_id, assertion.algorithm)
    if client.jwks_url is not None:
        return await desk.key_sets.key(client.jwks_url, assertion.key_id, assertion.algorithm)
    return None


@lru_cache(maxsize=1024)
def _registered_keys(jwks: str) -> tuple[PublicKey, ...]:
    return client_keys.usable(jwks) or ()


async def _granted(
    desk: Desk, assertion: Assertion, client: ClientRow, requested: str, asking: Asking
) -> Granted:
    unit = desk.store.unit()
    async with unit.transaction():
        used = await _use(unit, assertion, client)
        granted = _scopes(requested, client)
        token, token_id = desk.own.mint(client, granted, used.now)
        who = desk.own.caller(client, token_id, granted)
        await unit.audit([audit_row(desk, asking, who, 200)])
    return Granted(token, scope_meet.text(granted))


async def _use(unit: Unit, assertion: Assertion, client: ClientRow) -> Used:
    used = await sign_ins.use_assertion(
        unit.session, client.client_id, assertion.id, assertion.times
    )
    if not used.is_active:
        raise refused(_NOT_ACTIVE)
    if used.has_expired:
        raise refused("The assertion has expired. Make a new one for each sign-in.")
    if used.ends_too_late:
        raise refused("The assertion's claim exp must be at most 5 minutes ahead.")
    if used.is_early:
        raise refused("The assertion is not valid yet. Is the clock of this client right?")
    if not used.is_first:
        raise refused("This assertion was used before. Make a new one, with a jti of its own.")
    return used


def _scopes(requested: str, client: ClientRow) -> tuple[scopes.Scope, ...]:
    wanted = scopes.parse(requested)
    if not requested.strip():
        raise SignInRefused("invalid_scope", "Say what for: scope=system/Goal.rs, for one.")
    granted = scope_meet.meet(wanted[: scope_meet.MOST_SCOPES], scopes.parse(client.scopes))
    if (
        len(wanted) > scope_meet.MOST_SCOPES
        or len(granted) > scope_meet.MOST_GRANTED
        or len(scope_meet.text(granted)) > scope_meet.MOST_CHARACTERS
    ):
        raise SignInRefused(
            "invalid_scope", f"Ask for at most {scope_meet.MOST_SCOPES} scopes at once."
        )
    if not granted:
        raise SignInRefused(
            "invalid_scope",
            "Nothing of what was asked for may be had by this client. A scope is written like "
            f"system/Goal.rs; this client may have: {client.scopes}",
        )
    return granted
