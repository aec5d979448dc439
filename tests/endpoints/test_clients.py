"""The registry of clients over HTTP: who may use it, what it takes, and what it refuses."""

import json
from collections.abc import Callable, Iterator
from secrets import token_hex
from typing import Any

import httpx
import pytest

from tests.access.assertions import EC_KEY, RSA_KEY, STRANGER_KEY, jwks
from tests.access.key_server import KeyServer, key_server
from tests.conftest import Running, mint_token
from tests.endpoints.signing_in import Member, register

CALLERS = ("nobody", "gp-surgery", "analyst", "privacy-officer", "person", "reader", "admin")
CHANGES = (401, 403, 403, 403, 403, 403)
READS = (401, 403, 403, 403, 403, 200)
# Every route of the registry, and what each kind of caller is told.
TABLE: dict[tuple[str, str], tuple[int, ...]] = {
    ("GET", ""): (*READS, 200),
    ("POST", ""): (*CHANGES, 201),
    ("GET", "/{client}"): (*READS, 200),
    ("PUT", "/{client}/keys"): (*CHANGES, 200),
    ("POST", "/{client}/suspend"): (*CHANGES, 200),
    ("POST", "/{client}/resume"): (*CHANGES, 200),
    ("POST", "/{client}/remove"): (*CHANGES, 200),
}


@pytest.fixture(scope="module")
def clients(service: Running) -> Iterator[dict[str, httpx.Client]]:
    """One HTTP client for each caller, at the registry."""
    settings = service.settings
    tokens = {
        "nobody": None,
        "gp-surgery": mint_token(settings, "gp-surgery"),
        "analyst": mint_token(settings, "analyst"),
        "privacy-officer": mint_token(settings, "privacy-officer"),
        "person": mint_token(settings, "person:tamsin-pender"),
        "reader": mint_token(settings, "admin", "system/*.rs"),
        "admin": mint_token(settings, "admin"),
    }
    made = {
        name: httpx.Client(
            base_url=f"{settings.base_url}/admin",
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=30,
        )
        for name, token in tokens.items()
    }
    yield made
    for one in made.values():
        one.close()


@pytest.fixture(scope="module")
def admin(clients: dict[str, httpx.Client]) -> httpx.Client:
    return clients["admin"]


def registration(**changes: Any) -> dict[str, Any]:
    """What is asked for a new client, with some of it changed; None leaves one out."""
    usual: dict[str, Any] = {
        "client_id": f"client-{token_hex(4)}",
        "name": "The charity's app",
        "organization": "harbour-befriending",
        "scopes": "system/Goal.rs",
        "contact": "app@charity.example",
        "jwks": jwks(EC_KEY),
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def faults(answer: httpx.Response, status: int) -> dict[str | None, str]:
    """What is refused, by where."""
    assert answer.status_code == status, answer.text
    return {one.get("where"): one["text"] for one in answer.json()["issues"]}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: " ".join(row))
def test_the_table_holds(
    service: Running, clients: dict[str, httpx.Client], row: tuple[str, str]
) -> None:
    method, path = row
    told = []
    for name in CALLERS:
        member = register(service.settings)
        body = {"": registration(), "/{client}/keys": {"jwks": jwks(EC_KEY)}}.get(path)
        where = "/clients" + path.replace("{client}", member.client_id)
        sent = body if method != "GET" else None
        told.append(clients[name].request(method, where, json=sent).status_code)
    assert tuple(told) == TABLE[row]


def test_every_route_of_the_registry_has_a_row(service: Running) -> None:
    told = httpx.get(f"{service.settings.base_url}/openapi.json").json()["paths"]
    routes = {
        (method.upper(), path.removeprefix("/admin/clients").replace("{client_id}", "{client}"))
        for path, methods in told.items()
        for method in methods
        if path.startswith("/admin/clients")
    }
    assert routes == TABLE.keys()


def test_a_client_is_registered_and_signs_in(service: Running, admin: httpx.Client) -> None:
    asked = registration()
    added = admin.post("/clients", json=asked)
    assert added.status_code == 201, added.text
    body = added.json()
    assert body["status"] == "active"
    assert body["role"] == "system"
    assert body["jwks"] == jwks(EC_KEY)
    assert body["changed_by"].endswith(" admin")
    member = Member(asked["client_id"], service.settings.base_url)
    assert member.ask("system/Goal.rs").json()["scope"] == "system/Goal.rs"
    assert admin.get(f"/clients/{asked['client_id']}").json() == body
    assert body in admin.get("/clients").json()["clients"]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"client_id": "a b"}, "client_id"),
        ({"client_id": ""}, "client_id"),
        ({"client_id": "../x"}, "client_id"),
        ({"client_id": "x" * 65}, "client_id"),
        ({"name": " "}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"contact": ""}, "contact"),
        ({"organization": "nowhere"}, "organization"),
        ({"organization": "Organization/gp-surgery"}, "organization"),
        ({"role": "person"}, "role"),
        ({"role": "king"}, "role"),
        ({"scopes": ""}, "scopes"),
        ({"scopes": "system/Goal.reads"}, "scopes"),
        ({"scopes": "system/Goal.rs patient/Goal.rs"}, "scopes"),
        ({"jwks": None}, "jwks"),
        ({"jwks_url": "https://charity.example/jwks"}, "jwks"),
        ({"jwks": {"keys": []}}, "jwks.keys"),
        ({"jwks": {"keys": [EC_KEY.as_dict(private=True)]}}, "jwks.keys[0]"),
        ({"jwks": None, "jwks_url": "http://charity.example/jwks"}, "jwks_url"),
        ({"jwks": None, "jwks_url": "https://user@charity.example/jwks"}, "jwks_url"),
        ({"status": "active"}, None),
        ({"name": 7}, None),
        ({"client_id": None}, None),
    ],
)
def test_a_registration_that_is_not_in_order_is_refused_with_the_place(
    admin: httpx.Client, changes: dict[str, Any], where: str | None
) -> None:
    assert where in faults(admin.post("/clients", json=registration(**changes)), 422)


