"""The access tokens this service gives itself: what they say, and by which key.

Spec: https://www.rfc-editor.org/rfc/rfc9068#section-2,
https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html#issue-access-token
"""

from dataclasses import dataclass
from uuid import uuid4

from joserfc import jwt

from app.access import scope_meet
from app.access.caller import Caller, Role
from app.access.issuers import Issuer
from app.access.scopes import Scope
from app.access.signing_keys import ALGORITHM, SigningKeys
from app.store.clients import ClientRow

LIFETIME_SECONDS = 300


@dataclass(frozen=True, slots=True)
class OwnIssuer:
    """This service as an issuer. name: its address. audience: its FHIR base."""

    name: str
    audience: str
    keys: SigningKeys

    def as_trusted(self) -> Issuer:
        """What the check of access tokens needs to know; the keys stay those of the file."""
        return Issuer(
            self.name,
            self.audience,
            frozenset((ALGORITHM,)),
            self.keys,
            maximum_lifetime_seconds=LIFETIME_SECONDS,
        )

    def caller(self, client: ClientRow, token_id: str, granted: tuple[Scope, ...] = ()) -> Caller:
        """A client as a caller. token_id: of its token, or of the assertion it signs in with."""
        return Caller(
            issuer=self.name,
            client_id=client.client_id,
            subject=client.client_id,
            token_id=token_id,
            expires_at=0,
            scopes=granted,
            role=Role(client.role),
            organization=client.organization,
        )

    def mint(self, client: ClientRow, granted: tuple[Scope, ...], now: float) -> tuple[str, str]:
        """A token, and its id. now: seconds since 1970, by the database."""
        token_id = str(uuid4())
        key = self.keys.signing(now)
        claims = {
            "iss": self.name,
            "aud": self.audience,
            "sub": client.client_id,
            "client_id": client.client_id,
            "jti": token_id,
            "iat": int(now),
            "exp": int(now) + LIFETIME_SECONDS,
            "scope": scope_meet.text(granted),
            "role": client.role,
            "organization": client.organization,
        }
        header = {"alg": ALGORITHM, "kid": str(key.kid), "typ": "at+jwt"}
        return jwt.encode(header, claims, key, algorithms=[ALGORITHM]), token_id
