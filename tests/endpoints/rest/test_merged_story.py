"""The journey, what was said and done, and the goals to look at again, of somebody who has two
records."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.endpoints.merging import Administrators, AsClient
from tests.endpoints.rest.test_journey import about, request_for, story, threads
from tests.endpoints.rest.test_merged_page import COUNCIL, looks, single
from tests.endpoints.rest.test_to_look_at import days_ago, names, say
from tests.endpoints.rest.test_what_matters import MATTERS, close, contact
from tests.endpoints.sharing import JUST_US, choice, labelled, stored, supporter
from tests.people import goal, new_person, observation

Json = dict[str, Any]
ApiAs = Callable[..., httpx.Client]


def pages(client: httpx.Client, person: str) -> Iterator[Json]:
    """What the journey tells, two things to a page."""
    page = story(client, person, limit="2")
    yield from page["happened"]
    while page["next"] is not None:
        page = story(client, person, limit="2", after=page["next"])
        yield from page["happened"]


def words(threads_told: Json) -> list[str]:
    kinds = ("unanswered", "answered")
    return sorted(one["said"]["words"] for kind in kinds for one in threads_told[kind])


@pytest.fixture
def both(surgery: httpx.Client) -> tuple[str, str]:
    """Two records, each with something said, a goal and a contact."""
    made = new_person(surgery), new_person(surgery)
    for n, one in enumerate(made):
        thing = observation(one, valueString=f"Thing {n}", **MATTERS)
        stored(surgery, {**thing, "effectiveDateTime": f"2026-01-0{n + 1}"})
        stored(surgery, goal(one, f"Goal {n}", startDate=f"2026-02-0{n + 1}"))
        stored(surgery, contact(one, "gp-surgery", f"2026-03-0{n + 1}"))
    return made


def test_the_journey_of_both_is_one_story_page_by_page(
    surgery: httpx.Client,
    api: httpx.Client,
    api_as: ApiAs,
    admins: Administrators,
    both: tuple[str, str],
) -> None:
    alone = [story(api, one)["happened"] for one in both]
    admins.merge(*both)
    expected = sorted((one for told in alone for one in told), key=lambda one: one["when"])
    for client in (api, *(api_as(f"person:{one}") for one in both)):
        for one in both:
            whole = story(client, one)
            assert [told["entry"] for told in whole["happened"]] == [
                told["entry"] for told in expected
            ]
            assert whole["figures"]["touch_points"] == 2
            assert list(pages(client, one)) == whole["happened"]
    admins.unmerge(both[0])
    assert [story(api, one)["happened"] for one in both] == alone


def test_a_next_page_after_they_were_parted_tells_of_the_one_that_was_asked_for(
    api: httpx.Client, admins: Administrators, both: tuple[str, str]
) -> None:
    own = {one["entry"] for one in story(api, both[1])["happened"]}
    admins.merge(*both)
    after = story(api, both[1], limit="1")["next"]
    admins.unmerge(both[0])
    assert {one["entry"] for one in story(api, both[1], after=after)["happened"]} == own


def test_what_is_about_a_goal_is_told_from_whichever_record_it_stands_in(
    surgery: httpx.Client, api: httpx.Client, admins: Administrators, both: tuple[str, str]
) -> None:
    where = stored(surgery, goal(both[0], "To sing"))
    id = where.partition("/")[2]
    assert api.get(f"/people/{both[1]}/journey", params={"goal": id}).status_code == 404
    admins.merge(*both)
    stored(surgery, request_for(both[1], "A lift", "2026-03-02", **about(where)))
    stored(surgery, close(both[1], where, 3, "2026-03-05"))
    for one in both:
        kinds = [told["kind"] for told in story(api, one, goal=id)["happened"]]
        assert sorted(kinds) == ["asked-for-help", "goal", "progress"]


def test_what_was_said_and_done_is_told_of_both(
    api: httpx.Client, admins: Administrators, both: tuple[str, str]
) -> None:
    alone = [words(threads(api, one)) for one in both]
    assert alone[0] != alone[1]
    admins.merge(*both)
    first, second = (threads(api, one) for one in both)
    assert first == second
    assert words(first) == sorted((*alone[0], *alone[1]))
    admins.unmerge(both[0])
    assert [words(threads(api, one)) for one in both] == alone


def test_the_goals_to_look_at_again_are_those_of_both(
    surgery: httpx.Client, api: httpx.Client, admins: Administrators
) -> None:
    both = new_person(surgery), new_person(surgery)
    chosen = {"review_on": {"after_days": 30}}
    say(api, both[0], "goals", words="Sing", began=days_ago(40), **chosen)
    say(api, both[1], "goals", words="Row", began=days_ago(60), **chosen)
    admins.merge(*both)
    assert [names(api, one) for one in both] == [["Row", "Sing"], ["Row", "Sing"]]
    admins.unmerge(both[0])
    assert [names(api, one) for one in both] == [["Sing"], ["Row"]]


def test_what_is_hidden_in_the_other_record_leaves_no_trace_in_the_story_or_the_threads(
    surgery: httpx.Client,
    as_client: AsClient,
    api_as: ApiAs,
    admins: Administrators,
    both: tuple[str, str],
) -> None:
    admins.merge(*both)
    council = api_as("council-care")
    before = [(story(council, one), threads(council, one)) for one in both]
    own = as_client(f"person:{both[1]}")
    for label in (labelled(JUST_US), {}):
        where = stored(own, goal(both[1], "HIDDEN", **label))
        if not label:
            stored(own, choice(both[1], "deny", COUNCIL, **single(where)))
    stored(own, contact(both[1], "acute-trust", "2026-03-03", **labelled(JUST_US)))
    stored(own, request_for(both[1], "HIDDEN", "2026-03-02", **labelled(JUST_US)))
    assert [(story(council, one), threads(council, one)) for one in both] == before
    assert "HIDDEN" in str(story(api_as(f"person:{both[0]}"), both[0]))


def test_a_supporter_is_told_the_story_of_their_side_until_the_person_shows_them_the_other(
    as_client: AsClient,
    api_as: ApiAs,
    admins: Administrators,
    both: tuple[str, str],
) -> None:
    own = as_client(f"person:{both[0]}")
    helper = stored(own, supporter(both[0]))
    friend = api_as(f"supporter:{helper.partition('/')[2]}")
    before = story(friend, both[0]), threads(friend, both[0])
    admins.merge(*both)
    assert (story(friend, both[0]), threads(friend, both[0])) == before
    log = as_client(f"person:{both[1]}")
    assert [looks(log, both[1], act) for act in ("journey", "said-and-done")] == [[], []]
    kind: Json = {"class": [{"system": "http://hl7.org/fhir/resource-types", "code": "Encounter"}]}
    stored(own, choice(both[1], "permit", helper, **kind))
    told = story(friend, both[0])
    assert len(told["happened"]) == len(before[0]["happened"]) + 1
    assert len(looks(log, both[1], "journey")) == 1


def test_the_log_of_each_record_tells_of_every_look(
    as_client: AsClient, api_as: ApiAs, admins: Administrators, both: tuple[str, str]
) -> None:
    admins.merge(*both)
    council = api_as("council-care")
    story(council, both[1])
    threads(council, both[1])
    admins.unmerge(both[0])
    for one, other in (both, both[::-1]):
        own = as_client(f"person:{one}")
        for act in ("journey", "said-and-done"):
            (event,) = looks(own, one, act)
            assert event["outcome"] == "0"
            assert other not in str(event)
