"""An organisation says whether it has room to help, and nobody says it for another."""

from collections.abc import Callable
from typing import Any

import httpx

from app.what_matters.shapes.room import RoomOf, SaidRoom, service_of
from tests.endpoints.sharing import stored
from tests.people import new_person

Clients = Callable[..., httpx.Client]


def room(client: httpx.Client, organisation: str, **said: Any) -> httpx.Response:
    where = f"/organisations/{organisation}/room"
    return client.put(where, json=said) if said else client.get(where)


def test_it_is_said_once_more_and_read_by_whoever_would_ask(
    api_as: Clients, surgery: httpx.Client
) -> None:
    larder, me = api_as("larder-food-bank"), api_as(f"person:{new_person(surgery)}")
    assert room(larder, "larder-food-bank", room="waiting-list").status_code == 200
    said = room(larder, "larder-food-bank", room="no-room", words="From January there is.")
    assert said.status_code == 200
    told = room(me, "larder-food-bank").json()
    assert (told["room"], told["words"]) == ("no-room", "From January there is.")
    assert told["in_words"] == "They have no room to help just now. You can ask all the same."
    assert RoomOf.model_validate(told).model_dump(exclude_unset=True) == told
    found = surgery.get("/HealthcareService?identifier=larder-food-bank").json()
    assert len(found["entry"]) == 1


def test_who_has_said_nothing_is_told_without_and_who_is_not_there_is_404(
    api: httpx.Client,
) -> None:
    assert room(api, "acute-trust").json() == {"organisation": "acute-trust"}
    assert room(api, "nowhere-here").status_code == 404


def test_nobody_says_it_for_another(
    api: httpx.Client, api_as: Clients, as_client: Clients, surgery: httpx.Client
) -> None:
    me = api_as(f"person:{new_person(surgery)}")
    for other in (api, me, api_as("admin")):
        assert room(other, "open-door-housing", room="no-room").status_code == 403
    assert room(api_as(None), "open-door-housing").status_code == 401
    forged = service_of("open-door-housing", SaidRoom(room="no-room"))
    stored(as_client("stranger-clinic"), forged)
    assert "room" not in room(api, "open-door-housing").json()
    own = room(api_as("open-door-housing"), "open-door-housing", room="room")
    assert own.json()["room"] == "room"
