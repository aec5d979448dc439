"""Signs in at a server's token endpoint, as SMART Backend Services do: by a signed assertion.

Spec: https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html
"""

import json
import re
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from app.conformance.exchange import TIMEOUT_SECONDS, fetch
from app.conformance.unmet import Unmet

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# The most that SMART allows: https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html
_LIFETIME_SECONDS = 300
_CODE = re.compile(r"[a-z_]{1,40}")
_Key = ECKey | RSAKey | OKPKey
_ALGORITHM_BY_TYPE = {"EC": "ES384", "RSA": "RS384", "OKP": "EdDSA"}
_ALGORITHM_BY_CURVE = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}


@dataclass(frozen=True, slots=True)
class Client:
    """Who signs in: the id it was registered under, and its private key (a JWK or PEM file)."""

    id: str
    private_key: Path


def sign_in(base_url: str, client: Client, scope: str) -> str:
    """An access token for these scopes. Raises Unmet with what the server said otherwise."""
    with httpx.Client(timeout=TIMEOUT_SECONDS) as http:
        endpoint = _endpoint(http, base_url.rstrip("/"))
        form = {
            "grant_type": "client_credentials",
            "scope": scope,
            "client_assertion_type": _ASSERTION,
            "client_assertion": _assertion(client, endpoint),
        }
        try:
            answer = fetch(http, http.build_request("POST", endpoint, data=form))
            told = answer.json
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, Unmet):
            raise Unmet("The token endpoint did not answer with JSON.") from None
    token = told.get("access_token") if answer.status == 200 else None
    if not isinstance(token, str):
        raise Unmet(
            f"The token endpoint gave no token; its status was {answer.status}{_error(told)}."
        )
    return token


def _error(told: dict[str, object]) -> str:
    """OAuth's code for what was amiss, where it is told as one."""
    error = told.get("error")
    return f" ({error})" if isinstance(error, str) and _CODE.fullmatch(error) else ""


def _endpoint(http: httpx.Client, base_url: str) -> str:
    try:
        asked = http.build_request("GET", f"{base_url}/.well-known/smart-configuration")
        endpoint = fetch(http, asked).json.get("token_endpoint")
    except (httpx.HTTPError, httpx.InvalidURL, Unmet):
        raise Unmet("There is no .well-known/smart-configuration below the base.") from None
    if not isinstance(endpoint, str):
        raise Unmet("The server's .well-known/smart-configuration names no token_endpoint.")
    return endpoint


def _assertion(client: Client, endpoint: str) -> str:
    key, algorithm = _key(client.private_key)
    now = int(time.time())
    claims = {
        "iss": client.id,
        "sub": client.id,
        "aud": endpoint,
        "iat": now,
        "exp": now + _LIFETIME_SECONDS,
        "jti": str(uuid4()),
    }
    header = {"alg": algorithm, "typ": "JWT"} | ({"kid": key.kid} if key.kid else {})
    return jwt.encode(header, claims, key, algorithms=[algorithm])


def _key(path: Path) -> tuple[_Key, str]:
    """The key, and the algorithm it signs with. Raises Unmet when the file holds none."""
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise Unmet(f"{path} cannot be read: {problem.strerror}.") from None
    try:
        held = json.loads(content) if content.lstrip().startswith(b"{") else content
    except (ValueError, RecursionError):
        raise Unmet(f"{path} holds no private key: it is no JSON.") from None
    for kind in (ECKey, RSAKey, OKPKey):
        try:
            key: _Key = kind.import_key(held)
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        curve = str(key.as_dict(private=False).get("crv", ""))
        return key, _ALGORITHM_BY_CURVE.get(curve) or _ALGORITHM_BY_TYPE[key.key_type]
    raise Unmet(f"{path} holds no private key, as a JWK or in PEM.")
