"""The demonstration's own issuer and clients, so that every door can be tried on one machine.

Its key never leaves the data folder; a real service is not given this issuer.
Spec: https://www.rfc-editor.org/rfc/rfc7519
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from app.access import key_file, scopes
from app.access.caller import Role
from app.access.issuers import Issuer, Jwk, keys
from app.errors import Forbidden, Invalid, Issue, NotFound
from app.fhir.resource_types import RESOURCE_TYPES

ISSUER = "https://whatmatters.example/demo"
AUDIENCE = "https://whatmatters.example/fhir"
LIFETIME_SECONDS = 12 * 60 * 60

_MAXIMUM_LIFETIME_SECONDS = 24 * 60 * 60
_ALGORITHM = "ES256"
_FILE = "demo-issuer.json"
_PERSON_PREFIX = "person:"
_SUPPORTER_PREFIX = "supporter:"
_INVITED_PREFIX = "invited:"
_DIRECTORY_SCOPE = " ".join(
    f"system/{name}.rs" for name, row in RESOURCE_TYPES.items() if row.directory
)


@dataclass(frozen=True, slots=True)
class DemoClient:
    """A caller anyone at the demonstration may be. organization: the id of its Organization. name:
    of a human being, who signs in with each token."""

    role: Role
    organization: str | None
    scope: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class DemoIssuer:
    """The private key, and what the service is told of it."""

    key: ECKey
    issuer: Issuer


CLIENTS: dict[str, DemoClient] = {
    **{
        name: DemoClient(Role.SYSTEM, name, "system/*.cruds")
        for name in (
            "gp-surgery",
            "acute-trust",
            "community-trust",
            "council-care",
            "harbour-befriending",
            "open-door-housing",
            "larder-food-bank",
            "stranger-clinic",
        )
    },
    "doctor": DemoClient(
        Role.PRACTITIONER, "stranger-clinic", "user/*.cruds", "Dr Loveday Penrose"
    ),
    "analyst": DemoClient(Role.ANALYST, "care-board", _DIRECTORY_SCOPE),
    "privacy-officer": DemoClient(
        Role.PRIVACY_OFFICER, "care-board", "system/AuditEvent.rs system/Provenance.rs"
    ),
    "admin": DemoClient(Role.ADMIN, "care-board", "system/*.cruds"),
    "second-admin": DemoClient(Role.ADMIN, "care-board", "system/*.cruds"),
}


def ensure_issuer(data_dir: Path) -> DemoIssuer:
    """The demonstration's issuer; its key is made at first use, by whichever process is first."""
    path = data_dir / _FILE
    if not path.exists():
        _create(path)
    try:
        jwk: Jwk = json.loads(path.read_bytes())
        key = ECKey.import_key(jwk)
    except (JoseError, ValueError, TypeError, KeyError):
        text = f"{path} does not hold the demonstration's key; delete it to make a new one."
        raise Invalid([Issue("structure", text)]) from None
    return DemoIssuer(key, _issuer(key))


def issuer(data_dir: Path) -> Issuer:
    """What the service needs to trust the demonstration's tokens."""
    return ensure_issuer(data_dir).issuer


def mint(
    data_dir: Path,
    client: str,
    scope: str | None,
    now: float,
    *,
    person_id_by_nhs_number: Callable[[str], str | None],
    person_id_by_supporter: Callable[[str], str | None],
    purpose: str | None = None,
) -> str:
    """A bearer token for a client of the table, for "person:<NHS number>", for
    "supporter:<RelatedPerson id>", or for "invited:<name>", who is nobody's supporter until they
    accept an invitation.

    scope: narrows what the client holds; None = all of it. now: seconds since 1970. purpose: what
    the access is for, a code such as TREAT.
    Raises NotFound for an unknown client or person, Forbidden for a scope the client does not hold.
    """
    if client.startswith(_SUPPORTER_PREFIX):
        demo_client, claims = _claims_of_supporter(client, person_id_by_supporter)
    elif client.startswith(_INVITED_PREFIX):
        demo_client = DemoClient(Role.SUPPORTER, None, "patient/*.cruds")
        claims = {"sub": client, "client_id": "my-what-matters"}
    else:
        demo_client, claims = _claims_of(client, person_id_by_nhs_number)
    issued_at = int(now)
    claims |= {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": issued_at,
        "exp": issued_at + LIFETIME_SECONDS,
        "jti": str(uuid4()),
        "role": str(demo_client.role),
        "scope": demo_client.scope if scope is None else _narrowed(demo_client.scope, scope),
    }
    if demo_client.name is not None:
        claims |= {"name": demo_client.name, "auth_time": issued_at}
    if purpose is not None:
        claims["purpose_of_use"] = purpose
    key = ensure_issuer(data_dir).key
    header = {"alg": _ALGORITHM, "kid": str(key.kid), "typ": "at+jwt"}
    return jwt.encode(header, claims, key, algorithms=[_ALGORITHM])


def _claims_of(
    client: str, person_id_by_nhs_number: Callable[[str], str | None]
) -> tuple[DemoClient, dict[str, str | int]]:
    if not client.startswith(_PERSON_PREFIX):
        demo_client = CLIENTS.get(client)
        if demo_client is None:
            names = ", ".join(CLIENTS)
            raise NotFound(
                f"The clients are {names}, {_PERSON_PREFIX}<NHS number>, "
                f"{_SUPPORTER_PREFIX}<RelatedPerson id>, and {_INVITED_PREFIX}<any name>."
            )
        claims: dict[str, str | int] = {"sub": client, "client_id": client}
        return demo_client, claims | {"organization": str(demo_client.organization)}
    person_id = person_id_by_nhs_number(client.removeprefix(_PERSON_PREFIX).replace(" ", ""))
    if person_id is None:
        raise NotFound("No person in this record has that NHS number.")
    person = DemoClient(Role.PERSON, None, "patient/*.cruds")
    return person, {"sub": person_id, "client_id": "my-what-matters", "patient": person_id}


def _claims_of_supporter(
    client: str, person_id_by_supporter: Callable[[str], str | None]
) -> tuple[DemoClient, dict[str, str | int]]:
    id = client.removeprefix(_SUPPORTER_PREFIX)
    person_id = person_id_by_supporter(id)
    if person_id is None:
        raise NotFound("No RelatedPerson in this record has that id.")
    supporter = DemoClient(Role.SUPPORTER, None, "patient/*.cruds")
    claims: dict[str, str | int] = {"sub": id, "client_id": "my-what-matters"}
    return supporter, claims | {"patient": person_id, "related_person": id}


def _narrowed(held: str, requested: str) -> str:
    """The requested scopes, when every one is in the grammar and held."""
    wanted = [scopes.parse(word) for word in requested.split()]
    if not wanted or not all(wanted):
        raise Forbidden("A scope is written like system/Goal.rs; ask for at least one.")
    if not all(scopes.covers(scopes.parse(held), one) for (one,) in wanted):
        raise Forbidden(f"This client holds only {held}; ask for less.")
    return " ".join(requested.split())


def _create(path: Path) -> None:
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": _ALGORITHM}, auto_kid=True)
    key_file.write_once(path, json.dumps(key.as_dict(private=True)).encode())


def _issuer(key: ECKey) -> Issuer:
    public: Jwk = dict(key.as_dict(private=False))
    return Issuer(
        ISSUER,
        AUDIENCE,
        frozenset((_ALGORITHM,)),
        keys([public]),
        maximum_lifetime_seconds=_MAXIMUM_LIFETIME_SECONDS,
    )
