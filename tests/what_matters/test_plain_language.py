"""Remarks on what is written to people: where, what, and what would be kinder."""

import json
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid, Malformed, TooCostly
from app.what_matters.plain_language import LONGEST, Kind, check
from app.what_matters.plain_words import shipped_words, words_from
from app.what_matters.reading_age import readability, sentences

EASY = "We came to see you. You were not in. We will come on Monday at ten. " * 3
HARD = (
    "Notwithstanding considerable organisational transformation, multidisciplinary representatives "
    "acknowledged fundamental communication deficiencies throughout neighbourhood rehabilitation. "
) * 3


def kinds(text: str) -> list[str]:
    return [one.kind for one in check(text).remarks]


def found(text: str) -> list[tuple[str, str]]:
    return [(one.kind, one.found) for one in check(text).remarks]


@pytest.mark.parametrize(
    ("text", "word", "kind"),
    [
        ("We got your referral.", "referral", "jargon"),
        ("We got your REFERRAL.", "REFERRAL", "jargon"),
        ("Your care\n  plan is here.", "care\n  plan", "jargon"),
        ("Some food, e.g. bread.", "e.g.", "jargon"),
        ("You failed to attend.", "failed to attend", "unkind"),
        ("You DNA'd on Monday.", "DNA'd", "unkind"),
        ("A talk for the over 65s.", "the over 65s", "jargon"),
        ("You should ring us.", "You should", "tone"),
    ],
)
def test_a_word_on_the_list_is_found_as_it_stands(text: str, word: str, kind: str) -> None:
    assert found(text) == [(kind, word)]


@pytest.mark.parametrize(
    "text",
    [
        "The factory makes cheese.",  # acute, act
        "We saw a pathwaylike thing.",
        "Ring the GP at the NHS, or the A&E.",
        "She dances with an acutely-dressed man.",
        "PLEASE COME IN HERE",
        "",
        " \n\n ",
    ],
)
def test_what_only_looks_like_a_word_on_the_list_is_left_alone(text: str) -> None:
    assert found(text) == []


def test_a_remark_says_the_line_and_the_column_and_what_to_write() -> None:
    remark = check("Dear Tam,\nwe have your referral.").remarks[0]
    assert (remark.line, remark.column, remark.start) == (2, 14, 23)
    assert remark.say == "Better: request for help."


def test_an_abbreviation_is_remarked_once_where_nothing_explains_it() -> None:
    assert found("The PCN rang. The PCN will ring.") == [("abbreviation", "PCN")]


@pytest.mark.parametrize(
    "text",
    [
        "The Primary Network (PCN) rang. The PCN will ring.",
        "The PCN (primary network) rang.",
        "Our networks (PCNs) rang. Ask the PCN.",
    ],
)
def test_an_abbreviation_that_is_explained_is_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(("count", "told"), [(20, []), (21, ["long sentence"])])
def test_a_sentence_of_more_than_twenty_words_is_long(count: int, told: list[str]) -> None:
    assert kinds(" ".join(["day"] * count) + ".") == told


def test_items_of_a_list_are_sentences_of_their_own_and_wrapped_lines_are_not() -> None:
    listed = "Bring these:\n- a coat for the rain\n- the letter\n\nWe will\nwait for you."
    assert [" ".join(one.text.split()) for one in sentences(listed)] == [
        "Bring these:",
        "a coat for the rain",
        "the letter",
        "We will wait for you.",
    ]


def test_code_addresses_and_what_a_template_fills_in_are_no_prose() -> None:
    assert (
        found("See `referral` at https://x.example/referral?MDT, {referral}.\n```\nMDT\n```") == []
    )


def test_the_reading_age_is_what_the_published_formula_gives() -> None:
    # 48 words of 129 letters in 9 sentences: 4.71 * 129/48 + 0.5 * 48/9 - 21.43 is below 0.
    assert readability(EASY).reading_age == 5.0
    text = ("abcde " * 9 + "abcde. ") * 4  # 40 words of 5 letters, 4 sentences of 10
    assert readability(text).reading_age == pytest.approx(4.71 * 5 + 0.5 * 10 - 21.43 + 5, abs=0.05)


def test_a_hard_text_is_remarked_upon_as_a_whole() -> None:
    assert Kind.READING_AGE in kinds(HARD)
    assert Kind.READING_AGE not in kinds(EASY)


def test_a_short_text_has_no_reading_age() -> None:
    assert readability(" ".join(["a"] * 29)).reading_age is None
    assert readability(" ".join(["a"] * 30)).reading_age is not None


