"""Who may do what with an entry of any kind, as tests/endpoints/test_access_matrix.py has it for
the FHIR door; and that no address of the plain API is without a row in one of the tables."""

import re
from typing import Any

import httpx
import pytest

from tests.endpoints.rest import test_page_access, test_who_may
from tests.endpoints.rest.test_goals import SAID
from tests.endpoints.rest.test_who_may import clients, person
from tests.endpoints.test_access_matrix import CALLERS

__all__ = ("clients", "person")

Json = dict[str, Any]

# ~ is /people/{person}. {kind}: the addresses of each kind are made by one function.
# nobody oneself another surgery reader writer analyst officer admin partner stranger supporter
# ended
TABLE = """
GET    ~/{kind}                    401 200 404 200 200 403 403 403 200 200 404 200 404
POST   ~/{kind}                    401 201 422 201 403 201 403 403 201 201 422 201 422
GET    ~/{kind}/{id}               401 200 404 200 200 403 403 403 200 200 404 200 404
PATCH  ~/{kind}/{id}               401 200 404 200 403 200 403 403 200 200 404 200 404
DELETE ~/{kind}/{id}               401 204 404 204 403 403 403 403 204 204 404 204 404
GET    ~/{kind}/{id}/history       401 200 404 200 200 403 403 403 200 200 404 200 404
GET    ~/goals/{id}/progress       401 200 404 200 200 403 403 403 200 200 404 200 404
GET    ~/other-entries             401 200 404 200 200 403 403 403 200 200 404 200 404
"""
ROWS = [
    (
        line.split()[0],
        line.split()[1].replace("~", "/people/{person}"),
        tuple(map(int, line.split()[2:])),
    )
    for line in TABLE.splitlines()
    if line
]
BODY_BY_KIND: dict[str, Json] = {"goals": SAID, "statements": {"words": "My boat."}}
CHANGE_BY_KIND: dict[str, Json] = {"goals": {"importance": 3}, "statements": {"words": "My cat."}}
# The moves of a goal, and those of a request, are made by one function each; those that differ in
# who may make them have rows.
MOVE = re.compile(r"^(/people/\{person\}/(?:\{kind\}|requests)/\{id\})/[a-z-]+$")


@pytest.mark.parametrize("kind", BODY_BY_KIND)
@pytest.mark.parametrize(("method", "path", "expected"), ROWS, ids=lambda one: str(one)[:40])
def test_the_table_holds_for_a_kind(
    clients: dict[str, httpx.Client],
    person: str,
    kind: str,
    method: str,
    path: str,
    expected: tuple[int, ...],
) -> None:
    told = tuple(
        _ask(clients, person, kind if "{kind}" in path else "goals", name, method, path)
        for name in CALLERS
    )
    assert dict(zip(CALLERS, told, strict=True)) == dict(zip(CALLERS, expected, strict=True))


def _ask(
    clients: dict[str, httpx.Client], person: str, kind: str, name: str, method: str, path: str
) -> int:
    made = clients["oneself"].post(f"/people/{person}/{kind}", json=BODY_BY_KIND[kind])
    where = path.format(person=person, kind=kind, id=made.json()["id"])
    sent: Json = {}
    if method in ("PATCH", "DELETE"):
        sent["headers"] = {"If-Match": made.headers["ETag"]}
    if method in ("POST", "PATCH"):
        sent["json"] = (BODY_BY_KIND if method == "POST" else CHANGE_BY_KIND)[kind]
    return clients[name].request(method, where, **sent).status_code


def test_every_address_of_the_plain_api_has_a_row(api: httpx.Client) -> None:
    described = api.get("/openapi.json").json()["paths"]
    kinds = {path.split("/")[3] for path in described if path.endswith("/{id}/history")}
    tables = (ROWS, test_who_may.ROWS, test_page_access.ROWS)
    have = {_plain(method, path, kinds) for rows in tables for method, path, _ in rows}
    asked = {
        _plain(method, path, kinds)
        for path, ways in described.items()
        for method in ways
        if method in ("get", "post", "put", "patch", "delete")
    }
    assert len(kinds) > 15
    assert asked - have == set()


def _plain(method: str, path: str, kinds: set[str]) -> tuple[str, str]:
    """The same for each kind, whatever the places in a path are called."""
    path = re.sub(r"\{(goal|request)\}", "{id}", path.partition("?")[0])
    path = path.replace("/organisations/gp-surgery", "/organisations/{organisation}")
    steps = path.split("/")
    if len(steps) > 3 and steps[3] in kinds:
        steps[3] = "{kind}"
    path = "/".join(steps)
    return method.upper(), MOVE.sub(r"\1/{move}", path) if method.upper() == "POST" else path