def test_every_fault_is_told_at_once(admin: httpx.Client) -> None:
    asked = registration(client_id="", name="", scopes="", jwks=None)
    assert faults(admin.post("/clients", json=asked), 422).keys() == {
        "client_id",
        "name",
        "scopes",
        "jwks",
    }


def test_an_id_is_given_once_also_when_its_client_was_removed(admin: httpx.Client) -> None:
    asked = registration()
    admin.post("/clients", json=asked)
    faults(admin.post("/clients", json=asked), 409)
    assert admin.post(f"/clients/{asked['client_id']}/remove").json()["jwks"] is None
    faults(admin.post("/clients", json=asked), 409)
    faults(admin.post(f"/clients/{asked['client_id']}/resume"), 409)
    faults(admin.put(f"/clients/{asked['client_id']}/keys", json={"jwks": jwks(EC_KEY)}), 409)


@pytest.mark.parametrize("path", ["", "/suspend", "/resume", "/remove", "/keys"])
def test_a_client_that_is_not_there_is_not_found(admin: httpx.Client, path: str) -> None:
    method = {"": "GET", "/keys": "PUT"}.get(path, "POST")
    body = {"jwks": jwks(EC_KEY)} if path == "/keys" else None
    faults(admin.request(method, f"/clients/nobody{path}", json=body), 404)


def test_a_suspended_client_is_refused_by_the_next_call(
    service: Running, admin: httpx.Client
) -> None:
    member = register(service.settings)
    token = member.token()
    assert member.read(token).status_code == 200
    admin.post(f"/clients/{member.client_id}/suspend")
    assert member.read(token).status_code == 401
    assert member.ask().status_code == 401
    admin.post(f"/clients/{member.client_id}/resume")
    assert member.ask().status_code == 200


def test_new_keys_take_the_place_of_the_old(service: Running, admin: httpx.Client) -> None:
    member = register(service.settings)
    admin.put(f"/clients/{member.client_id}/keys", json={"jwks": jwks(STRANGER_KEY)})
    assert member.ask().status_code == 401
    assert Member(member.client_id, member.base_url, STRANGER_KEY).ask().status_code == 200


def test_what_administrators_do_is_on_record(
    admin: httpx.Client, as_client: Callable[..., httpx.Client]
) -> None:
    asked = registration()
    admin.post("/clients", json=asked)
    admin.post("/clients", json=asked)
    found = as_client("admin").get("/AuditEvent?subtype=clients&_sort=-date&_count=2").json()
    refused, done = (entry["resource"] for entry in found["entry"])
    assert (done["outcome"], refused["outcome"]) == ("0", "4")
    assert "given before" in refused["outcomeDesc"]
    assert '"admin"' in json.dumps(done)


@pytest.fixture
def publisher() -> Iterator[KeyServer]:
    with key_server() as made:
        yield made


@pytest.fixture(scope="module")
def trying(service: Running) -> Iterator[Running]:
    """The service as it is tried out: it fetches keys from this machine."""
    running = Running(service.settings.model_copy(update={"loopback_keys": True}))
    running.start()
    yield running
    running.stop()


def test_a_client_signs_in_by_keys_that_it_publishes(trying: Running, publisher: KeyServer) -> None:
    published = register(trying.settings, jwks=b"", jwks_url=publisher.url)
    assert published.ask().status_code == 200
    by_jku = published.ask(client_assertion=published.assertion(header={"jku": publisher.url}))
    assert by_jku.status_code == 200
    elsewhere = published.assertion(header={"jku": publisher.url + "?"})
    assert published.ask(client_assertion=elsewhere).status_code == 401
    assert len(publisher.asked) == 1
    publisher.keys = jwks(RSA_KEY)
    assert Member(published.client_id, published.base_url, RSA_KEY).ask().status_code == 401
    assert len(publisher.asked) == 1, "an unknown key makes us ask again only after a while"


def test_a_client_whose_keys_are_out_of_reach_is_asked_to_come_again(
    trying: Running, publisher: KeyServer
) -> None:
    publisher.status = 500
    answer = register(trying.settings, jwks=b"", jwks_url=publisher.url).ask()
    assert answer.status_code == 503
    assert answer.json()["error"] == "temporarily_unavailable"
    assert answer.headers["Retry-After"]
    assert "Set. See that it does" in answer.json()["error_description"]


def test_keys_on_this_machine_are_refused_where_that_is_not_set(
    admin: httpx.Client, publisher: KeyServer
) -> None:
    asked = registration(jwks=None, jwks_url=publisher.url)
    assert "jwks_url" in faults(admin.post("/clients", json=asked), 422)
    assert publisher.asked == []
