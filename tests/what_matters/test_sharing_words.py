"""A choice about sharing as a sentence, in any language."""

from dataclasses import replace
from typing import Any

import pytest

from app.what_matters.language import in_english
from app.what_matters.sharing_words import PARTS, SENTENCES, SORTS, USES, sentence

Json = dict[str, Any]
TEAM = {"kind": "team", "id": "team"}
BESSIE, SURGERY = {"name": "Bessie"}, {"id": "gp-surgery"}
STANDS: Json = {"choice": "yes", "to": [BESSIE], "state": "stands"}


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({}, "Yes: Bessie may see my record."),
        ({"choice": "no", "to": []}, "No: somebody may not see my record."),
        ({"to": [BESSIE, TEAM]}, "Yes: Bessie and everyone on my team may see my record."),
        (
            {"to": [BESSIE, SURGERY, TEAM], "sorts": ["goals", "told", "team"]},
            "Yes: Bessie, gp-surgery and everyone on my team may see my goals, what I told and "
            "who is on my team.",
        ),
        ({"entries": [{}]}, "Yes: Bessie may see one entry."),
        ({"entries": [{}, {}], "first_day": "2026-03-01"},
         "Yes: Bessie may see 2 entries, from 2026-03-01."),
        (
            {"uses": ["helping", "research"], "first_day": "2026-03-01", "last_day": "2027-03-01"},
            "Yes: Bessie may see my record, to help me and for research, from 2026-03-01, until "
            "2027-03-01.",
        ),
        ({"state": "taken-back"}, "Yes: Bessie may see my record. This choice does not count now."),
    ],
)  # fmt: skip
def test_a_choice_is_one_sentence(told: Json, words: str) -> None:
    assert sentence({**STANDS, **told}) == words


def test_what_is_neither_a_yes_nor_a_no_has_no_sentence() -> None:
    assert sentence({**STANDS, "choice": None}) is None


def test_another_language_puts_the_parts_where_it_likes() -> None:
    known = {
        SENTENCES["no"]: "{what}{time}: {names} na {uses}.",
        PARTS["until"]: " bys {last}",
        USES["research"]: "hwithrans",
        SORTS["goals"]: "ow amkanow",
    }
    say = replace(in_english, language="kw", one=lambda message: known.get(message, message))
    told = {**STANDS, "choice": "no", "sorts": ["goals"], "uses": ["research"], "last_day": "2027"}
    assert sentence(told, say) == "ow amkanow bys 2027: Bessie na , hwithrans."
