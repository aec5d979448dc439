"""What people read of some of the cast, whole, in files that a person can read.

When this fails and the new text is the better one: python -m tests.what_matters.test_golden
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from app.what_matters.journey_text import journey_text
from app.what_matters.measures_text import measures_text
from app.what_matters.measures_told import person_measured
from app.what_matters.period import Period
from app.what_matters.said_and_done import said_and_done
from app.what_matters.said_and_done_text import said_and_done_text
from app.what_matters.summary import page_of
from app.what_matters.summary_text import page_text
from tests.what_matters.cast import measured_person
from tests.what_matters.material import LONDON, NOW, journey, material, said

GOLDEN = Path(__file__).with_name("golden")
PEOPLE = ("tamsin-pender", "jenna-polglase", "ewa-penrose", "morwenna-nancarrow")


def _page(person: str) -> str:
    return page_text(page_of(material(person, "gp-surgery"), NOW), LONDON)


def _journey(person: str) -> str:
    return journey_text(journey(person), LONDON)


def _said_and_done(person: str) -> str:
    return said_and_done_text(said_and_done(said(person), NOW), LONDON)


def _measures(person: str) -> str:
    year = Period(date(2026, 1, 1), date(2026, 12, 31), LONDON)
    return measures_text(person_measured(measured_person(person), year))


TEXTS: dict[str, Callable[[str], str]] = {
    "page": _page,
    "journey": _journey,
    "said-and-done": _said_and_done,
    "measures": _measures,
}


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("kind", TEXTS)
def test_what_people_read_is_as_it_was_agreed(person: str, kind: str) -> None:
    agreed = (GOLDEN / f"{person}-{kind}.txt").read_text(encoding="utf-8")
    assert TEXTS[kind](person) == agreed


if __name__ == "__main__":
    for kind, text in TEXTS.items():
        for person in PEOPLE:
            (GOLDEN / f"{person}-{kind}.txt").write_text(text(person), encoding="utf-8")
