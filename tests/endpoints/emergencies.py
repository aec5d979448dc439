"""Practitioners who sign in, and what they ask in an emergency."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
from joserfc import jwt

from app.access import demo
from app.settings import Settings

Json = dict[str, Any]
WORDS = "Found collapsed at the bus station, nobody with them."


def practitioner(
    settings: Settings,
    subject: str = "dr-penrose",
    organization: str = "stranger-clinic",
    *,
    signed_in_seconds_ago: int | None = 10,
    scope: str = "user/*.cruds",
    **claims: Any,
) -> httpx.Client:
    """A client with the token of a human being, by the demonstration's issuer."""
    now = int(time.time())
    told: dict[str, Any] = {
        "iss": demo.ISSUER,
        "aud": demo.AUDIENCE,
        "sub": subject,
        "client_id": "ward-screen",
        "organization": organization,
        "name": "Dr Loveday Penrose",
        "role": "practitioner",
        "scope": scope,
        "iat": now,
        "exp": now + 3600,
        "jti": str(uuid4()),
        **claims,
    }
    if signed_in_seconds_ago is not None:
        told["auth_time"] = now - signed_in_seconds_ago
    key = demo.ensure_issuer(settings.data_dir).key
    header = {"alg": "ES256", "kid": str(key.kid), "typ": "at+jwt"}
    token = jwt.encode(header, told, key, algorithms=["ES256"])
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
    return httpx.Client(base_url=settings.fhir_base, headers=headers, timeout=30)


def parameters(**values: str | list[str]) -> Json:
    """A Parameters of texts; an underscore in a name stands for a hyphen."""
    told = [
        {"name": name.replace("_", "-"), "valueString": one}
        for name, value in values.items()
        for one in ([value] if isinstance(value, str) else value)
    ]
    return {"resourceType": "Parameters", "parameter": told}


def asked(client: httpx.Client, person: str, **changes: str) -> httpx.Response:
    """Opens this person's record in an emergency, or tries to; "" leaves a parameter out."""
    whole = {"patient": person, "reason": "in-danger", "explanation": WORDS, **changes}
    body = parameters(**{name: value for name, value in whole.items() if value})
    return client.post("/Patient/$emergency-access", json=body)


def opened(client: httpx.Client, person: str) -> str:
    """Opens it; returns the id of the access."""
    answer = asked(client, person)
    assert answer.status_code == 200, answer.text
    return str(by_name(answer.json())["access"])


def by_name(told: Json) -> dict[str, Any]:
    """The values of parameters or of their parts, by name."""
    found: dict[str, Any] = {}
    parts: list[Json] = told["parameter"] if "parameter" in told else told["part"]
    for one in parts:
        (value,) = (value for name, value in one.items() if name != "name")
        found[one["name"]] = value
    return found


def listed(client: httpx.Client, operation: str) -> list[dict[str, Any]]:
    """What an operation lists, each by its parts."""
    answer = client.get(f"/Patient/${operation}")
    assert answer.status_code == 200, answer.text
    return [by_name(one) for one in answer.json().get("parameter", ())]


AsClient = Callable[..., httpx.Client]
