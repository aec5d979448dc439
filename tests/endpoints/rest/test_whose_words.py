"""A person's own words, a child's too, are kept apart from what others say of them."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.endpoints.sharing import stored, supporter
from tests.people import new_person

Json = dict[str, Any]
HELPED = "Lowenna, my mother"
PLEASE = {"section": "please-do", "supported_to_write_by": HELPED}


@pytest.fixture
def child(surgery: httpx.Client) -> str:
    return new_person(surgery)


@pytest.fixture
def mother(child: str, as_client: Callable[..., httpx.Client]) -> Json:
    """Who she is, as the plain API says it."""
    where = stored(as_client(f"person:{child}"), supporter(child, name=[{"text": "Lowenna"}]))
    return {"kind": "supporter", "id": where.partition("/")[2]}


def say(api: httpx.Client, person: str, kind: str, **said: Any) -> str:
    made = api.post(f"/people/{person}/{kind}", json=said)
    assert made.status_code == 201, made.text
    return made.json()["id"]  # type: ignore[no-any-return]


def listed(api: httpx.Client, person: str, kind: str) -> list[tuple[str, bool]]:
    found = api.get(f"/people/{person}/{kind}", params={"fields": "words,own_words"})
    return [(one["words"], one["own_words"]) for one in found.json()["entries"]]


def page(api: httpx.Client, person: str) -> Json:
    return api.get(f"/people/{person}/what-matters").json()  # type: ignore[no-any-return]


def test_what_a_parent_says_of_a_part_of_about_me_stands_beside_the_childs_words(
    api: httpx.Client, child: str, mother: Json
) -> None:
    say(api, child, "about-me", section="please-do", words="Knock first", when="2026-03-01")
    say(api, child, "about-me", **PLEASE, words="Wave", when="2026-02-01", told_by=[mother])
    assert listed(api, child, "about-me") == [("Knock first", True)]
    assert page(api, child)["please"]["words"] == "Knock first"
    say(api, child, "about-me", **PLEASE, words="No latex", when="2026-09-01", told_by=[mother])
    assert listed(api, child, "about-me") == [("Knock first", True), ("No latex", False)]
    told = page(api, child)["please"]
    assert (told["words"], told["by"], told["own"]) == ("No latex", "Lowenna", False)
    assert (told["themself"]["words"], told["themself"]["own"]) == ("Knock first", True)
    for form in ("text/plain", "text/html"):
        paper = api.get(f"/people/{child}/what-matters", headers={"Accept": form}).text
        assert 0 < paper.index("Knock first") < paper.index("No latex") < paper.index("Lowenna)")


def test_what_others_say_matters_does_not_push_out_what_the_person_says(
    api: httpx.Client, child: str, mother: Json
) -> None:
    say(api, child, "statements", words="My dog", when="2026-01-01")
    for day in range(1, 7):
        said = {"words": f"Sleep {day}", "when": f"2026-05-0{day}", "told_by": [mother]}
        say(api, child, "statements", **said, supported_to_write_by=HELPED)
    matters = page(api, child)["most_important"]
    assert [(one["words"], one["own"]) for one in matters["things"][:2]] == [
        ("My dog", True),
        ("Sleep 6", False),
    ]
    assert (len(matters["things"]), matters["more"]) == (5, 2)
    assert listed(api, child, "statements")[-1] == ("My dog", True)


def test_a_goal_of_anothers_words_says_whose_they_are_and_how_they_know(
    api: httpx.Client, child: str, mother: Json
) -> None:
    how = {"how": "showed", "words": "She leads me to the gate."}
    say(api, child, "goals", words="One friend", began="2026", said_by=mother, how_we_know=how)
    (goal,) = page(api, child)["goals"]
    words = goal["words"]
    assert (words["by"], words["own"], words["how_known"]) == ("Lowenna", False, how["words"])
    assert listed(api, child, "goals") == [("One friend", False)]
