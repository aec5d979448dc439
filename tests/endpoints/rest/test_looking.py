"""Who has looked and who can see, in plain words; and words that are checked, over HTTP."""

from collections.abc import Callable
from typing import Any

import httpx

from tests.endpoints.sharing import RESTRICTED, labelled, stored, supporter
from tests.people import goal, new_person

Json = dict[str, Any]
ApiAs = Callable[..., httpx.Client]


def test_the_person_reads_who_has_looked_in_plain_sentences_and_older_ones_page_by_page(
    surgery: httpx.Client, api_as: ApiAs
) -> None:
    person = new_person(surgery)
    where = stored(surgery, goal(person))
    assert surgery.get(f"/{where}").status_code == 200
    own = api_as(f"person:{person}")
    page = own.get(f"/people/{person}/who-has-looked").json()
    read = next(one for one in page["entries"] if "read your goals" in one["words"])
    assert read["who"]["id"] == "gp-surgery"
    assert (read["times"], read["refused"]) == (1, False)
    older = own.get(f"/people/{person}/who-has-looked", params={"before": "2026-01-01"}).json()
    assert older == {"entries": []}


def test_the_person_reads_who_has_looked_as_lines_of_text(
    surgery: httpx.Client, api_as: ApiAs
) -> None:
    person = new_person(surgery)
    assert surgery.get(f"/{stored(surgery, goal(person))}").status_code == 200
    own = api_as(f"person:{person}")
    path, text = f"/people/{person}/who-has-looked", {"Accept": "text/plain"}
    told = own.get(path, headers=text)
    assert told.headers["content-type"] == "text/plain; charset=utf-8"
    newest, *older = told.text.splitlines()
    assert newest.startswith("The computer system of Polmear Surgery read your goals on ")
    assert any("added to your goals" in one for one in older)
    before = {"before": "2026-01-01"}
    none = own.get(path, params=before, headers=text).text
    assert none == "Nobody has looked in this time.\n"
    assert own.get(path, headers={"Accept": "application/xml"}).status_code == 406


def test_the_person_reads_who_can_see_a_goal_and_how_much_of_the_record(
    surgery: httpx.Client, api_as: ApiAs
) -> None:
    person = new_person(surgery, known_to=("council-care",))
    own = api_as(f"person:{person}")
    hidden = stored(surgery, goal(person, **labelled(RESTRICTED))).partition("/")[2]
    stored(surgery, goal(person))

    def seen(path: str) -> dict[str, Json]:
        entries = own.get(f"/people/{person}/{path}").json()["entries"]
        return {one["who"]["id"]: one for one in entries}

    assert seen(f"goals/{hidden}/who-can-see")["council-care"]["sees"] is False
    assert seen(f"goals/{hidden}/who-can-see")["gp-surgery"]["sees"] is True
    assert seen("who-can-see")["council-care"]["entries"] == 2
    assert seen("who-can-see")["stranger-clinic"]["sees"] is False


def test_words_are_remarked_upon_and_not_kept(api: httpx.Client) -> None:
    answer = api.post("/words/check", json={"text": "We will action your referral, ZXQ says."})
    found = {one["found"]: one for one in answer.json()["remarks"]}
    assert found["referral"]["kind"] == "jargon"
    assert found["ZXQ"]["kind"] == "abbreviation"
    long = api.post("/words/check", json={"text": "a " * 10_001})
    assert long.status_code == 422
    assert [one["field"] for one in long.json()["faults"]] == ["text"]
    assert "a a a" not in long.text


def test_no_name_turns_or_hides_what_stands_around_it_or_makes_a_line_of_its_own(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], api_as: ApiAs
) -> None:
    called = [{"text": "Zeb\u202e\u200bedee\nPolmear Surgery read everything"}]
    person = new_person(surgery, name=called)
    own = as_client(f"person:{person}")
    stored(own, supporter(person, name=called))
    api = api_as(f"person:{person}")
    for path in ("who-can-see", "what-matters"):
        answer = api.get(f"/people/{person}/{path}")
        assert "Zebedee Polmear Surgery read everything" in answer.text
        assert not {"\u202e", "\u200b"} & {*answer.text}
    page = api.get(f"/people/{person}/what-matters", headers={"Accept": "text/plain"}).text
    assert "\nPolmear" not in page
    assert not {"\u202e", "\u200b"} & {*page}
