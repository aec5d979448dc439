"""Goals that nobody has looked at for the time that the person chose, and no others, are raised."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from tests.endpoints.rest.test_goals import at, if_match
from tests.endpoints.sharing import JUST_US, labelled, stored
from tests.people import goal, new_person

Json = dict[str, Any]
ApiAs = Callable[..., httpx.Client]
TIME = "Nobody has looked at it for as long as the person chose."
SURGERY = {"kind": "organisation", "id": "gp-surgery"}


def days_ago(days: int) -> str:
    today = datetime.now(UTC).astimezone(ZoneInfo("Europe/London")).date()
    return (today - timedelta(days)).isoformat()


def say(api: httpx.Client, person: str, kind: str, **said: Any) -> httpx.Response:
    made = api.post(f"/people/{person}/{kind}", json=said)
    assert made.status_code == 201, made.text
    return made


def raised(client: httpx.Client, person: str) -> list[Json]:
    answer = client.get(f"/people/{person}/goals-to-look-at")
    assert answer.status_code == 200, answer.text
    return answer.json()["goals"]  # type: ignore[no-any-return]


def names(client: httpx.Client, person: str) -> list[str]:
    return [one["words"]["words"] for one in raised(client, person)]


def test_a_goal_is_raised_after_the_days_that_the_person_chose_at_the_goal(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    person = new_person(surgery)
    chosen = {"review_on": {"after_days": 30}}
    say(api, person, "goals", words="Left in peace", began=days_ago(300))
    say(api, person, "goals", words="Not yet", began=days_ago(29), **chosen)
    made = say(api, person, "goals", words="Sing", began=days_ago(30), **chosen)
    (told,) = raised(api, person)
    assert told["entry"] == f"Goal/{made.json()['id']}"
    assert (told["words"]["words"], told["words"]["own"]) == ("Sing", True)
    assert (told["why"], told["days"], told["last"]) == (TIME, 30, days_ago(30))
    later = {"review_on": {"after_days": 31}}
    changed = api.patch(at(made), json=later, headers=if_match(made))
    assert changed.json()["review_on"] == later["review_on"]
    assert raised(api, person) == []


def test_what_was_agreed_raises_its_goals_and_the_one_that_waited_longest_comes_first(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    person = new_person(surgery)
    ids = [
        say(api, person, "goals", words=words, began=days_ago(days)).json()["id"]
        for words, days in (("Walk", 40), ("Sing", 90), ("Row", 60))
    ]
    thing: Json = {"what": "Go", "who": [{"kind": "person", "id": person}], "when": "Fridays"}
    agreed: Json = {"agreed_on": days_ago(90), "things": [{**thing, "for_goals": ids[:2]}]}
    agreed |= {"goals": ids[:2], "review_on": {"day": days_ago(0)}}
    say(api, person, "actions", **agreed)
    assert names(api, person) == ["Sing", "Walk"]
    assert raised(api, person)[0]["why"] == "The day that the person chose has come."


def test_progress_and_a_contact_that_started_with_what_matters_are_looks(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    person = new_person(surgery)
    ids = {
        words: say(
            api, person, "goals",
            words=words, began=days_ago(90), review_on={"after_days": 30},
        ).json()["id"]
        for words in ("Told", "Told too", "Met", "Not asked", "Planned")
    }  # fmt: skip
    for day, words in ((3, "Told"), (2, "Told too")):
        say(api, person, "progress", goal=ids[words], number=4, when=days_ago(day))
    met: Json = {
        "organisation": SURGERY,
        "began": days_ago(5),
        "ended": days_ago(5),
        "how": "at-home",
    }
    say(api, person, "contacts", **met, about_goals=[ids["Met"]], what_matters="read")
    later: Json = {**met, "began": days_ago(1), "ended": days_ago(1), "what_matters": "not-asked"}
    say(api, person, "contacts", **later, about_goals=[ids["Met"]])
    say(api, person, "contacts", **later, about_goals=[ids["Not asked"]])
    say(api, person, "contacts", **met, about_goals=[ids["Planned"]], state="planned")
    assert sorted(names(api, person)) == ["Not asked", "Planned"]


def test_what_is_hidden_raises_nothing_and_is_no_look(
    api: httpx.Client, surgery: httpx.Client, api_as: ApiAs
) -> None:
    person = new_person(surgery)
    own = api_as(f"person:{person}")
    chosen = {"began": days_ago(90), "review_on": {"after_days": 30}}
    say(own, person, "goals", words="HIDDEN", kept_from=["just-us"], **chosen)
    seen = say(own, person, "goals", words="Seen", **chosen).json()["id"]
    told = {"goal": seen, "number": 3, "when": days_ago(2), "kept_from": ["just-us"]}
    say(own, person, "progress", **told)
    assert names(api, person) == ["Seen"]
    assert names(own, person) == ["HIDDEN"]


def test_the_person_reads_that_somebody_asked(
    surgery: httpx.Client, api: httpx.Client, api_as: ApiAs
) -> None:
    person = new_person(surgery)
    stored(surgery, goal(person, **labelled(JUST_US)))
    assert raised(api, person) == []
    told = api_as(f"person:{person}").get(f"/people/{person}/who-has-looked").json()["entries"]
    assert any("asked which of your goals to look at again" in one["words"] for one in told)


def test_what_the_token_does_not_reach_is_told(surgery: httpx.Client, api_as: ApiAs) -> None:
    person = new_person(surgery)
    narrow = api_as("gp-surgery", scope="system/Patient.rs system/Goal.rs")
    told = narrow.get(f"/people/{person}/goals-to-look-at").json()
    assert told["not_shown"] == ["what was agreed", "how close the goals are", "the contacts"]
