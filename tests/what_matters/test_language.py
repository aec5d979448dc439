"""What is said to people in another language, and in English where that has no word yet."""

import re
from datetime import UTC, datetime
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from app.what_matters import looked_words
from app.what_matters.language import (
    ENGLISH,
    FOLDER,
    best_language,
    in_english,
    languages,
    said_in,
)
from app.what_matters.messages import every_message
from app.what_matters.who_has_looked import Look, tell
from tests.languages import catalogues, compiled, updated, written

_BRACES = re.compile(r"\{[^}]*\}")
CATALOGUES = catalogues()


def test_there_are_english_and_cornish() -> None:
    assert languages() == (ENGLISH, "kw")


@pytest.mark.parametrize("folder", CATALOGUES, ids=lambda folder: folder.parent.name)
def test_a_catalogue_holds_what_is_listed_and_was_compiled_since(folder: Path) -> None:
    # When this fails: make languages
    here = updated(folder)
    assert (folder / "messages.po").read_bytes() == written(here)
    assert (folder / "messages.mo").read_bytes() == compiled(here)


@pytest.mark.parametrize("folder", CATALOGUES, ids=lambda folder: folder.parent.name)
def test_a_translation_keeps_what_is_filled_in(folder: Path) -> None:
    catalogue = read_po(BytesIO((folder / "messages.po").read_bytes()))
    for message in catalogue:
        if message.id and message.string:
            kept = sorted(_BRACES.findall(str(message.string)))
            assert kept == sorted(_BRACES.findall(str(message.id)))


@pytest.mark.parametrize("folder", CATALOGUES, ids=lambda folder: folder.parent.name)
def test_what_no_speaker_has_read_is_not_used(folder: Path) -> None:
    catalogue = read_po(BytesIO((folder / "messages.po").read_bytes()))
    used = GNUTranslations(BytesIO((folder / "messages.mo").read_bytes()))
    fuzzy = [message for message in catalogue if message.id and message.fuzzy]
    assert fuzzy
    assert all(used.gettext(str(message.id)) == message.id for message in fuzzy)


def test_every_word_that_tells_who_has_looked_is_listed() -> None:
    values = [value for name, value in vars(looked_words).items() if name.isupper()]
    words: list[str] = []
    for value in values:
        words += [value] if isinstance(value, str) else getattr(value, "values", value.__iter__)()
    assert len(words) > 80
    assert set(words) <= every_message().keys()


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


def test_the_folder_of_languages_comes_with_the_package() -> None:
    pyproject = Path(__file__).parents[2] / "pyproject.toml"
    assert "what_matters/languages/*/LC_MESSAGES/*" in pyproject.read_text()
    assert FOLDER.is_dir()
