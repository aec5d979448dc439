"""What is said to people in another language, and in English where that has no word yet."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from string import Formatter
from types import ModuleType

import pytest
from babel.dates import format_date
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from app.operations import experience_scores, journey, measures, said_and_done, what_matters
from app.what_matters import looked_words, told_words
from app.what_matters.days import MONTHS, date_in_words, day_in_words
from app.what_matters.language import (
    DRAFT,
    ENGLISH,
    FOLDER,
    best_language,
    in_english,
    joined,
    languages,
    said_in,
)
from app.what_matters.messages import every_message
from app.what_matters.who_has_looked import Look, tell
from tests.languages import catalogues, compiled, updated, written

CATALOGUES = catalogues()
TOLD = [*languages(), *(f"{language}{DRAFT}" for language in languages()[1:])]


def test_there_are_english_and_cornish() -> None:
    assert languages() == (ENGLISH, "kw")


@pytest.mark.parametrize("folder", CATALOGUES, ids=lambda folder: folder.parent.name)
def test_a_catalogue_holds_what_is_listed_and_was_compiled_since(folder: Path) -> None:
    # When this fails: make languages
    here = updated(folder)
    assert (folder / "messages.po").read_bytes() == written(here)
    assert (folder / "messages.mo").read_bytes() == compiled(here)
    assert (folder / "drafts.mo").read_bytes() == compiled(here, drafts=True)


@pytest.mark.parametrize("language", TOLD)
@given(fill=st.text(max_size=20), count=st.integers(0, 1_000))
def test_every_message_can_be_filled_in_and_then_holds_what_was_filled_in(
    language: str, fill: str, count: int
) -> None:
    say = said_in(language)
    for message in every_message():
        one = message if isinstance(message, str) else message[0]
        said = say(message) if isinstance(message, str) else say.of(*message, count)
        places = sorted(place for _, place, _, _ in Formatter().parse(one) if place is not None)
        kept = sorted(place for _, place, _, _ in Formatter().parse(said) if place is not None)
        assert kept == places
        told = said.format(**dict.fromkeys(places, fill))
        assert told.count(fill) >= len(places)


@pytest.mark.parametrize("folder", CATALOGUES, ids=lambda folder: folder.parent.name)
def test_what_no_speaker_has_read_is_not_used(folder: Path) -> None:
    catalogue = read_po(BytesIO((folder / "messages.po").read_bytes()))
    used = GNUTranslations(BytesIO((folder / "messages.mo").read_bytes()))
    fuzzy = [message for message in catalogue if message.id and message.fuzzy]
    assert fuzzy
    assert all(used.gettext(str(message.id)) == message.id for message in fuzzy)


def test_every_word_that_tells_who_has_looked_is_listed() -> None:
    values = [value for name, value in vars(looked_words).items() if name.isupper()]
    words: list[str | tuple[str, ...]] = []
    for value in values:
        words += value.values() if isinstance(value, Mapping) else [value]
    assert len(words) > 150
    assert set(words) <= every_message().keys()


def test_every_word_of_the_page_and_of_the_journey_is_listed() -> None:
    values = [value for name, value in vars(told_words).items() if name.isupper()]
    words: list[str | tuple[str, ...]] = []
    for value in values:
        words += value.values() if isinstance(value, Mapping) else value
    assert len(words) > 120
    assert set(words) <= every_message().keys()


@pytest.mark.parametrize(
    "operation", [journey, said_and_done, what_matters, measures, experience_scores]
)
def test_every_part_that_a_sign_in_may_not_reach_is_listed(operation: ModuleType) -> None:
    assert set(operation._PART_BY_TYPE.values()) <= every_message().keys()


def test_what_has_no_translation_is_said_in_english() -> None:
    say = said_in("kw")
    assert say("November") == "mis Du"
    assert say("Nobody has written this anywhere.") == "Nobody has written this anywhere."
    assert say("") == ""
    assert said_in("tlh") is in_english


@pytest.mark.parametrize(
    ("wanted", "best"),
    [
        (["kw"], "kw"),
        (["kw-GB"], "kw"),
        (["KW_gb"], "kw"),
        (["pl", "kw", "en"], "kw"),
        (["en-GB", "kw"], "en"),
        (["pl"], "en"),
        (["../../etc"], "en"),
        (["KW-x-draft"], "kw-x-draft"),
        (["pl-x-draft", "kw"], "kw"),
        (["en-x-draft"], "en"),
        ([], "en"),
    ],
)
def test_the_first_language_wanted_that_there_is_is_chosen(wanted: list[str], best: str) -> None:
    assert best_language(wanted) == best


def test_who_has_looked_is_told_in_the_language_that_is_asked_for() -> None:
    when = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
    look = Look(when, "Patient/tam", None, "person", None, "read", ("Goal",), None, False)
    (told,) = tell([look], {}, UTC, said_in("kw"))
    assert told.sentence == "You read your goals on 1 mis Du 2026 at 09:30."
    (plain,) = tell([look], {}, UTC)
    assert plain.sentence == "You read your goals on 1 November 2026 at 09:30."


@pytest.mark.parametrize(("language", "locale"), [("en", "en_GB"), ("kw", "kw")])
@pytest.mark.parametrize("month", range(1, 13))
def test_a_day_is_said_as_cldr_has_it(language: str, locale: str, month: int) -> None:
    day = date(2026, month, 9)
    assert date_in_words(day, said_in(language)) == format_date(day, "long", locale)


def test_a_month_and_a_year_are_said_alone_where_the_day_is_not_known() -> None:
    assert day_in_words("2026-11", UTC, said_in("kw")) == "mis Du 2026"
    assert day_in_words("2026", UTC, said_in("kw")) == "2026"


def test_a_new_language_begins_with_its_days_and_with_nothing_else(tmp_path: Path) -> None:
    begun = {}
    for language in ("cy", "tlh"):  # CLDR knows Welsh, and no Klingon
        catalogue = updated(tmp_path / language / "LC_MESSAGES")
        begun[language] = {
            one.id: one.string for one in catalogue if one.id and any(one.string or "")
        }
    assert begun["cy"]["March"] == "Mawrth"
    assert begun["cy"].keys() == {"{day} {month} {year}", "{month} {year}", *MONTHS}
    assert begun["tlh"] == {}


def test_words_in_a_row_are_put_together_by_a_pattern() -> None:
    pattern = "{before} and {last}"
    assert joined([], pattern) == ""
    assert joined(["Bessie"], pattern) == "Bessie"
    assert joined(["Bessie", "{last}", "Kensa"], pattern) == "Bessie and {last} and Kensa"


def test_a_speaker_can_see_in_its_place_what_no_speaker_has_read() -> None:
    assert said_in("kw")("My goals") == "My goals"
    assert said_in(f"kw{DRAFT}")("My goals") == "Ow amkanow"


def test_the_folder_of_languages_comes_with_the_package() -> None:
    pyproject = Path(__file__).parents[2] / "pyproject.toml"
    assert "what_matters/languages/*/LC_MESSAGES/*" in pyproject.read_text()
    assert FOLDER.is_dir()
