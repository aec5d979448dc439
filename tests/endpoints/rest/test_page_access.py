"""Who may ask for what is put together of one person's record: a row an address, a column a caller,
as tests/endpoints/test_access_matrix.py has them for the FHIR door."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.endpoints.asking import new_goal
from tests.endpoints.rest.measured import YEAR, asked
from tests.endpoints.sharing import stored, supporter, team
from tests.endpoints.test_access_matrix import CALLERS
from tests.people import new_person

# nobody oneself another surgery reader writer analyst officer admin partner stranger supporter
# ended
TABLE = """
GET  /people/{person}/what-matters              401 200 404 200 200 403 403 403 200 200 404 200 404
GET  /people/{person}/journey                   401 200 404 200 200 403 403 403 200 200 404 200 404
GET  /people/{person}/journey?goal={goal}       401 200 404 200 200 403 403 403 200 200 404 200 404
GET  /people/{person}/said-and-done             401 200 404 200 200 403 403 403 200 200 404 200 404
GET  /people/{person}/told-once                 401 200 404 200 200 403 403 403 200 200 404 403 403
GET  /people/{person}/goals-to-look-at          401 200 404 200 200 403 403 403 200 200 404 200 404
GET  /people/{person}/measures?{days}           401 200 404 200 200 403 403 403 200 200 404 403 403
GET  /people/{person}/who-has-looked            401 200 404 403 403 403 403 200 200 403 403 403 403
GET  /people/{person}/who-can-see               401 200 404 403 403 403 403 403 200 403 404 403 404
GET  /people/{person}/goals/{goal}/who-can-see  401 200 404 403 403 403 403 403 200 403 404 403 404
POST /measures                                  401 200 200 200 200 403 403 403 200 200 200 403 403
POST /experience                                401 200 200 200 200 403 403 403 200 200 200 403 403
POST /words/check                               401 200 200 200 200 200 200 200 200 200 200 200 200
"""
ROWS = [
    (line.split()[0], line.split()[1], tuple(map(int, line.split()[2:])))
    for line in TABLE.splitlines()
    if line
]
BODY_BY_PATH: dict[str, dict[str, Any]] = {
    "/words/check": {"text": "We will ring you."},
    "/measures": asked([]),
    "/experience": asked([]),
}


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    made = new_person(surgery)
    stored(surgery, team(made, "harbour-befriending"))
    return made


@pytest.fixture(scope="module")
def goal(surgery: httpx.Client, person: str) -> str:
    return new_goal(surgery, person).removeprefix("/Goal/")


@pytest.fixture(scope="module")
def clients(
    surgery: httpx.Client,
    as_client: Callable[..., httpx.Client],
    api_as: Callable[..., httpx.Client],
    person: str,
) -> dict[str, httpx.Client]:
    own = as_client(f"person:{person}")

    def helper(**rest: Any) -> httpx.Client:
        made = stored(own, {**supporter(person), **rest})
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


@pytest.mark.parametrize(("method", "template", "statuses"), ROWS)
def test_the_table_holds(
    clients: dict[str, httpx.Client],
    person: str,
    goal: str,
    method: str,
    template: str,
    statuses: tuple[int, ...],
) -> None:
    path = template.format(person=person, goal=goal, days=urlencode(YEAR))
    body = BODY_BY_PATH.get(template)
    if body is not None and "people" in body:
        body = {**body, "people": [person]}
    told = {name: clients[name].request(method, path, json=body).status_code for name in CALLERS}
    assert told == dict(zip(CALLERS, statuses, strict=True))


def test_every_address_that_tells_of_a_record_is_in_the_table(
    clients: dict[str, httpx.Client],
) -> None:
    paths = clients["nobody"].get("/openapi.json").json()["paths"]
    ours = {
        path
        for path, methods in paths.items()
        for one in methods.values()
        if one["operationId"].startswith(_NAMES)
    }
    told = {row[1].partition("?")[0].replace("{goal}", "{id}") for row in ROWS}
    assert {one for one in ours if "/goals/" in one or "{id}" not in one} == told


_NAMES = (
    *("what_matters", "the_journey", "said_and_done", "told_once", "goals_to_look_at"),
    *("who_", "check_words", "measures", "experience_scores"),
)
