"""Who may do what at the addresses of people, goals' moves, requests and loads: one row for each,
one column for each caller, as in tests/endpoints/test_access_matrix.py."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.endpoints.rest.helping import ASKED, COUNCIL
from tests.endpoints.rest.test_contact_load import contact
from tests.endpoints.rest.test_goals import SAID
from tests.endpoints.sharing import stored, supporter, team
from tests.endpoints.test_access_matrix import CALLERS
from tests.people import new_person

Json = dict[str, Any]
Clients = Callable[..., httpx.Client]

# ~ is /people/{person}.
# nobody oneself another surgery reader writer analyst officer admin partner stranger supporter
# ended
TABLE = """
POST  /people                              401 403 403 201 403 201 403 403 201 201 201 403 403
POST  /people/find                         401 403 403 200 200 403 403 403 403 200 200 403 403
GET   ~                                    401 200 404 200 200 403 403 403 200 200 404 200 404
PATCH ~                                    401 200 404 200 403 200 403 403 200 200 404 403 403
POST  ~/goals/{goal}/pause                 401 200 404 200 403 200 403 403 200 200 404 200 404
POST  ~/goals/{goal}/reword                401 200 404 200 403 200 403 403 200 200 404 200 404
POST  ~/goals/{goal}/prioritise            401 200 404 200 403 200 403 403 200 200 404 200 404
GET   ~/requests                           401 200 404 200 200 403 403 403 200 200 404 200 404
POST  ~/requests                           401 201 422 201 403 201 403 403 201 201 422 201 422
GET   ~/requests/{request}                 401 200 404 200 200 403 403 403 200 200 404 200 404
POST  ~/requests/{request}/accept          401 403 404 200 403 403 403 403 200 200 404 200 404
POST  ~/requests/{request}/take-back       401 200 404 403 403 403 403 403 403 403 404 403 404
POST  ~/requests/{request}/pass-on         401 403 404 200 403 403 403 403 200 200 404 403 404
GET   /requests                            401 200 200 200 200 403 403 403 200 200 200 200 200
GET   /organisations/gp-surgery/room       401 200 200 200 200 403 200 403 200 200 200 200 200
PUT   /organisations/gp-surgery/room       401 403 403 200 403 403 403 403 403 403 403 403 403
POST  /contacts                            401 201 422 201 403 403 403 403 201 201 422 201 422
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
KNOWN = {"how_we_know": "said"}
BODY_BY_PATH: dict[str, Json] = {
    "/people": {"called": "Tam"},
    "/organisations/gp-surgery/room": {"room": "room"},
    "/people/find": {"nhs_number": "9990000018", "born": "1950-03-01"},
    "/people/{person}": {"called": "Tam"},
    "/people/{person}/goals/{goal}/pause": {"why": "The rain"},
    "/people/{person}/goals/{goal}/reword": {"words": "Row"},
    "/people/{person}/goals/{goal}/prioritise": {"importance": 3},
    "/people/{person}/requests": ASKED,
    "/people/{person}/requests/{request}/take-back": {"words": "Not needed."},
    "/people/{person}/requests/{request}/pass-on": {"words": "No room.", "to": COUNCIL},
}


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    made = new_person(surgery)
    stored(surgery, team(made, "harbour-befriending"))
    return made


@pytest.fixture(scope="module")
def clients(surgery: httpx.Client, api_as: Clients, person: str) -> dict[str, httpx.Client]:
    def helper(**rest: Any) -> httpx.Client:
        made = stored(surgery, {**supporter(person), **rest})
        return api_as(f"supporter:{made.partition('/')[2]}")

    return {
        "nobody": api_as(None),
        "oneself": api_as(f"person:{person}"),
        "another": api_as(f"person:{new_person(surgery)}"),
        "surgery": api_as("gp-surgery"),
        "reader": api_as("gp-surgery", scope="system/*.rs"),
        "writer": api_as("gp-surgery", scope="system/*.cud"),
        "analyst": api_as("analyst"),
        "officer": api_as("privacy-officer"),
        "admin": api_as("admin"),
        "partner": api_as("harbour-befriending"),
        "stranger": api_as("stranger-clinic"),
        "supporter": helper(),
        "ended": helper(active=False),
    }


def ask(clients: dict[str, httpx.Client], person: str, name: str, method: str, path: str) -> int:
    """The status for one caller, of a goal and a request that nobody else has moved."""
    me = clients["oneself"]
    goal = me.post(f"/people/{person}/goals", json=SAID) if "{goal}" in path else None
    request = me.post(f"/people/{person}/requests", json=ASKED) if "{request}" in path else None
    of = goal or request or me.get(f"/people/{person}")
    ids = {"goal": goal, "request": request}
    where = path.format(person=person, **{n: o.json()["id"] for n, o in ids.items() if o})
    body = BODY_BY_PATH.get(path, {})
    if path == "/contacts":
        body = {"contacts": [contact(person, f"v-{uuid4()}")]}
    if goal and method == "POST" and name != "oneself":
        body = {**body, **KNOWN}
    given = {"json": body, "headers": {"If-Match": of.headers["ETag"]}} if method != "GET" else {}
    answer = clients[name].request(method, where, **given)  # type: ignore[arg-type]
    if path == "/contacts" and answer.status_code == 200:
        (one,) = answer.json()["contacts"]
        return int(one.get("status", 201))
    return answer.status_code


@pytest.mark.parametrize(("method", "path", "statuses"), ROWS)
def test_the_table_holds(
    clients: dict[str, httpx.Client],
    person: str,
    method: str,
    path: str,
    statuses: tuple[int, ...],
) -> None:
    told = {name: ask(clients, person, name, method, path) for name in CALLERS}
    assert told == dict(zip(CALLERS, statuses, strict=True))
