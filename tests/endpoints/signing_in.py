"""A registered client for tests, and how it signs in."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

import httpx
from joserfc.jwk import RSAKey
from msgspec import Raw
from msgspec.structs import replace

from app.access import registry
from app.access.registry import Registration, Status
from app.main import open_database
from app.settings import Settings
from app.store.clients import ClientRow
from tests.access.assertions import EC_KEY, HEADER, RSA_KEY, claims, jwks, signed
from tests.access.tokens import Key

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True)
class Member:
    """A client that is registered, at one address of the service."""

    client_id: str
    base_url: str
    key: Key = field(default_factory=lambda: EC_KEY)

    @property
    def token_url(self) -> str:
        return f"{self.base_url}/oauth/token"

    def at(self, base_url: str) -> "Member":
        """The same client, at another address."""
        return Member(self.client_id, base_url, self.key)

    def assertion(self, header: Mapping[str, Any] | None = None, **changes: Any) -> str:
        """Signed by its key. header: more members; changes: of the claims."""
        usual, algorithm = HEADER, "ES384"
        if isinstance(self.key, RSAKey):
            usual, algorithm = {**HEADER, "alg": "RS384", "kid": "rsa-1"}, "RS384"
        said = claims(self.client_id, self.token_url, **changes)
        return signed(said, {**usual, **(header or {})}, self.key, algorithm)

    def form(self, scope: str | None = "system/*.rs", **changes: str | None) -> dict[str, str]:
        """What is sent for a token, with some of it changed; None leaves one out."""
        usual: dict[str, str | None] = {
            "grant_type": "client_credentials",
            "scope": scope,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.assertion(),
        }
        return {name: value for name, value in {**usual, **changes}.items() if value is not None}

    def ask(self, scope: str | None = "system/*.rs", **changes: str | None) -> httpx.Response:
        return httpx.post(self.token_url, data=self.form(scope, **changes), timeout=30)

    def token(self, scope: str = "system/*.rs") -> str:
        answer = self.ask(scope)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def about(self, what: str, token: str, bearer: str | None = None) -> httpx.Response:
        """Introspect or revoke: by an assertion, or by an access token."""
        form = {"token": token}
        headers = {}
        if bearer is None:
            form |= {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self.assertion()}
        else:
            headers = {"Authorization": f"Bearer {bearer}"}
        return httpx.post(f"{self.base_url}/oauth/{what}", data=form, headers=headers, timeout=30)

    def read(self, token: str) -> httpx.Response:
        """Something that only who is signed in may read."""
        return httpx.get(
            f"{self.base_url}/fhir/Organization/gp-surgery",
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )


def register(settings: Settings, **changes: Any) -> Member:
    """Registers a client with both kinds of keys, for the surgery, for everything."""
    usual: dict[str, Any] = {
        "client_id": f"client-{token_hex(4)}",
        "name": "The surgery's system",
        "organization": "gp-surgery",
        "scopes": "system/*.cruds",
        "contact": "it@surgery.example",
        "jwks": json.dumps(jwks(EC_KEY, RSA_KEY)).encode(),
    }
    asked = Registration(**{**usual, **changes})
    asked = replace(asked, jwks=Raw(asked.jwks))

    async def add() -> ClientRow:
        database = await open_database(settings)
        try:
            return await registry.add(database.session(), asked, "a test", loopback=True)
        finally:
            await database.close()

    return Member(asyncio.run(add()).client_id, settings.base_url)


def set_status(settings: Settings, client_id: str, status: Status) -> None:
    """Suspends, resumes or removes it, and does not wait."""

    async def change() -> None:
        database = await open_database(settings)
        try:
            await registry.set_status(database.session(), client_id, status, "a test")
        finally:
            await database.close()

    asyncio.run(change())
