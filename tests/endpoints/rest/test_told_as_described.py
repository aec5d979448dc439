"""What these addresses answer is what /api/openapi.json says that they do, down to each name."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
from pydantic import BaseModel

from app.endpoints.rest.asked_of_us import AskedOfUsPage
from app.endpoints.rest.entries import shown_model
from app.what_matters.shapes.contact_load import Loaded
from app.what_matters.shapes.finding import FoundPeople
from app.what_matters.shapes.goals import GOALS
from app.what_matters.shapes.people import PEOPLE
from app.what_matters.shapes.request_words import told_model
from tests.endpoints.asking import about
from tests.endpoints.rest.helping import COUNCIL, NO_ROOM, ask, move
from tests.endpoints.rest.test_contact_load import contact
from tests.endpoints.rest.test_goals import SAID, at

Clients = Callable[..., httpx.Client]
CAST = ("tamsin-pender", "kenver-hosken", "ewa-penrose", "demelza-carveth", "petroc-jago")


def as_described(model: type[BaseModel], told: Any) -> Any:
    """Read by the model and written again, it is the same: so it fits, and no name is beside."""
    return model.model_validate(told).model_dump(mode="json", exclude_unset=True)


def test_people_are_told_as_described(api: httpx.Client) -> None:
    for one in CAST:
        told = api.get(f"/people/{one}").json()
        assert as_described(shown_model(PEOPLE), told) == told
    said = {"nhs_number": "9990000018", "born": "1955-02-11"}
    found = api.post("/people/find", json=said).json()
    assert found["people"]
    assert as_described(FoundPeople, found) == found


def test_requests_of_the_cast_are_told_as_described(api: httpx.Client) -> None:
    told = []
    for one in CAST:
        page = api.get(f"/people/{one}/requests", params={"which": "all"}).json()
        told += page["entries"]
        told += [api.get(f"/people/{one}/requests/{each['id']}").json() for each in page["entries"]]
    assert len(told) > 8
    for each in told:
        assert as_described(told_model(), each) == each


def test_each_move_is_answered_as_described(
    me: httpx.Client, asker: str, council: httpx.Client, api: httpx.Client
) -> None:
    made = ask(me, asker, of=COUNCIL, do_not_contact="I will ring.", by_when="2099-01-01")
    of = move(council, made, "offer", words="We will look.")
    of = move(council, move(council, of, "accept"), "done")
    of = move(council, of, "tell-back", words="It is up.", how="Phone call")
    of = move(me, of, "confirm", helped=False, words="It is loose.")
    last = move(council, of, "decline", **NO_ROOM)
    for one in (made, of, last):
        assert as_described(told_model(), one.json()) == one.json()
    ask(me, asker)
    given = api.get("/requests", params={"limit": "5"}).json()
    assert given["entries"]
    assert as_described(AskedOfUsPage, given) == given


def test_goals_and_loads_are_answered_as_described(
    me: httpx.Client, asker: str, api: httpx.Client
) -> None:
    goal = me.post(f"/people/{asker}/goals", json={**SAID, "importance": 3})
    headers = {"If-Match": goal.headers["ETag"]}
    paused = me.post(f"{at(goal)}/pause", json={"why": "The rain"}, headers=headers)
    for one in (goal, paused):
        assert as_described(shown_model(GOALS), one.json()) == one.json()
    sent = [contact(asker, f"v-{uuid4()}"), {"person": 1}, contact("nobody-here")]
    loaded = api.post("/contacts", json={"contacts": sent}).json()
    assert as_described(Loaded, loaded) == loaded


def test_every_address_has_a_name_a_model_and_its_refusals(api: httpx.Client) -> None:
    described = api.get("/openapi.json").json()
    names = []
    for path, methods in described["paths"].items():
        for one in methods.values():
            names.append(one["operationId"])
            good = [status for status in one["responses"] if status.startswith("2")]
            assert len(good) == 1, path
            content = one["responses"][good[0]].get("content", {})
            assert good == ["204"] or content["application/json"]["schema"], path
            assert {"401", "403", "404", "422"} <= one["responses"].keys()
    assert len(names) == len(set(names))


def test_every_step_of_a_request_stands_in_the_persons_own_log(
    me: httpx.Client, asker: str, council: httpx.Client, as_client: Clients
) -> None:
    of = ask(me, asker, of=COUNCIL)
    move(council, of, "decline", **NO_ROOM)
    move(council, of, "accept")
    told = [
        (one["outcome"], one["subtype"][0]["code"])
        for one in about(as_client(f"person:{asker}"), asker)
        if "council-care" in str(one["agent"])
    ]
    assert ("0", "update") in told
    assert any(outcome != "0" for outcome, _ in told)


def test_whoever_is_asked_may_be_named_without_the_kind_that_is_meant(
    me: httpx.Client, asker: str
) -> None:
    made = ask(me, asker, of={"id": "council-care"})
    assert made.json()["steps"][0]["of"] == COUNCIL


def test_yes_and_no_are_not_numbers_or_words(api: httpx.Client) -> None:
    said = {"nhs_number": "9990000018", "born": "1955-02-11", "only_certain": 0}
    refused = api.post("/people/find", json=said)
    assert refused.status_code == 422
    assert refused.json()["faults"][0]["field"] == "only_certain"


def test_an_address_tells_all_that_it_takes_where_it_does_not_take_a_method(
    api: httpx.Client,
) -> None:
    assert api.put("/people/tamsin-pender/goals").headers["Allow"] == "GET, POST"
    assert api.put("/people/tamsin-pender/goals/1").headers["Allow"] == "DELETE, GET, PATCH"
    assert api.put("/people/find").headers["Allow"] == "POST"


def test_an_address_that_is_none_is_told_so_however_it_is_written(api: httpx.Client) -> None:
    for path in ("/nowhere", "/people/a%0Ab/goals/1"):
        refused = api.get(path)
        assert refused.headers["Content-Type"] == "application/problem+json"


def test_what_is_made_leads_to_what_may_be_done_with_it(api: httpx.Client) -> None:
    described = api.get("/openapi.json").json()
    made = described["paths"]["/people/{person}/goals"]["post"]["responses"]["201"]
    assert {"read_a_goal", "change_a_goal", "take_a_goal_away", "say_a_goal_anew"} <= set(
        made["links"]
    )
    assert made["links"]["change_a_goal"]["parameters"] == {
        "person": "$request.path.person",
        "id": "$response.body#/id",
        "header.If-Match": "$response.header.ETag",
    }


def test_no_version_is_called_nought(api: httpx.Client, me: httpx.Client, asker: str) -> None:
    goal = me.post(f"/people/{asker}/goals", json=SAID)
    for tag in ("0", '"0"', 'W/"0"', 'W/"00"'):
        refused = api.patch(at(goal), json={"importance": 3}, headers={"If-Match": tag})
        assert refused.status_code == 400
    assert api.get(at(goal)).json()["version"] == 1
