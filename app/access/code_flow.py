"""The way to a provider and back: a code, proven by PKCE, for what the provider says of somebody.

Spec: https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth,
https://www.rfc-editor.org/rfc/rfc7636, https://www.rfc-editor.org/rfc/rfc9207
"""

import hmac
import secrets
from base64 import b64encode
from collections.abc import Mapping
from typing import TypeAlias
from urllib.parse import quote_plus, urlencode

import structlog
from joserfc import jwt
from msgspec import Struct

from app.access import compact, id_token, sign_in_attempt
from app.access.claim_rules import NhsLogin
from app.access.claims_nhs_login import VECTORS
from app.access.compact import Claims
from app.access.issuers import Issuer, Provider, PublicKey
from app.access.outward import Answered, NotFetched
from app.access.reception import Reception
from app.access.sign_in_attempt import Attempt
from app.access.token_form import refused
from app.errors import Forbidden, Malformed, Refusal, Unavailable
from app.store import sessions

Query: TypeAlias = Mapping[str, str]

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_SECONDS = 60
_NOT_BEGUN = (
    "This sign-in was not begun in this browser, or it took longer than ten minutes. Begin again."
)
_OUT_OF_REACH = "The place where you sign in does not answer just now. Try again in a minute."
_NOT_CONFIRMED = "The place where you sign in did not confirm it. Begin again."

_log = structlog.get_logger()


class Begun(Struct, frozen=True):
    """location: where the browser goes. sealed: what it keeps meanwhile."""

    location: str
    sealed: str


class Proof(Struct, frozen=True):
    """What a provider says of who signed in. userinfo: nothing where it is not asked."""

    issuer: Issuer
    provider: Provider
    id_token: Claims
    userinfo: Claims


def begin(reception: Reception, issuer_name: str, next: str, *, fresh: bool) -> Begun:
    """The way there. fresh: they are to prove who they are anew. Raises NotFound."""
    issuer, provider = reception.choice(issuer_name)
    now = reception.desk.standing.now()
    attempt = sign_in_attempt.new(issuer.name, next, now, fresh=fresh)
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": reception.return_url,
        "scope": provider.scope,
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": attempt.challenge,
        "code_challenge_method": sign_in_attempt.METHOD,
    }
    if isinstance(issuer.rules, NhsLogin):
        asked["vtr"] = "[" + ",".join(f'"{one}"' for one in VECTORS) + "]"
    if fresh:
        asked |= {"prompt": "login", "max_age": "0"}
    mark = "&" if "?" in provider.authorization_endpoint else "?"
    location = f"{provider.authorization_endpoint}{mark}{urlencode(asked)}"
    return Begun(location, sign_in_attempt.seal(reception.key, attempt))


def attempt_of(reception: Reception, sealed: str | None, query: Query) -> Attempt:
    """The attempt that came back to the browser it was begun in. Raises Malformed."""
    now = reception.desk.standing.now()
    attempt = sign_in_attempt.unseal(reception.key, sealed, now) if sealed else None
    state = query.get("state", "")
    if attempt is None or not hmac.compare_digest(state.encode(), attempt.state.encode()):
        raise Malformed(_NOT_BEGUN)
    return attempt


async def finish(reception: Reception, attempt: Attempt, query: Query) -> Proof:
    """What the provider says, for the code that came back. A state counts once. Raises Malformed,
    Unauthenticated, Forbidden or Unavailable."""
    issuer, provider = reception.choice(attempt.issuer)
    if not await sessions.use_state(
        reception.desk.store.database.session(),
        issuer.name,
        attempt.state,
        sign_in_attempt.GOOD_FOR_SECONDS * 2,
    ):
        raise Malformed("This sign-in has come back once before. Begin again.")
    if query.get("iss", issuer.name) != issuer.name:
        raise refused("Another place answered than the one where you signed in. Begin again.")
    if "error" in query or not query.get("code"):
        raise _not_finished(query.get("error", ""))
    answer = _members(await _exchanged(reception, provider, attempt, query["code"]))
    token, access = answer.get("id_token"), answer.get("access_token")
    if not isinstance(token, str) or not isinstance(access, str) or not access.isprintable():
        raise refused(_NOT_CONFIRMED)
    claims = await id_token.proven(
        issuer, provider, reception.desk.key_sets, token, attempt, reception.desk.standing.now()
    )
    return Proof(issuer, provider, claims, await _userinfo(reception, provider, access, claims))


def _not_finished(error: str) -> Refusal:
    if error in ("server_error", "temporarily_unavailable"):
        return Unavailable(_OUT_OF_REACH)
    return Forbidden("The sign-in was not finished. Nothing was done. Begin again when you like.")


async def _exchanged(
    reception: Reception, provider: Provider, attempt: Attempt, code: str
) -> Answered:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": reception.return_url,
        "code_verifier": attempt.verifier,
        "client_id": provider.client_id,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if provider.secret is not None:
        pair = f"{quote_plus(provider.client_id)}:{quote_plus(provider.secret)}"
        headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    if provider.key is not None:
        now = reception.desk.standing.now()
        form["client_assertion_type"] = ASSERTION_TYPE
        form["client_assertion"] = _assertion(provider, provider.key, now)
    try:
        url = provider.token_endpoint
        return await reception.outward.ask("POST", url, headers, urlencode(form).encode())
    except NotFetched as problem:
        _log.warning("sign-in not confirmed", reason=problem.why)
        if problem.status in (400, 401):
            raise refused(_NOT_CONFIRMED) from None
        raise Unavailable(_OUT_OF_REACH) from None


def _assertion(provider: Provider, key: PublicKey, now: float) -> str:
    """By which we prove who we are (private_key_jwt). key: our own, with its private half."""
    claims = {
        "iss": provider.client_id,
        "sub": provider.client_id,
        "aud": provider.token_endpoint,
        "jti": secrets.token_hex(16),
        "iat": int(now),
        "exp": int(now) + _ASSERTION_SECONDS,
    }
    header = {"alg": provider.key_algorithm, "typ": "JWT"}
    if key.kid:
        header["kid"] = str(key.kid)
    return jwt.encode(header, claims, key, algorithms=[provider.key_algorithm])


async def _userinfo(
    reception: Reception, provider: Provider, access: str, claims: Claims
) -> Claims:
    """Of the same subject, or not at all: userinfo is not signed."""
    if provider.userinfo_endpoint is None:
        return {}
    try:
        answer = await reception.outward.ask(
            "GET", provider.userinfo_endpoint, {"Authorization": f"Bearer {access}"}
        )
    except NotFetched as problem:
        _log.warning("userinfo not told", reason=problem.why)
        if problem.status in (400, 401, 403):
            raise refused(_NOT_CONFIRMED) from None
        raise Unavailable(_OUT_OF_REACH) from None
    told = _members(answer)
    if told.get("sub") != claims["sub"]:
        raise refused("The place where you sign in told us of somebody else (sub). Begin again.")
    return told


def _members(answer: Answered) -> Claims:
    try:
        return compact.members(answer.body)
    except compact.Odd:
        raise refused(_NOT_CONFIRMED) from None
