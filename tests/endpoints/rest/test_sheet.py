"""The page as a sheet: in which language it says that each of its words is."""

import re
from dataclasses import replace

from app.endpoints.rest.sheet import sheet
from app.what_matters.language import DRAFT, said_in
from app.what_matters.summary import page_of
from tests.what_matters.material import LONDON, NOW, material

PAGE = page_of(material("tamsin-pender", "gp-surgery"), NOW)
DRAFTS = said_in(f"kw{DRAFT}")
ASKED = PAGE.requests[0]


def test_a_sheet_in_english_says_of_no_word_of_ours_in_which_language_it_is() -> None:
    told = sheet(PAGE, LONDON)
    assert '<html lang="en-GB">' in told
    assert 'lang="kw' not in told
    assert '<h2 id="goals">My goals</h2>' in told


def test_what_is_cornish_says_so_and_what_is_not_yet_is_english_as_the_sheet_is() -> None:
    told = sheet(PAGE, LONDON, DRAFTS)
    assert '<html lang="en-GB">' in told
    assert '<h2 id="goals"><span lang="kw-x-draft">Ow amkanow</span></h2>' in told
    assert '<h2 id="talk">How to talk with me</h2>' in told
    assert 'We last met on <span lang="kw-x-draft">16 mis Gwynngala 2026</span>, with' in told


def test_what_the_person_said_is_no_cornish_inside_a_cornish_sentence() -> None:
    told = sheet(PAGE, LONDON, DRAFTS)
    why = "The tablet got dropped on the flagstones."
    assert f'<span lang="kw-x-draft">Prag: <span lang="en-GB">{why}' in told
    assert '<span lang="kw-x-draft">Genys <span lang="kw-x-draft">11 mis Hwevrer 1955' in told


def test_a_word_of_ours_that_is_not_translated_is_english_inside_a_cornish_sentence() -> None:
    say = replace(DRAFTS, one=lambda message: message.replace("Moving", "Ow mos"))
    told = sheet(PAGE, LONDON, say)
    same = '<strong><span lang="en-GB">about the same</span></strong>'
    assert f'<span lang="kw-x-draft">Ow mos: <span lang="en-GB">{same}</span></span>' in told


def test_what_somebody_wrote_is_escaped_in_every_place_of_a_message() -> None:
    hostile = '<b title="x">&\'{name}'
    goal = replace(PAGE.goals[0], why=hostile, standing="paused")
    asked = replace(ASKED, with_whom=(hostile, hostile), said=hostile)
    whom = replace(PAGE.person, called=hostile, pronouns=(hostile,))
    page = replace(PAGE, person=whom, goals=(goal,), requests=(asked,))
    for say in (said_in("en"), DRAFTS):
        told = sheet(page, LONDON, say)
        assert "<b title" not in told
        assert told.count("&lt;b title=&#34;x&#34;&gt;&amp;&#39;{name}") >= 6


def test_every_word_of_ours_can_be_put_in_its_place_whatever_a_translator_writes() -> None:
    say = replace(DRAFTS, one=lambda message: f"<{message}>", of=lambda one, _, __: f"<{one}>")
    told = sheet(replace(PAGE, more_goals=3, not_shown=("the goals", "who helps")), LONDON, say)
    assert (
        re.search(
            r"<(?!/?(html|head|meta|title|style|body|header|h1|h2|p|span|strong|main"
            r"|section|ul|li|br|em|footer|!doctype)\b)",
            told.partition("</style>")[2],
        )
        is None
    )
    assert "&lt;And 3 more, in the record.&gt;" in told
