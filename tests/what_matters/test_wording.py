"""The page, the journey, and what was said and done in another language than English."""

import re
from dataclasses import replace
from textwrap import wrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.endpoints.rest.sheet import sheet
from app.what_matters.help_chain import HOW_IS_NOT_SAID, SDOH
from app.what_matters.journey import Step, happening_of
from app.what_matters.journey_text import journey_text
from app.what_matters.language import DRAFT, said_in
from app.what_matters.progress import Voice, Way
from app.what_matters.said_and_done import said_and_done
from app.what_matters.said_and_done_text import said_and_done_text
from app.what_matters.summary import page_of
from app.what_matters.summary_text import page_text
from app.what_matters.telling import SOMEBODY_ELSE, HowClose, care_with
from app.what_matters.wording import how_close_words, lines, wording
from tests.what_matters.cast import resource
from tests.what_matters.material import LONDON, NOW, journey, material, said

CORNISH, DRAFTS = said_in("kw"), said_in(f"kw{DRAFT}")
PERSON = "tamsin-pender"
PAGE = page_of(material(PERSON, "gp-surgery"), NOW)


def own_words() -> list[str]:
    """What the person said, as it stands on the page."""
    told = [*PAGE.most_important.things, *(goal.words for goal in PAGE.goals)]
    return [one.words for one in told]


def one_line(text: str) -> str:
    return " ".join(text.split())


def test_a_page_in_cornish_has_cornish_headings_and_the_words_of_the_person_untouched() -> None:
    told = page_text(PAGE, LONDON, DRAFTS)
    headings = re.findall(r"^(.+)\n-+$", told, re.MULTILINE)
    assert headings[:3] == [
        "How to talk with me",
        "An pyth yw posekka dhymm",
        "Gwrewgh, mar pleg, ha na wrewgh, mar pleg",
    ]
    assert "Ow amkanow" in headings
    assert "Genys: 11 mis Hwevrer 1955" in told
    assert all(words in one_line(told) for words in own_words())


def test_what_no_speaker_has_read_stays_english_and_only_the_days_are_cornish() -> None:
    told, english = page_text(PAGE, LONDON, CORNISH), page_text(PAGE, LONDON)
    assert "\nMy goals\n" in told
    assert "Born: 11 mis Hwevrer 1955" in told
    assert "Born: 11 February 1955" in english


def test_a_story_is_told_by_cornish_days_and_counts_in_cornish() -> None:
    told = journey_text(journey(PERSON), LONDON, DRAFTS)
    assert told.startswith("An vyaj\n=======\n")
    assert "\n5 mis Meurth 2026\n" in told
    assert "Handed on: unweyth" in told
    assert "Had to tell it again: diwweyth" in told


def test_what_happened_is_named_in_the_language_that_is_asked_for() -> None:
    goal = resource(f"Goal/{PERSON}-walk-to-the-quay")
    told = happening_of(goal, Step.BEGAN, {}, DRAFTS)
    english = happening_of(goal, Step.BEGAN, {})
    assert told is not None
    assert english is not None
    assert (english.what, told.what) == ("A goal", "Amkan")
    assert (english.what_language, told.what_language) == ("", f"kw{DRAFT}")
    assert replace(told, what="", what_language="") == replace(english, what="")


def test_what_was_said_is_told_with_cornish_days() -> None:
    told = said_and_done_text(said_and_done(said(PERSON), NOW), LONDON, DRAFTS)
    assert "You said, on 5 mis Meurth 2026: “Singing." in told
    assert "So far: gorfennys." in told
    assert "Moving: nes." in told


@pytest.mark.parametrize(
    ("way", "number", "words", "told"),
    [
        (Way.OWN_WORDS, None, "good", "good"),
        (Way.FIVE_STEPS, 1, "I sing standing up", "I sing standing up"),
        (Way.FIVE_STEPS, 1, "better than I hoped", "gwell"),
        (Way.ZERO_TO_TEN, 6, "6 out of 10", "6 a 10"),
    ],
)
def test_how_close_is_said_anew_only_where_the_words_are_ours(
    way: Way, number: int | None, words: str, told: str
) -> None:
    known = {"better than I hoped": "gwell", "{number} out of 10": "{number} a 10", "good": "da"}
    say = replace(DRAFTS, one=lambda message: known.get(message, message))
    close = HowClose(way, number, words, "", Voice.PERSON, "2026-11-01")
    assert how_close_words(close, say) == told


def test_that_somebody_is_not_named_or_something_not_said_is_told_in_the_language_too() -> None:
    ours = {SOMEBODY_ELSE: "SOMEBODY", HOW_IS_NOT_SAID: "NOT SAID"}
    say = replace(CORNISH, one=lambda message: ours.get(message, message))
    safe = resource("ServiceRequest/demelza-carveth-safe-room")
    coding = {"system": SDOH, "code": "contacting-subject-prohibited"}
    care = tuple(care_with([{**safe, "orderDetail": [{"coding": [coding]}]}], {}, say))
    talk = replace(PAGE.how_to_talk, take_care=care)
    assert PAGE.please is not None
    page = replace(PAGE, how_to_talk=talk, please=replace(PAGE.please, by=SOMEBODY_ELSE))
    for told in (page_text(page, LONDON, say), sheet(page, LONDON, say)):
        assert "(said by SOMEBODY)" in told
        assert "NOT SAID" in told
        assert SOMEBODY_ELSE not in told
    told_in = wording(LONDON, say)
    assert told_in.instead(HOW_IS_NOT_SAID) == "NOT SAID"
    assert (told_in.instead("On Friday."), told_in.who("Cubert")) == ("On Friday.", "Cubert")


@given(text=st.text(st.characters(codec="utf-8"), max_size=90), first=st.sampled_from(("", "- ")))
def test_a_line_that_fits_is_what_it_would_be_if_it_were_wrapped(text: str, first: str) -> None:
    wrapped = wrap(text, 78, initial_indent=first, subsequent_indent="  ")
    assert list(lines(text, first, "  ")) == wrapped
