"""A provider that is not ours, a service that people sign in at by it, and their browsers."""

import json
import os
import socket
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

from app.access.code_flow import ASSERTION_TYPE
from app.settings import Settings
from tests.conftest import Running

PROGRAM = Path(__file__).parent / "provider" / "server.py"
PACKAGES = Path(sys.prefix) / "provider"
KEYCLOAK, NHS_LOGIN, CIS2 = "keycloak", "nhs-login", "cis2"
CLIENT = "what-matters"
SECRET = "a-secret-of-more-than-thirty-two-characters"  # noqa: S105  (of a client made up here)
CLIENT_KEY = RSAKey.generate_key(2048, {"kid": "what-matters-1", "use": "sig"})
AUDIENCE = "https://record.example/fhir"
_TLS = httpx.create_ssl_context()  # made once, as it takes longer than the request
VTM = "{issuer}/trustmark/127.0.0.1"
_ALGORITHM = {KEYCLOAK: "RS256", NHS_LOGIN: "RS512", CIS2: "RS256"}


@dataclass(frozen=True)
class Providers:
    """Three providers at one port."""

    port: int

    def issuer(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/{name}"

    def register(self, service: Running) -> None:
        """The service, as a client of each."""
        for name, algorithm in _ALGORITHM.items():
            client: dict[str, Any] = {
                "client_id": CLIENT,
                "redirect_uris": [f"{service.settings.base_url}/sign-in/return"],
                "id_token_signed_response_alg": algorithm,
            }
            if name == KEYCLOAK:
                client |= {"client_secret": SECRET}
                client |= {"token_endpoint_auth_method": "client_secret_basic"}
            else:
                client |= {"jwks": {"keys": [CLIENT_KEY.as_dict(private=False)]}}
                client |= {"token_endpoint_auth_method": "private_key_jwt"}
                client |= {"token_endpoint_auth_signing_alg": algorithm}
            _post(f"{self.issuer(name)}/client", client).raise_for_status()

    def next(self, name: str, sub: str, **said: Any) -> None:
        """Who signs in next at one of them; tests/endpoints/provider/server.py says what of."""
        _post(f"{self.issuer(name)}/user", {"sub": sub, **said}).raise_for_status()

    def nurse(self, **changes: Any) -> None:
        """Keycloak's next: a nurse of the surgery, with some of it changed."""
        said: dict[str, Any] = {
            "sub": "nurse-1",
            "id_token": {
                "name": "Nurse Morwenna Bray",
                "realm_access": {"roles": ["offline_access", "nurse"]},
                "organization": ["gp-surgery"],
            },
        }
        self.next(KEYCLOAK, **_merged(said, changes))

    def patient(self, sub: str, number: object, born: str = "1955-03-04", **changes: Any) -> None:
        """NHS login's next: somebody proven to P9."""
        vtm = VTM.format(issuer=self.issuer(NHS_LOGIN))
        said: dict[str, Any] = {
            "sub": sub,
            "id_token": {"vot": "P9.Cp.Cd", "vtm": vtm},
            "userinfo": {
                "nhs_number": number,
                "birthdate": born,
                "identity_proofing_level": "P9",
                "given_name": "Tamsin",
                "family_name": "Pender",
            },
        }
        self.next(NHS_LOGIN, **_merged(said, changes))

    def staff(self, roles: list[dict[str, str]], **changes: Any) -> None:
        """CIS2's next: a member of staff with these roles."""
        said: dict[str, Any] = {
            "sub": "555000000001",
            "id_token": {"authentication_assurance_level": "3"},
            "userinfo": {
                "display_name": "Dr Loveday Penrose",
                "idassurancelevel": "3",
                "nhsid_useruid": "555000000001",
                "nhsid_nrbac_roles": roles,
            },
        }
        self.next(CIS2, **_merged(said, changes))


def _post(url: str, body: dict[str, Any]) -> httpx.Response:
    return httpx.post(url, json=body, verify=_TLS)


def _merged(said: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Claims are changed one by one, the rest as a whole."""
    merged = {**said, **changes}
    for name in ("id_token", "userinfo"):
        merged[name] = {**said.get(name, {}), **changes.get(name, {})}
    merged["userinfo"] = {n: v for n, v in merged["userinfo"].items() if v is not None}
    return merged


@contextmanager
def providers() -> Iterator[Providers]:
    """They run as a program of their own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {"PYTHONPATH": str(PACKAGES), "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, str(PROGRAM), str(port), *_ALGORITHM]
    with subprocess.Popen(command, env=environment) as process:  # noqa: S603  (our own file)
        try:
            yield _answering(Providers(port), process)
        finally:
            process.terminate()


def _answering(made: Providers, process: subprocess.Popen[bytes]) -> Providers:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{made.issuer(CIS2)}/jwks.json").status_code == 200:
                return made
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError("the provider that is not ours did not start; `make install` installs it")


def issuers(made: Providers, folder: Path) -> list[dict[str, Any]]:
    """The three as the settings have them."""
    (folder / "secret").write_text(SECRET)
    (folder / "key.jwk").write_text(json.dumps(CLIENT_KEY.as_dict(private=True)))

    def one(name: str, kind: dict[str, Any], **more: Any) -> dict[str, Any]:
        base = made.issuer(name)
        proof = "client_secret_file" if name == KEYCLOAK else "client_key_file"
        return {
            "issuer": base,
            "algorithms": [_ALGORITHM[name]],
            "jwks_url": f"{base}/jwks.json",
            "claims": {"kind": name, **kind},
            "sign_in": {
                "label": name.replace("-", " "),
                "client_id": CLIENT,
                "authorization_endpoint": f"{base}/authorization",
                "token_endpoint": f"{base}/token",
                "userinfo_endpoint": f"{base}/userinfo",
                proof: str(folder / ("secret" if name == KEYCLOAK else "key.jwk")),
            },
            **more,
        }

    roles = {
        "nurse": "practitioner",
        "citizen": "person",
        "helper": "supporter",
        "officer": "privacy-officer",
        "program": "system",
    }
    keycloak = one(KEYCLOAK, {"roles": roles}, audience=AUDIENCE, token_type="JWT")  # noqa: S106
    return [keycloak, one(NHS_LOGIN, {}), one(CIS2, {})]


def running(settings: Settings, made: Providers, folder: Path) -> Running:
    """The service, with the three as its issuers, and a client of theirs."""
    written = json.dumps(issuers(made, folder))
    changes = {"issuers": written, "loopback_keys": True}
    service = Running(settings.model_copy(update=changes))
    service.start()
    made.register(service)
    return service


def tokens(made: Providers, name: str, service: Running) -> dict[str, str]:
    """What a provider sends for a code, as somebody who steals our way of asking would have it."""
    base, verifier = made.issuer(name), "v" * 43
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
    asked = {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": f"{service.settings.base_url}/sign-in/return",
        "scope": "openid profile",
        "state": "s",
        "nonce": "n",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    returned = back(f"{base}/authorization?{urlencode(asked)}")
    form = {
        "grant_type": "authorization_code",
        "code": parse_qs(urlsplit(returned).query)["code"][0],
        "redirect_uri": asked["redirect_uri"],
        "code_verifier": verifier,
        "client_id": CLIENT,
    }
    auth = (CLIENT, SECRET) if name == KEYCLOAK else None
    if auth is None:
        now = int(time.time())
        said: dict[str, Any] = {"iss": CLIENT, "sub": CLIENT, "aud": f"{base}/token"}
        said["jti"] = token_hex(8)
        said |= {"iat": now, "exp": now + 60}
        algorithm = _ALGORITHM[name]
        header = {"alg": algorithm, "kid": "what-matters-1"}
        form["client_assertion"] = jwt.encode(header, said, CLIENT_KEY, algorithms=[algorithm])
        form["client_assertion_type"] = ASSERTION_TYPE
    answer = httpx.post(f"{base}/token", data=form, auth=auth, verify=_TLS)
    answer.raise_for_status()
    return dict(answer.json())


class Browser:
    """A browser at one service: it keeps cookies, and is led from page to page by hand."""

    def __init__(self, service: Running) -> None:
        self.http = httpx.Client(base_url=service.settings.base_url, timeout=30)

    def start(self, issuer: str, **query: str) -> str:
        """Begin; returns where the provider is."""
        answer = self.http.get("/sign-in/start", params={"iss": issuer, **query})
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def sign_in(self, issuer: str, **query: str) -> httpx.Response:
        """All the way, to what our own page answers to what comes back."""
        return self.http.get(back(self.start(issuer, **query)))

    def me(self) -> httpx.Response:
        return self.http.get("/sign-in/me", headers={"Accept": "application/json"})

    def sign_out(self, **headers: str) -> httpx.Response:
        return self.http.post("/sign-out", headers={"Sec-Fetch-Site": "same-origin", **headers})


def back(location: str) -> str:
    """Where the provider sends the browser back to."""
    answer = httpx.get(location, verify=_TLS)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]