def test_a_places_own_list_adds_words_and_takes_words_off() -> None:
    local = words_from(
        json.dumps(
            {
                "known": ["PCN"],
                "allowed": ["Pathway"],
                "words": [
                    {"avoid": ["hot clinic"], "instead": "clinic on the same day"},
                    {"avoid": ["referral"], "instead": "ask"},
                ],
            }
        ).encode()
    )
    text = "The PCN pathway has a hot clinic by referral."
    told = check(text, shipped_words().with_local(local)).remarks
    assert [(one.found, one.say) for one in told] == [
        ("hot clinic", "Better: clinic on the same day."),
        ("referral", "Better: ask."),
    ]


@pytest.mark.parametrize(
    ("given", "places"),
    [
        ({"words": [{"avoid": ["x"]}]}, ["words[0].instead"]),
        ({"words": [{"instead": "x"}]}, ["words[0].avoid", "words[0].avoid"]),
        ({"words": [{"avoid": ["x"], "instead": "y", "kind": "rude"}]}, ["words[0].kind"]),
        ({"words": ["x"]}, ["words"]),
        ({"known": "NHS"}, ["known"]),
        ({"allowed": ["x" * 81]}, ["allowed"]),
        ({"known": ["", "NHS"]}, ["known"]),
    ],
)
def test_a_list_of_another_form_is_refused_with_every_place(
    given: object, places: list[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        words_from(json.dumps(given).encode())
    assert [one.expression for one in refused.value.issues] == places


def test_what_is_no_list_is_refused() -> None:
    with pytest.raises(Malformed):
        words_from(b"[]")


def test_every_word_on_the_shipped_list_is_found_and_its_advice_is_not_on_the_list() -> None:
    listed = shipped_words()
    assert len(listed.advice) > 250
    for avoid, advice in listed.advice.items():
        text = f"Dear Tam, {avoid.replace('#', '65')} then."
        told = [one for one in check(text).remarks if one.kind == advice.kind]
        assert told, avoid
        assert not [one.found for one in check(advice.instead).remarks if one.kind == "unkind"]


@pytest.mark.parametrize(
    "part",
    [
        "Dear Tam, you DNA'd. ",
        "a",
        " ",
        "a ",
        "{",
        "`",
        "over 1",
        "A1B ",
        "PCN (a b) ",
        "care\n",
        ".",
    ],
)
def test_a_text_as_long_as_is_taken_is_checked_at_once(part: str) -> None:
    text = (part * LONGEST)[:LONGEST]
    began = process_time()
    check(text)
    assert process_time() - began < 5


def test_as_many_abbreviations_as_a_text_can_hold_are_checked_at_once() -> None:
    text = " ".join(f"A{n:04}" for n in range(10_000))
    began = process_time()
    assert len(check(text + " and.").remarks) > 9_000
    assert process_time() - began < 5


def test_a_longer_text_is_checked_in_parts() -> None:
    with pytest.raises(TooCostly):
        check("a" * (LONGEST + 1))


words = st.sampled_from([*sorted(shipped_words().advice), "we", "you", "PCN", "{who}", "`x`"])
marks = st.sampled_from([" ", ". ", "\n", "\n\n", ", ", "\n- ", ": ", "(", ")", "\u2019"])
texts = st.lists(st.one_of(words, marks, st.text(max_size=4))).map("".join)


@given(texts)
def test_every_remark_points_at_the_words_it_quotes(text: str) -> None:
    for one in check(text).remarks:
        assert text[one.start : one.start + len(one.found)] == one.found
        before = text[: one.start].split("\n")
        assert (one.line, one.column) == (len(before), len(before[-1]) + 1)


@given(texts)
def test_sentences_come_in_order_and_share_no_letter(text: str) -> None:
    end = 0
    for one in sentences(text):
        assert one.start >= end
        assert one.words > 0
        end = one.start + len(one.text)
    assert sum(one.words for one in sentences(text)) == readability(text).words


@given(texts)
def test_remarks_come_in_the_order_of_their_places(text: str) -> None:
    starts = [one.start for one in check(text).remarks]
    assert starts == sorted(starts)


def test_a_line_that_is_one_abbreviation_alone_is_no_heading() -> None:
    assert found("See\nPCN\nfor more.") == [("abbreviation", "PCN")]


@pytest.mark.parametrize(("letters", "is_taken"), [(1, True), (80, True), (81, False)])
def test_a_word_on_a_list_has_from_1_to_80_letters(letters: int, is_taken: bool) -> None:
    given = json.dumps({"known": ["x" * letters]}).encode()
    if is_taken:
        assert words_from(given).known == {"x" * letters}
    else:
        with pytest.raises(Invalid):
            words_from(given)
