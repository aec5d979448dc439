"""Every address beside the FHIR base, and who it is open to: a route without a row fails here."""

import httpx
import pytest

from tests.conftest import Running, mint_token

# Whether anyone may come, or only who has signed in; the registry's callers have a table of their
# own (test_clients.py), and so has everything below the FHIR base (test_access_matrix.py).
OPEN, OWN_PROOF, SIGNED_IN, BROWSER = "open", "own proof", "signed in", "browser"
DOORS = {
    ("GET", "/"): OPEN,
    ("GET", "/health/live"): OPEN,
    ("GET", "/health/ready"): OPEN,
    ("GET", "/metrics"): OPEN,
    ("GET", "/.well-known/oauth-authorization-server"): OPEN,
    ("GET", "/oauth/jwks"): OPEN,
    ("POST", "/oauth/token"): OWN_PROOF,
    ("POST", "/oauth/introspect"): SIGNED_IN,
    ("POST", "/oauth/revoke"): SIGNED_IN,
    ("GET", "/sign-in"): OPEN,
    ("GET", "/sign-in/start"): BROWSER,
    ("GET", "/sign-in/return"): BROWSER,
    ("GET", "/sign-in/me"): BROWSER,
    ("POST", "/sign-out"): BROWSER,
    ("GET", "/admin/clients"): SIGNED_IN,
    ("POST", "/admin/clients"): SIGNED_IN,
    ("GET", "/admin/clients/{client_id}"): SIGNED_IN,
    ("PUT", "/admin/clients/{client_id}/keys"): SIGNED_IN,
    ("POST", "/admin/clients/{client_id}/suspend"): SIGNED_IN,
    ("POST", "/admin/clients/{client_id}/resume"): SIGNED_IN,
    ("POST", "/admin/clients/{client_id}/remove"): SIGNED_IN,
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_every_address_has_a_row(service: Running) -> None:
    told = httpx.get(f"{service.settings.base_url}/openapi.json").json()["paths"]
    there = {(method.upper(), path) for path, methods in told.items() for method in methods}
    assert there == DOORS.keys()


def ask(service: Running, method: str, path: str, **headers: str) -> httpx.Response:
    where = service.settings.base_url + path.replace("{client_id}", "nobody")
    given = FORM if path.startswith("/oauth") and method == "POST" else {}
    return httpx.request(method, where, headers={**given, **headers})


@pytest.mark.parametrize("door", DOORS, ids=" ".join)
def test_a_door_is_open_to_those_it_is_for(service: Running, door: tuple[str, str]) -> None:
    nobody = ask(service, *door)
    stale = ask(service, *door, Authorization="Bearer a.b.c")
    if DOORS[door] == OPEN:
        assert (nobody.status_code, stale.status_code) == (200, 200)
    elif DOORS[door] == BROWSER:
        # No token opens these; test_sessions.py says what does.
        assert nobody.status_code == stale.status_code
        assert nobody.status_code in (400, 401, 403, 404)
    elif DOORS[door] == SIGNED_IN:
        assert (nobody.status_code, stale.status_code) == (401, 401)
        assert nobody.headers["WWW-Authenticate"] == "Bearer"
        assert "invalid_token" in stale.headers["WWW-Authenticate"]
    else:
        assert (nobody.status_code, stale.status_code) == (400, 400)


@pytest.mark.parametrize("door", [d for d in DOORS if DOORS[d] == SIGNED_IN], ids=" ".join)
def test_two_authorization_headers_are_refused(service: Running, door: tuple[str, str]) -> None:
    token = f"Bearer {mint_token(service.settings, 'admin')}"
    method, path = door
    where = service.settings.base_url + path.replace("{client_id}", "nobody")
    twice = [("Authorization", token), ("Authorization", token)]
    assert httpx.request(method, where, headers=twice).status_code == 400


@pytest.mark.parametrize("door", [d for d in DOORS if DOORS[d] == SIGNED_IN], ids=" ".join)
def test_a_token_in_the_address_is_no_token(service: Running, door: tuple[str, str]) -> None:
    method, path = door
    token = mint_token(service.settings, "admin")
    answer = ask(service, method, f"{path}?access_token={token}")
    assert answer.status_code in (400, 401)
    assert token not in answer.text
