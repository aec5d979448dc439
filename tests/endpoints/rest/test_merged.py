"""Two records that are one person's, over the plain API."""

from collections.abc import Callable

import httpx

from tests.endpoints.merging import Administrators
from tests.people import new_person

SAID = {"words": "I want to hear the sea from my own bed again", "began": "2026-11-22"}


def test_the_goals_of_both_are_listed_at_either_and_each_is_at_its_own(
    api: httpx.Client,
    api_as: Callable[..., httpx.Client],
    surgery: httpx.Client,
    admins: Administrators,
) -> None:
    both = [new_person(surgery) for _ in range(2)]
    made = {api.post(f"/people/{one}/goals", json=SAID).json()["id"]: one for one in both}
    admins.merge(*both)
    for client in (api, *(api_as(f"person:{one}") for one in both)):
        for one in both:
            listed = client.get(f"/people/{one}/goals").json()["entries"]
            assert {goal["id"]: goal["person"] for goal in listed} == made
        for id, one in made.items():
            assert client.get(f"/people/{one}/goals/{id}").status_code == 200
    admins.unmerge(both[0])
    for one in both:
        own = api_as(f"person:{one}")
        assert [goal["person"] for goal in own.get(f"/people/{one}/goals").json()["entries"]] == [
            one
        ]
