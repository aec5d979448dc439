"""What is told follows the language that is asked for, as far as there are words for it."""

import re
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.endpoints.rest.languages import wanted_language
from app.what_matters.language import DRAFT, languages
from tests.conftest import Running
from tests.endpoints.rest.test_what_matters import contact
from tests.endpoints.sharing import stored
from tests.people import goal, new_person

Json = dict[str, Any]
DRAFTS = "kw-x-draft"
PERSON = "/people/tamsin-pender"
TOLD = [
    *((f"{PERSON}/{name}", "text/plain") for name in ("what-matters", "journey", "said-and-done")),
    (f"{PERSON}/measures?from=2026-01-01&to=2026-12-31", "text/plain"),
    (f"{PERSON}/what-matters", "text/html"),
    *((f"{PERSON}/{name}", "application/json") for name in ("what-matters", "journey")),
    (f"{PERSON}/measures?from=2026-01-01&to=2026-12-31", "application/json"),
]


def asked(
    client: httpx.Client, path: str, language: str, form: str = "text/plain"
) -> httpx.Response:
    headers = {"Accept": form, "Accept-Language": language}
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (None, "en"),
        ("", "en"),
        ("kw", "kw"),
        ("kw-GB, en;q=0.5", "kw"),
        ("en;q=0.5, kw;q=0.9", "kw"),
        ("en, kw", "en"),
        ("pl, *;q=0.5", "en"),
        ("kw;q=0, pl", "en"),
        ("kw;q=much", "en"),
        ("KW_gb", "kw"),
        ("kw-x-draft, kw", DRAFTS),
        (", ;;, =", "en"),
    ],
)
def test_the_language_is_the_one_that_is_liked_best_of_those_there_are(
    header: str | None, wanted: str
) -> None:
    headers = {} if header is None else {b"accept-language": header.encode()}
    assert wanted_language(headers) == wanted


@given(header=st.binary(max_size=60))
def test_whatever_is_asked_for_there_is_a_language(header: bytes) -> None:
    wanted = wanted_language({b"accept-language": header})
    assert wanted.removesuffix(DRAFT) in languages()


@pytest.mark.parametrize(("path", "form"), TOLD)
def test_an_answer_says_which_language_it_is_in_and_that_it_would_be_another(
    api: httpx.Client, path: str, form: str
) -> None:
    answer = asked(api, path, "pl, kw;q=0.9, en;q=0.1", form)
    assert answer.headers["Content-Language"] == "kw"
    assert answer.headers["Vary"] == "Accept, Accept-Language"


@pytest.mark.parametrize(("path", "form"), TOLD)
def test_a_language_that_there_is_not_is_answered_in_english(
    api: httpx.Client, path: str, form: str
) -> None:
    answer = asked(api, path, "tlh", form)
    assert answer.headers["Content-Language"] == "en"
    plain = api.get(path, headers={"Accept": form})
    assert plain.headers["Content-Language"] == "en"
    assert _undated(answer.text) == _undated(plain.text)


def _undated(text: str) -> str:
    """Without what differs from one reading to the next."""
    return re.sub(
        r"made on .*|last opened .*|Made on [^.]*|after=.*|\"(next|written|last)\":\"[^\"]*\"",
        "",
        text,
    )


def test_a_page_asked_for_in_cornish_has_its_headings_and_leaves_what_was_said_alone(
    api: httpx.Client,
) -> None:
    english = api.get(f"{PERSON}/what-matters").json()
    told = asked(api, f"{PERSON}/what-matters", DRAFTS).text
    headings = re.findall(r"^(.+)\n-+$", told, re.MULTILINE)
    assert {"Ow amkanow", "Piw a'm gweres", "An pyth yw posekka dhymm"} <= set(headings)
    flowing = " ".join(told.split())
    for one in (
        *english["most_important"]["things"],
        *(one["words"] for one in english["goals"]),
    ):
        assert one["words"] in flowing


def test_the_sheet_says_what_of_it_is_cornish(api: httpx.Client) -> None:
    told = asked(api, f"{PERSON}/what-matters", DRAFTS, "text/html").text
    assert '<html lang="en-GB">' in told
    assert '<h2 id="goals"><span lang="kw-x-draft">Ow amkanow</span></h2>' in told


def test_what_happened_is_named_in_the_language_and_every_code_stays_what_it_is(
    api: httpx.Client,
) -> None:
    cornish = asked(api, f"{PERSON}/journey", DRAFTS, "application/json").json()["happened"]
    english = api.get(f"{PERSON}/journey").json()["happened"]
    assert [one["kind"] for one in cornish] == [one["kind"] for one in english]
    assert [one["words"] for one in cornish] == [one["words"] for one in english]
    goals = [one["what"] for one in cornish if one["kind"] == "goal"]
    assert "Amkan" in goals
    assert "A goal" not in goals


def test_the_page_names_what_happened_in_the_language_that_is_asked_for(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    person = new_person(surgery)
    path = f"/people/{person}/what-matters"
    stored(surgery, contact(person, "gp-surgery", "2026-02-01"))
    stored(surgery, goal(person, "Get back in the sea", startDate="2026-03-01"))
    cornish = asked(api, path, DRAFTS, "application/json").json()["since_we_met"]["done"]
    assert [(one["what"], one["words"]) for one in cornish] == [("Amkan", "Get back in the sea")]
    english = api.get(path).json()["since_we_met"]["done"]
    assert [one["what"] for one in english] == ["A goal"]
    assert "Amkan: “Get back in the sea”" in asked(api, path, DRAFTS).text
    sheet = asked(api, path, DRAFTS, "text/html").text
    assert '<span lang="kw-x-draft">Amkan</span>' in sheet
    assert '<span lang="kw' not in asked(api, path, "en", "text/html").text


def test_what_happened_says_its_language_where_that_is_not_english(
    api: httpx.Client, surgery: httpx.Client
) -> None:
    person = new_person(surgery)
    stored(surgery, contact(person, "gp-surgery", "2026-02-01"))
    stored(surgery, goal(person, "Get back in the sea", startDate="2026-03-01"))
    path = f"/people/{person}/journey"
    for language, told in (("en", ""), (DRAFTS, DRAFTS)):
        happened = asked(api, path, language, "application/json").json()["happened"]
        assert [one["what_language"] for one in happened if one["kind"] == "goal"] == [told]


def test_who_has_looked_is_told_with_cornish_days_in_json_and_in_lines(
    service: Running, api_as: Any
) -> None:
    own, path = api_as("person:tamsin-pender"), f"{PERSON}/who-has-looked"
    own.get(PERSON)
    told = asked(own, path, "kw", "application/json")
    assert told.headers["Content-Language"] == "kw"
    assert re.search(
        r"You read .* on \d+ mis [A-Z]\w+ \d{4} at", told.json()["entries"][0]["words"]
    )
    lines = asked(own, path, "kw")
    assert " mis " in lines.text.splitlines()[0]
    assert own.get(path).headers["Content-Language"] == "en"
    assert " mis " not in own.get(path).text


def test_what_is_no_sentence_is_the_same_in_every_language(api: httpx.Client) -> None:
    told = asked(api, f"{PERSON}/said-and-done", DRAFTS, "application/json")
    assert told.headers["Content-Language"] == "en"
    assert told.json() == api.get(f"{PERSON}/said-and-done").json()
